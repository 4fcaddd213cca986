//! Weighted k-means with a deterministic start, for the looks of one heading.

use std::collections::BTreeSet;

/// A segment mean to be clustered.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) position: Vec<f64>,
    pub(crate) weight: f64,
    pub(crate) shipment: usize,
}

const ITERATIONS: usize = 30;
/// A further look must take at least this share of the first scatter away; noise alone in 24 dimensions gives 3 %.
const WORTHWHILE: f64 = 0.1;
/// No point counts for more than this many times the middle one, so that odd segments do not drown the looks.
const CLIP: f64 = 6.0;
/// … and be shown by at least this share of the shipments, and by three.
const SUPPORT: f64 = 0.15;
const SUPPORT_SHIPMENTS: usize = 3;

/// Cluster index per point: the largest number of clusters up to `most` that shipments support.
pub(crate) fn cluster(points: &[Point], most: usize) -> Vec<usize> {
    let shipments = points.iter().map(|p| p.shipment).collect::<BTreeSet<_>>().len();
    let needed = SUPPORT_SHIPMENTS.max((shipments as f64 * SUPPORT).ceil() as usize);
    let mut best = vec![0; points.len()];
    let mut best_count = 1;
    let clip = clip(points);
    let first = scatter(points, &best, 1, clip);
    let mut best_scatter = first;
    // Two more than wanted, since the first may be spent on lone odd segments that are folded back.
    for k in 2..=most + 2 {
        let (labels, count) = fold_unsupported(points, &lloyd(points, k), k, needed);
        if count <= best_count || count > most {
            continue;
        }
        let now = scatter(points, &labels, count, clip);
        if best_scatter - now >= WORTHWHILE * first * (count - best_count) as f64 && first > 0.0 {
            (best, best_count, best_scatter) = (labels, count, now);
        }
    }
    best
}

/// Gives the points of clusters that too few shipments show to the nearest other cluster, and numbers the rest from 0.
fn fold_unsupported(points: &[Point], labels: &[usize], k: usize, needed: usize) -> (Vec<usize>, usize) {
    let shown = |c: usize| {
        points.iter().zip(labels).filter(|(_, l)| **l == c).map(|(p, _)| p.shipment).collect::<BTreeSet<_>>().len()
    };
    let kept: Vec<usize> = (0..k).filter(|c| shown(*c) >= needed).collect();
    if kept.is_empty() {
        return (vec![0; points.len()], 1);
    }
    let all = centres(points, labels, k);
    let near = |position: &[f64]| {
        let mut best = (0, f64::INFINITY);
        for (new, old) in kept.iter().enumerate() {
            let d = distance(&all[*old], position);
            if d < best.1 {
                best = (new, d);
            }
        }
        best.0
    };
    let relabel = |(p, l): (&Point, &usize)| kept.iter().position(|c| c == l).unwrap_or_else(|| near(&p.position));
    (points.iter().zip(labels).map(relabel).collect(), kept.len())
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

fn centres(points: &[Point], labels: &[usize], k: usize) -> Vec<Vec<f64>> {
    let dims = points.first().map_or(0, |p| p.position.len());
    let mut sums = vec![vec![0.0; dims]; k];
    let mut weights = vec![0.0; k];
    for (point, label) in points.iter().zip(labels) {
        weights[*label] += point.weight;
        for (sum, value) in sums[*label].iter_mut().zip(&point.position) {
            *sum += point.weight * value;
        }
    }
    for (sum, weight) in sums.iter_mut().zip(&weights) {
        if *weight > 0.0 {
            sum.iter_mut().for_each(|value| *value /= weight);
        }
    }
    sums
}

fn clip(points: &[Point]) -> f64 {
    let centre = centres(points, &vec![0; points.len()], 1);
    let mut distances: Vec<f64> = points.iter().map(|p| distance(&p.position, &centre[0])).collect();
    distances.sort_by(f64::total_cmp);
    distances.get(distances.len() / 2).map_or(0.0, |middle| CLIP * middle)
}

fn scatter(points: &[Point], labels: &[usize], k: usize, clip: f64) -> f64 {
    let centres = centres(points, labels, k);
    points.iter().zip(labels).map(|(p, l)| p.weight * distance(&p.position, &centres[*l]).min(clip)).sum()
}

fn lloyd(points: &[Point], k: usize) -> Vec<usize> {
    let mut centres_now = centres(points, &vec![0; points.len()], 1);
    while centres_now.len() < k {
        // Farthest point first; the first of equals, so that the order of input alone decides.
        let mut far = (0, f64::NEG_INFINITY);
        for (i, point) in points.iter().enumerate() {
            let nearest =
                centres_now.iter().map(|c| distance(c, &point.position)).fold(f64::INFINITY, f64::min) * point.weight;
            if nearest > far.1 {
                far = (i, nearest);
            }
        }
        centres_now.push(points[far.0].position.clone());
    }
    let mut labels = vec![0; points.len()];
    for _ in 0..ITERATIONS {
        let next: Vec<usize> = points
            .iter()
            .map(|p| {
                let mut best = (0, f64::INFINITY);
                for (c, centre) in centres_now.iter().enumerate() {
                    let d = distance(centre, &p.position);
                    if d < best.1 {
                        best = (c, d);
                    }
                }
                best.0
            })
            .collect();
        let is_stable = next == labels;
        labels = next;
        centres_now = centres(points, &labels, k);
        if is_stable {
            break;
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(offset: f64) -> Vec<Point> {
        let mut points = Vec::new();
        for shipment in 0..10 {
            for look in 0..2 {
                let jitter = 0.1 * ((shipment * 7 + look * 3) % 5) as f64;
                let position = vec![offset * look as f64 + jitter, 0.3 * jitter];
                points.push(Point { position, weight: 1.0, shipment });
            }
        }
        points
    }

    #[test]
    fn two_looks_are_found_and_one_is_left_alone() {
        let labels = cluster(&points(10.0), 4);
        assert!(labels.chunks(2).all(|pair| pair[0] == labels[0] && pair[1] == labels[1]));
        assert_ne!(labels[0], labels[1]);
    }

    #[test]
    fn a_look_of_one_shipment_is_no_prototype() {
        let mut points = points(0.0);
        points[3].position = vec![50.0, 50.0];
        assert!(cluster(&points, 4).iter().all(|label| *label == 0));
    }

    #[test]
    fn a_lone_odd_segment_does_not_hide_two_looks() {
        let mut points = points(10.0);
        points.push(Point { position: vec![0.0, 80.0], weight: 1.0, shipment: 0 });
        let labels = cluster(&points, 4);
        assert_ne!(labels[0], labels[1]);
        assert_eq!(labels[0], labels[2]);
    }
}

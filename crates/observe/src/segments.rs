//! Connected patches that look alike: regions that never cross a visible border, cut into pieces of 10 to 60 patches.
//!
//! 1. Every cargo patch starts as a region; the pair of neighbouring regions with the weakest border merges, until every
//!    border left is *visible*. A border's strength is the mean of two things: how different the patches along it are, and
//!    how different the regions' means are, each in embedding, attenuation and material.
//! 2. Regions of fewer than six patches (rims, where part of a patch is air) join the neighbour that looks most like them
//!    apart from depth, unless its look differs visibly too or a concealed object is suspected there. At the outline of a
//!    load, where cells hold part of it and part of air, looks differ by themselves: there they may differ three times as much.
//! 3. Regions of more than 60 patches are cut across their longer side into compact pieces.
//!
//! Ties are broken by index, so the same patches give the same segments.

use std::collections::BTreeMap;

/// What segmentation sees of a patch.
#[derive(Debug, Clone)]
pub(crate) struct Look<'a> {
    pub(crate) embedding: &'a [f32],
    /// Areal density in g/cm², or attenuation in units of 0.04 for pictures.
    pub(crate) depth: f64,
    /// Organic, light inorganic, metal, heavy.
    pub(crate) material: [f64; 4],
    /// How much of the material is known, in [0, 1].
    pub(crate) known: f64,
    pub(crate) concealment: f32,
}

/// Largest number of patches of a segment.
const LARGEST: usize = 60;
/// Regions below this are rims rather than loads.
const RIM: usize = 6;
/// Strength from which a border is visible.
const VISIBLE: f64 = 3.0;
/// A step of this much in ln(depth + 3) counts as 1.
const DEPTH_STEP: f64 = 0.3;
/// Probability of a concealed object from which a small region stays by itself.
const SUSPICIOUS: f32 = 0.5;
/// How much more a rim at the outline of a load may differ from the load.
const AT_OUTLINE: f64 = 3.0;

/// Segments as lists of indices into `looks` (row-major grid of `cols` columns; `None` holds no cargo), each sorted; in
/// the order of their first patch.
pub(crate) fn segment(looks: &[Option<Look<'_>>], cols: usize) -> Vec<Vec<usize>> {
    let pairs = neighbours(looks, cols);
    let scale = embedding_scale(looks, &pairs);
    let mut regions = Regions::new(looks, &pairs, scale);
    regions.merge(VISIBLE);
    regions.absorb_rims(looks, cols);
    let mut segments: Vec<Vec<usize>> =
        regions.members().into_iter().flat_map(|members| pieces(members, cols)).collect();
    for members in &mut segments {
        members.sort_unstable();
    }
    segments.sort_unstable_by_key(|members| members[0]);
    segments
}

fn neighbours(looks: &[Option<Look<'_>>], cols: usize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for i in (0..looks.len()).filter(|i| looks[*i].is_some()) {
        if (i + 1) % cols != 0 && looks.get(i + 1).is_some_and(Option::is_some) {
            pairs.push((i, i + 1));
        }
        if looks.get(i + cols).is_some_and(Option::is_some) {
            pairs.push((i, i + cols));
        }
    }
    pairs
}

fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(x - y) * f64::from(x - y)).sum()
}

/// Squared distance of embeddings that counts as 1: what the more similar half of neighbours shows, but at least a
/// hundredth of what patches at large show, so that a load of one kind is not cut along its noise.
fn embedding_scale(looks: &[Option<Look<'_>>], pairs: &[(usize, usize)]) -> f64 {
    let embedding = |i: usize| looks[i].as_ref().map_or(&[][..], |look| look.embedding);
    let mut distances: Vec<f64> =
        pairs.iter().map(|(a, b)| squared_distance(embedding(*a), embedding(*b))).filter(|d| d.is_finite()).collect();
    distances.sort_unstable_by(f64::total_cmp);
    let typical = distances.get(distances.len() / 2).copied().unwrap_or(1.0);
    let members: Vec<usize> = (0..looks.len()).filter(|i| looks[*i].is_some()).collect();
    let dims = members.first().map_or(0, |i| embedding(*i).len());
    let mut at_large = 0.0;
    for d in 0..dims {
        let values = members.iter().map(|i| f64::from(embedding(*i).get(d).copied().unwrap_or(0.0)));
        let (mut sum, mut squares) = (0.0, 0.0);
        for v in values {
            sum += v;
            squares += v * v;
        }
        let n = members.len() as f64;
        at_large += 2.0 * (squares / n - sum / n * (sum / n)).max(0.0);
    }
    (2.0 * typical).max(0.01 * at_large).max(1e-9)
}

/// Mean look of a region.
#[derive(Debug, Clone)]
struct Mean {
    patches: f64,
    embedding: Vec<f64>,
    log_depth: f64,
    material: [f64; 4],
    known: f64,
}

impl Mean {
    fn of(look: &Look<'_>) -> Self {
        Self {
            patches: 1.0,
            embedding: look.embedding.iter().map(|v| f64::from(*v)).collect(),
            log_depth: (look.depth.max(0.0) + 3.0).ln(),
            material: look.material.map(|m| m * look.known),
            known: look.known,
        }
    }

    fn join(&mut self, other: &Self) {
        let sum = self.patches + other.patches;
        let (a, b) = (self.patches / sum, other.patches / sum);
        for (x, y) in self.embedding.iter_mut().zip(&other.embedding) {
            *x = *x * a + y * b;
        }
        self.log_depth = self.log_depth * a + other.log_depth * b;
        for (x, y) in self.material.iter_mut().zip(&other.material) {
            *x = *x * a + y * b;
        }
        self.known = self.known * a + other.known * b;
        self.patches = sum;
    }

    fn distance(&self, other: &Self, scale: f64) -> f64 {
        let depth = (self.log_depth - other.log_depth) / DEPTH_STEP;
        self.look_distance(other, scale) + depth * depth
    }

    /// Distance without depth, which rims have of their own.
    fn look_distance(&self, other: &Self, scale: f64) -> f64 {
        let embedding: f64 = self.embedding.iter().zip(&other.embedding).map(|(a, b)| (a - b) * (a - b)).sum();
        let known = self.known.min(other.known);
        let shares = |m: &Self| m.material.map(|v| if m.known > 1e-6 { v / m.known } else { 0.0 });
        let (a, b) = (shares(self), shares(other));
        let material: f64 = a.iter().zip(&b).map(|(x, y)| (x - y).abs()).sum::<f64>() * known;
        embedding / scale + 2.0 * material
    }
}

/// Regions being merged: means, and borders with their summed strength and number of patch pairs.
struct Regions {
    mean: Vec<Option<Mean>>,
    parent: Vec<usize>,
    borders: Vec<BTreeMap<usize, (f64, f64)>>,
    scale: f64,
}

impl Regions {
    fn new(looks: &[Option<Look<'_>>], pairs: &[(usize, usize)], scale: f64) -> Self {
        let mean: Vec<Option<Mean>> = looks.iter().map(|look| look.as_ref().map(Mean::of)).collect();
        let mut borders = vec![BTreeMap::new(); looks.len()];
        for &(a, b) in pairs {
            if let (Some(x), Some(y)) = (&mean[a], &mean[b]) {
                let strength = x.distance(y, scale);
                borders[a].insert(b, (strength, 1.0));
                borders[b].insert(a, (strength, 1.0));
            }
        }
        Self { mean, parent: (0..looks.len()).collect(), borders, scale }
    }

    fn strength(&self, a: usize, b: usize) -> f64 {
        let Some((sum, count)) = self.borders[a].get(&b) else { return f64::INFINITY };
        match (&self.mean[a], &self.mean[b]) {
            (Some(x), Some(y)) => 0.5 * (sum / count) + 0.5 * x.distance(y, self.scale),
            _ => f64::INFINITY,
        }
    }

    /// Merges the weakest border again and again until all are as strong as `limit`.
    fn merge(&mut self, limit: f64) {
        // Weakest border per region, by its strength and then its index; refreshed around each merge.
        let mut weakest: Vec<Option<(f64, usize)>> = (0..self.mean.len()).map(|i| self.weakest(i)).collect();
        loop {
            let best = (0..weakest.len())
                .filter_map(|i| weakest[i].map(|(s, j)| (s, i, j)))
                .min_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
            let Some((strength, i, j)) = best else { return };
            if strength >= limit {
                return;
            }
            let (keep, gone) = (i.min(j), i.max(j));
            self.join(keep, gone);
            weakest[gone] = None;
            let around: Vec<usize> = self.borders[keep].keys().copied().collect();
            weakest[keep] = self.weakest(keep);
            for k in around {
                weakest[k] = self.weakest(k);
            }
        }
    }

    fn weakest(&self, i: usize) -> Option<(f64, usize)> {
        self.mean[i].as_ref()?;
        self.borders[i]
            .keys()
            .map(|j| (self.strength(i, *j), *j))
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
    }

    fn join(&mut self, keep: usize, gone: usize) {
        let Some(other) = self.mean[gone].take() else { return };
        if let Some(mean) = &mut self.mean[keep] {
            mean.join(&other);
        }
        self.parent[gone] = keep;
        let borders = std::mem::take(&mut self.borders[gone]);
        self.borders[keep].remove(&gone);
        for (k, (sum, count)) in borders {
            self.borders[k].remove(&gone);
            if k == keep {
                continue;
            }
            for (a, b) in [(keep, k), (k, keep)] {
                let entry = self.borders[a].entry(b).or_insert((0.0, 0.0));
                entry.0 += sum;
                entry.1 += count;
            }
        }
    }

    /// Joins rims to the neighbour they look like, smallest rims first, until none is left that may.
    fn absorb_rims(&mut self, looks: &[Option<Look<'_>>], cols: usize) {
        let is_outline = |i: usize| {
            let at = |j: Option<usize>| j.and_then(|j| looks.get(j)).is_some_and(Option::is_some);
            let left = (!i.is_multiple_of(cols)).then(|| i - 1);
            let right = (!(i + 1).is_multiple_of(cols)).then_some(i + 1);
            ![left, right, i.checked_sub(cols), Some(i + cols)].into_iter().all(at)
        };
        loop {
            let mut rims: Vec<Vec<usize>> = self.members().into_iter().filter(|list| list.len() < RIM).collect();
            rims.sort_by_key(|list| (list.len(), list[0]));
            let joined = rims.iter().find_map(|list| {
                let is_suspicious =
                    list.iter().any(|i| looks[*i].as_ref().is_some_and(|l| l.concealment >= SUSPICIOUS));
                let root = self.root(list[0]);
                let mean = self.mean[root].as_ref().filter(|_| !is_suspicious)?;
                let look =
                    |j: &usize| self.mean[*j].as_ref().map_or(f64::INFINITY, |m| m.look_distance(mean, self.scale));
                let nearest = self.borders[root].keys().copied().map(|j| (look(&j), j));
                let (distance, neighbour) = nearest.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
                let limit = if list.iter().all(|i| is_outline(*i)) { AT_OUTLINE * VISIBLE } else { VISIBLE };
                (distance < limit).then_some((root.min(neighbour), root.max(neighbour)))
            });
            match joined {
                Some((keep, gone)) => self.join(keep, gone),
                None => return,
            }
        }
    }

    fn root(&self, mut i: usize) -> usize {
        while self.parent[i] != i {
            i = self.parent[i];
        }
        i
    }

    fn members(&self) -> Vec<Vec<usize>> {
        let mut lists: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for i in 0..self.parent.len() {
            let root = self.root(i);
            if self.mean[root].is_some() {
                lists.entry(root).or_default().push(i);
            }
        }
        lists.into_values().collect()
    }
}

/// Cuts a region into compact, connected pieces of at most [`LARGEST`] patches.
fn pieces(members: Vec<usize>, cols: usize) -> Vec<Vec<usize>> {
    if members.len() <= LARGEST {
        return connected(&members, cols);
    }
    let (xs, ys): (Vec<usize>, Vec<usize>) = members.iter().map(|i| (i % cols, i / cols)).unzip();
    let extent = |v: &[usize]| v.iter().max().copied().unwrap_or(0) - v.iter().min().copied().unwrap_or(0) + 1;
    let along_x = extent(&xs) >= extent(&ys);
    let mut sorted = members;
    sorted.sort_unstable_by_key(|i| if along_x { (i % cols, i / cols) } else { (i / cols, i % cols) });
    // Cut between whole lines nearest to the middle, so that pieces keep straight edges.
    let line = |i: usize| if along_x { sorted[i] % cols } else { sorted[i] / cols };
    let middle = sorted.len() / 2;
    let up = (middle..sorted.len()).find(|i| line(*i) != line(*i - 1));
    let down = (1..=middle).rev().find(|i| line(*i) != line(*i - 1));
    let cut = match (down, up) {
        (Some(d), Some(u)) if middle - d <= u - middle => d,
        (_, Some(u)) => u,
        (Some(d), None) => d,
        (None, None) => middle,
    };
    let tail = sorted.split_off(cut);
    let mut out = pieces(sorted, cols);
    out.extend(pieces(tail, cols));
    out
}

/// Connected parts of a set of cells.
fn connected(members: &[usize], cols: usize) -> Vec<Vec<usize>> {
    let mut left: std::collections::BTreeSet<usize> = members.iter().copied().collect();
    let mut parts = Vec::new();
    while let Some(start) = left.pop_first() {
        let (mut part, mut stack) = (vec![start], vec![start]);
        while let Some(i) = stack.pop() {
            let (x, has_left) = (i % cols, i % cols > 0);
            let around =
                [has_left.then(|| i - 1), (x + 1 < cols).then_some(i + 1), i.checked_sub(cols), Some(i + cols)];
            for j in around.into_iter().flatten() {
                if left.remove(&j) {
                    part.push(j);
                    stack.push(j);
                }
            }
        }
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(i: usize) -> f32 {
        ((i as u32).wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0 - 0.5
    }

    /// A grid whose patches get a kind from `kind(x, y)`; kind 0 is empty. Kinds differ in embedding and density.
    fn run(cols: usize, rows: usize, kind: impl Fn(usize, usize) -> usize) -> (Vec<Vec<usize>>, Vec<usize>) {
        let kinds: Vec<usize> = (0..cols * rows).map(|i| kind(i % cols, i / cols)).collect();
        let embeddings: Vec<Vec<f32>> = kinds
            .iter()
            .enumerate()
            .map(|(i, k)| (0..6).map(|d| if d == *k { 1.0 } else { 0.0 } + 0.2 * noise(i * 6 + d)).collect())
            .collect();
        let looks: Vec<Option<Look<'_>>> = kinds
            .iter()
            .enumerate()
            .map(|(i, k)| {
                (*k > 0).then(|| Look {
                    embedding: &embeddings[i],
                    depth: 30.0 + 20.0 * (*k as f64) + 3.0 * f64::from(noise(i + 77)),
                    material: [1.0, 0.0, 0.0, 0.0],
                    known: 1.0,
                    concealment: 0.0,
                })
            })
            .collect();
        (segment(&looks, cols), kinds)
    }

    fn check(cols: usize, rows: usize, kind: impl Fn(usize, usize) -> usize) -> Vec<Vec<usize>> {
        let (segments, kinds) = run(cols, rows, kind);
        let mut seen = vec![false; kinds.len()];
        for members in &segments {
            assert!(members.len() <= LARGEST);
            let first = kinds[members[0]];
            assert!(members.iter().all(|i| kinds[*i] == first), "a segment crosses a border");
            for i in members {
                assert!(!std::mem::replace(&mut seen[*i], true));
            }
        }
        assert!(kinds.iter().zip(&seen).all(|(k, s)| (*k > 0) == *s), "every cargo patch belongs to a segment");
        segments
    }

    #[test]
    fn one_load_is_cut_into_compact_pieces() {
        let segments = check(80, 14, |_, y| usize::from(y > 1));
        assert!((16..=40).contains(&segments.len()), "{}", segments.len());
        assert!(segments.iter().all(|s| s.len() >= 20));
    }

    #[test]
    fn segments_never_cross_a_visible_border() {
        let segments = check(40, 13, |x, y| {
            if y < 3 {
                0
            } else if x < 17 {
                1
            } else if x < 18 {
                0
            } else {
                2
            }
        });
        assert!(segments.len() >= 6);
        let layered = check(40, 13, |_, y| {
            if y < 3 {
                0
            } else if y < 8 {
                3
            } else {
                1
            }
        });
        assert!(layered.len() >= 6);
    }

    #[test]
    fn a_small_object_of_other_kind_stays_by_itself() {
        let segments =
            check(40, 13, |x, y| if (20..22).contains(&x) && (6..8).contains(&y) { 4 } else { usize::from(y > 1) });
        assert!(segments.iter().any(|s| s.len() == 4));
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(segment(&[], 10).is_empty());
        assert!(check(10, 3, |_, _| 0).is_empty());
    }
}

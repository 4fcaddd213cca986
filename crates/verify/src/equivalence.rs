//! Which headings cannot be told apart at a grade.

use crate::library::{DUNNAGE, GradeModel};
use crate::matrix::Matrix;
use crate::node::{Node, Prototype};

/// Overlap (Bhattacharyya coefficient, 1 for equal densities) from which two headings count as one.
const OVERLAP: f64 = 0.3;
/// Patches of the segment for which the overlap is computed.
const PATCHES: f64 = 30.0;

/// Writes each node's equivalents: complete-linkage groups of headings whose densities overlap, most alike first.
pub(crate) fn mark_equivalents(model: &mut GradeModel) {
    let n = model.nodes.len();
    let c = model.correlation + (1.0 - model.correlation) / PATCHES;
    let within = Matrix::from_f32(model.dims, &model.within).scaled(c);
    let mut overlaps = Matrix::zero(n);
    let mut pairs = Vec::new();
    let is_goods = |i: usize| model.nodes[i].heading != DUNNAGE;
    for (i, j) in (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).filter(|(i, j)| is_goods(*i) && is_goods(*j)) {
        let overlap = node_overlap(&model.nodes[i], &model.nodes[j], &within);
        overlaps.values[i * n + j] = overlap;
        overlaps.values[j * n + i] = overlap;
        if overlap >= OVERLAP {
            pairs.push((i, j));
        }
    }
    pairs.sort_by(|a, b| overlaps.at(b.0, b.1).total_cmp(&overlaps.at(a.0, a.1)).then(a.cmp(b)));
    let mut group: Vec<usize> = (0..n).collect();
    for (i, j) in pairs {
        let (a, b) = (group[i], group[j]);
        let members = |g: usize| -> Vec<usize> { (0..n).filter(|k| group[*k] == g).collect() };
        let (left, right) = (members(a), members(b));
        let is_complete = left.iter().all(|x| right.iter().all(|y| overlaps.at(*x, *y) >= OVERLAP));
        if a != b && is_complete {
            group.iter_mut().filter(|g| **g == b).for_each(|g| *g = a);
        }
    }
    let names: Vec<String> = model.nodes.iter().map(|node| node.heading.clone()).collect();
    for (i, node) in model.nodes.iter_mut().enumerate() {
        node.equivalents = (0..n).filter(|j| *j != i && group[*j] == group[i]).map(|j| names[j].clone()).collect();
    }
}

fn node_overlap(a: &Node, b: &Node, within: &Matrix) -> f64 {
    let mut sum = 0.0;
    for p in &a.prototypes {
        for q in &b.prototypes {
            sum += (p.weight * q.weight).sqrt() * overlap(p, a.within_scale, q, b.within_scale, within);
        }
    }
    sum.min(1.0)
}

/// Bhattacharyya coefficient of two normal densities: `exp(−⅛ dᵀ Σ⁻¹ d − ½ ln(|Σ| / √(|Σa||Σb|)))`, `Σ` their mean.
fn overlap(p: &Prototype, p_scale: f64, q: &Prototype, q_scale: f64, within: &Matrix) -> f64 {
    let n = within.n;
    let covariance = |prototype: &Prototype, scale: f64| {
        let mut sum = Matrix::from_f32(n, &prototype.between);
        sum.add(within, scale);
        sum
    };
    let (a, b) = (covariance(p, p_scale), covariance(q, q_scale));
    let mut middle = a.clone().scaled(0.5);
    middle.add(&b, 0.5);
    let (Some(la), Some(lb), Some(lm)) = (a.cholesky(), b.cholesky(), middle.cholesky()) else { return 0.0 };
    let log_det = |l: &Matrix| -> f64 { (0..n).map(|i| 2.0 * libm::log(l.at(i, i))).sum() };
    let d: Vec<f64> = p.mean.iter().zip(&q.mean).map(|(x, y)| f64::from(*x) - f64::from(*y)).collect();
    let white = lm.lower_inverse().apply(&d);
    let distance: f64 = white.iter().map(|v| v * v).sum();
    libm::exp(-distance / 8.0 - 0.5 * (log_det(&lm) - 0.5 * (log_det(&la) + log_det(&lb))))
}

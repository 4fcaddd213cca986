//! Predictive densities of segment means, prepared once per library.
//!
//! A patch of shipment `s` and prototype `k` is `z = μ_k + b_s + e` with `b_s ~ N(0, B_k)` and `e ~ N(0, W)`; patches of one
//! segment share a part `ρ` of `e`. The mean of `n` patches then has covariance `B_k (1 + 1/N_k) + c W`,
//! `c = ρ + (1 − ρ)/n`, where `B_k/N_k` is what the `N_k` shipments leave unknown of `μ_k` (Ioffe 2006, PLDA). Few shipments
//! leave the covariance itself unknown, so the density is Student's t with `4 + N_k` degrees of freedom. `W = L Lᵀ` and
//! `L⁻¹ B L⁻ᵀ = Q Λ Qᵀ` are computed once; `P = Qᵀ L⁻¹` makes both covariances diagonal for every `c`.

use crate::distribution::log_add;
use crate::library::GradeModel;
use crate::matrix::Matrix;
use crate::node::Node;

const LN_PI: f64 = 1.144_729_885_849_400_2;
/// Degrees of freedom beside one per shipment.
const DEGREES_OF_FREEDOM: f64 = 4.0;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Component {
    log_weight: f64,
    projection: Matrix,
    centre: Vec<f64>,
    between: Vec<f64>,
    within_scale: f64,
    log_det_l: f64,
    dof: f64,
    log_norm: f64,
}

impl Component {
    fn new(
        inverse: &Matrix,
        log_det_l: f64,
        mean: &[f32],
        between: &Matrix,
        weight: f64,
        within_scale: f64,
        shipments: f64,
    ) -> Self {
        let n = inverse.n;
        let white = inverse.product(between).product(&inverse.transposed());
        let (eigenvalues, q) = white.eigen();
        let projection = q.transposed().product(inverse);
        let mean: Vec<f64> = mean.iter().map(|v| f64::from(*v)).collect();
        let dof = DEGREES_OF_FREEDOM + shipments;
        let d = n as f64;
        let log_norm = libm::lgamma((dof + d) / 2.0) - libm::lgamma(dof / 2.0) - d / 2.0 * (libm::log(dof) + LN_PI);
        Self {
            log_weight: libm::log(weight),
            centre: projection.apply(&mean),
            between: eigenvalues.iter().map(|v| v.max(0.0) * (1.0 + 1.0 / shipments.max(1.0))).collect(),
            projection,
            within_scale,
            log_det_l,
            dof,
            log_norm,
        }
    }

    /// Log-density at `z` of a mean whose within-shipment covariance is `c · W`.
    pub(crate) fn log_density(&self, z: &[f64], c: f64) -> f64 {
        let within = c * self.within_scale;
        let (mut distance, mut volume) = (0.0, 0.0);
        for (i, (centre, between)) in self.centre.iter().zip(&self.between).enumerate() {
            let y: f64 = self.projection.row(i).iter().zip(z).map(|(a, b)| a * b).sum();
            let variance = between + within;
            distance += (y - centre) * (y - centre) / variance;
            volume += libm::log(variance);
        }
        let d = z.len() as f64;
        self.log_norm - 0.5 * volume - self.log_det_l - (self.dof + d) / 2.0 * libm::log1p(distance / self.dof)
    }
}

/// Densities of one grade.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Densities {
    pub(crate) dims: usize,
    correlation: f64,
    nodes: Vec<Vec<Component>>,
    outlier: Component,
}

impl Densities {
    /// `None` when a covariance is not positive definite.
    pub(crate) fn new(model: &GradeModel) -> Option<Self> {
        let n = model.dims;
        let l = Matrix::from_f32(n, &model.within).cholesky()?;
        let inverse = l.lower_inverse();
        let log_det_l: f64 = (0..n).map(|i| libm::log(l.at(i, i))).sum();
        let component = |node: &Node| {
            node.prototypes
                .iter()
                .map(|p| {
                    let between = Matrix::from_f32(n, &p.between);
                    let shipments = f64::from(p.shipments);
                    Component::new(&inverse, log_det_l, &p.mean, &between, p.weight, node.within_scale, shipments)
                })
                .collect()
        };
        let nodes = model.nodes.iter().map(component).collect();
        let spread = Matrix::from_f32(n, &model.outlier_covariance);
        let outlier = Component::new(&inverse, log_det_l, &model.outlier_mean, &spread, 1.0, 1.0, 1.0);
        Some(Self { dims: n, correlation: model.correlation, nodes, outlier })
    }

    /// `c` of a segment of `patches` patches.
    pub(crate) fn shrinkage(&self, patches: usize) -> f64 {
        self.correlation + (1.0 - self.correlation) / patches.max(1) as f64
    }

    /// Log-density of a segment mean under a node's mixture of prototypes.
    pub(crate) fn node(&self, node: usize, z: &[f64], c: f64) -> f64 {
        self.nodes[node].iter().map(|p| p.log_weight + p.log_density(z, c)).fold(f64::NEG_INFINITY, log_add)
    }

    /// Log-density under the broad density of things that no node describes.
    pub(crate) fn outlier(&self, z: &[f64], c: f64) -> f64 {
        self.outlier.log_density(z, c)
    }
}

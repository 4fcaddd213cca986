use pellucid_core::{ContainerObservation, Grade, MaterialShares};

use crate::matrix::Matrix;
use crate::node::SampleSource;
use crate::peaks;

/// Mean embedding of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentSample {
    /// Mean embedding of its patches.
    pub embedding: Vec<f32>,
    /// Patches in it.
    pub patches: usize,
    /// Attenuation area in m²: how much of the cargo it is.
    pub amount: f64,
}

/// Embedding of a patch.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchSample {
    /// Index into the shipment's segments.
    pub segment: usize,
    /// Embedding.
    pub embedding: Vec<f32>,
}

/// What a box as a whole showed; `None` where it was not measured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BoxFacts {
    /// Kilograms that were really in it.
    pub loaded_kg: Option<f64>,
    /// Kilograms observed.
    pub observed_kg: Option<f64>,
    /// Share of penetration-limited pixels, in [0, 1].
    pub opaque_share: f64,
    /// Mean areal density of cargo patches in g/cm².
    pub areal_density_g_per_cm2: Option<f64>,
    /// Shares of material; `None` unless dual energy.
    pub material: Option<MaterialShares>,
    /// Largest oddness.
    pub oddness: Option<f64>,
    /// Largest concealment logit.
    pub concealment: Option<f64>,
}

/// One shipment of one heading with confirmed contents: a unit of the library.
#[derive(Debug, Clone, PartialEq)]
pub struct ShipmentSample {
    /// HS heading of four digits, or `dunnage`.
    pub heading: String,
    /// Grade of the scan.
    pub grade: Grade,
    /// Who confirmed it.
    pub source: SampleSource,
    /// Name of the shipment; scans of one shipment share it.
    pub shipment: String,
    /// Segments.
    pub segments: Vec<SegmentSample>,
    /// Patches of the segments.
    pub patches: Vec<PatchSample>,
    /// The box as a whole.
    pub facts: BoxFacts,
}

/// Area of a patch (16 × 16 cm) in cm².
const PATCH_CM2: f64 = 256.0;

impl ShipmentSample {
    /// From an observed box whose whole load is `heading`.
    pub fn from_container(
        heading: &str,
        grade: Grade,
        source: SampleSource,
        shipment: &str,
        container: &ContainerObservation,
        loaded_kg: Option<f64>,
    ) -> Self {
        let segments = container
            .segments
            .iter()
            .map(|s| SegmentSample {
                embedding: s.embedding.clone(),
                patches: s.patches.len(),
                amount: s.attenuation_area_m2,
            })
            .collect();
        let patches = container
            .patches
            .iter()
            .filter_map(|p| Some(PatchSample { segment: p.segment? as usize, embedding: p.embedding.clone() }))
            .collect();
        let kg: Vec<f64> =
            container.patches.iter().filter(|p| p.segment.is_some()).filter_map(|p| p.best_kg).collect();
        let areal = (!kg.is_empty()).then(|| kg.iter().sum::<f64>() * 1000.0 / (kg.len() as f64 * PATCH_CM2));
        Self {
            heading: heading.to_owned(),
            grade,
            source,
            shipment: shipment.to_owned(),
            segments,
            patches,
            facts: BoxFacts {
                loaded_kg,
                observed_kg: container.cargo_mass.map(|m| m.best_kg),
                opaque_share: opaque_share(container),
                areal_density_g_per_cm2: areal,
                material: (grade == Grade::DualEnergyRaw).then(|| material_of(&[container])),
                oddness: peaks::oddest(container).map(|p| p.value),
                concealment: peaks::concealment(container).map(|p| p.value),
            },
        }
    }

    /// What does not fit, or `None`.
    pub(crate) fn fault(&self, dims: usize) -> Option<String> {
        if self.segments.is_empty() {
            return Some("no segment".to_owned());
        }
        let lengths = self.segments.iter().map(|s| &s.embedding).chain(self.patches.iter().map(|p| &p.embedding));
        for embedding in lengths {
            if embedding.len() != dims {
                return Some(format!("embedding of {} dimensions, expected {dims}", embedding.len()));
            }
            if embedding.iter().any(|v| !v.is_finite()) {
                return Some("embedding is not finite".to_owned());
            }
        }
        let last = self.patches.iter().map(|p| p.segment).max();
        last.filter(|s| *s >= self.segments.len()).map(|s| format!("patch of segment {s}, which does not exist"))
    }

    /// Scatter of patches about the mean of their segment, and its degrees of freedom.
    pub(crate) fn patch_scatter(&self, dims: usize) -> (Matrix, f64) {
        let mut sums = vec![vec![0.0; dims]; self.segments.len()];
        let mut counts = vec![0_usize; self.segments.len()];
        for patch in &self.patches {
            counts[patch.segment] += 1;
            for (sum, value) in sums[patch.segment].iter_mut().zip(&patch.embedding) {
                *sum += f64::from(*value);
            }
        }
        let mut scatter = Matrix::zero(dims);
        for patch in &self.patches {
            let n = counts[patch.segment] as f64;
            let d: Vec<f64> =
                patch.embedding.iter().zip(&sums[patch.segment]).map(|(v, sum)| f64::from(*v) - sum / n).collect();
            scatter.add_outer(&d, 1.0);
        }
        let dof = counts.iter().map(|n| n.saturating_sub(1) as f64).sum();
        (scatter, dof)
    }
}

/// Share of a box's pixels that are penetration-limited, in [0, 1].
pub(crate) fn opaque_share(container: &ContainerObservation) -> f64 {
    if let Some(mass) = container.cargo_mass {
        return mass.opaque_share.clamp(0.0, 1.0);
    }
    let n = container.patches.len().max(1) as f64;
    container.patches.iter().map(|p| f64::from(p.opaque_share)).sum::<f64>() / n
}

/// Shares of material over all segments, by attenuation area.
pub(crate) fn material_of(containers: &[&ContainerObservation]) -> MaterialShares {
    let mut sums = [0.0_f64; 5];
    let mut total = 0.0;
    for segment in containers.iter().flat_map(|c| &c.segments) {
        let m = segment.material;
        total += segment.attenuation_area_m2;
        for (sum, value) in sums.iter_mut().zip([m.organic, m.light_inorganic, m.metal, m.heavy, m.undecidable]) {
            *sum += segment.attenuation_area_m2 * f64::from(value);
        }
    }
    if total <= 0.0 {
        return MaterialShares::default();
    }
    let [organic, light_inorganic, metal, heavy, undecidable] = sums.map(|s| (s / total) as f32);
    MaterialShares { organic, light_inorganic, metal, heavy, undecidable }
}

/// Shares among what could be decided, and how much that is; `None` when nothing was.
pub(crate) fn decided(m: MaterialShares) -> Option<([f64; 4], f64)> {
    let shares = [m.organic, m.light_inorganic, m.metal, m.heavy].map(f64::from);
    let sum: f64 = shares.iter().sum();
    let all = sum + f64::from(m.undecidable);
    (sum > 0.0 && all > 0.0).then(|| (shares.map(|s| s / sum), sum / all))
}

use std::collections::{BTreeMap, BTreeSet};

use pellucid_core::Grade;

use crate::VerifyError;
use crate::clusters::{Point, cluster};
use crate::equivalence::mark_equivalents;
use crate::goods;
use crate::library::{GradeModel, LIBRARY_FORMAT, Library, LibraryHeader, LibraryProvenance};
use crate::matrix::Matrix;
use crate::node::{MaterialProfile, Node, Prototype, SampleSource, ShipmentCounts, Spread};
use crate::shipment::{BoxFacts, SegmentSample, ShipmentSample, decided};

/// Looks per heading at most.
const LOOKS: usize = 4;
/// Shipments that the pooled between-shipment covariance is worth.
const BETWEEN_WEIGHT: f64 = 12.0;
/// Shipments that the pooled within-shipment scale is worth.
const SCALE_WEIGHT: f64 = 6.0;
/// Part of a pooled covariance that is moved to its diagonal.
const DIAGONAL: f64 = 0.1;
/// Least variance per dimension, relative to the mean one.
const RIDGE: f64 = 1e-3;
/// How much wider than everything seen the density of unknown things is (variance).
const OUTLIER_INFLATION: f64 = 2.0;
/// Opacity differences below this say nothing about mass.
const OPACITY_RIDGE: f64 = 0.03;
/// Least weight of a look.
const LEAST_WEIGHT: f64 = 0.02;

struct Shipment {
    name: String,
    source: SampleSource,
    segments: Vec<SegmentSample>,
    scatter: Matrix,
    dof: f64,
    facts: BoxFacts,
}

/// Collects confirmed shipments and makes a library of them.
///
/// The result depends on the set of shipments only, not on the order in which they were added.
pub struct LibraryBuilder {
    version: String,
    embedding_sha256: String,
    software: String,
    created: String,
    provenance: Vec<LibraryProvenance>,
    dims: Option<usize>,
    shipments: BTreeMap<Grade, BTreeMap<String, Vec<Shipment>>>,
}

impl LibraryBuilder {
    /// Starts a library for one embedding model. `created` is RFC 3339; nothing here reads a clock.
    pub fn new(version: &str, embedding_sha256: &str, software: &str, created: &str) -> Self {
        Self {
            version: version.to_owned(),
            embedding_sha256: embedding_sha256.to_owned(),
            software: software.to_owned(),
            created: created.to_owned(),
            provenance: Vec::new(),
            dims: None,
            shipments: BTreeMap::new(),
        }
    }

    /// Says where (part of) the shipments come from.
    pub fn provenance(&mut self, provenance: LibraryProvenance) {
        self.provenance.push(provenance);
    }

    /// Adds one shipment.
    ///
    /// # Errors
    /// No segments, embeddings of differing length or not finite, patches of segments that do not exist.
    pub fn add(&mut self, sample: ShipmentSample) -> Result<(), VerifyError> {
        let dims = self.dims.or_else(|| sample.segments.first().map(|s| s.embedding.len())).unwrap_or(0);
        if let Some(fault) = sample.fault(dims) {
            return Err(VerifyError::Shipment { shipment: sample.shipment, fault });
        }
        self.dims = Some(dims);
        let (scatter, dof) = sample.patch_scatter(dims);
        let shipment = Shipment {
            name: sample.shipment,
            source: sample.source,
            segments: sample.segments,
            scatter,
            dof,
            facts: sample.facts,
        };
        self.shipments.entry(sample.grade).or_default().entry(sample.heading).or_default().push(shipment);
        Ok(())
    }

    /// Shipments added so far per grade and heading.
    pub fn counts(&self) -> BTreeMap<(Grade, String), usize> {
        let rows = self.shipments.iter().flat_map(|(grade, headings)| {
            headings.iter().map(|(heading, shipments)| ((*grade, heading.clone()), shipments.len()))
        });
        rows.collect()
    }

    /// Makes the library.
    ///
    /// # Errors
    /// Nothing was added, a heading is no code, or a covariance is degenerate.
    pub fn build(mut self) -> Result<Library, VerifyError> {
        let dims = self.dims.ok_or_else(|| VerifyError::LibraryInvalid { fault: "no shipments".to_owned() })?;
        let mut grades = BTreeMap::new();
        for (grade, headings) in &mut self.shipments {
            for shipments in headings.values_mut() {
                shipments.sort_by(|a, b| a.name.cmp(&b.name));
            }
            let mut model = grade_model(dims, headings);
            mark_equivalents(&mut model);
            grades.insert(*grade, model);
        }
        let header = LibraryHeader {
            format: LIBRARY_FORMAT.to_owned(),
            version: self.version,
            embedding_sha256: self.embedding_sha256,
            grades: grades.keys().copied().collect(),
            software: self.software,
            created: self.created,
        };
        Library::assemble(header, self.provenance, grades)
    }
}

fn to_f64(values: &[f32]) -> Vec<f64> {
    values.iter().map(|v| f64::from(*v)).collect()
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

/// Weighted mean of rows; zeros when there are none.
fn mean_of(rows: &[(Vec<f64>, f64)], dims: usize) -> Vec<f64> {
    let mut sum = vec![0.0; dims];
    let mut total = 0.0;
    for (row, weight) in rows {
        total += weight;
        sum.iter_mut().zip(row).for_each(|(s, v)| *s += weight * v);
    }
    sum.iter_mut().for_each(|s| *s /= if total > 0.0 { total } else { 1.0 });
    sum
}

/// A pooled covariance made safe: part of it moved to the diagonal, and no dimension without variance.
fn regular(mut covariance: Matrix) -> Matrix {
    let n = covariance.n;
    let floor = (RIDGE * covariance.trace() / n as f64).max(1e-9);
    for i in 0..n {
        for j in 0..n {
            if i != j {
                covariance.values[i * n + j] *= 1.0 - DIAGONAL;
            }
        }
    }
    covariance.add_diagonal(floor);
    covariance
}

/// One look of a heading before pooling.
struct Look {
    weight: f64,
    /// Mean per shipment that shows it.
    means: Vec<(Vec<f64>, f64)>,
    centre: Vec<f64>,
    /// Scatter of segment means about their shipment's mean, its degrees of freedom, and Σ 1/n.
    segments: Matrix,
    segment_dof: f64,
}

fn looks_of(shipments: &[Shipment], scale: &[f64], dims: usize) -> Vec<Look> {
    let mut points = Vec::new();
    let mut raw = Vec::new();
    for (index, shipment) in shipments.iter().enumerate() {
        for segment in &shipment.segments {
            let z = to_f64(&segment.embedding);
            let position = z.iter().zip(scale).map(|(v, s)| v / s).collect();
            points.push(Point { position, weight: segment.patches as f64, shipment: index });
            raw.push((z, segment));
        }
    }
    let labels = cluster(&points, LOOKS);
    let k = labels.iter().max().map_or(0, |l| l + 1);
    let mut looks: Vec<Look> = Vec::with_capacity(k);
    for label in 0..k {
        let mut look = Look {
            weight: 0.0,
            means: Vec::new(),
            centre: Vec::new(),
            segments: Matrix::zero(dims),
            segment_dof: 0.0,
        };
        for (index, shipment) in shipments.iter().enumerate() {
            let members: Vec<usize> =
                (0..points.len()).filter(|i| points[*i].shipment == index && labels[*i] == label).collect();
            if members.is_empty() {
                continue;
            }
            let rows: Vec<(Vec<f64>, f64)> = members.iter().map(|i| (raw[*i].0.clone(), points[*i].weight)).collect();
            let mean = mean_of(&rows, dims);
            for (z, _) in &rows {
                look.segments.add_outer(&minus(z, &mean), 1.0);
            }
            look.segment_dof += members.len() as f64 - 1.0;
            let total: f64 = shipment.segments.iter().map(|s| s.amount).sum();
            let own: f64 = members.iter().map(|i| raw[*i].1.amount).sum();
            look.weight += if total > 0.0 { own / total } else { 0.0 };
            look.means.push((mean, 1.0));
        }
        look.centre = mean_of(&look.means, dims);
        looks.push(look);
    }
    let sum: f64 = looks.iter().map(|l| l.weight.max(LEAST_WEIGHT)).sum();
    looks.iter_mut().for_each(|l| l.weight = l.weight.max(LEAST_WEIGHT) / sum);
    let sum: f64 = looks.iter().map(|l| l.weight.max(LEAST_WEIGHT)).sum();
    looks.iter_mut().for_each(|l| l.weight = l.weight.max(LEAST_WEIGHT) / sum);
    looks
}

fn grade_model(dims: usize, headings: &BTreeMap<String, Vec<Shipment>>) -> GradeModel {
    // Patches about their segments, pooled.
    let mut patch = Matrix::zero(dims);
    let mut patch_dof = 0.0;
    let (mut reciprocal, mut segments) = (0.0, 0.0);
    for shipment in headings.values().flatten() {
        patch.add(&shipment.scatter, 1.0);
        patch_dof += shipment.dof;
        for segment in &shipment.segments {
            reciprocal += 1.0 / segment.patches.max(1) as f64;
            segments += 1.0;
        }
    }
    let patch = regular(patch.scaled(1.0 / f64::max(patch_dof, 1.0)));
    let scale: Vec<f64> = (0..dims).map(|i| patch.at(i, i).sqrt()).collect();

    let looks: BTreeMap<&String, Vec<Look>> =
        headings.iter().map(|(heading, shipments)| (heading, looks_of(shipments, &scale, dims))).collect();

    // Segments about their shipments: what they scatter beyond their patches' noise is common to a segment's patches.
    let mut segment = Matrix::zero(dims);
    let mut segment_dof = 0.0;
    let mut between = Matrix::zero(dims);
    let mut between_dof = 0.0;
    for look in looks.values().flatten() {
        segment.add(&look.segments, 1.0);
        segment_dof += look.segment_dof;
        for (mean, _) in &look.means {
            between.add_outer(&minus(mean, &look.centre), 1.0);
        }
        between_dof += look.means.len() as f64 - 1.0;
    }
    let segment = segment.scaled(1.0 / f64::max(segment_dof, 1.0));
    let mean_reciprocal = if segments > 0.0 { reciprocal / segments } else { 1.0 };
    let common = (segment.trace() - mean_reciprocal * patch.trace()).max(0.0);
    let correlation = common / (common + patch.trace());
    let mut within = patch.clone();
    if segment.trace() > 0.0 {
        within.add(&segment, common / segment.trace());
    }
    let within = regular(within);
    let mut between = regular(between.scaled(1.0 / f64::max(between_dof, 1.0)));
    if between_dof < 1.0 {
        between = within.clone();
    }

    let nodes = headings
        .iter()
        .map(|(heading, shipments)| node(heading, shipments, &looks[heading], &patch, &between))
        .collect();
    let (outlier_mean, outlier_covariance) = outlier(dims, headings, &within);
    GradeModel {
        dims,
        within: within.to_f32(),
        correlation,
        outlier_mean: outlier_mean.iter().map(|v| *v as f32).collect(),
        outlier_covariance: outlier_covariance.to_f32(),
        nodes,
    }
}

fn node(heading: &str, shipments: &[Shipment], looks: &[Look], patch: &Matrix, pooled: &Matrix) -> Node {
    let dof: f64 = shipments.iter().map(|s| s.dof).sum();
    let trace: f64 = shipments.iter().map(|s| s.scatter.trace()).sum();
    let own = if dof > 0.0 { trace / dof / patch.trace() } else { 1.0 };
    let n = shipments.len() as f64;
    let within_scale = (n * own + SCALE_WEIGHT) / (n + SCALE_WEIGHT);
    let prototypes = looks
        .iter()
        .map(|look| {
            let mut between = pooled.clone().scaled(BETWEEN_WEIGHT);
            for (mean, _) in &look.means {
                between.add_outer(&minus(mean, &look.centre), 1.0);
            }
            let dof = look.means.len() as f64 - 1.0;
            Prototype {
                weight: look.weight.min(1.0),
                shipments: look.means.len() as u32,
                mean: look.centre.iter().map(|v| *v as f32).collect(),
                between: between.scaled(1.0 / (dof + BETWEEN_WEIGHT)).to_f32(),
            }
        })
        .collect();
    let mut counts = ShipmentCounts::default();
    // Scans of one shipment share its name and count once.
    let names: BTreeSet<(&str, SampleSource)> = shipments.iter().map(|s| (s.name.as_str(), s.source)).collect();
    names.iter().for_each(|(_, source)| counts.count(*source));
    let spread = |figure: &dyn Fn(&BoxFacts) -> Option<f64>| {
        Spread::of(&shipments.iter().filter_map(|s| figure(&s.facts)).collect::<Vec<_>>())
    };
    let (mass_log_ratio, mass_opacity_slope) = mass_ratio(shipments);
    let class = |k: usize| spread(&|f| f.material.and_then(decided).map(|(shares, _)| shares[k]));
    Node {
        heading: heading.to_owned(),
        shipments: counts,
        prototypes,
        within_scale,
        equivalents: Vec::new(),
        opacity: spread(&|f| Some(f.opaque_share)),
        areal_density: spread(&|f| f.areal_density_g_per_cm2),
        material: MaterialProfile { classes: [class(0), class(1), class(2), class(3)] },
        mass_log_ratio,
        mass_opacity_slope,
        oddness: spread(&|f| f.oddness),
        concealment: spread(&|f| f.concealment),
        stowage_kg_per_m3: goods::goods(heading).map(|g| g.stowage_kg_per_m3),
    }
}

/// `ln(observed / loaded)` regressed on opacity: value at mean opacity with the residuals' spread, and the slope.
fn mass_ratio(shipments: &[Shipment]) -> (Spread, f64) {
    let mut pairs = Vec::new();
    for facts in shipments.iter().map(|s| &s.facts) {
        if let Some((loaded, observed)) = facts.loaded_kg.zip(facts.observed_kg)
            && loaded > 0.0
            && observed > 0.0
        {
            pairs.push((facts.opaque_share, libm::log(observed / loaded)));
        }
    }
    let opacity = Spread::of(&pairs.iter().map(|p| p.0).collect::<Vec<_>>()).mean;
    let ratio = Spread::of(&pairs.iter().map(|p| p.1).collect::<Vec<_>>()).mean;
    let (mut xy, mut xx) = (0.0, pairs.len() as f64 * OPACITY_RIDGE * OPACITY_RIDGE);
    for (x, y) in &pairs {
        xy += (x - opacity) * (y - ratio);
        xx += (x - opacity) * (x - opacity);
    }
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    let residuals: Vec<f64> = pairs.iter().map(|(x, y)| y - slope * (x - opacity)).collect();
    (Spread::of(&residuals), slope)
}

/// Mean and inflated covariance of all segment means, every heading counting the same.
fn outlier(dims: usize, headings: &BTreeMap<String, Vec<Shipment>>, within: &Matrix) -> (Vec<f64>, Matrix) {
    let mut rows = Vec::new();
    for shipments in headings.values() {
        let count: usize = shipments.iter().map(|s| s.segments.len()).sum();
        for segment in shipments.iter().flat_map(|s| &s.segments) {
            rows.push((to_f64(&segment.embedding), 1.0 / count as f64));
        }
    }
    let mean = mean_of(&rows, dims);
    let total: f64 = rows.iter().map(|(_, w)| w).sum();
    let mut covariance = Matrix::zero(dims);
    for (z, weight) in &rows {
        covariance.add_outer(&minus(z, &mean), weight / total);
    }
    covariance.add(within, 1.0);
    (mean, regular(covariance.scaled(OUTLIER_INFLATION)))
}

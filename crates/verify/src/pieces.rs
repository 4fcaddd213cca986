//! Segments of a subject with what the library says of each.

use pellucid_core::{Grade, Interval, Region};

use crate::VerifyError;
use crate::density::Densities;
use crate::profile::TransportProfile;
use crate::subject::Subject;

/// A segment with its log-likelihoods.
pub(crate) struct Piece {
    pub(crate) container: usize,
    /// Index of its box in the subject.
    pub(crate) position: usize,
    pub(crate) segment: usize,
    pub(crate) region: Region,
    pub(crate) amount: f64,
    pub(crate) kg: Option<Interval>,
    pub(crate) top: Option<f64>,
    /// Nodes of goods that are not declared for its box nor look like those that are.
    pub(crate) outside: Vec<usize>,
    /// Log-likelihoods: per line, dunnage, undeclared, and per node for guesses.
    pub(crate) lines: Vec<f64>,
    pub(crate) dunnage: f64,
    pub(crate) sink: f64,
    pub(crate) nodes: Vec<f64>,
    pub(crate) outlier: f64,
    pub(crate) log_ratio: f64,
    /// Tempered, over the declared lines: of the other headings, and of unknown things.
    pub(crate) known_ratio: f64,
    pub(crate) unknown_ratio: f64,
}

/// Reads the subject's segments: amounts, and the density of each under every node.
pub(crate) fn measure(
    subject: &Subject<'_>,
    densities: &Densities,
    headings: &[&str],
    grade: Grade,
    parameters: &TransportProfile,
) -> Result<Vec<Piece>, VerifyError> {
    let all = || {
        let boxes = subject.boxes.iter().enumerate();
        boxes.flat_map(|(at, (i, b))| b.segments.iter().enumerate().map(move |(k, s)| ((at, *i), *b, k, s)))
    };
    let has_mass = grade.has_mass() && all().all(|(_, _, _, s)| s.best_kg.is_some());
    let mut pieces = Vec::new();
    for ((position, container), observed, index, segment) in all() {
        if segment.embedding.len() != densities.dims {
            return Err(VerifyError::EmbeddingDimensions {
                library: densities.dims,
                observation: segment.embedding.len(),
            });
        }
        let z: Vec<f64> = segment.embedding.iter().map(|v| f64::from(*v)).collect();
        if z.iter().any(|v| !v.is_finite()) {
            return Err(VerifyError::Observation {
                fault: format!("containers[{container}].segments[{index}].embedding: not finite"),
            });
        }
        let c = densities.shrinkage(segment.patches.len());
        let commodity = commodity_terms(&observed.headings, &segment.commodity, headings, parameters);
        let nodes = (0..headings.len()).map(|i| densities.node(i, &z, c) + commodity[i]).collect();
        let kg = segment.mass_kg.filter(|_| has_mass);
        let amount = match segment.best_kg {
            Some(best) if has_mass => best.max(kg.filter(|i| i.hi.is_none()).map_or(0.0, |i| i.lo)),
            _ => segment.attenuation_area_m2,
        };
        pieces.push(Piece {
            container,
            position,
            segment: index,
            region: Region { view: observed.region.view, px: segment.px },
            amount: amount.max(1e-6),
            kg: if has_mass { Some(kg.unwrap_or(Interval::exactly(amount))) } else { None },
            top: kg.filter(|i| i.hi.is_none()).map(|_| f64::INFINITY),
            outside: Vec::new(),
            lines: Vec::new(),
            dunnage: 0.0,
            sink: 0.0,
            nodes,
            outlier: densities.outlier(&z, c),
            log_ratio: 0.0,
            known_ratio: 0.0,
            unknown_ratio: 0.0,
        });
    }
    Ok(pieces)
}

/// `weight · ln(M max(p, floor))` per node that the model knows, 0 for the others: the model's own view, relative to not knowing.
fn commodity_terms(
    names: &[String],
    probabilities: &[f32],
    headings: &[&str],
    parameters: &TransportProfile,
) -> Vec<f64> {
    let is_goods = |name: &&String| name.len() == 4 && name.bytes().all(|c| c.is_ascii_digit());
    let m = names.iter().filter(is_goods).count() as f64;
    let term = |heading: &&str| {
        let p = names.iter().position(|n| n == heading).and_then(|i| probabilities.get(i));
        match p {
            Some(p) if m > 1.0 && parameters.commodity_weight > 0.0 => {
                parameters.commodity_weight * libm::log(m * f64::from(*p).max(parameters.commodity_floor))
            }
            _ => 0.0,
        }
    };
    headings.iter().map(term).collect()
}

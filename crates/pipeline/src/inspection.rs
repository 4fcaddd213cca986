use std::sync::Arc;

use pellucid_core::{ContainerNumber, Declaration, Evaluation, Observation};
use pellucid_imaging::Imaged;
use pellucid_store::blob_hash;
use pellucid_verify::Verdict;

use crate::{Measured, PipelineError, ScanMap, Stopwatch, Toolbox, judge, maps_of, measure};

/// What is known about an inspection beside scan and declaration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InspectionRequest {
    /// Prior log-odds from the risk system.
    pub prior_log_odds: Option<f64>,
    /// Which declared container is meant, if one.
    pub container: Option<ContainerNumber>,
    /// Which box of the scan is meant, counted from the left, if known.
    pub container_index: Option<usize>,
    /// Now, RFC 3339; nothing here reads a clock.
    pub now: String,
}

/// A finished inspection.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// The evaluation.
    pub evaluation: Evaluation,
    /// The verdict behind it.
    pub verdict: Verdict,
    /// The observation behind that.
    pub observation: Observation,
    /// Measured planes.
    pub imaged: Arc<Imaged>,
    /// Overlays.
    pub maps: Vec<ScanMap>,
    /// Survivable damage of the file, in words.
    pub warnings: Vec<String>,
}

/// Inspects a scan file against a declaration.
///
/// # Errors
/// Any stage's; a failed stage never becomes an evaluation.
pub fn inspect(
    toolbox: &Toolbox,
    file: &[u8],
    declaration: &Declaration,
    request: &InspectionRequest,
) -> Result<Inspection, PipelineError> {
    let mut watch = Stopwatch::start();
    let sha256 = blob_hash(file).0;
    watch.lap("hash");
    let measured = measure(toolbox, file, &mut watch)?;
    let judged = judge(toolbox, &measured, &sha256, declaration, request, &mut watch)?;
    let maps = maps_of(&measured.imaged, &measured.observation, &judged.verdict);
    watch.lap("maps");
    let Measured { imaged, observation, warnings, .. } = measured;
    let mut evaluation = judged.evaluation;
    evaluation.timings_ms = watch.times();
    Ok(Inspection { evaluation, verdict: judged.verdict, observation, imaged, maps, warnings })
}

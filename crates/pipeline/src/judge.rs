use std::collections::BTreeMap;

use pellucid_core::{ContainerNumber, Declaration, Evaluation, StageTimes, Versions};
use pellucid_store::declaration_version;
use pellucid_verify::{Context, EvaluationInputs, Verdict, decide, evaluate, verify};
use sha2::{Digest, Sha256};

use crate::{InspectionRequest, Measured, PipelineError, Stopwatch, Toolbox};

/// An evaluation with the verdict behind it.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The evaluation.
    pub evaluation: Evaluation,
    /// The verdict.
    pub verdict: Verdict,
}

/// Holds a measured scan against a declaration.
///
/// # Errors
/// The declaration is out of range, or models and library do not belong together.
pub fn judge(
    toolbox: &Toolbox,
    measured: &Measured,
    scan_sha256: &str,
    declaration: &Declaration,
    request: &InspectionRequest,
    watch: &mut Stopwatch,
) -> Result<Judged, PipelineError> {
    let version = declaration_version(declaration).map_err(PipelineError::store("hashing the declaration"))?;
    let seed = seed(scan_sha256, &version);
    let container: Option<ContainerNumber> = request.container.clone();
    let context = Context {
        prior_log_odds: request.prior_log_odds,
        container,
        container_index: request.container_index,
        containers_read: measured.containers_read.clone(),
        now: request.now.clone(),
        seed,
    };
    let verdict = verify(declaration, &measured.observation, &toolbox.library, &context, &toolbox.profile)
        .map_err(PipelineError::Verify)?;
    watch.lap("verify");
    let decision = decide(&toolbox.policy, declaration, &verdict, seed);
    watch.lap("policy");
    let inputs = EvaluationInputs {
        versions: versions(toolbox, measured, &version),
        input_sha256: BTreeMap::from([
            ("scan".to_owned(), scan_sha256.to_owned()),
            ("declaration".to_owned(), version),
        ]),
        timings_ms: StageTimes::new(),
        engine: measured.imaged.engine.clone(),
    };
    let mut evaluation = evaluate(&verdict, &decision, inputs);
    // Two libraries of one version must not pass for each other.
    let sha256 = toolbox.library_sha256.get(..12).unwrap_or(&toolbox.library_sha256);
    evaluation.versions.library = format!("{}+{sha256}", evaluation.versions.library);
    evaluation.timings_ms = watch.times();
    Ok(Judged { evaluation, verdict })
}

fn versions(toolbox: &Toolbox, measured: &Measured, declaration: &str) -> Versions {
    Versions {
        software: toolbox.software.clone(),
        plan: measured.imaged.plan_version.clone(),
        models: BTreeMap::from([
            ("layout".to_owned(), toolbox.layout.sha256().to_owned()),
            ("cargo".to_owned(), toolbox.cargo.sha256().to_owned()),
            ("risk_profile".to_owned(), toolbox.profile_sha256.clone()),
        ]),
        library: String::new(),
        policy: String::new(),
        declaration: declaration.to_owned(),
    }
}

/// Seed of the random selection: the same scan and declaration draw the same.
fn seed(scan_sha256: &str, declaration_version: &str) -> u64 {
    let digest = Sha256::digest(format!("{scan_sha256}\n{declaration_version}"));
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(bytes)
}

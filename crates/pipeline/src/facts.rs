use pellucid_core::RawScan;
use pellucid_scan::Limits;
use pellucid_store::{ScanFacts, ViewFacts};

use crate::PipelineError;

/// Decodes a file once, before it is accepted: what cannot be read is refused while the sender still listens.
///
/// # Errors
/// [`PipelineError::Decode`].
pub fn read_facts(file: &[u8], limits: &Limits) -> Result<ScanFacts, PipelineError> {
    let decoded = pellucid_scan::decode(file, limits).map_err(PipelineError::Decode)?;
    let warnings = decoded.warnings.iter().map(ToString::to_string).collect();
    Ok(facts(&decoded.scan, warnings))
}

fn facts(scan: &RawScan, warnings: Vec<String>) -> ScanFacts {
    let views = scan.views.iter().map(|view| {
        let (width, height) = view.size();
        ViewFacts {
            name: view.name.clone(),
            width: u32::try_from(width).unwrap_or(u32::MAX),
            height: u32::try_from(height).unwrap_or(u32::MAX),
            bands: view.bands.iter().map(|band| band.kind.as_str().to_owned()).collect(),
        }
    });
    let scanner = [scan.scanner.vendor.as_str(), scan.scanner.model.as_str()].join(" ").trim().to_owned();
    ScanFacts {
        grade: scan.grade,
        views: views.collect(),
        acquired_at: scan.acquired_at.clone(),
        scanner: (!scanner.is_empty()).then_some(scanner),
        site: scan.site.clone(),
        lane: scan.lane.clone(),
        containers_read: scan.containers_read.clone(),
        warnings,
    }
}

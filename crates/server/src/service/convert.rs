//! From the store's records to the shapes on the wire.

use pellucid_api::wire;
use pellucid_core::Declaration;
use pellucid_pipeline::ScanMap;
use pellucid_store::{DeclarationRecord, EvaluationRecord, EventRecord, JobRecord, JobState, ScanRecord, ScanState};

pub(super) fn evaluation(record: EvaluationRecord) -> wire::StoredEvaluation {
    wire::StoredEvaluation {
        id: Some(record.id),
        scan: Some(record.scan),
        declaration_no: Some(record.declaration_no),
        created_at: Some(record.created_at),
        evaluation: record.evaluation,
    }
}

fn evaluation_summary(record: &EvaluationRecord) -> wire::EvaluationSummary {
    let evaluation = &record.evaluation;
    let mut finding_kinds: Vec<_> = evaluation.findings.iter().map(|finding| finding.kind).collect();
    finding_kinds.sort_unstable();
    finding_kinds.dedup();
    wire::EvaluationSummary {
        id: record.id,
        created_at: record.created_at.clone(),
        risk_score: evaluation.risk_score,
        risk_level: evaluation.risk_level,
        lane: evaluation.lane,
        is_degraded: !evaluation.degraded.is_empty(),
        // Reasons that speak for the declaration are no reason to look.
        main_reason: evaluation.reasons.iter().find(|reason| reason.contribution > 0.0).cloned(),
        finding_kinds,
        declared_kg: evaluation.mass.declared_kg,
        observed_kg: evaluation.mass.observed_kg,
        undeclared_kg: evaluation.mass.undeclared_kg,
        missing_kg: evaluation.mass.missing_kg,
    }
}

pub(super) fn summary(record: ScanRecord) -> wire::ScanSummary {
    let declaration = &record.declaration.declaration;
    wire::ScanSummary {
        id: record.id,
        state: match record.state {
            ScanState::Received => wire::ScanState::Received,
            ScanState::Ready => wire::ScanState::Ready,
            ScanState::Failed => wire::ScanState::Failed,
        },
        received_at: record.received_at,
        acquired_at: record.facts.acquired_at,
        file_name: record.file_name,
        grade: record.facts.grade,
        site: record.facts.site,
        site_lane: record.facts.lane,
        containers: declaration.containers.iter().map(|container| container.id.to_string()).collect(),
        declaration_no: record.declaration.no.clone(),
        declared: declared(declaration),
        evaluation: record.latest_evaluation.as_ref().map(evaluation_summary),
    }
}

/// Goods in a few words: heading and name of the first line, and how many more there are.
pub(crate) fn declared(declaration: &Declaration) -> String {
    let Some(first) = declaration.items.first() else { return "空箱 empty".to_owned() };
    let heading = first.hs.as_ref().map_or("", |hs| hs.heading().unwrap_or(hs.as_str()));
    let text = format!("{heading} {}", first.name);
    match declaration.items.len() - 1 {
        0 => text.trim().to_owned(),
        more => format!("{} +{more}", text.trim()),
    }
}

pub(super) fn detail(record: ScanRecord) -> wire::ScanDetail {
    let facts = &record.facts;
    let views = facts.views.iter().map(|view| wire::ViewSummary {
        name: view.name.clone(),
        width: view.width,
        height: view.height,
        bands: view.bands.clone(),
    });
    wire::ScanDetail {
        sha256: record.sha256.clone(),
        bytes: record.bytes,
        warnings: facts.warnings.clone(),
        views: views.collect(),
        scanner: facts.scanner.clone(),
        declaration_version: record.declaration.version.clone(),
        declaration: record.declaration.declaration.clone(),
        latest_evaluation: record.latest_evaluation.clone().map(evaluation),
        summary: summary(record),
    }
}

pub(super) fn declaration(record: DeclarationRecord) -> wire::StoredDeclaration {
    wire::StoredDeclaration {
        no: record.no,
        version: record.version,
        revision: record.revision,
        created_at: record.created_at,
        declaration: record.declaration,
    }
}

pub(super) fn event(record: EventRecord) -> wire::Event {
    wire::Event {
        cursor: record.seq.to_string(),
        kind: record.kind,
        at: record.at,
        scan: record.scan,
        evaluation: record.evaluation,
        data: record.data,
    }
}

pub(super) fn job(record: JobRecord) -> wire::Job {
    wire::Job {
        id: record.id,
        kind: record.kind,
        scan: record.scan,
        state: match record.state {
            JobState::Queued => wire::JobState::Queued,
            JobState::Running => wire::JobState::Running,
            JobState::Done => wire::JobState::Done,
            JobState::Dead => wire::JobState::Dead,
        },
        attempts: record.attempts,
        error: record.error,
        created_at: record.created_at,
        updated_at: record.updated_at,
    }
}

pub(super) fn job_state(state: wire::JobState) -> JobState {
    match state {
        wire::JobState::Queued => JobState::Queued,
        wire::JobState::Running => JobState::Running,
        wire::JobState::Done => JobState::Done,
        wire::JobState::Dead => JobState::Dead,
    }
}

pub(super) fn map(map: ScanMap) -> wire::MapDocument {
    let grids = map.grids.into_iter().map(|grid| wire::MapGrid {
        px: grid.px,
        cols: grid.cols,
        rows: grid.rows,
        values: grid.values,
    });
    wire::MapDocument {
        kind: map.kind,
        unit: map.unit,
        full_scale: map.full_scale,
        view_px: map.view_px,
        grids: grids.collect(),
    }
}

use pellucid_core::{ErrorKind, Evaluation, MapKind};
use pellucid_pipeline::{InspectionRequest, PipelineError, inspect, maps_from_bytes, maps_to_bytes, read_facts};
use pellucid_scan::Limits;
use pellucid_store::{blob_hash, declaration_version};

use crate::bench::{Mood, coffee, file, toolbox};

fn request() -> InspectionRequest {
    InspectionRequest { now: "2026-11-01T00:00:00Z".to_owned(), ..InspectionRequest::default() }
}

/// An evaluation without what differs from run to run.
fn timeless(mut evaluation: Evaluation) -> Evaluation {
    evaluation.timings_ms.clear();
    evaluation
}

#[test]
fn an_inspection_tells_what_it_rests_on() {
    let (case, tools) = (coffee(11), toolbox(Mood::Well, Mood::Well));
    let bytes = file(&case);
    let inspection = inspect(&tools, &bytes, &case.declaration, &request()).unwrap();
    let evaluation = &inspection.evaluation;
    for stage in [
        "hash", "decode", "plan", "imaging", "resample", "layout", "geometry", "cargo", "observe", "verify",
        "policy", "maps", "total",
    ] {
        assert!(evaluation.timings_ms.contains_key(stage), "{stage} is not timed");
    }
    let version = declaration_version(&case.declaration).unwrap();
    assert_eq!(evaluation.input_sha256["scan"], blob_hash(&bytes).0);
    assert_eq!(evaluation.input_sha256["declaration"], version);
    assert_eq!(evaluation.versions.declaration, version);
    assert_eq!(evaluation.versions.library, "test+000000000000");
    assert_eq!(evaluation.versions.models.keys().collect::<Vec<_>>(), ["cargo", "layout", "risk_profile"]);
    assert_eq!(evaluation.engine.kind, "cpu");
    assert_eq!(evaluation.containers.len(), 1);

    let loaded: f64 = case.truth.items.iter().map(|item| item.mass_kg).sum();
    let observed = evaluation.mass.observed_kg.unwrap();
    assert!((observed / loaded - 1.0).abs() < 0.25, "{observed} kg observed, {loaded} kg loaded");
}

#[test]
fn the_same_input_gives_the_same_evaluation() {
    let (case, tools) = (coffee(12), toolbox(Mood::Well, Mood::Well));
    let bytes = file(&case);
    let run = || timeless(inspect(&tools, &bytes, &case.declaration, &request()).unwrap().evaluation);
    assert_eq!(run(), run());
}

#[test]
fn overlays_cover_the_box_and_survive_the_store() {
    let (case, tools) = (coffee(13), toolbox(Mood::Well, Mood::Well));
    let inspection = inspect(&tools, &file(&case), &case.declaration, &request()).unwrap();
    let kinds: Vec<_> = inspection.maps.iter().map(|map| map.kind).collect();
    assert_eq!(kinds, [MapKind::Undeclared, MapKind::Concealment, MapKind::Material, MapKind::ArealDensity]);
    for map in &inspection.maps {
        let [grid] = map.grids.as_slice() else { panic!("one grid per box, got {}", map.grids.len()) };
        assert_eq!(grid.values.len(), (grid.cols * grid.rows) as usize);
        let overlap = grid.px.iou(case.truth.containers[0].box_px);
        assert!(overlap > 0.6, "{}: the grid lies elsewhere, IoU {overlap}", map.kind);
        assert!(map.full_scale > 0.0);
    }
    let density = &inspection.maps[3];
    let largest = density.grids[0].values.iter().flatten().fold(0.0_f32, |a, b| a.max(*b));
    assert!((20.0..300.0).contains(&largest), "a box of coffee is {largest} g/cm² at its densest");
    let bytes = maps_to_bytes(&inspection.maps).unwrap();
    assert_eq!(maps_from_bytes(&bytes).unwrap(), inspection.maps);
}

/// A stage that fails gives an error of its name and never an evaluation.
#[track_caller]
fn check_failure(layout: Mood, cargo: Mood, expected: &str) {
    let case = coffee(14);
    let error = inspect(&toolbox(layout, cargo), &file(&case), &case.declaration, &request()).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn a_failed_model_is_an_error_not_an_evaluation() {
    check_failure(Mood::Fails, Mood::Well, "layout model");
    check_failure(Mood::Well, Mood::Fails, "cargo model");
    check_failure(Mood::AnswersTooLittle, Mood::Well, "1 inputs gave 0 outputs");
    check_failure(Mood::Well, Mood::AnswersTooLittle, "1 inputs gave 0 outputs");
}

#[test]
fn files_that_are_no_scans_are_faults_of_the_input() {
    let (case, tools) = (coffee(15), toolbox(Mood::Well, Mood::Well));
    let mut cut = file(&case);
    cut.truncate(cut.len() / 2);
    for bytes in [&b""[..], b"not a scan", &cut] {
        let error = inspect(&tools, bytes, &case.declaration, &request()).unwrap_err();
        assert!(matches!(error, PipelineError::Decode(_)), "{error}");
        assert!(!error.is_worth_a_retry(), "{error}");
        assert!(matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported), "{error}");
    }
}

#[test]
fn a_library_of_other_embeddings_is_refused() {
    let (case, mut tools) = (coffee(16), toolbox(Mood::Well, Mood::Well));
    let mut builder = pellucid_verify::LibraryBuilder::new("x", &"2".repeat(64), "test", "2026-01-01T00:00:00Z");
    let measured = pellucid_pipeline::measure(&tools, &file(&case), &mut pellucid_pipeline::Stopwatch::start());
    let observation = measured.unwrap().observation;
    builder
        .add(pellucid_verify::ShipmentSample::from_container(
            "0901",
            observation.grade,
            pellucid_verify::SampleSource::Phantom,
            "box",
            &observation.containers[0],
            None,
        ))
        .unwrap();
    tools.library = std::sync::Arc::new(builder.build().unwrap());
    let error = inspect(&tools, &file(&case), &case.declaration, &request()).unwrap_err();
    assert!(matches!(error, PipelineError::Verify(_)), "{error}");
}

#[test]
fn facts_of_a_file_are_read_without_an_inspection() {
    let case = coffee(17);
    let facts = read_facts(&file(&case), &Limits::default()).unwrap();
    assert_eq!(facts.grade, case.scan.grade);
    assert_eq!(facts.views[0].bands, ["high", "low"]);
    assert_eq!((facts.views[0].width as usize, facts.views[0].height as usize), case.scan.views[0].size());
    assert!(facts.scanner.is_some_and(|scanner| scanner.contains("phantom")));
    assert!(read_facts(b"II*\0", &Limits::default()).is_err());
}

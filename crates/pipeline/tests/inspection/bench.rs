//! Stand-ins for the models, and a small library that belongs to them.

use std::sync::{Arc, OnceLock};

use pellucid_classify::ClassifyError;
use pellucid_core::{CargoOutput, IsoSize, LayoutOutput, PlaneStack};
use pellucid_imaging::{CpuEngine, PlanOptions};
use pellucid_phantom::{Case, ContainerRecipe, Conveyance, Recipe, make_case_of};
use pellucid_pipeline::{CargoReader, Instruments, LayoutReader, Stopwatch, Toolbox, measure};
use pellucid_scan::{Limits, encode_tiff};
use pellucid_verify::{LibraryBuilder, Policy, RiskProfile, SampleSource, ShipmentSample};

const SHA256: &str = "0101010101010101010101010101010101010101010101010101010101010101";
/// Means of the measured planes, their product and two constants' worth of room.
const DIMS: usize = 6;

/// How a stand-in behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    Fails,
    Panics,
    AnswersTooLittle,
}

impl Mood {
    fn outputs<T>(self, all: Vec<T>) -> Result<Vec<T>, ClassifyError> {
        match self {
            Self::Well => Ok(all),
            Self::Fails => Err(ClassifyError::Card { name: "stand-in".to_owned(), fault: "told to fail".to_owned() }),
            Self::Panics => panic!("told to panic"),
            Self::AnswersTooLittle => Ok(Vec::new()),
        }
    }
}

/// Calls everything darker than air a container.
pub(crate) struct Layout(pub(crate) Mood);

impl LayoutReader for Layout {
    fn run(&self, batch: &[PlaneStack]) -> Result<Vec<LayoutOutput>, ClassifyError> {
        self.0.outputs(batch.iter().map(layout).collect())
    }
    fn sha256(&self) -> &str {
        SHA256
    }
}

fn layout(input: &PlaneStack) -> LayoutOutput {
    let stride = 4;
    let (height, width) = (input.height / stride, input.width / stride);
    let is_dark = |cell: usize| input.at(0, cell % width * stride + 2, cell / width * stride + 2) > 0.004;
    let container: Vec<f32> = (0..width * height).map(|cell| if is_dark(cell) { 0.98 } else { 0.01 }).collect();
    let background: Vec<f32> = container.iter().map(|share| 0.99 - share).collect();
    let mut values = background;
    values.extend(&container);
    values.extend(vec![0.0033; 3 * width * height]);
    LayoutOutput {
        class_names: ["background", "container", "cab", "running_gear", "unreadable"].map(String::from).to_vec(),
        classes: PlaneStack { channels: 5, height, width, values },
        castings: PlaneStack { channels: 1, height, width, values: vec![0.0; width * height] },
        stride,
        valid_width: width,
        model_sha256: SHA256.to_owned(),
    }
}

/// Embeds a patch by its mean attenuation.
pub(crate) struct Cargo(pub(crate) Mood);

impl CargoReader for Cargo {
    fn run(&self, batch: &[PlaneStack]) -> Result<Vec<CargoOutput>, ClassifyError> {
        self.0.outputs(batch.iter().map(cargo).collect())
    }
    fn sha256(&self) -> &str {
        SHA256
    }
}

fn cargo(input: &PlaneStack) -> CargoOutput {
    let stride = 16;
    let (rows, cols) = (input.height / stride, input.width / stride);
    let mean = |plane: usize, cell: usize| {
        let (x0, y0) = (cell % cols * stride, cell / cols * stride);
        let pixels = (0..stride * stride).map(|i| input.at(plane, x0 + i % stride, y0 + i / stride));
        pixels.sum::<f32>() / (stride * stride) as f32
    };
    let cells = rows * cols;
    let mut embedding = Vec::with_capacity(DIMS * cells);
    for dim in 0..DIMS {
        embedding.extend((0..cells).map(|cell| match dim {
            0..4 => mean(dim, cell) * 8.0,
            4 => mean(0, cell) * mean(2, cell) * 10.0,
            _ => (mean(0, cell) - mean(1, cell)) * 20.0,
        }));
    }
    let is_cargo = |cell: usize| mean(0, cell) > 0.03;
    let mut commodity: Vec<f32> = (0..cells).map(|cell| if is_cargo(cell) { 0.97 } else { 0.02 }).collect();
    commodity.extend((0..cells).map(|cell| if is_cargo(cell) { 0.03 } else { 0.98 }));
    let plane = |channels: usize, value: f32| PlaneStack {
        channels,
        height: 2 * rows,
        width: 2 * cols,
        values: vec![value; channels * 4 * cells],
    };
    CargoOutput {
        embedding: PlaneStack { channels: DIMS, height: rows, width: cols, values: embedding },
        commodity: PlaneStack { channels: 2, height: rows, width: cols, values: commodity },
        headings: vec!["0901".to_owned(), "empty".to_owned()],
        structure: plane(2, 0.5),
        structure_names: vec!["cargo".to_owned(), "container".to_owned()],
        concealment: plane(1, 0.01),
        stride,
        model_sha256: SHA256.to_owned(),
    }
}

/// A 20' box of coffee without a lorry.
pub(crate) fn coffee(seed: u64) -> Case {
    let recipe = Recipe {
        name: "coffee".to_owned(),
        scanner: "relocatable_6_3p5".to_owned(),
        seed,
        conveyance: Conveyance::Box,
        containers: vec![ContainerRecipe::known(IsoSize::Twenty, "0901", [0.8, 0.9])],
        tampering: None,
        processed: false,
        vehicle: None,
        papers: None,
    };
    make_case_of(&recipe, seed).unwrap()
}

/// The file of a case.
pub(crate) fn file(case: &Case) -> Vec<u8> {
    encode_tiff(&case.scan).unwrap()
}

fn instruments(layout: Mood, cargo: Mood) -> Instruments {
    Instruments {
        engine: Arc::new(CpuEngine::new()),
        layout: Arc::new(Layout(layout)),
        cargo: Arc::new(Cargo(cargo)),
        plan: PlanOptions::default(),
        limits: Limits::default(),
    }
}

/// The factory's policy and profile over a library of three boxes of coffee, with models in these moods.
pub(crate) fn toolbox(layout: Mood, cargo: Mood) -> Toolbox {
    static WELL: OnceLock<Toolbox> = OnceLock::new();
    let well = WELL.get_or_init(|| {
        let instruments = instruments(Mood::Well, Mood::Well);
        let mut builder = LibraryBuilder::new("test", SHA256, "test", "2026-01-01T00:00:00Z");
        for seed in 1..=3 {
            let measured = measure(&instruments, &file(&coffee(seed)), &mut Stopwatch::start()).unwrap();
            let [container] = measured.observation.containers.as_slice() else {
                panic!("one box, got {}", measured.observation.containers.len())
            };
            let grade = measured.observation.grade;
            let name = format!("box-{seed}");
            let sample = ShipmentSample::from_container("0901", grade, SampleSource::Phantom, &name, container, None);
            builder.add(sample).unwrap();
        }
        let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
        let text = |path: &str| std::fs::read_to_string(format!("{models}/{path}")).unwrap();
        Toolbox {
            instruments,
            library: Arc::new(builder.build().unwrap()),
            library_sha256: "0".repeat(64),
            policy: Arc::new(Policy::parse(&text("policy/default.toml")).unwrap()),
            profile: Arc::new(RiskProfile::parse(&text("profile/default.toml")).unwrap()),
            profile_sha256: "1".repeat(64),
            software: "pellucid test".to_owned(),
        }
    });
    Toolbox { instruments: instruments(layout, cargo), ..well.clone() }
}

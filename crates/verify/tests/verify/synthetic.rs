//! A made-up world: headings as points in 24 dimensions, shipments around them, boxes with segments and masses.

use std::sync::OnceLock;

use pellucid_core::{
    ContainerObservation, ContainerType, Declaration, EngineKind, Evaluation, Grade, Interval, IsoSize, MassBudget,
    MassEstimate, MaterialShares, Observation, Patch, PixelBox, Region, ScanQuality, Segment, Versions,
};
use pellucid_verify::{
    Context, Decision, EvaluationInputs, Library, LibraryBuilder, LibraryProvenance, Policy, RiskProfile,
    SampleSource, ShipmentSample, Verdict, decide, evaluate, verify,
};

pub(crate) const DIMS: usize = 24;
pub(crate) const SHA: &str = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
pub(crate) const COLS: u16 = 36;
pub(crate) const ROWS: u16 = 15;
/// The first eight are clearly different; 1701 looks like 1006.
pub(crate) const HEADINGS: [&str; 10] =
    ["0901", "1202", "2204", "4011", "4407", "6109", "7208", "8418", "1006", "1701"];
pub(crate) const CLEAR: usize = 8;

/// Deterministic dice (SplitMix64 and Box–Muller).
pub(crate) struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let (a, b) = (self.uniform(), self.uniform());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    fn vector(&mut self, sd: f64) -> Vec<f64> {
        (0..DIMS).map(|_| sd * self.normal()).collect()
    }
}

fn plus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x + y).collect()
}

/// Where a heading lies in the embedding.
fn position(heading: &str) -> Vec<f64> {
    let twin = if heading == "1701" { "1006" } else { heading };
    let code: u64 = twin.parse().unwrap();
    let mut dice = Dice(code * 7919);
    let mut place = dice.vector(1.0);
    if heading == "1701" {
        place[0] += 0.2;
    }
    place
}

fn material(heading: &str) -> MaterialShares {
    match heading {
        "7208" => MaterialShares { metal: 0.8, organic: 0.05, undecidable: 0.15, ..MaterialShares::default() },
        "8418" => MaterialShares { metal: 0.4, organic: 0.5, undecidable: 0.1, ..MaterialShares::default() },
        _ => MaterialShares { organic: 0.85, light_inorganic: 0.05, undecidable: 0.1, ..MaterialShares::default() },
    }
}

/// What is loaded, from left to right.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) heading: &'static str,
    pub(crate) kg: f64,
}

/// How a box is observed.
#[derive(Clone)]
pub(crate) struct Look {
    pub(crate) grade: Grade,
    pub(crate) opaque_share: f64,
    /// Peak of the concealment map.
    pub(crate) concealment: f64,
    /// Kilograms of a lump in the middle of the load.
    pub(crate) lump_kg: f64,
}

impl Default for Look {
    fn default() -> Self {
        Self { grade: Grade::DualEnergyRaw, opaque_share: 0.0, concealment: 0.05, lump_kg: 0.0 }
    }
}

const LOADED_ROWS: u16 = 12;
const BLOCK: u16 = 6;
/// Errors of mass: of the box, and of a patch.
const MASS_SD: f64 = 0.03;

/// Observes a box loaded with `parts`; each part takes columns in proportion to its mass.
pub(crate) fn observe(parts: &[Part], look: &Look, seed: u64) -> ContainerObservation {
    let mut dice = Dice(seed.wrapping_mul(0x1234_5677) ^ 0xABCD);
    let total: f64 = parts.iter().map(|p| p.kg).sum();
    let has_mass = look.grade.has_mass();
    let view_x = 200;
    let origin = PixelBox { x: view_x, y: 60, width: 1212, height: 520 };
    let mut patches = Vec::new();
    for row in 0..ROWS {
        for col in 0..COLS {
            let px = PixelBox { x: view_x + u32::from(col) * 33, y: 60 + u32::from(row) * 34, width: 33, height: 34 };
            patches.push(Patch {
                col,
                row,
                px,
                best_kg: has_mass.then_some(0.0),
                mass_kg: has_mass.then_some(Interval::exactly(0.0)),
                attenuation_area_m2: 0.0,
                mean_attenuation: 0.0,
                opaque_share: 0.0,
                material: MaterialShares::default(),
                texture: 0.0,
                embedding: vec![0.0; DIMS],
                commodity: Vec::new(),
                concealment: (0.02 + 0.02 * dice.uniform()) as f32,
                segment: None,
            });
        }
    }
    let bias = (MASS_SD * dice.normal()).exp();
    let mut segments: Vec<Segment> = Vec::new();
    let mut start = 0.0;
    for part in parts.iter().filter(|p| p.kg > 0.0) {
        let end = start + part.kg / total * f64::from(COLS);
        let (c0, c1) = (start.round() as u16, end.round() as u16);
        start = end;
        let shipment = plus(&position(part.heading), &dice.vector(0.35));
        let cells = f64::from(c1 - c0) * f64::from(LOADED_ROWS);
        let mut left = c0;
        while left < c1 {
            // The last block takes the rest, so that none is a sliver.
            let right = if c1 - left < 2 * BLOCK { c1 } else { left + BLOCK };
            for top in [ROWS - LOADED_ROWS, ROWS - LOADED_ROWS / 2] {
                let own = plus(&shipment, &dice.vector(0.3));
                let index = segments.len() as u32;
                let mut members = Vec::new();
                for row in top..top + LOADED_ROWS / 2 {
                    for col in left..right {
                        let i = usize::from(row) * usize::from(COLS) + usize::from(col);
                        let kg = part.kg / cells * bias * (1.0 + 0.05 * dice.normal());
                        let patch = &mut patches[i];
                        patch.embedding = plus(&own, &dice.vector(0.6)).iter().map(|v| *v as f32).collect();
                        patch.segment = Some(index);
                        patch.best_kg = has_mass.then_some(kg);
                        patch.attenuation_area_m2 = kg / 300.0;
                        patch.material = material(part.heading);
                        patch.opaque_share = look.opaque_share as f32;
                        members.push(i as u32);
                    }
                }
                segments.push(segment(&patches, members, look, part.heading));
            }
            left = right;
        }
    }
    let middle = usize::from(ROWS - LOADED_ROWS / 2) * usize::from(COLS) + usize::from(COLS / 2);
    patches[middle].concealment = look.concealment as f32;
    patches[middle + 1].concealment = look.concealment as f32;
    if look.lump_kg > 0.0 {
        for i in [middle, middle + 1] {
            patches[i].best_kg = patches[i].best_kg.map(|kg| kg + look.lump_kg / 2.0);
            patches[i].attenuation_area_m2 += look.lump_kg / 2.0 / 300.0;
        }
    }
    let kg: f64 = patches.iter().filter_map(|p| p.best_kg).sum();
    let interval =
        if look.opaque_share > 0.0 { Interval::at_least(0.9 * kg) } else { Interval::new(0.92 * kg, 1.1 * kg) };
    ContainerObservation {
        region: Region { view: 0, px: origin },
        confidence: 0.99,
        size: Some(IsoSize::Twenty),
        container_type: Some(ContainerType::Dry),
        length_mm: Some(6058.0),
        height_mm: Some(2591.0),
        pitch_mm: Some([5.0, 5.0]),
        cargo_mass: has_mass.then_some(MassEstimate {
            best_kg: kg,
            kg: interval,
            known_composition_kg: interval,
            budget: MassBudget::default(),
            opaque_share: look.opaque_share,
        }),
        fill_share: if total > 0.0 { 0.8 } else { 0.0 },
        empty_probability: if total > 100.0 { 0.001 } else { 0.999 },
        headings: Vec::new(),
        patches,
        patch_cols: COLS,
        patch_rows: ROWS,
        segments,
        units: Vec::new(),
        structure: Vec::new(),
        embedding_sha256: SHA.to_owned(),
    }
}

fn segment(patches: &[Patch], members: Vec<u32>, look: &Look, heading: &str) -> Segment {
    let of = |i: &u32| &patches[*i as usize];
    let n = members.len() as f32;
    let mean = |d: usize| members.iter().map(|i| of(i).embedding[d]).sum::<f32>() / n;
    let embedding: Vec<f32> = (0..DIMS).map(mean).collect();
    let kg: f64 = members.iter().filter_map(|i| of(i).best_kg).sum();
    let interval =
        if look.opaque_share > 0.0 { Interval::at_least(0.9 * kg) } else { Interval::new(0.92 * kg, 1.1 * kg) };
    Segment {
        px: members.iter().map(|i| of(i).px).reduce(PixelBox::union).unwrap(),
        best_kg: look.grade.has_mass().then_some(kg),
        mass_kg: look.grade.has_mass().then_some(interval),
        attenuation_area_m2: members.iter().map(|i| of(i).attenuation_area_m2).sum(),
        embedding_variance: vec![0.36; embedding.len()],
        embedding,
        commodity: Vec::new(),
        material: material(heading),
        area_m2: 0.0256 * f64::from(n),
        units: None,
        patches: members,
    }
}

pub(crate) fn scan(containers: Vec<ContainerObservation>, grade: Grade) -> Observation {
    Observation { grade, quality: ScanQuality { is_usable: true, ..ScanQuality::default() }, containers }
}

pub(crate) fn load(parts: &[(&'static str, f64)], look: &Look, seed: u64) -> Observation {
    let parts: Vec<Part> = parts.iter().map(|(heading, kg)| Part { heading, kg: *kg }).collect();
    scan(vec![observe(&parts, look, seed)], look.grade)
}

/// A declaration of one 20' box with these lines.
pub(crate) fn declare(lines: &[(&str, f64)]) -> Declaration {
    let items: Vec<serde_json::Value> = lines
        .iter()
        .enumerate()
        .map(|(i, (hs, kg))| serde_json::json!({"line": i + 1, "hs": format!("{hs}000000"), "name": "", "net_kg": kg * 0.97}))
        .collect();
    let kg: f64 = lines.iter().map(|(_, kg)| kg).sum();
    let vgm = (kg > 0.0).then_some(kg + 2230.0);
    serde_json::from_value(serde_json::json!({
        "number": "530120261000012345", "stage": "full", "gross_kg": kg, "items": items,
        "containers": [{"id": "CSQU3054383", "size_type": "22G1", "tare_kg": 2230.0, "vgm_kg": vgm}],
    }))
    .unwrap()
}

/// Usual mass of a full 20' box of each heading, kg.
pub(crate) fn usual_kg(heading: &str) -> f64 {
    match heading {
        "6109" => 6_000.0,
        "4011" => 7_000.0,
        "8418" => 5_000.0,
        _ => 18_000.0,
    }
}

pub(crate) fn usual_look(heading: &str, grade: Grade) -> Look {
    Look { grade, opaque_share: if heading == "7208" { 0.4 } else { 0.0 }, ..Look::default() }
}

pub(crate) fn build(headings: &[&'static str], source: SampleSource) -> Library {
    let mut builder = LibraryBuilder::new("test", SHA, "pellucid 0.1.0", "2026-11-21T00:00:00Z");
    builder.provenance(LibraryProvenance { source: "synthetic".into(), shipments: 12, note: "tests".into() });
    for grade in [Grade::DualEnergyRaw, Grade::Processed] {
        for heading in headings {
            for s in 0..12 {
                let kg = usual_kg(heading) * (0.8 + 0.03 * s as f64);
                let mut look = usual_look(heading, grade);
                look.opaque_share *= 0.8 + 0.03 * s as f64;
                let seed = 10_000 + s + 100 * heading.parse::<u64>().unwrap();
                let container = observe(&[Part { heading, kg }], &look, seed);
                let name = format!("{heading}-{s:03}");
                let sample = ShipmentSample::from_container(heading, grade, source, &name, &container, Some(kg));
                builder.add(sample).unwrap();
            }
        }
    }
    builder.build().unwrap()
}

/// The library of all headings, known from phantoms.
pub(crate) fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| build(&sorted(&HEADINGS), SampleSource::Phantom))
}

/// The same, confirmed on site.
pub(crate) fn site_library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| build(&sorted(&HEADINGS), SampleSource::Site))
}

fn sorted(headings: &[&'static str]) -> Vec<&'static str> {
    let mut sorted = headings.to_vec();
    sorted.sort_unstable();
    sorted
}

/// Copies of the shipped files, so that tuning those does not move these tests.
pub(crate) fn profile() -> RiskProfile {
    RiskProfile::parse(include_str!("profile.toml")).unwrap()
}

pub(crate) fn demo_policy() -> Policy {
    Policy::parse(include_str!("policy_demo.toml")).unwrap()
}

pub(crate) fn default_policy() -> Policy {
    Policy::parse(include_str!("policy_default.toml")).unwrap()
}

pub(crate) fn judge(declaration: &Declaration, observation: &Observation) -> (Verdict, Decision) {
    judge_in(declaration, observation, &Context::default())
}

pub(crate) fn judge_in(
    declaration: &Declaration,
    observation: &Observation,
    context: &Context,
) -> (Verdict, Decision) {
    let verdict = verify(declaration, observation, library(), context, &profile()).unwrap();
    let decision = decide(&demo_policy(), declaration, &verdict, context.seed);
    (verdict, decision)
}

pub(crate) fn record(verdict: &Verdict, decision: &Decision) -> Evaluation {
    let inputs = EvaluationInputs {
        versions: Versions::default(),
        input_sha256: [("scan".to_owned(), "00".to_owned())].into(),
        timings_ms: [("verify".to_owned(), 1.0)].into(),
        engine: EngineKind { kind: "cpu".into(), device: "test".into() },
    };
    evaluate(verdict, decision, inputs)
}

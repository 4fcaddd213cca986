use pellucid_core::{
    BandKind, CaseTruth, ContainerRead, Declaration, Grade, PixelBox, Raster, RawScan, ScannerIdentity,
    TamperingKind, TamperingTruth, TruthContainer, TruthItem,
};

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::fan::Fan;
use crate::paperwork::{Paperwork, declare};
use crate::processed::Vendor;
use crate::recipe::Recipe;
use crate::render::render;
use crate::scanner::Scanner;
use crate::scene::{Scene, component};
use crate::structure::ContainerBox;
use crate::yard::{MASK_ID, Staged, stage};

/// A scan with its declaration and the whole truth about it.
#[derive(Debug, Clone)]
pub struct Case {
    /// What the scanner gave.
    pub scan: RawScan,
    /// What the trader says.
    pub declaration: Declaration,
    /// Declarations that share the boxes, where several do: `declaration` is then the boxes' view of all of them.
    pub others: Vec<Declaration>,
    /// What is really there.
    pub truth: CaseTruth,
    /// Areal density along the ray, g/cm², to the nearest 1/128.
    pub areal_density: Raster<f32>,
    /// What each pixel shows ([`crate::component`]).
    pub component: Raster<u8>,
    /// Declared line, or mask id from 1000 up for what is not declared, or 0.
    pub item: Raster<u16>,
}

impl Case {
    /// Real heading of a value of the `item` raster.
    pub fn heading_of(&self, item: u16) -> Option<&str> {
        let hidden = self.truth.tampering.as_ref().filter(|t| t.mask_id == Some(item));
        match (item, hidden) {
            (0, _) => None,
            (MASK_ID.., Some(tampering)) => tampering.hs.as_deref(),
            (MASK_ID.., None) => {
                let undeclared = self.truth.items.iter().filter(|i| i.line == 0);
                undeclared.skip(usize::from(item - MASK_ID)).map(|i| i.hs.as_str()).next()
            }
            (line, _) => self.truth.items.iter().find(|i| i.line == u32::from(line)).map(|i| i.hs.as_str()),
        }
    }
}

/// Makes a case: a pure function of recipe, scanner and seed, to the byte.
///
/// # Errors
/// The recipe asks for something impossible; the error names the recipe, the key and the reason.
pub fn make_case(recipe: &Recipe, scanner: &Scanner, seed: u64) -> Result<Case, PhantomError> {
    recipe.validate(&recipe.name)?;
    let staged = stage(recipe, scanner, seed)?;
    let paperwork = declare(recipe, &staged.boxes, seed)?;
    scan(recipe, scanner, seed, &staged, paperwork)
}

/// Scans what was staged.
pub(crate) fn scan(
    recipe: &Recipe,
    scanner: &Scanner,
    seed: u64,
    staged: &Staged,
    paperwork: Paperwork,
) -> Result<Case, PhantomError> {
    let columns = (staged.width_mm / scanner.fan.column_pitch_mm).ceil().max(1.0) as usize;
    let rendered = render(&staged.scene, scanner, columns, seed)?;
    let has_low = rendered.view.band(BandKind::Low).is_some();
    let mut scan = RawScan {
        grade: if has_low { Grade::DualEnergyRaw } else { Grade::SingleEnergyRaw },
        views: vec![rendered.view],
        scanner: identity(scanner, seed),
        acquired_at: Some(acquired_at(seed)),
        containers_read: read_numbers(&paperwork.numbers, seed),
        site: Some("phantom-yard".to_owned()),
        lane: Some("1".to_owned()),
        unknown: serde_json::Map::new(),
    };
    let vendor = recipe.processed.then(|| Vendor::random(seed));
    if let Some(vendor) = &vendor {
        scan = vendor.apply(&scan, seed)?;
    }
    let sway = vendor.map(|vendor| vendor.sway).unwrap_or_default();
    let mut containers = containers(staged, scanner, &paperwork.numbers, columns);
    for container in &mut containers {
        container.box_px = sway.pixel_box(container.box_px, columns, scanner.fan.rows);
    }
    let truth = CaseTruth {
        case: format!("{}-{seed}", recipe.name),
        recipe: recipe.name.clone(),
        scanner: scanner.name.clone(),
        seed,
        grade: scan.grade,
        containers,
        tampering: tampering(recipe, staged, paperwork.difference_kg),
        items: items(staged),
    };
    Ok(Case {
        scan,
        declaration: paperwork.declaration,
        others: paperwork.others,
        truth,
        areal_density: sway.raster(&rendered.areal_density).unwrap_or(rendered.areal_density),
        component: sway.raster(&rendered.component).unwrap_or(rendered.component),
        item: sway.raster(&rendered.item).unwrap_or(rendered.item),
    })
}

/// Makes a case with the scanner that the recipe names.
///
/// # Errors
/// As [`make_case`]; also when there is no such scanner.
pub fn make_case_of(recipe: &Recipe, seed: u64) -> Result<Case, PhantomError> {
    make_case(recipe, &Scanner::preset(&recipe.scanner)?, seed)
}

fn identity(scanner: &Scanner, seed: u64) -> ScannerIdentity {
    let mut dice = Dice::new(seed, "scanner");
    ScannerIdentity {
        vendor: scanner.vendor.clone(),
        model: scanner.model.clone(),
        serial: format!("PH-{:05}", dice.below(100_000)),
        calibration_date: Some(format!("2026-0{}-{:02}", dice.whole(1, 6), dice.whole(1, 28))),
    }
}

fn acquired_at(seed: u64) -> String {
    let mut d = Dice::new(seed, "time");
    let (month, day) = (d.whole(7, 9), d.whole(1, 28));
    format!("2026-0{month}-{day:02}T{:02}:{:02}:{:02}Z", d.below(24), d.below(60), d.below(60))
}

fn read_numbers(numbers: &[pellucid_core::ContainerNumber], seed: u64) -> Vec<ContainerRead> {
    let mut dice = Dice::new(seed, "reader");
    numbers
        .iter()
        .map(|number| ContainerRead {
            id: number.as_str().to_owned(),
            confidence: (dice.between(0.9, 0.999) * 1000.0).round() as f32 / 1000.0,
            source: "ocr".to_owned(),
        })
        .collect()
}

fn containers(
    staged: &Staged,
    scanner: &Scanner,
    numbers: &[pellucid_core::ContainerNumber],
    columns: usize,
) -> Vec<TruthContainer> {
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    staged
        .boxes
        .iter()
        .zip(numbers)
        .map(|(loaded, number)| TruthContainer {
            id: number.as_str().to_owned(),
            size_type: loaded.container.container_type.code(loaded.container.size),
            box_px: silhouette(&loaded.container, &fan, scanner.fan.column_pitch_mm, columns),
        })
        .collect()
}

/// Box around the projection of a container's outside.
fn silhouette(container: &ContainerBox, fan: &Fan, pitch_mm: f64, columns: usize) -> PixelBox {
    let [a, b] = container.outside;
    let rows = [a[1], b[1]].into_iter().flat_map(|y| [a[2], b[2]].map(|z| fan.row_at(y, z)));
    let (top, bottom) = rows.fold((f64::INFINITY, f64::NEG_INFINITY), |(t, l), r| (t.min(r), l.max(r)));
    // A pixel is inside when its middle is.
    let clip = |v: f64, n: usize| (v + 0.5).floor().clamp(0.0, n as f64) as u32;
    let (left, right) = (clip(a[0] / pitch_mm, columns), clip(b[0] / pitch_mm, columns));
    let (top, bottom) = (clip(top + 0.5, fan.rows()), clip(bottom + 0.5, fan.rows()));
    PixelBox { x: left, y: top, width: right.saturating_sub(left), height: bottom.saturating_sub(top) }
}

fn tampering(recipe: &Recipe, staged: &Staged, difference_kg: f64) -> Option<TamperingTruth> {
    let wanted = recipe.tampering.as_ref()?;
    let container = staged.boxes.iter().position(|b| b.index == wanted.container)?;
    let loaded = &staged.boxes[container];
    let kind = wanted.kind;
    // What replaces goods or hides among them, or else what is loaded.
    let masked = loaded.lots.iter().find(|lot| lot.item >= MASK_ID);
    let real = masked.or(loaded.lots.first()).map(|lot| lot.goods.heading.clone());
    let (mass_kg, hs, mask_id) = match (kind, loaded.concealed.first()) {
        (kind, Some(hidden)) => {
            let hs = Some(hidden.heading.to_owned()).filter(|_| kind != TamperingKind::Person);
            (hidden.mass_kg, hs, Some(MASK_ID))
        }
        (TamperingKind::Substitution | TamperingKind::ConcealedGoods, None) => {
            let lots = loaded.lots.iter().filter(|lot| lot.item >= MASK_ID);
            (lots.map(|lot| lot.gross_kg).sum(), real, Some(MASK_ID))
        }
        (TamperingKind::Empty, None) => (difference_kg, None, None),
        (_, None) => (difference_kg, real, None),
    };
    let left_kg = (kind == TamperingKind::Empty).then(|| left_kg(&staged.scene, &loaded.container));
    Some(TamperingTruth { kind, mass_kg, hs, mask_id, container, left_kg })
}

/// Kilograms of what lies in a box and is no goods.
fn left_kg(scene: &Scene, container: &ContainerBox) -> f64 {
    let [low, high] = container.inside;
    scene.mass_of_kg(|solid| {
        let (min, max) = solid.shape.bounds();
        solid.component == component::PACKAGING
            && (0..3).all(|d| (low[d]..high[d]).contains(&((min[d] + max[d]) / 2.0)))
    })
}

fn items(staged: &Staged) -> Vec<TruthItem> {
    let mut items: Vec<(u16, TruthItem)> = Vec::new();
    for (container, loaded) in staged.boxes.iter().enumerate() {
        let origin = loaded.container.inside[0];
        let mut push = |value: u16, hs: &str, mass_kg: f64, corners: [[f64; 3]; 2]| {
            let mut box_mm = [0.0; 6];
            for d in 0..3 {
                box_mm[d] = rounded(corners[0][d] - origin[d]);
                box_mm[d + 3] = rounded(corners[1][d] - origin[d]);
            }
            let line = if value >= MASK_ID { 0 } else { u32::from(value) };
            items.push((value, TruthItem { line, hs: hs.to_owned(), mass_kg, box_mm, container }));
        };
        for lot in &loaded.lots {
            push(lot.item, &lot.goods.heading, lot.gross_kg, lot.corners);
        }
        for hidden in &loaded.concealed {
            push(hidden.item, hidden.heading, hidden.mass_kg, hidden.corners);
        }
    }
    // The n-th of what is not declared has the value 1000 + n, whichever way round the containers stand.
    let undeclared: Vec<usize> = (0..items.len()).filter(|i| items[*i].0 >= MASK_ID).collect();
    let mut sorted: Vec<(u16, TruthItem)> = undeclared.iter().map(|i| items[*i].clone()).collect();
    sorted.sort_by_key(|(value, _)| *value);
    for (i, item) in undeclared.into_iter().zip(sorted) {
        items[i] = item;
    }
    items.into_iter().map(|(_, item)| item).collect()
}

fn rounded(mm: f64) -> f64 {
    (mm * 10.0).round() / 10.0
}

//! Pictures that are compared: real ones with boxes that people drew, and phantoms with boxes of their truth.

use std::path::Path;

use pellucid_core::{BandKind, ContainerType, IsoSize, PixelBox, RawScan};
use pellucid_phantom::{
    ContainerRecipe, Conveyance, Dice, EMPTY, Goods, Recipe, make_case, picture_machine, to_processed,
    training_recipe,
};
use pellucid_scan::{Limits, decode};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Real scans whose boxes hold nothing that can be seen, by looking at each.
const EMPTIES: [u32; 30] = [
    1, 2, 4, 5, 11, 13, 14, 15, 16, 21, 22, 23, 24, 28, 29, 30, 31, 32, 36, 39, 42, 43, 44, 48, 49, 50, 51, 52, 53,
    54,
];
/// Those of an empty tank, and of two with a low slab on or behind the floor: neither empty nor loaded.
const UNDECIDED: [u32; 3] = [34, 40, 41];
/// Those of 20 ft boxes.
const TWENTIES: [u32; 17] = [0, 3, 10, 19, 20, 26, 27, 33, 34, 40, 41, 42, 45, 46, 54, 55, 56];
/// Those that are not dry boxes with corrugated walls: refrigerated ones and tanks.
const SMOOTH: [u32; 12] = [34, 39, 43, 44, 48, 49, 50, 51, 52, 53, 55, 56];

/// A picture with what is known of it.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What it is called.
    pub name: String,
    /// The picture, of grade `processed`.
    pub scan: RawScan,
    /// Silhouettes of its containers.
    pub boxes: Vec<PixelBox>,
    /// Length of each container, mm.
    pub length_mm: f64,
    /// Whether nothing is loaded; none where looking does not decide.
    pub is_empty: Option<bool>,
    /// Whether walls are corrugated.
    pub is_dry: bool,
}

/// Real scans of a folder with `boxes.csv`; none when there is no such folder.
///
/// # Errors
/// A file is not what the list says.
pub fn real_pictures(folder: &Path) -> Outcome<Vec<Picture>> {
    let Ok(table) = std::fs::read_to_string(folder.join("boxes.csv")) else { return Ok(Vec::new()) };
    let mut pictures = Vec::new();
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.splitn(4, ',').collect();
        let [name, _, _, rest] = fields[..] else { continue };
        let scan = decode(&std::fs::read(folder.join(name))?, &Limits::default())?.scan;
        let (width, height) = scan.views[0].size();
        let numbers: Vec<f64> =
            rest.split(|c: char| !(c.is_ascii_digit() || c == '.')).filter_map(|text| text.parse().ok()).collect();
        let boxes = numbers.chunks_exact(5).map(|b| {
            let px = |middle: f64, side: f64, n: usize| ((middle - side / 2.0) * n as f64).max(0.0).round() as u32;
            PixelBox {
                x: px(b[1], b[3], width),
                y: px(b[2], b[4], height),
                width: (b[3] * width as f64).round() as u32,
                height: (b[4] * height as f64).round() as u32,
            }
        });
        let number: u32 = name.get(..3).unwrap_or_default().parse()?;
        let size = if TWENTIES.contains(&number) { IsoSize::Twenty } else { IsoSize::Forty };
        pictures.push(Picture {
            name: name.to_owned(),
            boxes: boxes.collect(),
            length_mm: size.external_length_mm(),
            is_empty: (!UNDECIDED.contains(&number)).then(|| EMPTIES.contains(&number)),
            is_dry: !SMOOTH.contains(&number),
            scan,
        });
    }
    Ok(pictures)
}

/// How far the vendor's chain was at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Machines as they are, a tone curve and nothing else: what phantoms were before this comparison.
    Tone,
    /// Machines of the pictures' resolution and the whole chain.
    Chain,
}

/// The `index`-th phantom of a set that is mixed as the 57 real scans are: half empty, a third of 20 ft, some refrigerated.
///
/// # Errors
/// The yard is broken: that is a bug of ours.
pub fn phantom(index: u64, stage: Stage) -> Outcome<Picture> {
    let seed = SEED + index;
    let mut dice = Dice::new(seed, "phantom vs real");
    let (size, container_type, is_empty, boxes) = match index % 57 {
        0..=18 => (IsoSize::Forty, ContainerType::Dry, true, 1),
        19 => (IsoSize::Twenty, ContainerType::Dry, true, 2),
        20 => (IsoSize::Twenty, ContainerType::Dry, true, 1),
        21..=29 => (IsoSize::Forty, ContainerType::Reefer, true, 1),
        30..=42 => (IsoSize::Twenty, ContainerType::Dry, false, 1),
        43 => (IsoSize::Twenty, ContainerType::Dry, false, 2),
        _ => (IsoSize::Forty, ContainerType::Dry, false, 1),
    };
    // Grey does not tell 40 ft boxes of either height apart.
    let is_high = size == IsoSize::Forty && (container_type == ContainerType::Reefer || dice.chance(0.6));
    let size = if is_high { IsoSize::FortyHigh } else { size };
    let goods = Goods::known()?;
    let heading = match dice.pick(&goods) {
        Some(goods) if !is_empty => goods.heading.clone(),
        _ => EMPTY.to_owned(),
    };
    let conveyance = if dice.chance(0.6) { Conveyance::Truck } else { Conveyance::Trailer };
    let (_, scanner) = training_recipe(seed)?;
    let scanner = if stage == Stage::Chain { picture_machine(scanner, seed) } else { scanner };
    let container = ContainerRecipe { container_type, ..ContainerRecipe::known(size, heading.clone(), [0.4, 1.0]) };
    let recipe = Recipe {
        name: format!("{} {heading}", size.external_length_mm()),
        scanner: scanner.name.clone(),
        seed,
        conveyance,
        containers: vec![container; boxes],
        tampering: None,
        processed: stage == Stage::Chain,
        vehicle: None,
        papers: None,
    };
    let case = make_case(&recipe, &scanner, seed)?;
    let scan = match stage {
        Stage::Chain => case.scan,
        Stage::Tone => to_processed(&case.scan, seed)?,
    };
    Ok(Picture {
        name: format!("{index} {}", recipe.name),
        scan,
        boxes: case.truth.containers.iter().map(|container| container.box_px).collect(),
        length_mm: size.external_length_mm(),
        is_empty: Some(is_empty),
        is_dry: container_type == ContainerType::Dry,
    })
}

/// Seeds that nothing else uses.
const SEED: u64 = 8_100_000;

impl Picture {
    /// Grey, with more light larger, row after row, and the columns of a row.
    pub(super) fn grey(&self) -> (Vec<f64>, usize) {
        let Some(band) = self.scan.views[0].band(BandKind::Grey) else { return (Vec::new(), 1) };
        let picture =
            pellucid_imaging::kernels::grey::Picture::new(band.counts.pixels(), band.counts.width(), band.max_value);
        let is_inverted = picture.scale().is_inverted;
        let scale = 255.0 / f64::from(band.max_value);
        let upright = |v: &u16| scale * f64::from(if is_inverted { band.max_value - v } else { *v });
        (band.counts.pixels().iter().map(upright).collect(), band.counts.width())
    }
}

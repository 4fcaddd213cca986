//! Plausible loads from what a declaration says: what a scan would show if it were true.

mod misfit;
mod parcels;
mod search;
mod view;

use pellucid_core::{ContainerType, IsoSize};

pub use misfit::Misfit;
use search::{Place, Survey, Want, stow_line, survey};

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::loads::{brace, leave_behind};
use crate::lot::Lot;
use crate::scanner::Scanner;
use crate::scene::Scene;
use crate::structure::{ContainerBox, ContainerPlan};
use crate::yard::MASK_ID;

/// One line of a declaration, as far as it lies in one container.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredLoad {
    /// Line, from 1 to 999: its value in the `item` raster.
    pub line: u32,
    /// Heading of four digits, or a code that begins with one.
    pub heading: String,
    /// Gross kilograms in the container: goods, packaging and pallets.
    pub gross_kg: f64,
    /// Packages, where declared.
    pub packages: Option<u32>,
}

/// What a declaration says of one container.
#[derive(Debug, Clone, PartialEq)]
pub struct AsDeclared {
    /// Size of the container.
    pub size: IsoSize,
    /// Its type.
    pub container_type: ContainerType,
    /// Lines; none when it is declared empty.
    pub lines: Vec<DeclaredLoad>,
    /// Where its lower corner at the front wall and the near side is to stand: x, height above the lane and distance from the
    /// source, mm. Drawn as in the yard when absent.
    pub place_mm: Option<[f64; 3]>,
    /// Whether its doors stand at the left.
    pub is_mirrored: bool,
}

/// One line as loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedLine {
    /// Its value in the `item` raster.
    pub line: u32,
    /// Heading of four digits.
    pub heading: String,
    /// Packages.
    pub packages: usize,
    /// Pieces, where a package holds several.
    pub pieces: usize,
    /// Goods alone, kg.
    pub net_kg: f64,
    /// With packaging and pallets, kg.
    pub gross_kg: f64,
    /// Corners in the lane, mm.
    pub corners_mm: [[f64; 3]; 2],
}

impl LoadedLine {
    fn of(lot: &Lot) -> Self {
        Self {
            line: u32::from(lot.item),
            heading: lot.goods.heading.clone(),
            packages: lot.packages,
            pieces: lot.pieces,
            net_kg: lot.net_kg,
            gross_kg: lot.gross_kg,
            corners_mm: lot.corners,
        }
    }
}

/// A container loaded as declared, to be rendered ([`crate::render`]).
#[derive(Debug, Clone)]
pub struct AsDeclaredLoad {
    /// The container alone with its load, without chassis.
    pub scene: Scene,
    /// The container.
    pub container: ContainerBox,
    /// What each line became, in the order in which they are declared.
    pub lines: Vec<LoadedLine>,
    /// Length of the lane that shows it all, mm.
    pub width_mm: f64,
}

impl AsDeclaredLoad {
    /// Columns of a scanner that show the whole container.
    pub fn columns(&self, scanner: &Scanner) -> usize {
        (self.width_mm / scanner.fan.column_pitch_mm).ceil().max(1.0) as usize
    }
}

/// Free lane before and behind the container, mm.
const MARGIN_MM: f64 = 400.0;
/// Gross mass on the plates of most boxes of 20 ft, and of longer ones, kg.
const PLATE_KG: [f64; 2] = [30_480.0, 32_500.0];
/// Share above the payload that weighing explains.
const WEIGHING: f64 = 0.02;
/// Lines from which a box is stowed as mixed cartons: fewer stand one behind the other.
const MOST_PARTS: usize = 5;
/// Ways of packing that are drawn per line to share out the length of a box.
const SURVEYED: u64 = 120;
/// Ways in which the length of a box is shared out before lines are said not to fit.
const LAYOUTS: u64 = 8;

/// Most that a container may carry by its plate, kg.
fn payload_kg(size: IsoSize) -> f64 {
    let plate = if size == IsoSize::Twenty { PLATE_KG[0] } else { PLATE_KG[1] };
    plate - size.typical_tare_kg()
}

/// Loads a container `n` times exactly as declared: each line with its gross kilograms (to a gram: the density of goods is turned
/// by up to 6 % within what their material allows; to 1 % in boxes of more than five lines, which are stowed as mixed cartons) and its packages, each time another draw of packing, package size, density,
/// stowage, order of the lines along the box and clearances. A pure function of its arguments; the `i`-th load does not depend
/// on `n`.
///
/// # Errors
/// [`PhantomError::Misfit`] when no load can be what is declared: unknown heading, more than the payload, more than the volume
/// that the goods need when they are packed best, packages that these goods do not come in. [`PhantomError::Value`] when a mass is
/// not positive or a line not within 1 and 999, or occurs twice.
pub fn as_declared(
    declared: &AsDeclared,
    scanner: &Scanner,
    n: usize,
    seed: u64,
) -> Result<Vec<AsDeclaredLoad>, PhantomError> {
    let wants = wants(declared)?;
    let loads = (0..n as u64).map(|i| {
        let seed = Dice::stream(seed, "as_declared", i).seed();
        load(declared, &wants, scanner, seed)
    });
    loads.collect()
}

/// Lines with their goods.
fn wants(declared: &AsDeclared) -> Result<Vec<Want>, PhantomError> {
    let mut wants: Vec<Want> = Vec::with_capacity(declared.lines.len());
    let refuse = |i: usize, key: &str, reason: String| {
        Err(PhantomError::value("as declared", format!("lines[{i}].{key}"), reason))
    };
    for (i, line) in declared.lines.iter().enumerate() {
        if !(1..u32::from(MASK_ID)).contains(&line.line) {
            return refuse(i, "line", format!("1 to {}, got {}", MASK_ID - 1, line.line));
        }
        let item = line.line as u16;
        if wants.iter().any(|want| want.item == item) {
            return refuse(i, "line", format!("{item} occurs twice"));
        }
        if !(line.gross_kg > 0.0 && line.gross_kg.is_finite()) {
            return refuse(i, "gross_kg", format!("above 0, got {}", line.gross_kg));
        }
        if line.packages == Some(0) {
            return refuse(i, "packages", "at least 1, got 0".to_owned());
        }
        let heading = line.heading.get(..4).unwrap_or(&line.heading);
        let Some(goods) = Goods::all()?.iter().find(|goods| goods.heading == heading) else {
            return Err(Misfit::UnknownHeading { heading: line.heading.clone() }.into());
        };
        wants.push(Want { goods, item, gross_kg: line.gross_kg, packages: line.packages });
    }
    let declared_kg: f64 = wants.iter().map(|want| want.gross_kg).sum();
    let payload_kg = payload_kg(declared.size);
    if declared_kg > payload_kg * (1.0 + WEIGHING) {
        return Err(Misfit::Payload { declared_kg, payload_kg }.into());
    }
    if declared.container_type == ContainerType::Tank && !wants.is_empty() {
        return Err(Misfit::ContainerType { container_type: declared.container_type.as_str() }.into());
    }
    Ok(wants)
}

fn load(declared: &AsDeclared, wants: &[Want], scanner: &Scanner, seed: u64) -> Result<AsDeclaredLoad, PhantomError> {
    let mut dice = Dice::new(seed, "place");
    let mut scene = Scene::default();
    let near = scanner.fan.source_to_near_wall_mm + (45.0 * dice.normal()).clamp(-110.0, 110.0);
    let [x_mm, y_mm, z_mm] = declared.place_mm.unwrap_or([MARGIN_MM, dice.between(1160.0, 1320.0), near]);
    let plan = ContainerPlan { size: declared.size, container_type: declared.container_type, x_mm, y_mm, z_mm };
    let mut container = plan.build(&mut scene, &mut Dice::new(seed, "container"))?;
    let place = Place { space: container.inside, payload_kg: payload_kg(declared.size) };
    let usable_m3 = declared.size.usable_volume_m3();
    let mut lots = match wants {
        [] => {
            if container.hollow.is_none() {
                leave_behind(&mut scene, &mut dice, container.inside)?;
            }
            Vec::new()
        }
        [want] => {
            let mut survey = Survey::new(want.goods);
            match stow_line(&mut scene, want, place, seed, &mut survey)? {
                Some(lot) => vec![lot],
                None => return Err(survey.misfit(want, usable_m3).into()),
            }
        }
        _ if wants.len() > MOST_PARTS => parcels::consolidate(&mut scene, wants, place, usable_m3, seed)?,
        _ => side_by_side(&mut scene, wants, place, usable_m3, seed)?,
    };
    if let Some([end, top]) =
        lots.iter().map(|lot| [lot.corners[1][0], lot.corners[1][1]]).max_by(|a, b| a[0].total_cmp(&b[0]))
    {
        brace(&mut scene, &mut dice, container.inside, end, top)?;
    }
    let width_mm = x_mm + declared.size.external_length_mm() + MARGIN_MM;
    if declared.is_mirrored {
        // About its own middle: it stays where it stands.
        let about = 2.0 * x_mm + declared.size.external_length_mm();
        scene.mirror(about);
        let boxes = [&mut container.outside, &mut container.inside];
        for [a, b] in boxes.into_iter().chain(lots.iter_mut().map(|lot| &mut lot.corners)) {
            (a[0], b[0]) = (about - b[0], about - a[0]);
        }
    }
    Ok(AsDeclaredLoad { scene, container, lines: lots.iter().map(LoadedLine::of).collect(), width_mm })
}

/// Loads several lines one behind the other, in a drawn order, each with a part of the length that its goods need.
fn side_by_side(
    scene: &mut Scene,
    wants: &[Want],
    place: Place,
    usable_m3: f64,
    seed: u64,
) -> Result<Vec<Lot>, PhantomError> {
    let mut dice = Dice::new(seed, "order");
    let mut needs = Vec::with_capacity(wants.len());
    for (i, want) in wants.iter().enumerate() {
        let seed = Dice::stream(seed, "survey", i as u64).seed();
        let survey = survey(want, place, seed, SURVEYED)?;
        match survey.least_share() {
            Some(share) => needs.push(share),
            // What a few draws do not meet is looked for in earnest.
            None => {
                let mut survey = survey;
                let (first, fine) = (scene.solids.len(), scene.fine.len());
                let lot = stow_line(scene, want, place, seed, &mut survey)?;
                scene.solids.truncate(first);
                scene.fine.truncate(fine);
                match (lot, survey.least_share()) {
                    (Some(_), Some(share)) => needs.push(share),
                    _ => return Err(survey.misfit(want, usable_m3).into()),
                }
            }
        }
    }
    let volume = |needed: f64| Misfit::Volume {
        goods: wants.iter().map(|want| (want.goods.heading.clone(), want.gross_kg)).collect(),
        needed_m3: needed * usable_m3,
        usable_m3,
    };
    let needed: f64 = needs.iter().sum();
    if needed > 1.0 {
        return Err(volume(needed).into());
    }
    let mut weights = needs.clone();
    let (first, fine) = (scene.solids.len(), scene.fine.len());
    'layouts: for layout in 0..LAYOUTS {
        let mut order: Vec<usize> = (0..wants.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, dice.below(i + 1));
        }
        // Lines are loaded close to each other: what is free stays at the doors, or between them.
        let sum: f64 = weights.iter().sum();
        let stretch = if layout == 0 { dice.between(1.05, 1.3) } else { f64::INFINITY };
        let stretch = stretch.min(1.0 / sum);
        let [low, high] = place.space;
        let mut start = low[0];
        let mut lots: Vec<Option<Lot>> = vec![None; wants.len()];
        for (k, i) in order.iter().enumerate() {
            let end = start + weights[*i] * stretch * (high[0] - low[0]);
            let end = if k + 1 == order.len() { high[0] } else { end.min(high[0]) };
            let part = Place { space: [[start, low[1], low[2]], [end, high[1], high[2]]], ..place };
            let seed = Dice::stream(seed, "line", layout << 32 | *i as u64).seed();
            let lot = stow_line(scene, &wants[*i], part, seed, &mut Survey::new(wants[*i].goods))?;
            let Some(lot) = lot else {
                weights[*i] *= 1.2;
                scene.solids.truncate(first);
                scene.fine.truncate(fine);
                continue 'layouts;
            };
            // The next line begins where this one ends.
            start = (lot.corners[1][0] + dice.between(5.0, 60.0)).min(end);
            lots[*i] = Some(lot);
        }
        return Ok(lots.into_iter().flatten().collect());
    }
    Err(volume(weights.iter().sum::<f64>().max(1.0)).into())
}

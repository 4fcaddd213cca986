//! Plausible loads from what a declaration says: what a scan would show if it were true.

mod compact;
mod demand;
mod layout;
mod misfit;
mod parcels;
mod search;
mod tank;
mod view;

use std::collections::BTreeSet;

use demand::{Demand, FIXED_SEED};
use layout::share_out;
pub use misfit::Misfit;
use pellucid_core::{ContainerType, IsoSize};
use search::{DRAWS, Place, Survey, Want, stow_line};
use tank::filled_tank;

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::loads::{TANK_KG, brace, leave_behind};
use crate::lot::Lot;
use crate::scanner::Scanner;
use crate::scene::Scene;
use crate::structure::{ContainerBox, ContainerPlan};

/// One line of a declaration, as far as it lies in one container.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredLoad {
    /// Line, from 1 to 65535: its value in the `item` raster. Nothing is hidden in these loads, so values from 1000 up are no masks.
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
/// Tries of a seed of its own before a load is packed as the one that decided that the declaration fits.
const TRIES: u64 = 2;

/// Most that a container may carry by its plate, kg.
fn payload_kg(size: IsoSize, container_type: ContainerType) -> f64 {
    if container_type == ContainerType::Tank {
        return TANK_KG;
    }
    let plate = if size == IsoSize::Twenty { PLATE_KG[0] } else { PLATE_KG[1] };
    plate - size.typical_tare_kg()
}

/// Loads a container `n` times exactly as declared: each line with its gross kilograms (to a gram: the density of goods is turned
/// by up to 6 % within what their material allows; to 1 % for mixed cartons) and its packages, each time another draw of packing,
/// package size, density, stowage, order of the lines along the box and clearances. Up to five lines have a part of the length
/// each, or of the width beside long goods; of more lines those that come in cartons are stowed together as mixed cartons, the
/// others have parts of their own. A pure function of its arguments; the `i`-th load does not depend on `n`.
///
/// Whether a declaration fits does not depend on the seed: it is decided by fixed draws, before any load is drawn. `n` may be 0 to
/// ask only that. A load whose own draws do not find what those found is packed as they were, and placed anew.
///
/// # Errors
/// [`PhantomError::Misfit`] when no load can be what is declared: unknown heading, more than the payload, more than the volume
/// that the goods need when they are packed best, packages that these goods do not come in, sizes that do not go together, or more
/// than ten lines that each need a part of the box. [`PhantomError::Value`] when a mass is not positive or a line not within 1 and
/// 65535, or occurs twice.
pub fn as_declared(
    declared: &AsDeclared,
    scanner: &Scanner,
    n: usize,
    seed: u64,
) -> Result<Vec<AsDeclaredLoad>, PhantomError> {
    let wants = wants(declared)?;
    let demand = match wants.len() {
        0 | 1 => None,
        _ => {
            let (place, usable_m3) = empty_box(declared)?;
            Some(Demand::of(&wants, place, usable_m3)?)
        }
    };
    let load = |seed, placing| load(declared, &wants, demand.as_ref(), scanner, seed, placing);
    let usual = load(FIXED_SEED, None)?;
    let loads = (0..n as u64).map(|i| {
        let seed = Dice::stream(seed, "as_declared", i).seed();
        for tried in 0..=TRIES {
            let found = match tried {
                0 => load(seed, None),
                TRIES => load(FIXED_SEED, Some(seed)),
                _ => load(Dice::stream(seed, "again", tried).seed(), None),
            };
            match found {
                Err(PhantomError::Misfit(_)) => {}
                found => return found,
            }
        }
        Ok(usual.clone())
    });
    loads.collect()
}

/// The inside of the declared container, and its usable volume, m³.
fn empty_box(declared: &AsDeclared) -> Result<(Place, f64), PhantomError> {
    let [x_mm, y_mm, z_mm] = [MARGIN_MM, 1200.0, 3000.0];
    let plan = ContainerPlan { size: declared.size, container_type: declared.container_type, x_mm, y_mm, z_mm };
    let container = plan.build(&mut Scene::default(), &mut Dice::new(FIXED_SEED, "container"))?;
    let place = place_of(declared.size, &container, None);
    Ok((place, usable_m3(declared.size, place)))
}

fn place_of(size: IsoSize, container: &ContainerBox, placing: Option<u64>) -> Place {
    Place {
        space: container.inside,
        payload_kg: payload_kg(size, container.container_type),
        is_strip: false,
        placing,
    }
}

/// Usable volume as lines publish it, less where walls are thick.
fn usable_m3(size: IsoSize, place: Place) -> f64 {
    let [low, high] = place.space;
    size.usable_volume_m3().min((0..3).map(|d| high[d] - low[d]).product::<f64>() * 1e-9)
}

/// Lines with their goods.
fn wants(declared: &AsDeclared) -> Result<Vec<Want>, PhantomError> {
    let mut wants: Vec<Want> = Vec::with_capacity(declared.lines.len());
    let mut items = BTreeSet::new();
    let refuse = |i: usize, key: &str, reason: String| {
        Err(PhantomError::value("as declared", format!("lines[{i}].{key}"), reason))
    };
    for (i, line) in declared.lines.iter().enumerate() {
        let Some(item) = u16::try_from(line.line).ok().filter(|item| *item > 0) else {
            return refuse(i, "line", format!("1 to {}, got {}", u16::MAX, line.line));
        };
        if !items.insert(item) {
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
    let payload_kg = payload_kg(declared.size, declared.container_type);
    if declared_kg > payload_kg * (1.0 + WEIGHING) {
        return Err(Misfit::Payload { declared_kg, payload_kg }.into());
    }
    if declared.container_type == ContainerType::Tank {
        if let Some(dry) = wants.iter().find(|want| !want.goods.is_poured()) {
            return Err(Misfit::Tank { heading: dry.goods.heading.clone() }.into());
        }
        if let Some(want) = wants.iter().find(|want| want.packages.is_some_and(|packages| packages > 1)) {
            let (packages, declared_kg) = (want.packages.unwrap_or(1), want.gross_kg);
            let package_type = "bulk".to_owned();
            return Err(Misfit::Packages { packages, package_type, package_kg: declared_kg, declared_kg }.into());
        }
        if wants.len() > 1 {
            return Err(Misfit::Liquids { lines: wants.len() }.into());
        }
    }
    Ok(wants)
}

/// One load from draws of `seed`; where things come to stand from those of `placing`.
fn load(
    declared: &AsDeclared,
    wants: &[Want],
    demand: Option<&Demand>,
    scanner: &Scanner,
    seed: u64,
    placing: Option<u64>,
) -> Result<AsDeclaredLoad, PhantomError> {
    let mut dice = Dice::new(placing.unwrap_or(seed), "place");
    let near = scanner.fan.source_to_near_wall_mm + (45.0 * dice.normal()).clamp(-110.0, 110.0);
    let [x_mm, y_mm, z_mm] = declared.place_mm.unwrap_or([MARGIN_MM, dice.between(1160.0, 1320.0), near]);
    let plan = ContainerPlan { size: declared.size, container_type: declared.container_type, x_mm, y_mm, z_mm };
    let (mut scene, mut container, poured) = match wants {
        [want] if declared.container_type == ContainerType::Tank => {
            let (scene, container, lot) = filled_tank(plan, want, seed, placing)?;
            (scene, container, Some(lot))
        }
        _ => {
            let mut scene = Scene::default();
            let container = plan.build(&mut scene, &mut Dice::new(placing.unwrap_or(seed), "container"))?;
            (scene, container, None)
        }
    };
    let place = place_of(declared.size, &container, placing);
    let usable_m3 = usable_m3(declared.size, place);
    let mut lots = match (wants, demand) {
        _ if poured.is_some() => poured.into_iter().collect(),
        ([], _) => {
            if container.hollow.is_none() {
                leave_behind(&mut scene, &mut dice, container.inside)?;
            }
            Vec::new()
        }
        (_, Some(demand)) => {
            let Some(lots) = share_out(&mut scene, wants, demand, place, seed)? else {
                let goods = wants.iter().map(|want| (want.goods.heading.clone(), want.gross_kg)).collect();
                let needed_m3 = Some(demand.least_share * usable_m3);
                return Err(Misfit::Stowage { goods, needed_m3, usable_m3 }.into());
            };
            lots
        }
        ([want, ..], None) => {
            let mut survey = Survey::new(want.goods);
            match stow_line(&mut scene, want, place, seed, &mut survey, DRAWS)? {
                Some(lot) => vec![lot],
                None => return Err(survey.misfit(want, usable_m3).into()),
            }
        }
    };
    if container.hollow.is_none()
        && let Some([end, top]) =
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

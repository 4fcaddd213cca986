use pellucid_core::{ContainerType, IsoSize};
use serde::{Deserialize, Serialize};

use super::lorry::TractorPlan;
use super::trailer::{KING_PIN, TrailerPlan};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;

/// What pulls a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tractor {
    /// Cab over the engine, without a bunk: Europe and Asia, short hauls.
    CabOver,
    /// Cab over the engine with a bunk behind the seats.
    CabOverSleeper,
    /// Engine under a bonnet before the cab.
    Conventional,
    /// The same with a sleeper behind the cab.
    ConventionalSleeper,
    /// Terminal tractor: a narrow cab for one beside the engine.
    Terminal,
}

/// Driven axles of a tractor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Drive {
    /// One driven axle.
    #[serde(rename = "4x2")]
    FourByTwo,
    /// Two driven axles.
    #[serde(rename = "6x4")]
    SixByFour,
}

/// What containers stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trailer {
    /// Two main beams with a neck and bolsters.
    Skeletal,
    /// The neck rises into the tunnel of a box of 40 ft or more.
    Gooseneck,
    /// A rear frame that carries the axles slides in the front one.
    Slider,
    /// A planked deck with side rails and a headboard.
    FlatBed,
    /// Terminal trailer: box beams, flared guides at the corners, no twist locks.
    Terminal,
}

/// Where the landing legs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Legs {
    /// Wound up, as on the road.
    Up,
    /// On the ground, as of a parked trailer.
    Down,
}

/// What a recipe may say of the vehicle; what it does not say is drawn, so that one without it has any vehicle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vehicle {
    /// Tractor, of a truck only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tractor: Option<Tractor>,
    /// Its driven axles; terminal tractors have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drive: Option<Drive>,
    /// Whether somebody sits at the wheel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<bool>,
    /// What the containers stand on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailer: Option<Trailer>,
    /// Axles of it, 2 or 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axles: Option<usize>,
    /// Landing legs; up behind a tractor, else down, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legs: Option<Legs>,
    /// Whether a spare wheel hangs under the frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spare_wheel: Option<bool>,
    /// Whether a tool box hangs at its side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_box: Option<bool>,
    /// Whether twist locks hold the castings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twist_locks: Option<bool>,
}

/// Length of a trailer that carries 40 ft, mm.
const LONG: [f64; 2] = [12_300.0, 12_650.0];
/// Front and rear overhang of a trailer beyond its load, mm.
const BEFORE: [f64; 2] = [60.0, 250.0];
const BEHIND: [f64; 2] = [80.0, 400.0];
/// From the ends of a box to the middle of its bottom castings, mm; of one of 45 ft, of those at the places of a 40 ft box.
fn inset(size: IsoSize) -> f64 {
    if size == IsoSize::FortyFiveHigh { 863.5 } else { 101.5 }
}

/// A vehicle of which everything is decided but what its parts draw for themselves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settled {
    trailer: Trailer,
    tractor: Option<(Tractor, Drive, bool)>,
    axles: usize,
    legs: Legs,
    has_spare_wheel: bool,
    has_tool_box: bool,
    has_twist_locks: bool,
    /// Height of the containers' underside.
    pub(crate) deck_mm: f64,
    /// From the trailer's front end to the first container.
    pub(crate) before_mm: f64,
    /// From the last container to the trailer's rear end.
    pub(crate) behind_mm: f64,
}

impl Vehicle {
    /// Which key asks for what cannot be, and why.
    pub(crate) fn fault(
        &self,
        is_truck: bool,
        containers: &[(IsoSize, ContainerType)],
    ) -> Option<(&'static str, String)> {
        if !is_truck && (self.tractor.is_some() || self.drive.is_some() || self.driver.is_some()) {
            return Some(("tractor", "tractor, drive and driver are for conveyance = \"truck\"".into()));
        }
        if self.tractor == Some(Tractor::Terminal) && self.drive == Some(Drive::SixByFour) {
            return Some(("drive", "terminal tractors are built with one driven axle: 4x2".into()));
        }
        if self.trailer == Some(Trailer::Gooseneck) && !containers.iter().all(has_tunnel) {
            return Some(("trailer", "a gooseneck needs the tunnel of a dry or reefer box of 40 ft or more".into()));
        }
        let axles = self.axles.unwrap_or(2);
        if !(2..=3).contains(&axles) {
            return Some(("axles", format!("2 or 3, got {axles}")));
        }
        if axles == 3 && containers.len() == 1 && containers.iter().all(|(size, _)| *size == IsoSize::Twenty) {
            for (key, wanted) in [("spare_wheel", self.spare_wheel), ("tool_box", self.tool_box)] {
                if wanted == Some(true) {
                    return Some((
                        key,
                        "there is no room beside three axles under one 20 ft container: axles = 2".into(),
                    ));
                }
            }
        }
        None
    }

    /// Decides what is not said, from a stream of its own. `load_mm` is the length from the first container to the end of the last.
    pub(crate) fn settle(
        &self,
        is_truck: bool,
        containers: &[(IsoSize, ContainerType)],
        load_mm: f64,
        seed: u64,
    ) -> Settled {
        let mut dice = Dice::new(seed, "vehicle");
        // Every draw is made whatever is said, so that saying one thing does not change another.
        let is_single = containers.len() == 1 && containers.iter().all(|(size, _)| *size == IsoSize::Twenty);
        let has_tunnels = containers.iter().all(has_tunnel);
        let is_high = containers.iter().any(|(size, kind)| {
            matches!(size, IsoSize::FortyHigh | IsoSize::FortyFiveHigh) && *kind != ContainerType::Flat
        });
        // A single box of 20 ft mostly stands in the middle of a trailer for 40 ft.
        let is_terminal = self.tractor == Some(Tractor::Terminal);
        let says_trailer = self.trailer.is_some() || is_terminal;
        let is_long = dice.chance(0.7) && is_single && !says_trailer;
        let kinds: &[Trailer] = if has_tunnels || is_long {
            &[Trailer::Gooseneck, Trailer::Gooseneck, Trailer::Gooseneck, Trailer::Skeletal, Trailer::Slider]
        } else {
            &[Trailer::Skeletal, Trailer::Skeletal, Trailer::Slider, Trailer::FlatBed]
        };
        let drawn = *dice.pick(kinds).unwrap_or(&Trailer::Skeletal);
        let is_planked = dice.chance(0.1) && !is_high && !is_long;
        let drawn = if is_planked { Trailer::FlatBed } else { drawn };
        let trailer = self.trailer.unwrap_or(if is_terminal { Trailer::Terminal } else { drawn });
        let drawn_tractor = *dice
            .pick(&[Tractor::CabOver, Tractor::CabOverSleeper, Tractor::Conventional, Tractor::ConventionalSleeper])
            .unwrap_or(&Tractor::CabOver);
        let usual = if trailer == Trailer::Terminal { Tractor::Terminal } else { drawn_tractor };
        let tractor = self.tractor.unwrap_or(usual);
        let drawn_drive = if dice.chance(0.6) { Drive::SixByFour } else { Drive::FourByTwo };
        let drawn_drive = if tractor == Tractor::Terminal { Drive::FourByTwo } else { drawn_drive };
        let [driver, spare, tools, locks] = [0.7, 0.6, 0.5, 0.9].map(|share| dice.chance(share));
        let drawn_axles = dice.whole(2, 3);
        let is_short = is_single && !is_long;
        let drawn_axles = if is_short || trailer == Trailer::Terminal { 2 } else { drawn_axles };
        let axles = self.axles.unwrap_or(drawn_axles);
        let has_room = !(is_short && axles == 3) && trailer != Trailer::Terminal;
        let deck_mm = dice.within(trailer.deck_mm());
        let (before, behind, length) = (dice.within(BEFORE), dice.within(BEHIND), dice.within(LONG));
        let shift = dice.between(-250.0, 250.0);
        let spare_mm = 0.5 * (length - load_mm);
        Settled {
            trailer,
            tractor: is_truck.then(|| (tractor, self.drive.unwrap_or(drawn_drive), self.driver.unwrap_or(driver))),
            axles,
            legs: self.legs.unwrap_or(if is_truck { Legs::Up } else { Legs::Down }),
            has_spare_wheel: self.spare_wheel.unwrap_or(spare && has_room),
            has_tool_box: self.tool_box.unwrap_or(tools && has_room),
            has_twist_locks: self.twist_locks.unwrap_or(locks),
            // What is high rides low: 4.2 m and a little more is what roads and machines let through.
            deck_mm: if is_high { deck_mm.min(1300.0) } else { deck_mm },
            before_mm: if is_long { (spare_mm + shift).max(3150.0) } else { before },
            behind_mm: if is_long { length - load_mm - (spare_mm + shift).max(3150.0) } else { behind },
        }
    }
}

/// Whether a gooseneck goes under such a box.
fn has_tunnel((size, kind): &(IsoSize, ContainerType)) -> bool {
    *size != IsoSize::Twenty && matches!(kind, ContainerType::Dry | ContainerType::Reefer)
}

impl Trailer {
    /// Height of the underside of what it carries, mm: over a fifth wheel 0.99 to 1.2 m high, as makers' sheets have it; flat-beds
    /// carry planks and cross-members besides.
    fn deck_mm(self) -> [f64; 2] {
        match self {
            Self::Gooseneck => [1050.0, 1150.0],
            Self::Skeletal | Self::Slider => [1180.0, 1310.0],
            Self::FlatBed => [1270.0, 1420.0],
            Self::Terminal => [1200.0, 1380.0],
        }
    }
}

impl Settled {
    /// How far before the trailer the vehicle reaches at most, mm.
    pub(crate) fn reach_mm(&self) -> f64 {
        self.tractor.map_or(0.0, |(tractor, _, _)| TractorPlan::reach_mm(tractor) - KING_PIN[0])
    }

    /// Whether the neck runs under a container into its tunnel.
    pub(crate) fn is_on_gooseneck(&self) -> bool {
        self.trailer == Trailer::Gooseneck && self.before_mm < 3000.0
    }

    /// Builds trailer and tractor under containers whose ends along x are given.
    ///
    /// # Errors
    /// The catalogue lacks a material; there is no room for what is to hang under the trailer.
    pub(crate) fn build(
        &self,
        scene: &mut Scene,
        containers: &[([f64; 2], IsoSize)],
        middle_mm: f64,
        seed: u64,
    ) -> Result<(), PhantomError> {
        let ends = containers.iter().map(|(ends, _)| ends);
        let [from, to] = ends.fold([f64::INFINITY, f64::NEG_INFINITY], |a, b| [a[0].min(b[0]), a[1].max(b[1])]);
        let (x_mm, length_mm) = (from - self.before_mm, to - from + self.before_mm + self.behind_mm);
        let castings_x_mm: Vec<f64> =
            containers.iter().flat_map(|([a, b], size)| [a + inset(*size), b - inset(*size)]).collect();
        // Those for 40 ft at its ends, and two pairs in the middle for two boxes of 20 ft.
        let middle = from + 0.5 * (to - from);
        let usual = [middle - 5994.5, middle - 139.5, middle + 139.5, middle + 5994.5];
        let is_for_more = length_mm > 11_000.0 && !matches!(self.trailer, Trailer::FlatBed | Trailer::Terminal);
        let is_free = |x: &f64| {
            *x > x_mm + 90.0
                && *x < x_mm + length_mm - 90.0
                && castings_x_mm.iter().all(|casting| (casting - x).abs() > 250.0)
        };
        let spare_bolsters_x_mm = usual.into_iter().filter(|x| is_for_more && is_free(x)).collect();
        let plan = TrailerPlan {
            trailer: self.trailer,
            x_mm,
            length_mm,
            deck_mm: self.deck_mm,
            middle_mm,
            castings_x_mm,
            spare_bolsters_x_mm,
            axles: self.axles,
            legs: self.legs,
            has_spare_wheel: self.has_spare_wheel,
            has_tool_box: self.has_tool_box,
            has_twist_locks: self.has_twist_locks,
        };
        let chassis = plan.build(scene, &mut Dice::new(seed, "trailer of a kind"))?;
        if let Some((tractor, drive, has_driver)) = self.tractor {
            let plan = TractorPlan { tractor, drive, has_driver, middle_mm };
            plan.build(scene, &mut Dice::new(seed, "tractor of a kind"), chassis)?;
        }
        Ok(())
    }
}

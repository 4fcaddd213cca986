use pellucid_core::{ContainerType, IsoSize};
use serde::{Deserialize, Serialize};

use super::lorry::TractorPlan;
use super::trailer::TrailerPlan;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;

/// What pulls a container, where a recipe says more than that it is a truck.
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

/// What a recipe may say of the vehicle. A recipe without it keeps the plain vehicle that it always had; with it, what is
/// not said is drawn from streams of its own.
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

impl Vehicle {
    /// How far a truck's front may stand before the load, mm: a tractor that is not said may be the longest.
    pub(crate) fn reach_mm(&self) -> f64 {
        match self.tractor {
            Some(Tractor::CabOver | Tractor::CabOverSleeper | Tractor::Terminal) => 4800.0,
            Some(Tractor::Conventional) => 5000.0,
            Some(Tractor::ConventionalSleeper) | None => 6650.0,
        }
    }
}

/// What stands on a vehicle, and where.
pub(crate) struct Load<'a> {
    pub(crate) is_truck: bool,
    /// Ends along x of each container, with its size.
    pub(crate) containers: &'a [([f64; 2], IsoSize)],
    /// Front end and length of the trailer.
    pub(crate) x_mm: f64,
    pub(crate) length_mm: f64,
    pub(crate) deck_mm: f64,
    pub(crate) middle_mm: f64,
}

impl Vehicle {
    /// Which key asks for what cannot be, and why.
    pub(crate) fn fault(
        &self,
        is_truck: bool,
        containers: &[(IsoSize, ContainerType)],
    ) -> Option<(&'static str, String)> {
        let has_tunnel = |(size, kind): &(IsoSize, ContainerType)| {
            *size != IsoSize::Twenty && matches!(kind, ContainerType::Dry | ContainerType::Reefer)
        };
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

    /// Whether what is said or will be drawn is a gooseneck: only one that is asked for.
    pub(crate) fn is_gooseneck(&self) -> bool {
        self.trailer == Some(Trailer::Gooseneck)
    }

    /// Builds trailer and tractor. What is not said comes from streams of this function's own.
    pub(crate) fn build(&self, scene: &mut Scene, load: &Load<'_>, seed: u64) -> Result<(), PhantomError> {
        let mut dice = Dice::new(seed, "vehicle");
        // Every draw is made whatever is said, so that saying one thing does not change another.
        let drawn_trailer = *dice
            .pick(&[Trailer::Skeletal, Trailer::Skeletal, Trailer::Slider, Trailer::FlatBed])
            .unwrap_or(&Trailer::Skeletal);
        let is_terminal = self.tractor == Some(Tractor::Terminal);
        let trailer = self.trailer.unwrap_or(if is_terminal { Trailer::Terminal } else { drawn_trailer });
        let drawn_tractor = *dice
            .pick(&[Tractor::CabOver, Tractor::CabOverSleeper, Tractor::Conventional, Tractor::ConventionalSleeper])
            .unwrap_or(&Tractor::CabOver);
        let usual = if trailer == Trailer::Terminal { Tractor::Terminal } else { drawn_tractor };
        let tractor = self.tractor.unwrap_or(usual);
        let drawn_drive = if dice.chance(0.6) { Drive::SixByFour } else { Drive::FourByTwo };
        let drawn_drive = if tractor == Tractor::Terminal { Drive::FourByTwo } else { drawn_drive };
        let [driver, spare, box_of, locks] = [0.7, 0.4, 0.5, 0.9].map(|share| dice.chance(share));
        let is_one_short = load.length_mm < 9000.0;
        let drawn_axles = if is_one_short || trailer == Trailer::Terminal { 2 } else { dice.whole(2, 3) };
        let axles = self.axles.unwrap_or(drawn_axles);
        let has_room = !(is_one_short && axles == 3);
        let inset = |size: IsoSize| if size == IsoSize::FortyFiveHigh { 863.5 } else { 101.5 };
        let plan = TrailerPlan {
            trailer,
            x_mm: load.x_mm,
            length_mm: load.length_mm,
            deck_mm: load.deck_mm,
            middle_mm: load.middle_mm,
            castings_x_mm: load
                .containers
                .iter()
                .flat_map(|([a, b], size)| [a + inset(*size), b - inset(*size)])
                .collect(),
            axles,
            legs: self.legs.unwrap_or(if load.is_truck { Legs::Up } else { Legs::Down }),
            has_spare_wheel: self.spare_wheel.unwrap_or(spare && has_room && trailer != Trailer::Terminal),
            has_tool_box: self.tool_box.unwrap_or(box_of && has_room && trailer != Trailer::Terminal),
            has_twist_locks: self.twist_locks.unwrap_or(locks),
        };
        let chassis = plan.build(scene, &mut Dice::new(seed, "trailer of a kind"))?;
        if load.is_truck {
            let plan = TractorPlan {
                tractor,
                drive: self.drive.unwrap_or(drawn_drive),
                has_driver: self.driver.unwrap_or(driver),
                middle_mm: load.middle_mm,
            };
            plan.build(scene, &mut Dice::new(seed, "tractor of a kind"), chassis)?;
        }
        Ok(())
    }
}

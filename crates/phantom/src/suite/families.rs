use pellucid_core::TamperingKind;

use super::draw::{Draft, Draw};
use super::{loads, protocol};
use crate::error::PhantomError;

/// How the cases of a family belong together, two and two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairs {
    /// They do not.
    None,
    /// Each even case is tampered with; the odd one after it is the same box with goods as declared.
    Twins,
    /// Each even case is on the unseen scanner; the odd one after it is the same recipe on a seen one.
    Scanners,
}

/// A scenario family.
pub struct SuiteFamily {
    /// Its name, in snake case.
    pub name: &'static str,
    /// The row of the table of VERIFICATION.md §7, or the section that it serves.
    pub row: &'static str,
    /// What its cases are.
    pub about: &'static str,
    /// Share in the mixture of all families, of their sum; 0 when it is not in the mixture.
    pub weight: f64,
    /// How its cases belong together.
    pub pairs: Pairs,
    /// Whether `test` alone has it.
    pub is_test_only: bool,
    pub(super) draw: fn(&mut Draw) -> Result<Draft, PhantomError>,
}

impl std::fmt::Debug for SuiteFamily {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SuiteFamily").field("name", &self.name).finish_non_exhaustive()
    }
}

type DrawFn = fn(&mut Draw) -> Result<Draft, PhantomError>;

const fn of(name: &'static str, row: &'static str, about: &'static str, weight: f64, draw: DrawFn) -> SuiteFamily {
    SuiteFamily { name, row, about, weight, pairs: Pairs::Twins, is_test_only: false, draw }
}

const fn alone(name: &'static str, row: &'static str, about: &'static str, weight: f64, draw: DrawFn) -> SuiteFamily {
    SuiteFamily { pairs: Pairs::None, ..of(name, row, about, weight, draw) }
}

const fn tamper(name: &'static str, about: &'static str, draw: DrawFn) -> SuiteFamily {
    of(name, "§1 tampering", about, 1.0, draw)
}

const fn pair(name: &'static str, about: &'static str, draw: DrawFn) -> SuiteFamily {
    of(name, PAIRS, about, 0.5, draw)
}

const PAIRS: &str = "smugglers' pairs";
const WHOLE: &str = "whole load other goods";
const PART: &str = "20 % / 5 % of mass other goods";
const FIT: &str = "§1 structure";
const PAPER: &str = "papers";

impl SuiteFamily {
    /// Every family.
    pub const ALL: &'static [Self] = &[
        alone("honest", "calibration", "any honest box; one of nine empty, one of six mixed", 24.0, loads::honest),
        alone("homogeneous", "equivalence group", "one heading, every one in turn", 10.0, loads::homogeneous),
        alone("mass", "mass", "even goods over the width, in the middle, at a side; weighed", 3.0, loads::mass),
        of("whole_load", WHOLE, "the whole load is goods of another chapter", 6.0, protocol::whole_load),
        pair("pair_3915_as_3901", "waste plastic as polyethylene", |d| protocol::pair(d, "3915", "3901")),
        pair("pair_2620_as_2603", "slag and ash as copper ore", |d| protocol::pair(d, "2620", "2603")),
        pair("pair_6310_as_5201", "rags as cotton", |d| protocol::pair(d, "6310", "5201")),
        pair("pair_6310_as_5205", "rags as cotton yarn", |d| protocol::pair(d, "6310", "5205")),
        pair("pair_6310_as_5407", "rags as woven filament", |d| protocol::pair(d, "6310", "5407")),
        pair("pair_6309_as_5201", "worn clothes as cotton", |d| protocol::pair(d, "6309", "5201")),
        pair("pair_6309_as_5205", "worn clothes as cotton yarn", |d| protocol::pair(d, "6309", "5205")),
        pair("pair_6309_as_5407", "worn clothes as woven filament", |d| protocol::pair(d, "6309", "5407")),
        pair("pair_0504_as_0303", "guts as frozen fish", |d| protocol::pair(d, "0504", "0303")),
        pair("pair_0207_as_0303", "poultry as frozen fish", |d| protocol::pair(d, "0207", "0303")),
        pair("pair_8549_as_8471", "electronic waste as computers", |d| protocol::pair(d, "8549", "8471")),
        pair("pair_8549_as_7404", "electronic waste as copper scrap", |d| protocol::pair(d, "8549", "7404")),
        pair("pair_2402_in_6109", "cigarettes among T-shirts", |d| protocol::pair_inside(d, "2402", "6109")),
        pair("pair_2402_in_9403", "cigarettes among furniture", |d| protocol::pair_inside(d, "2402", "9403")),
        pair("pair_3604_as_9503", "fireworks as toys", |d| protocol::pair(d, "3604", "9503")),
        pair("pair_2208_as_2202", "spirits as soft drinks", |d| protocol::pair(d, "2208", "2202")),
        pair("pair_8507_as_8504", "batteries as transformers", |d| protocol::pair(d, "8507", "8504")),
        pair("pair_7204_as_7403", "iron scrap as copper", |d| protocol::pair(d, "7204", "7403")),
        of("part_20", PART, "about a fifth of the mass is goods of another chapter", 2.0, protocol::part_20),
        of("part_5", PART, "about a twentieth of the mass is goods of another chapter", 2.0, protocol::part_5),
        of(
            "empty_hard",
            "empty, hard cases",
            "empty but for dunnage, liner, pallets, sweepings",
            3.0,
            protocol::empty_hard,
        ),
        of("organic_brick", "1.5 kg organic brick", "a brick in a light load", 3.0, protocol::organic_brick),
        of(
            "metal_threat",
            "small metallic threat",
            "a pistol or knives in a light load",
            3.0,
            protocol::metal_threat,
        ),
        of(
            "concealed_car",
            "concealed car",
            "cars among goods, or declared as something else",
            1.0,
            protocol::concealed_car,
        ),
        tamper("tamper_substitution", "other goods", |d| protocol::tamper(d, TamperingKind::Substitution)),
        tamper("tamper_empty", "nothing inside", |d| protocol::tamper(d, TamperingKind::Empty)),
        tamper("tamper_short_weight", "less than declared", |d| protocol::tamper(d, TamperingKind::ShortWeight)),
        tamper("tamper_over_weight", "more than declared", |d| protocol::tamper(d, TamperingKind::OverWeight)),
        tamper("tamper_concealed_organic", "organic mass in a light load", |d| {
            protocol::tamper(d, TamperingKind::ConcealedOrganic)
        }),
        tamper("tamper_concealed_metal", "objects of metal in a light load", |d| {
            protocol::tamper(d, TamperingKind::ConcealedMetal)
        }),
        tamper("tamper_concealed_dense", "dense or shielded objects", |d| {
            protocol::tamper(d, TamperingKind::ConcealedDense)
        }),
        tamper("tamper_concealed_goods", "other goods among goods", |d| {
            protocol::tamper(d, TamperingKind::ConcealedGoods)
        }),
        tamper("tamper_person", "people", |d| protocol::tamper(d, TamperingKind::Person)),
        tamper("tamper_false_structure", "false walls, floors, roofs, filled posts", |d| {
            protocol::tamper(d, TamperingKind::FalseStructure)
        }),
        tamper("tamper_vehicle_hide", "something in the vehicle", |d| {
            protocol::tamper(d, TamperingKind::VehicleHide)
        }),
        tamper("tamper_reefer_hide", "something in machinery or foam", |d| {
            protocol::tamper(d, TamperingKind::ReeferHide)
        }),
        tamper("tamper_rip_on", "bags at the doors", |d| protocol::tamper(d, TamperingKind::RipOn)),
        of("reefer", FIT, "refrigerated boxes; other cold goods than declared", 2.0, loads::reefer),
        of(
            "tank",
            FIT,
            "tanks of another liquid than declared; empty ones, something in the vehicle",
            0.5,
            loads::tank,
        ),
        of("flat", FIT, "flat racks; other goods than declared", 1.0, loads::flat),
        of("battery_storage", FIT, "battery-storage units; something among the racks", 0.5, loads::battery_storage),
        of("forty_five", FIT, "boxes of 45 ft; other goods than declared", 1.0, loads::forty_five),
        of("two_twenty", FIT, "two boxes of 20 ft; one with other goods", 3.0, loads::two_twenty),
        of("vehicles", FIT, "every tractor before every trailer; something in them", 2.0, loads::vehicles),
        of("lcl", PAPER, "a box of several declarations; something among the goods", 2.0, loads::lcl),
        of("lot", PAPER, "three to six boxes of one declaration; one with other goods", 0.0, loads::lot),
        of("consolidated", PAPER, "parcels of many lines; something among them", 1.0, loads::consolidated),
        of("manifest_stage", PAPER, "declared in free text; other goods", 2.0, loads::manifest_stage),
        of("summary_stage", PAPER, "declared with six digits; other goods", 2.0, loads::summary_stage),
        of("processed", "§3 processed", "vendor grey of 8 bits; other goods", 2.0, loads::processed),
        SuiteFamily {
            pairs: Pairs::None,
            is_test_only: true,
            ..of(
                "new_heading",
                "new heading",
                "ten shipments of one trader, ten of others",
                0.0,
                protocol::new_heading,
            )
        },
        SuiteFamily {
            pairs: Pairs::Scanners,
            is_test_only: true,
            ..of(
                "unseen_scanner",
                "unseen scanner",
                "portal_9_6, and a seen one on the same box",
                0.0,
                protocol::unseen_scanner,
            )
        },
    ];
}

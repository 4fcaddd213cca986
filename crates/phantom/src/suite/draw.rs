use pellucid_core::{ContainerType, IsoSize};

use crate::across::Across;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::{EMPTY, Goods};
use crate::packings::{PackingSet, Packings};
use crate::processed::picture_machine;
use crate::recipe::{ContainerRecipe, Conveyance, Recipe};
use crate::scanner::Scanner;
use crate::structure::Vehicle;
use crate::suite::limits::{Limits, NEW_HEADINGS, Ranges};
use crate::suite::papers::papers;
use crate::suite::{Role, Suite};
use crate::tampering::TamperingRecipe;

/// What a family draws.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) recipe: Recipe,
    pub(super) scanner: Scanner,
    /// Scans under one declaration.
    pub(super) lot: Option<usize>,
    /// Trader of all shipments of a block.
    pub(super) trader: Option<String>,
    pub(super) role: Role,
}

/// A family's way of drawing.
pub(super) struct Draw {
    pub(super) suite: Suite,
    pub(super) limits: &'static Limits,
    pub(super) dice: Dice,
    /// Seed of the scene.
    pub(super) seed: u64,
    /// Place in the family: of both cases of a pair.
    pub(super) place: u64,
    pub(super) index: u64,
}

impl Draw {
    /// A value of one of several ranges, the wider the likelier, to six decimals.
    pub(super) fn of(&mut self, ranges: Ranges) -> f64 {
        let total: f64 = ranges.iter().map(|[a, b]| b - a).sum();
        let mut at = self.dice.unit() * total;
        let mut found = ranges.first().copied().unwrap_or_default()[0];
        for [a, b] in ranges {
            found = a + at.min(b - a);
            if at < b - a {
                break;
            }
            at -= b - a;
        }
        (found * 1e6).round() / 1e6
    }

    /// Kilograms of one of several ranges, each as likely as the others: small masses are not drowned by large ones.
    pub(super) fn mass(&mut self, ranges: Ranges) -> f64 {
        match self.dice.below(ranges.len()) {
            place if place < ranges.len() => self.of(&ranges[place..=place]),
            _ => 0.0,
        }
    }

    /// A heading that fits, never one of the new ones.
    pub(super) fn heading(&mut self, fits: &dyn Fn(&Goods) -> bool) -> Result<String, PhantomError> {
        let fit: Vec<&str> = usual()?.into_iter().filter(|g| fits(g)).map(|g| g.heading.as_str()).collect();
        self.among(&fit)
    }

    /// One of several headings.
    pub(super) fn among(&mut self, headings: &[&str]) -> Result<String, PhantomError> {
        let none = || PhantomError::value("suite", "headings", "none of them fits");
        self.dice.pick(headings).map(|heading| (*heading).to_owned()).ok_or_else(none)
    }

    /// A heading of another chapter than `other`: what stands for "outside the equivalence group" until groups are known. It
    /// travels in the same type of box: who lies about goods does not let the box tell.
    pub(super) fn other_chapter(&mut self, other: &str) -> Result<String, PhantomError> {
        let is_cold = is_cold(other);
        self.heading(&|goods| goods.heading[..2] != other[..2] && goods.is_cold == is_cold)
    }

    /// A size that traders use for goods: heavy ones mostly travel in 20 ft.
    pub(super) fn size_for(&mut self, heading: &str) -> Result<IsoSize, PhantomError> {
        let is_light = heading == EMPTY || Goods::of(heading, "suite", "headings")?.is_light;
        // A car needs its length whatever it weighs.
        let short = if is_light || heading == "8703" { 0.3 } else { 0.7 };
        Ok(match self.dice.unit() {
            u if u < short => IsoSize::Twenty,
            u if u < short + 0.6 * (1.0 - short) => IsoSize::Forty,
            _ => IsoSize::FortyHigh,
        })
    }

    /// Fullness: what the suite's ranges allow, spread by two hundredths.
    pub(super) fn fill(&mut self) -> [f64; 2] {
        let low = self.of(self.limits.fill).min(0.98);
        [low, ((low + 0.02) * 1e6).round() / 1e6]
    }

    /// A full load.
    pub(super) fn full(&mut self) -> [f64; 2] {
        let low = self.of(&[[0.85, 0.98]]);
        [low, ((low + 0.02) * 1e6).round() / 1e6]
    }

    /// Ways of packing that the suite allows.
    pub(super) fn packings(&mut self) -> Packings {
        Packings::of(self.dice.share(self.limits.packings).unwrap_or(PackingSet::Seen))
    }

    /// A box with goods of a heading, stowed as the suite allows: dry, or refrigerated for goods that must travel cold.
    pub(super) fn container(&mut self, size: IsoSize, heading: &str) -> ContainerRecipe {
        let fill = self.fill();
        let packings = Some(self.packings());
        let container = ContainerRecipe { packings, ..ContainerRecipe::dry(size, heading, fill) };
        if !is_cold(heading) {
            return container;
        }
        // Longer refrigerated boxes are high cubes of 40 ft.
        let size = if size == IsoSize::Twenty { size } else { IsoSize::FortyHigh };
        ContainerRecipe { size, container_type: ContainerType::Reefer, ..container }
    }

    /// Where goods stand that do not fill the width; one load of four.
    pub(super) fn across(&mut self) -> Option<Across> {
        let is_narrow = self.dice.chance(0.25);
        let narrow = self.beside();
        is_narrow.then_some(narrow)
    }

    /// Goods on a part of the width.
    pub(super) fn beside(&mut self) -> Across {
        let share = self.of(self.limits.across);
        let side = self.dice.pick(self.limits.sides).copied().unwrap_or(crate::across::Side::Middle);
        Across { share, side }
    }

    /// What travels through the lane, and what pulls it.
    pub(super) fn conveyance(&mut self) -> (Conveyance, Option<Vehicle>) {
        let conveyance = match self.dice.unit() {
            u if u < 0.55 => Conveyance::Truck,
            u if u < 0.8 => Conveyance::Trailer,
            _ => Conveyance::Box,
        };
        let is_plain = self.dice.chance(0.4);
        let is_box = conveyance == Conveyance::Box;
        (conveyance, (!is_plain && !is_box).then(Vehicle::default))
    }

    /// A recipe of containers on a drawn vehicle with drawn papers.
    pub(super) fn recipe(&mut self, containers: Vec<ContainerRecipe>) -> Recipe {
        let (conveyance, vehicle) = self.conveyance();
        let papers = self.dice.chance(0.5).then(|| papers(self.seed));
        Recipe {
            name: String::new(),
            scanner: String::new(),
            seed: 0,
            conveyance,
            containers,
            tampering: None,
            processed: false,
            vehicle,
            papers,
        }
    }

    /// A box of goods of one heading.
    pub(super) fn load_of(&mut self, heading: &str) -> Result<Recipe, PhantomError> {
        let size = self.size_for(heading)?;
        self.load_in(size, heading)
    }

    /// A box of a size with goods of one heading.
    pub(super) fn load_in(&mut self, size: IsoSize, heading: &str) -> Result<Recipe, PhantomError> {
        let container = self.container(size, heading);
        let across = self.across();
        Ok(self.recipe(vec![ContainerRecipe { across, ..container }]))
    }

    /// A box of a type with goods of one of several headings.
    pub(super) fn load_type(
        &mut self,
        container_type: ContainerType,
        headings: &[&str],
    ) -> Result<Recipe, PhantomError> {
        let heading = self.among(headings)?;
        let size = if self.dice.chance(0.5) { IsoSize::Twenty } else { IsoSize::Forty };
        let container = self.container(size, &heading);
        Ok(self.recipe(vec![ContainerRecipe { container_type, ..container }]))
    }

    /// A draft with the suite's machines.
    pub(super) fn draft(&mut self, recipe: Recipe) -> Result<Draft, PhantomError> {
        let preset = self.dice.share(self.limits.scanners).unwrap_or("relocatable_6_3p5");
        self.draft_on(recipe, preset)
    }

    /// A draft tampered with.
    pub(super) fn tampered(&mut self, recipe: Recipe, tampering: TamperingRecipe) -> Result<Draft, PhantomError> {
        self.draft(Recipe { tampering: Some(tampering), ..recipe })
    }

    /// A draft on a machine like a preset: another site's stands a little otherwise and is worn otherwise.
    pub(super) fn draft_on(&mut self, mut recipe: Recipe, preset: &str) -> Result<Draft, PhantomError> {
        let mut scanner = self.machine(preset)?;
        if recipe.processed {
            scanner = picture_machine(scanner, self.seed);
        }
        preset.clone_into(&mut recipe.scanner);
        Ok(Draft { recipe, scanner, lot: None, trader: None, role: Role::Case })
    }

    fn machine(&mut self, preset: &str) -> Result<Scanner, PhantomError> {
        let limits = self.limits;
        let mut scanner = Scanner::preset(preset)?;
        let nearer = self.of(limits.nearer_mm);
        let raised = self.of(limits.raised_mm);
        let fan = &mut scanner.fan;
        fan.source_to_near_wall_mm += nearer;
        fan.detector_distance_mm += nearer + self.dice.between(-60.0, 200.0).round();
        fan.source_height_mm += raised;
        fan.detector_top_mm += raised + self.dice.between(-20.0, 60.0).round();
        let (dose, gain, quanta) = (self.of(limits.dose), self.of(limits.gain), self.of(limits.quanta));
        let (is_worn, wear) = (self.dice.chance(0.35), self.of(limits.wear));
        let flaws = &mut scanner.imperfections;
        flaws.dose_jitter *= dose;
        flaws.gain_spread *= gain;
        for band in &mut scanner.bands {
            band.air_quanta *= quanta;
        }
        if is_worn {
            let worn = Scanner::preset("relocatable_6_3p5_worn")?.imperfections;
            flaws.dark_drift = worn.dark_drift * wear;
            flaws.gain_drift = worn.gain_drift * wear;
            flaws.gain_steps = worn.gain_steps;
            flaws.gain_step_size = worn.gain_step_size * wear;
            flaws.endpoint_jitter = worn.endpoint_jitter * wear;
            flaws.off_axis_softening = worn.off_axis_softening * wear;
            flaws.crosstalk = worn.crosstalk * wear;
            flaws.lag = worn.lag * wear;
            flaws.speed_error = worn.speed_error * wear;
            if scanner.bands.len() == 2 {
                flaws.interlace = worn.interlace;
            }
        }
        Ok(scanner)
    }
}

/// Whether goods of a heading must travel cold; nothing does in an empty box.
pub(super) fn is_cold(heading: &str) -> bool {
    Goods::of(heading, "suite", "headings").is_ok_and(|goods| goods.is_cold)
}

/// Goods of every heading but the new ones.
pub(super) fn usual() -> Result<Vec<&'static Goods>, PhantomError> {
    Ok(Goods::all()?.iter().filter(|goods| !NEW_HEADINGS.contains(&goods.heading.as_str())).collect())
}

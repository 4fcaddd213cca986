//! Suites `train`, `validation` and `test` of scenario families: every case is a function of suite, family and index.

mod draw;
mod families;
mod limits;
mod loads;
mod manifest;
mod papers;
mod protocol;
mod windows;

use pellucid_core::TamperingKind;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::case::{Case, make_case};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::recipe::Recipe;
use crate::scanner::Scanner;
use crate::shipment::{honest, make_lot};
use crate::yard::stage;
use draw::{Draft, Draw};
use limits::Limits;

pub use families::{Pairs, SuiteFamily};
pub use limits::{HELD_OUT_SCANNER, NEW_HEADINGS};
pub use manifest::{ManifestEntry, ManifestHeader};
pub use windows::{SuiteWindow, WindowItem};

/// Raised whenever a case of any suite becomes another.
pub const SUITE_VERSION: u32 = 3;

/// Draws of a recipe before a case is given up: some loads have no place for what is to be hidden in them.
const ATTEMPTS: u64 = 96;

/// A suite: seeds, ranges, ways of packing, stowages and scanners of its own (VERIFICATION.md §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suite {
    /// For fitting models.
    Train,
    /// For choosing among models and thresholds.
    Validation,
    /// For reporting; nothing is tuned on it.
    Test,
}

/// What a case is for within its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the family is about.
    Case,
    /// The honest counterpart of the case before it: the same box, goods as declared, seed and machine.
    Twin,
    /// Of a new heading: shown to the library, all of one trader.
    Library,
    /// Of a new heading: asked about afterwards, each of another trader.
    Query,
    /// Of the unseen scanner: the same recipe on one that training has seen.
    SeenScanner,
}

/// One case of a suite.
#[derive(Debug, Clone, PartialEq)]
pub struct SuiteCase {
    /// `<suite>_<family>_<index>`: unique among all suites.
    pub name: String,
    /// Suite.
    pub suite: Suite,
    /// Name of its family.
    pub family: &'static str,
    /// Place in the family.
    pub index: u64,
    /// Seed of its scene, below 2^53; suites share none.
    pub seed: u64,
    /// What it is for.
    pub role: Role,
    /// What travels.
    pub recipe: Recipe,
    /// What looks: like the preset that the recipe names, seldom equal to it.
    pub scanner: Scanner,
    /// Scans under one declaration; one when absent.
    pub lot: Option<usize>,
    /// Trader that declares it, in place of a drawn one.
    pub trader: Option<String>,
}

impl Suite {
    /// Every suite.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }

    /// The suite of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.as_str() == name)
    }

    /// Families that it has: two are for `test` alone.
    pub fn families(self) -> impl Iterator<Item = &'static SuiteFamily> {
        SuiteFamily::ALL.iter().filter(move |family| self == Self::Test || !family.is_test_only)
    }

    /// The family of a name.
    ///
    /// # Errors
    /// The suite has none of that name.
    pub fn family(self, name: &str) -> Result<&'static SuiteFamily, PhantomError> {
        self.families().find(|family| family.name == name).ok_or_else(|| PhantomError::UnknownPreset {
            what: "family",
            name: name.to_owned(),
            known: self.families().map(|family| family.name).collect::<Vec<_>>().join(", "),
        })
    }

    /// The `index`-th case of a family. It can be built: recipes that the yard refuses are drawn again.
    ///
    /// # Errors
    /// The suite has no such family, or no recipe of 96 can be built.
    pub fn case(self, family: &str, index: u64) -> Result<SuiteCase, PhantomError> {
        let family = self.family(family)?;
        let is_second = index % 2 == 1;
        let mut last = None;
        for attempt in 0..ATTEMPTS {
            // What a scene draws by itself (racks, pallets, a tractor) may be what has no room: it is drawn again too.
            let seed = self.seed(family.name, place(family, index), attempt);
            let drawn = self.draft(family, index, attempt).and_then(|(draft, twin)| {
                buildable(&draft.recipe, &draft.scanner, seed)?;
                twin.as_ref().map_or(Ok(()), |twin| buildable(twin, &draft.scanner, seed))?;
                Ok((draft, twin))
            });
            let (mut draft, twin) = match drawn {
                Ok(drawn) => drawn,
                Err(error @ PhantomError::Value { .. }) => {
                    last = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if let Some(twin) = twin.filter(|_| is_second) {
                draft.recipe = twin;
                draft.role = Role::Twin;
            }
            let Draft { mut recipe, scanner, lot, trader, role } = draft;
            recipe.name = format!("{}_{}_{index:06}", self.as_str(), family.name);
            recipe.seed = seed;
            return Ok(SuiteCase {
                name: recipe.name.clone(),
                suite: self,
                family: family.name,
                index,
                seed,
                role,
                recipe,
                scanner,
                lot,
                trader,
            });
        }
        let reason = last.map_or_else(String::new, |error| error.to_string());
        let key = format!("{} {index}", family.name);
        Err(PhantomError::value(self.as_str(), key, format!("none of {ATTEMPTS} recipes can be built: {reason}")))
    }

    /// The `index`-th case of all families in their shares: a case of one of them, the same that the family itself has there.
    ///
    /// # Errors
    /// As [`Suite::case`].
    pub fn mixed_case(self, index: u64) -> Result<SuiteCase, PhantomError> {
        self.case(self.mixed_family(index).name, index)
    }

    /// The family of the `index`-th case of the mixture.
    fn mixed_family(self, index: u64) -> &'static SuiteFamily {
        let total: f64 = self.families().map(|family| family.weight).sum();
        let mut at = Dice::stream(self.seed("mixed", 0, 0), "mixed", index).unit() * total;
        let mut found = &SuiteFamily::ALL[0];
        for family in self.families().filter(|family| family.weight > 0.0) {
            found = family;
            if at < family.weight {
                break;
            }
            at -= family.weight;
        }
        found
    }

    /// What an attempt at a case draws, and its honest counterpart; nothing is built.
    fn draft(self, family: &SuiteFamily, index: u64, attempt: u64) -> Result<(Draft, Option<Recipe>), PhantomError> {
        // Both of a pair are drawn alike, and look alike but for what is wrong with one of them.
        let place = place(family, index);
        let seed = self.seed(family.name, place, attempt);
        let dice = Dice::new(seed, "suite");
        let mut draw = Draw { suite: self, limits: Limits::of(self), dice, seed, place, index };
        let draft = (family.draw)(&mut draw)?;
        let twin = (family.pairs == Pairs::Twins).then(|| honest(&draft.recipe));
        Ok((draft, twin))
    }

    /// Cases from 0 to `n`, one after the other; `None` for all families in their shares. Of `count` shards the `shard`-th
    /// (from 0) has every `count`-th case.
    pub fn cases(
        self,
        family: Option<String>,
        n: u64,
        shard: u64,
        count: u64,
    ) -> impl Iterator<Item = Result<SuiteCase, PhantomError>> {
        let count = count.max(1);
        let own = (0..n).filter(move |index| index % count == shard);
        own.map(move |index| match &family {
            Some(family) => self.case(family, index),
            None => self.mixed_case(index),
        })
    }

    /// A seed below 2^53, whose upper three bits are the suite's.
    fn seed(self, family: &str, place: u64, attempt: u64) -> u64 {
        let text = format!("pellucid suite {SUITE_VERSION} {} {family} {place} {attempt}", self.as_str());
        let hash = Sha256::digest(text.as_bytes());
        let low = hash.iter().take(8).fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        ((self as u64 + 1) << 50) | (low & ((1 << 50) - 1))
    }
}

/// Place of a case in its family: of both cases of a pair.
fn place(family: &SuiteFamily, index: u64) -> u64 {
    if family.pairs == Pairs::None { index } else { index / 2 }
}

/// Refuses what the yard cannot build.
fn buildable(recipe: &Recipe, scanner: &Scanner, seed: u64) -> Result<(), PhantomError> {
    recipe.validate(&recipe.name)?;
    stage(recipe, scanner, seed).map(|_| ())
}

impl SuiteCase {
    /// How it is tampered with; `None` when honest.
    pub fn tampering(&self) -> Option<TamperingKind> {
        self.recipe.tampering.as_ref().map(|tampering| tampering.kind)
    }

    /// Makes its scans: one, or as many as its lot has.
    ///
    /// # Errors
    /// As [`make_case`] and [`make_lot`].
    pub fn make(&self) -> Result<Vec<Case>, PhantomError> {
        let mut cases = match self.lot {
            Some(scans) => make_lot(&self.recipe, &self.scanner, scans, self.seed)?,
            None => vec![make_case(&self.recipe, &self.scanner, self.seed)?],
        };
        if let Some(code) = &self.trader {
            for case in &mut cases {
                if let Some(trader) = &mut case.declaration.trader {
                    trader.code.clone_from(code);
                }
            }
        }
        Ok(cases)
    }

    /// SHA-256 of its recipe as compact JSON in the order of its keys, without name and seed: equal where two cases say the
    /// same.
    ///
    /// # Errors
    /// The recipe cannot be written.
    pub fn recipe_sha256(&self) -> Result<String, PhantomError> {
        sha256_of(&Recipe { name: String::new(), seed: 0, ..self.recipe.clone() })
    }

    /// SHA-256 of its scanner as compact JSON in the order of its keys.
    ///
    /// # Errors
    /// The scanner cannot be written.
    pub fn scanner_sha256(&self) -> Result<String, PhantomError> {
        sha256_of(&self.scanner)
    }
}

fn sha256_of(value: &impl Serialize) -> Result<String, PhantomError> {
    let text = serde_json::to_string(value)
        .map_err(|error| PhantomError::value("suite", "json", format!("cannot be written: {error}")))?;
    Ok(hex::encode(Sha256::digest(text.as_bytes())))
}

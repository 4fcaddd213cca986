use pellucid_core::{ContainerType, IsoSize, TamperingKind};
use serde::{Deserialize, Serialize};

use crate::across::Across;
use crate::consolidated::Consolidated;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::{EMPTY, Goods};
use crate::papers::Papers;

/// What travels through the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conveyance {
    /// Tractor, chassis and containers.
    Truck,
    /// Chassis and containers.
    Trailer,
    /// The containers with a margin; the chassis runs out of the picture.
    Box,
}

/// One container of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerRecipe {
    /// Size, as the code of a dry box.
    pub size: IsoSize,
    /// Type; dry when absent.
    #[serde(default, skip_serializing_if = "is_dry")]
    pub container_type: ContainerType,
    /// Headings really loaded, from the front wall to the doors; `["empty"]` for none.
    pub headings: Vec<String>,
    /// Share of what fits or may be carried, smallest and largest.
    #[serde(default = "full")]
    pub fill: [f64; 2],
    /// Where goods stand across the box; over its whole width when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub across: Option<Across>,
    /// Parcels of many lines in place of goods of one to three headings; `headings` then names those that they are drawn from, or
    /// none for all that come in cartons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consolidated: Option<Consolidated>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_dry(container_type: &ContainerType) -> bool {
    *container_type == ContainerType::Dry
}

fn full() -> [f64; 2] {
    [0.8, 1.0]
}

impl ContainerRecipe {
    /// A dry box with goods of one heading over its whole width.
    pub fn dry(size: IsoSize, heading: impl Into<String>, fill: [f64; 2]) -> Self {
        Self {
            size,
            container_type: ContainerType::Dry,
            headings: vec![heading.into()],
            fill,
            across: None,
            consolidated: None,
        }
    }
}

/// How a case is tampered with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TamperingRecipe {
    /// How.
    pub kind: TamperingKind,
    /// Which container, from 0.
    #[serde(default)]
    pub container: usize,
    /// Heading that is declared in place of what is there: for `substitution` and `empty`.
    #[serde(default)]
    pub declared: Option<String>,
    /// Kilograms of a concealed object.
    #[serde(default)]
    pub mass_kg: Option<f64>,
    /// For `over_weight` and `short_weight`: by which share of the declared mass the real mass differs.
    #[serde(default)]
    pub share: Option<[f64; 2]>,
    /// Material of a concealed object.
    #[serde(default)]
    pub material: Option<String>,
}

/// A scene in words: everything else is drawn from the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name.
    pub name: String,
    /// Scanner preset it is meant for.
    pub scanner: String,
    /// Seed it is meant for; 0 when any will do.
    #[serde(default)]
    pub seed: u64,
    /// What travels through the lane.
    pub conveyance: Conveyance,
    /// One container, or two of 20 ft.
    pub containers: Vec<ContainerRecipe>,
    /// Tampering; none when honest.
    #[serde(default)]
    pub tampering: Option<TamperingRecipe>,
    /// Whether the scan is given as vendor grey of 8 bits.
    #[serde(default)]
    pub processed: bool,
    /// How the declaration is written; a full import declaration of general trade when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub papers: Option<Papers>,
}

/// Kinds of random recipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Declared as loaded; one in nine is an empty box.
    Honest,
    /// The whole load is other goods than declared.
    Substitution,
    /// Declared loaded, nothing inside.
    Empty,
    /// At least 25 % more than declared.
    OverWeight,
    /// 25 kg of something organic in a light load.
    ConcealedOrganic,
}

impl Family {
    /// Every family.
    pub const ALL: &'static [Self] =
        &[Self::Honest, Self::Substitution, Self::Empty, Self::OverWeight, Self::ConcealedOrganic];

    /// Its name in recipes and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Substitution => "substitution",
            Self::Empty => "empty",
            Self::OverWeight => "over_weight",
            Self::ConcealedOrganic => "concealed_organic",
        }
    }
}

/// Kilograms concealed when a recipe does not say.
pub(crate) const CONCEALED_KG: f64 = 25.0;
/// Excess when a recipe does not say.
pub(crate) const EXCESS: [f64; 2] = [0.27, 0.6];

impl Recipe {
    /// A recipe from TOML; `file` names it in errors.
    ///
    /// # Errors
    /// The text is not such a TOML file, or asks for something impossible.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, PhantomError> {
        let recipe: Self = toml::from_str(text)
            .map_err(|source| PhantomError::Toml { file: file.to_owned(), source: Box::new(source) })?;
        recipe.validate(file)?;
        Ok(recipe)
    }

    /// A random recipe of a family, the same for the same seed.
    ///
    /// # Errors
    /// One of the embedded goods files is faulty.
    pub fn random(seed: u64, family: Family) -> Result<Self, PhantomError> {
        let mut dice = Dice::new(seed, "recipe");
        let goods = Goods::known()?;
        let draw = |dice: &mut Dice, is_fit: &dyn Fn(&Goods) -> bool| -> String {
            let fit: Vec<&Goods> = goods.iter().copied().filter(|g| is_fit(g)).collect();
            dice.pick(&fit).map_or_else(|| EMPTY.to_owned(), |g| g.heading.clone())
        };
        let heading = match family {
            Family::Empty => EMPTY.to_owned(),
            Family::Honest if dice.chance(1.0 / 9.0) => EMPTY.to_owned(),
            Family::ConcealedOrganic => draw(&mut dice, &|g| g.heading == "6109" || g.heading == "8418"),
            _ => draw(&mut dice, &|_| true),
        };
        let is_heavy = ["0901", "7208", "2204", "1202"].contains(&heading.as_str());
        let size = match dice.unit() {
            u if u < if is_heavy { 0.8 } else { 0.45 } => IsoSize::Twenty,
            u if u < 0.88 => IsoSize::Forty,
            _ => IsoSize::FortyHigh,
        };
        let conveyance = match dice.unit() {
            u if u < 0.5 => Conveyance::Truck,
            u if u < 0.75 => Conveyance::Trailer,
            _ => Conveyance::Box,
        };
        let fill = [0.72, 1.0];
        let mut containers = vec![ContainerRecipe::dry(size, heading.clone(), fill)];
        if size == IsoSize::Twenty && dice.chance(0.15) {
            let second = if dice.chance(0.3) { EMPTY.to_owned() } else { heading.clone() };
            containers.push(ContainerRecipe::dry(size, second, fill));
        }
        let other = draw(&mut dice, &|g| g.heading != heading);
        let tampering = |kind, declared| TamperingRecipe {
            kind,
            container: 0,
            declared,
            mass_kg: None,
            share: None,
            material: None,
        };
        let tampering = match family {
            Family::Honest => None,
            Family::Substitution => Some(tampering(TamperingKind::Substitution, Some(other))),
            Family::Empty => Some(tampering(TamperingKind::Empty, Some(other))),
            Family::OverWeight => Some(tampering(TamperingKind::OverWeight, None)),
            Family::ConcealedOrganic => Some(tampering(TamperingKind::ConcealedOrganic, None)),
        };
        Ok(Self {
            name: format!("{}_{heading}", family.as_str()),
            scanner: if dice.chance(0.85) { "relocatable_6_3p5" } else { "gantry_6" }.to_owned(),
            seed,
            conveyance,
            containers,
            tampering,
            processed: false,
            papers: None,
        })
    }

    /// Refuses what cannot be.
    ///
    /// # Errors
    /// The first fault, with file, key and reason.
    pub fn validate(&self, file: &str) -> Result<(), PhantomError> {
        let refuse = |key: String, reason: String| Err(PhantomError::value(file, key, reason));
        if self.containers.is_empty() || self.containers.len() > 2 {
            return refuse("containers".into(), format!("one, or two of 20 ft, got {}", self.containers.len()));
        }
        for (i, container) in self.containers.iter().enumerate() {
            let key = format!("containers[{i}]");
            if self.containers.len() == 2 && container.size != IsoSize::Twenty {
                return refuse(format!("{key}.size"), "two containers must both be of 20 ft".into());
            }
            if container.container_type == ContainerType::Tank {
                if container.size != IsoSize::Twenty {
                    return refuse(format!("{key}.container_type"), "tanks are built as 20 ft only".into());
                }
                if container.headings.iter().any(|h| h != EMPTY) {
                    return refuse(
                        format!("{key}.headings"),
                        format!("no goods file is for tanks: only [{EMPTY:?}]"),
                    );
                }
            }
            let [low, high] = container.fill;
            if !(low > 0.0 && high >= low) {
                return refuse(format!("{key}.fill"), format!("0 < low ≤ high, got {:?}", container.fill));
            }
            if high > 1.0 {
                return refuse(format!("{key}.fill"), format!("overfull: at most 1, got {high}"));
            }
            if let Some(across) = container.across
                && !(Across::LEAST..=1.0).contains(&across.share)
            {
                return refuse(
                    format!("{key}.across.share"),
                    format!("{} to 1, got {}", Across::LEAST, across.share),
                );
            }
            if let Some(consolidated) = container.consolidated {
                consolidated.validate(file, &key, &container.headings)?;
                continue;
            }
            if container.headings.is_empty() || container.headings.len() > 3 {
                return refuse(format!("{key}.headings"), format!("one to three, got {}", container.headings.len()));
            }
            for (j, heading) in container.headings.iter().enumerate() {
                if heading == EMPTY && container.headings.len() == 1 {
                    continue;
                }
                Goods::of(heading, file, &format!("{key}.headings[{j}]"))?;
            }
        }
        if let Some(papers) = &self.papers {
            papers.validate(file, self)?;
        }
        match &self.tampering {
            Some(tampering) => self.validate_tampering(file, tampering),
            None => Ok(()),
        }
    }

    fn validate_tampering(&self, file: &str, tampering: &TamperingRecipe) -> Result<(), PhantomError> {
        let refuse = |key: &str, reason: String| Err(PhantomError::value(file, format!("tampering.{key}"), reason));
        let Some(container) = self.containers.get(tampering.container) else {
            return refuse("container", format!("there are {}, got {}", self.containers.len(), tampering.container));
        };
        let is_empty = container.headings.iter().any(|h| h == EMPTY);
        match tampering.kind {
            TamperingKind::Substitution | TamperingKind::Empty => {
                let Some(declared) = &tampering.declared else {
                    return refuse("declared", format!("{} needs the heading that is declared", tampering.kind));
                };
                Goods::of(declared, file, "tampering.declared")?;
                if container.headings.contains(declared) {
                    return refuse("declared", format!("{declared} is what is really there"));
                }
                if is_empty != (tampering.kind == TamperingKind::Empty) {
                    let wanted = if is_empty { "a loaded" } else { "an empty" };
                    return refuse("container", format!("{} needs {wanted} container", tampering.kind));
                }
            }
            TamperingKind::OverWeight | TamperingKind::ShortWeight | TamperingKind::ConcealedOrganic if is_empty => {
                return refuse("container", format!("{} needs a loaded container", tampering.kind));
            }
            TamperingKind::OverWeight | TamperingKind::ShortWeight => {
                let [low, high] = tampering.share.unwrap_or(EXCESS);
                let least = if tampering.kind == TamperingKind::OverWeight { 0.25 } else { 0.05 };
                if !(low >= least && high >= low && high <= 3.0) {
                    return refuse("share", format!("{least} ≤ low ≤ high ≤ 3, got [{low}, {high}]"));
                }
            }
            TamperingKind::ConcealedOrganic => {
                let mass = tampering.mass_kg.unwrap_or(CONCEALED_KG);
                if !(mass > 0.0 && mass <= 5_000.0) {
                    return refuse("mass_kg", format!("above 0 and at most 5000, got {mass}"));
                }
                if let Some(name) = &tampering.material
                    && pellucid_imaging::physics::material(name).is_none()
                {
                    return refuse("material", format!("{name:?} is not in the catalogue"));
                }
            }
            other => return refuse("kind", format!("{other} is not made by this version of the yard")),
        }
        Ok(())
    }
}

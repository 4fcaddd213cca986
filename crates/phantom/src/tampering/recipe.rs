use pellucid_core::TamperingKind;
use serde::{Deserialize, Serialize};

/// Where something is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In goods, whose place it takes.
    InLoad,
    /// On the floor between the load and the doors.
    BehindLoad,
    /// On top of goods.
    OnLoad,
    /// On the floor, wherever it is free.
    Floor,
    /// At the front wall: a false wall before it, or goods at that end.
    Front,
    /// In the middle of the load, with goods before and behind.
    Middle,
    /// Above a false ceiling.
    Roof,
    /// Behind a panel on the inside of the doors; of bags, just inside them.
    Doors,
    /// In hollow posts and rails.
    Members,
    /// In the driver's cab.
    Cab,
    /// In a fuel tank with a false end.
    FuelTank,
    /// In a box welded between the rails of the chassis.
    Chassis,
    /// In the tyre of a spare wheel below the chassis.
    SpareWheel,
    /// In tyres that the vehicle runs on.
    Tyres,
    /// Among refrigeration machinery.
    Machinery,
    /// In the foam of walls, roof and doors.
    Insulation,
}

/// What is hidden, of metal or to shield.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenObject {
    /// Pistols, or rifles where there is room.
    Firearms,
    /// Steel cases of cartridges.
    Ammunition,
    /// Bundles of knives.
    Knives,
    /// Bars of gold, silver or copper.
    Bars,
    /// Boxes of hand tools.
    Tools,
    /// A vessel of lead or tungsten with a hollow.
    Pig,
    /// Something organic in a shell of lead.
    Parcel,
    /// A container of a radioactive source: depleted uranium in steel.
    Source,
}

/// How a person hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posture {
    /// Upright.
    Standing,
    /// On the floor, knees drawn up.
    Sitting,
    /// On the back.
    Lying,
}

/// How a hidden mass is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenForm {
    /// Bricks of about a kilogram, stacked.
    Bricks,
    /// One piece.
    Block,
}

/// What is left in an empty box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remnant {
    /// Planks.
    Dunnage,
    /// A film liner over walls, roof and floor.
    Liner,
    /// Pallets.
    Pallets,
    /// Sweepings of board and paper.
    Sweepings,
}

/// How a case is tampered with. What is not said is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TamperingRecipe {
    /// How.
    pub kind: TamperingKind,
    /// Which container, from 0.
    #[serde(default)]
    pub container: usize,
    /// Heading that is declared in place of what is there: for `substitution` and `empty`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// Kilograms of what is hidden, or of the other goods of a `substitution` of a part of the load. Objects and bags are made a little larger or smaller so that whole ones weigh this; goods come
    /// in whole packages, as near as they allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mass_kg: Option<f64>,
    /// For `over_weight` and `short_weight`: by which share of the declared mass the real mass differs. For `substitution`: which
    /// share of the load's length is other goods, 0.02 to 0.9; all of it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<[f64; 2]>,
    /// Material of what is hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<String>,
    /// Its density as packed, g/cm³: above 0, at most the material's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub density_g_per_cm3: Option<f64>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Bricks or one block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<HiddenForm>,
    /// Length, height and width of a brick, 10 to 600 mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brick_mm: Option<[f64; 3]>,
    /// Which object of metal, or dense one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<HiddenObject>,
    /// Heading of `concealed_goods`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
    /// Persons (1 to 6) or bags (1 to 8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// How persons hide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posture: Option<Posture>,
    /// Whether a false structure holds something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filled: Option<bool>,
    /// What an empty box still holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Remnant>,
    /// Its kilograms, 1 to 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_kg: Option<f64>,
}

impl TamperingRecipe {
    /// Tampering of a kind in the first container, everything else drawn.
    pub fn of(kind: TamperingKind) -> Self {
        Self {
            kind,
            container: 0,
            declared: None,
            mass_kg: None,
            share: None,
            material: None,
            density_g_per_cm3: None,
            place: None,
            form: None,
            brick_mm: None,
            object: None,
            heading: None,
            count: None,
            posture: None,
            filled: None,
            left: None,
            left_kg: None,
        }
    }

    /// Whether bricks lie in goods as recipes without further keys always had them.
    pub(super) fn is_plain(&self) -> bool {
        self.density_g_per_cm3.is_none() && self.place.is_none() && self.form.is_none() && self.brick_mm.is_none()
    }

    /// Whether only a part of the load is other goods.
    pub(crate) fn is_partial(&self) -> bool {
        self.kind == TamperingKind::ConcealedGoods
            || (self.kind == TamperingKind::Substitution && (self.share.is_some() || self.mass_kg.is_some()))
    }

    /// Whether the whole load is other goods.
    pub(crate) fn is_whole_substitution(&self) -> bool {
        self.kind == TamperingKind::Substitution && !self.is_partial()
    }

    /// Keys that are set, besides kind and container.
    pub(super) fn keys(&self) -> Vec<&'static str> {
        [
            ("declared", self.declared.is_some()),
            ("mass_kg", self.mass_kg.is_some()),
            ("share", self.share.is_some()),
            ("material", self.material.is_some()),
            ("density_g_per_cm3", self.density_g_per_cm3.is_some()),
            ("place", self.place.is_some()),
            ("form", self.form.is_some()),
            ("brick_mm", self.brick_mm.is_some()),
            ("object", self.object.is_some()),
            ("heading", self.heading.is_some()),
            ("count", self.count.is_some()),
            ("posture", self.posture.is_some()),
            ("filled", self.filled.is_some()),
            ("left", self.left.is_some()),
            ("left_kg", self.left_kg.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, is_set)| is_set.then_some(key))
        .collect()
    }
}

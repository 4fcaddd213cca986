use pellucid_core::TamperingKind;
use serde::{Deserialize, Serialize};

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
    /// Less than declared.
    ShortWeight,
    /// Arms, ammunition, knives, bars or tools among goods.
    ConcealedMetal,
    /// Something dense or shielded among goods.
    ConcealedDense,
    /// Other goods among goods.
    ConcealedGoods,
    /// One to three people.
    Person,
    /// A false wall, floor, ceiling or door panel, or filled posts.
    FalseStructure,
    /// Something in tractor, chassis or tyres.
    VehicleHide,
    /// Something in the machinery or insulation of a refrigerated box.
    ReeferHide,
    /// Bags just inside the doors.
    RipOn,
}

impl Family {
    /// Those that suites, models and figures hang on: their seeds keep their meaning.
    pub const ALL: &'static [Self] =
        &[Self::Honest, Self::Substitution, Self::Empty, Self::OverWeight, Self::ConcealedOrganic];

    /// Every family: [`Family::ALL`], then the rest of the closed list of tampering.
    pub const EVERY: &'static [Self] = &[
        Self::Honest,
        Self::Substitution,
        Self::Empty,
        Self::OverWeight,
        Self::ConcealedOrganic,
        Self::ShortWeight,
        Self::ConcealedMetal,
        Self::ConcealedDense,
        Self::ConcealedGoods,
        Self::Person,
        Self::FalseStructure,
        Self::VehicleHide,
        Self::ReeferHide,
        Self::RipOn,
    ];

    /// How its recipes are tampered with; `None` when honest.
    pub fn tampering(self) -> Option<TamperingKind> {
        Some(match self {
            Self::Honest => return None,
            Self::Substitution => TamperingKind::Substitution,
            Self::Empty => TamperingKind::Empty,
            Self::OverWeight => TamperingKind::OverWeight,
            Self::ConcealedOrganic => TamperingKind::ConcealedOrganic,
            Self::ShortWeight => TamperingKind::ShortWeight,
            Self::ConcealedMetal => TamperingKind::ConcealedMetal,
            Self::ConcealedDense => TamperingKind::ConcealedDense,
            Self::ConcealedGoods => TamperingKind::ConcealedGoods,
            Self::Person => TamperingKind::Person,
            Self::FalseStructure => TamperingKind::FalseStructure,
            Self::VehicleHide => TamperingKind::VehicleHide,
            Self::ReeferHide => TamperingKind::ReeferHide,
            Self::RipOn => TamperingKind::RipOn,
        })
    }

    /// Its name in recipes and reports: that of its tampering.
    pub fn as_str(self) -> &'static str {
        self.tampering().map_or("honest", |kind| kind.as_str())
    }
}

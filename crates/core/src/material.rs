use serde::{Deserialize, Serialize};

/// Material classes that dual energy can tell apart, and the honest rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum MaterialClass {
    /// Nothing but air.
    Air = 0,
    /// Hydrocarbons, food, water, textiles: Z about 1–9.
    Organic = 1,
    /// Aluminium, glass, salt, ceramics: Z about 10–19.
    LightInorganic = 2,
    /// Iron to copper and zinc: Z about 20–40.
    Metal = 3,
    /// Lead, tungsten: Z above 40.
    Heavy = 4,
    /// Too thin, too opaque or too ambiguous to say.
    Undecidable = 5,
}

impl MaterialClass {
    /// Every class by its number in `z_class` rasters.
    pub const ALL: &'static [Self] =
        &[Self::Air, Self::Organic, Self::LightInorganic, Self::Metal, Self::Heavy, Self::Undecidable];

    /// From the number in a `z_class` raster; unknown numbers are undecidable.
    pub fn from_u8(value: u8) -> Self {
        Self::ALL.get(usize::from(value)).copied().unwrap_or(Self::Undecidable)
    }
}

/// Shares of areal density by class over some region, each in [0, 1]; they add up to 1 unless nothing is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MaterialShares {
    /// Share of organic.
    pub organic: f32,
    /// Share of light inorganic.
    pub light_inorganic: f32,
    /// Share of metal.
    pub metal: f32,
    /// Share of heavy.
    pub heavy: f32,
    /// Share that cannot be told.
    pub undecidable: f32,
}

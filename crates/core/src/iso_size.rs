use serde::{Deserialize, Serialize};

/// Container sizes of ISO 668 that scans are matched against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum IsoSize {
    /// 20 ft, 8 ft 6 in high (1CC).
    #[serde(rename = "22G1")]
    Twenty,
    /// 40 ft, 8 ft 6 in high (1AA).
    #[serde(rename = "42G1")]
    Forty,
    /// 40 ft, 9 ft 6 in high (1AAA).
    #[serde(rename = "45G1")]
    FortyHigh,
    /// 45 ft, 9 ft 6 in high (1EEE).
    #[serde(rename = "L5G1")]
    FortyFiveHigh,
}

impl IsoSize {
    /// Every size.
    pub const ALL: &'static [Self] = &[Self::Twenty, Self::Forty, Self::FortyHigh, Self::FortyFiveHigh];

    /// Size and type code of ISO 6346 for the general purpose box.
    pub fn code(self) -> &'static str {
        match self {
            Self::Twenty => "22G1",
            Self::Forty => "42G1",
            Self::FortyHigh => "45G1",
            Self::FortyFiveHigh => "L5G1",
        }
    }

    /// From the first two characters of a size and type code (`22`, `42`, `45`, `L5`; `25` and `2E` count as 20 ft).
    pub fn from_code(code: &str) -> Option<Self> {
        match code.get(..2)? {
            "20" | "22" | "25" | "2E" => Some(Self::Twenty),
            "40" | "42" => Some(Self::Forty),
            "45" | "4E" => Some(Self::FortyHigh),
            "L2" | "L5" => Some(Self::FortyFiveHigh),
            _ => None,
        }
    }

    /// External length in mm (ISO 668:2020 table 1).
    pub fn external_length_mm(self) -> f64 {
        match self {
            Self::Twenty => 6058.0,
            Self::Forty | Self::FortyHigh => 12192.0,
            Self::FortyFiveHigh => 13716.0,
        }
    }

    /// External height in mm (ISO 668:2020 table 1).
    pub fn external_height_mm(self) -> f64 {
        match self {
            Self::Twenty | Self::Forty => 2591.0,
            Self::FortyHigh | Self::FortyFiveHigh => 2896.0,
        }
    }

    /// External width in mm, the same for all (ISO 668:2020 table 1).
    pub fn external_width_mm(self) -> f64 {
        2438.0
    }

    /// Usable volume in m³ as lines publish it for dry boxes.
    pub fn usable_volume_m3(self) -> f64 {
        match self {
            Self::Twenty => 33.2,
            Self::Forty => 67.7,
            Self::FortyHigh => 76.4,
            Self::FortyFiveHigh => 86.1,
        }
    }

    /// Typical tare in kg of a steel dry box.
    pub fn typical_tare_kg(self) -> f64 {
        match self {
            Self::Twenty => 2230.0,
            Self::Forty => 3700.0,
            Self::FortyHigh => 3900.0,
            Self::FortyFiveHigh => 4700.0,
        }
    }
}

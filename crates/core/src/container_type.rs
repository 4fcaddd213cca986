use serde::{Deserialize, Serialize};

use crate::IsoSize;

/// What kind of container a box is, as far as a picture from the side tells: the type groups of ISO 6346 annex B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ContainerType {
    /// General purpose: steel walls and roof.
    #[default]
    Dry,
    /// Refrigerated: insulated walls, a floor of T-bars, machinery at one end.
    Reefer,
    /// A vessel in a frame.
    Tank,
    /// A platform with end walls, without side walls and roof.
    Flat,
}

impl ContainerType {
    /// Every type.
    pub const ALL: &'static [Self] = &[Self::Dry, Self::Reefer, Self::Tank, Self::Flat];

    /// Its name in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dry => "dry",
            Self::Reefer => "reefer",
            Self::Tank => "tank",
            Self::Flat => "flat",
        }
    }

    /// Size and type code of ISO 6346 for its most usual form: `G1`, `R1` (mechanically refrigerated and heated), `T0` (tank
    /// for non-dangerous liquids, 0.45 bar), `P1` (complete and fixed ends).
    pub fn code(self, size: IsoSize) -> String {
        let group = match self {
            Self::Dry => "G1",
            Self::Reefer => "R1",
            Self::Tank => "T0",
            Self::Flat => "P1",
        };
        format!("{}{group}", &size.code()[..2])
    }

    /// From the type group of a size and type code: `G` and `V` are dry, `R` and `H` insulated, `T` and `K` tanks (before and
    /// since ISO 6346:2022), `P` platforms. `None` for open tops, bulk and named cargo, which look like either.
    pub fn from_code(code: &str) -> Option<Self> {
        match code.as_bytes().get(2)?.to_ascii_uppercase() {
            b'G' | b'V' => Some(Self::Dry),
            b'R' | b'H' => Some(Self::Reefer),
            b'T' | b'K' => Some(Self::Tank),
            b'P' => Some(Self::Flat),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_name_size_and_type() {
        for container_type in ContainerType::ALL {
            for size in IsoSize::ALL {
                let code = container_type.code(*size);
                assert_eq!(code.len(), 4);
                assert_eq!(ContainerType::from_code(&code), Some(*container_type), "{code}");
                assert_eq!(IsoSize::from_code(&code), Some(*size), "{code}");
            }
        }
        assert_eq!(ContainerType::Dry.code(IsoSize::Forty), IsoSize::Forty.code());
        for code in ["22U1", "22", "", "22B0"] {
            assert_eq!(ContainerType::from_code(code), None, "{code}");
        }
    }
}

//! The profile `pellucid-scan/1`: a TIFF with one page per view and band, then one-row pages of dark and air, described
//! by JSON in the first page's ImageDescription (see FORMATS).

mod decode;
mod description;
mod encode;
mod grade;
mod json;

pub(crate) use decode::{Pages, decode, description_of, parse_description};
pub(crate) use description::{
    BandDescription, Description, GeometryDescription, ReadDescription, ScannerDescription, ViewDescription,
};
pub(crate) use encode::{check_scan, description_json};
pub use encode::{encode_tiff, encode_tiff_with};

/// Name and version of the profile.
pub const PROFILE: &str = "pellucid-scan/1";

//! The profile `pellucid-scan/1`: a TIFF with one page per view and band, then one-row pages of dark and air, described
//! by JSON in the first page's ImageDescription (see FORMATS).

mod decode;
mod description;
mod encode;
mod grade;
mod json;

pub(crate) use decode::{decode, description_of};
pub use encode::{encode_tiff, encode_tiff_with};

/// Name and version of the profile.
pub const PROFILE: &str = "pellucid-scan/1";

use pellucid_core::{BandKind, Grade};

use crate::ScanError;

/// The bands that a view of a grade has, in order.
pub(super) fn bands_of(grade: Grade) -> &'static [BandKind] {
    match grade {
        Grade::DualEnergyRaw => &[BandKind::High, BandKind::Low],
        Grade::SingleEnergyRaw => &[BandKind::High],
        Grade::Processed => &[BandKind::Grey],
    }
}

/// Refuses a view whose bands are not those of its grade.
pub(super) fn check_bands<'a>(
    field: &str,
    grade: Grade,
    bands: impl Iterator<Item = &'a str>,
) -> Result<&'static [BandKind], ScanError> {
    let expected = bands_of(grade);
    let found: Vec<_> = bands.collect();
    let names: Vec<_> = expected.iter().map(|kind| kind.as_str()).collect();
    if found != names {
        let expected = format!("{} for grade {}", names.join(", "), grade.as_str());
        return Err(ScanError::mismatch(format!("{field}.bands"), found.join(", "), expected));
    }
    Ok(expected)
}

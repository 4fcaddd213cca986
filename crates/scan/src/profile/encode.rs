use pellucid_core::{Grade, RawBand, RawScan, RawView, ScannerIdentity};
use serde_json::{Map, Value};

use super::PROFILE;
use super::description::{
    BandDescription, Description, GeometryDescription, ReadDescription, ScannerDescription, ViewDescription,
    check_geometry, unknown_of,
};
use super::grade::check_bands;
use super::json::{check_json, to_ascii};
use crate::tiff::{Codec, NewPage, write_file};
use crate::{Limits, ScanError};

/// Writes a scan as a file of profile `pellucid-scan/1` with the default codec. Same scan, same bytes.
///
/// # Errors
/// [`ScanError::Unwritable`] when the scan contradicts itself or could not be read back within the default limits.
pub fn encode_tiff(scan: &RawScan) -> Result<Vec<u8>, ScanError> {
    encode_tiff_with(scan, Codec::default())
}

/// As [`encode_tiff`], with a codec of the caller's choice.
///
/// # Errors
/// As [`encode_tiff`].
pub fn encode_tiff_with(scan: &RawScan, codec: Codec) -> Result<Vec<u8>, ScanError> {
    check_scan(scan)?;
    let text = description_json(scan)?;

    let bands = || scan.views.iter().flat_map(|view| &view.bands);
    let counts = bands().map(|band| {
        let (width, height) = (band.counts.width(), band.counts.height());
        NewPage::counts(width, height, band.counts.pixels(), codec)
    });
    let rows = bands().filter(|_| scan.grade != Grade::Processed).flat_map(|band| [&band.dark, &band.air]);
    let rows = rows.map(|row| NewPage::counts(row.len(), 1, row, codec));
    let mut pages: Vec<_> = counts.chain(rows).collect();
    if let Some(page) = pages.first_mut() {
        page.description = Some(text);
    }
    write_file(&pages)
}

/// The JSON that describes a scan, in ASCII: pages of counts in the order of views and bands, then dark and air of each.
pub(crate) fn description_json(scan: &RawScan) -> Result<String, ScanError> {
    let json = serde_json::to_string(&describe(scan))
        .map_err(|error| ScanError::unwritable("description", error.to_string()))?;
    let text = to_ascii(&json);
    check_json(text.as_bytes(), &Limits::default())?;
    Ok(text)
}

/// Refuses what [`crate::decode`] would not give back unchanged.
pub(crate) fn check_scan(scan: &RawScan) -> Result<(), ScanError> {
    let limits = Limits::default();
    if scan.views.is_empty() {
        return Err(ScanError::unwritable("views", "are missing"));
    }
    let (mut pixels, mut pages) = (0_u64, 0);
    for (index, view) in scan.views.iter().enumerate() {
        let field = format!("views[{index}]");
        check_view(&field, scan.grade, view)?;
        let (width, height) = view.size();
        let size = limits.check_size(&field, width as u64, height as u64)?;
        let per_band = if scan.grade == Grade::Processed { size } else { size + 2 * height as u64 };
        pixels += per_band * view.bands.len() as u64;
        pages += if scan.grade == Grade::Processed { 1 } else { 3 } * view.bands.len() as u64;
    }
    Limits::check("pixels of all pages", pixels, limits.max_pixels)?;
    Limits::check("pages", pages, limits.max_pages)?;
    for (index, read) in scan.containers_read.iter().enumerate() {
        if !(0.0..=1.0).contains(&read.confidence) {
            let field = format!("containers_read[{index}].confidence");
            return Err(ScanError::unwritable(field, format!("is {}, outside [0, 1]", read.confidence)));
        }
    }
    Ok(())
}

fn check_view(field: &str, grade: Grade, view: &RawView) -> Result<(), ScanError> {
    check_bands(field, grade, view.bands.iter().map(|band| band.kind.as_str()))?;
    let (width, height) = view.size();
    for (index, band) in view.bands.iter().enumerate() {
        check_band(&format!("{field}.bands[{index}]"), grade, band, width, height)?;
    }
    if let Some(geometry) = &view.geometry {
        check_geometry(geometry, height).map_err(|reason| {
            ScanError::unwritable(format!("{field}.geometry"), format!("is impossible: {reason}"))
        })?;
    }
    let [start, end] = view.dose_rows;
    if start > end || end as usize > height {
        let reason = format!("are {start}..{end}, outside the {height} rows");
        return Err(ScanError::unwritable(format!("{field}.dose_rows"), reason));
    }
    Ok(())
}

fn check_band(field: &str, grade: Grade, band: &RawBand, width: usize, height: usize) -> Result<(), ScanError> {
    let size = (band.counts.width(), band.counts.height());
    if size != (width, height) {
        let reason = format!("are {} x {}, the first band is {width} x {height}", size.0, size.1);
        return Err(ScanError::unwritable(format!("{field}.counts"), reason));
    }
    let rows = if grade == Grade::Processed { 0 } else { height };
    for (name, values) in [("dark", &band.dark), ("air", &band.air)] {
        if values.len() != rows {
            let reason = format!("has {} values, expected {rows}", values.len());
            return Err(ScanError::unwritable(format!("{field}.{name}"), reason));
        }
    }
    if let Some(mev) = band.endpoint_mev.filter(|mev| !(mev.is_finite() && *mev > 0.0)) {
        return Err(ScanError::unwritable(format!("{field}.endpoint_mev"), format!("is {mev}, not more than 0")));
    }
    let limit = RawBand::MAX_COLUMN_OFFSET;
    if let Some(offset) = band.column_offset.filter(|offset| !(-limit..=limit).contains(offset)) {
        let reason = format!("is {offset}, outside {} to {limit} columns", -limit);
        return Err(ScanError::unwritable(format!("{field}.column_offset"), reason));
    }
    if band.max_value == 0 {
        return Err(ScanError::unwritable(format!("{field}.max_value"), "is 0"));
    }
    Ok(())
}

fn describe(scan: &RawScan) -> Description {
    let tree = &scan.unknown;
    let band_count = scan.views.iter().map(|view| view.bands.len()).sum::<usize>() as u32;
    let shared_geometry = shared(scan, |view| &view.geometry).and_then(Option::as_ref);
    let shared_dose_rows = shared(scan, |view| &view.dose_rows).copied();
    let mut page = 0;
    let mut views = Vec::with_capacity(scan.views.len());
    for (index, view) in scan.views.iter().enumerate() {
        let tree = member(tree.get("views"), index);
        let mut bands = Vec::with_capacity(view.bands.len());
        for (index, band) in view.bands.iter().enumerate() {
            let unknown = member(tree.and_then(|tree| tree.get("bands")), index);
            bands.push(describe_band(scan.grade, band, page, band_count, unknown));
            page += 1;
        }
        let own_geometry = view.geometry.as_ref().filter(|_| shared_geometry.is_none());
        views.push(ViewDescription {
            name: view.name.clone(),
            bands,
            geometry: own_geometry.map(|geometry| {
                GeometryDescription::of(geometry, geometry_unknown(tree.and_then(|tree| tree.get("geometry"))))
            }),
            dose_rows: Some(view.dose_rows).filter(|_| shared_dose_rows.is_none()),
            unknown: unknown_of(tree, &["name", "bands", "geometry", "dose_rows"]),
        });
    }
    let known = [
        "profile",
        "grade",
        "views",
        "geometry",
        "dose_rows",
        "scanner",
        "acquired_at",
        "containers_read",
        "site",
        "lane",
    ];
    Description {
        profile: PROFILE.to_owned(),
        grade: scan.grade,
        views,
        geometry: shared_geometry
            .map(|geometry| GeometryDescription::of(geometry, geometry_unknown(tree.get("geometry")))),
        dose_rows: shared_dose_rows.filter(|rows| *rows != [0, 0]),
        scanner: describe_scanner(&scan.scanner, tree.get("scanner")),
        acquired_at: scan.acquired_at.clone(),
        containers_read: describe_reads(scan, tree.get("containers_read")),
        site: scan.site.clone(),
        lane: scan.lane.clone(),
        unknown: tree
            .iter()
            .filter(|(key, _)| !known.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    }
}

/// What all views have in common, if they do.
fn shared<'a, T: PartialEq>(scan: &'a RawScan, of: impl Fn(&'a RawView) -> &'a T) -> Option<&'a T> {
    let mut views = scan.views.iter().map(of);
    let first = views.next()?;
    views.all(|other| other == first).then_some(first)
}

fn member(list: Option<&Value>, index: usize) -> Option<&Value> {
    list.and_then(|list| list.get(index))
}

fn geometry_unknown(tree: Option<&Value>) -> Map<String, Value> {
    let known = ["source_to_lane_mm", "source_height_mm", "column_pitch_mm", "pitch_mm", "arm", "detectors"];
    unknown_of(tree, &known)
}

fn describe_band(grade: Grade, band: &RawBand, page: u32, bands: u32, unknown: Option<&Value>) -> BandDescription {
    let reference = (grade != Grade::Processed).then_some(bands + 2 * page);
    BandDescription {
        name: band.kind.as_str().to_owned(),
        endpoint_mev: band.endpoint_mev,
        column_offset: band.column_offset,
        page,
        dark_page: reference,
        air_page: reference.map(|dark| dark + 1),
        max_value: Some(band.max_value).filter(|max| *max != u16::MAX),
        unknown: unknown_of(
            unknown,
            &["name", "endpoint_mev", "column_offset", "page", "dark_page", "air_page", "max_value"],
        ),
    }
}

fn describe_scanner(scanner: &ScannerIdentity, tree: Option<&Value>) -> Option<ScannerDescription> {
    let unknown = unknown_of(tree, &["vendor", "model", "serial", "calibration_date"]);
    let is_known = *scanner != ScannerIdentity::default() || !unknown.is_empty();
    is_known.then(|| ScannerDescription { identity: scanner.clone(), unknown })
}

fn describe_reads(scan: &RawScan, tree: Option<&Value>) -> Vec<ReadDescription> {
    let reads = scan.containers_read.iter().enumerate();
    reads
        .map(|(index, read)| ReadDescription {
            read: read.clone(),
            unknown: unknown_of(member(tree, index), &["id", "confidence", "source"]),
        })
        .collect()
}

use std::collections::BTreeSet;

use pellucid_core::{BandKind, Grade, RawBand, RawScan, RawView};

use super::PROFILE;
use super::description::{BandDescription, Description, GeometryDescription};
use super::grade::check_bands;
use super::json::{check_json, is_ours};
use crate::decode::fill_band;
use crate::tiff::{Page, PageSize, TiffFile, decode_counts, tag};
use crate::{Decoded, Limits, PixelSink, ScanError, ScanWarning};

/// The description of a file of our profile, in whatever version and however broken; `None` for other files.
pub(crate) fn description_of<'a>(file: &TiffFile<'a>) -> Option<&'a [u8]> {
    let text = file.pages.first()?.text(tag::DESCRIPTION)?;
    let text = text.strip_suffix(b"\0").unwrap_or(text);
    is_ours(text).then_some(text)
}

/// Where the pages are that a description speaks of: in one file, or one file each.
pub(crate) trait Pages {
    /// How many there are.
    fn count(&self) -> usize;

    /// The size of a page, checked against the limits.
    fn size(&self, page: usize, limits: &Limits) -> Result<PageSize, ScanError>;

    /// Decodes a page into `out`, which has its size.
    fn read(&self, page: usize, limits: &Limits, out: &mut [u16]) -> Result<(), ScanError>;
}

impl Pages for TiffFile<'_> {
    fn count(&self) -> usize {
        self.pages.len()
    }

    fn size(&self, page: usize, limits: &Limits) -> Result<PageSize, ScanError> {
        PageSize::read(&self.pages[page], limits)
    }

    fn read(&self, page: usize, limits: &Limits, out: &mut [u16]) -> Result<(), ScanError> {
        decode_counts(&Page::read(&self.pages[page], limits)?, out)
    }
}

/// The description in the profile's JSON.
pub(crate) fn parse_description(text: &[u8], limits: &Limits) -> Result<Description, ScanError> {
    let text = check_json(text, limits)?;
    serde_json::from_str(text).map_err(|source| ScanError::Description { source })
}

/// Decodes what a description speaks of. Everything it says is checked before the first pixel is decoded.
pub(crate) fn decode(
    pages: &dyn Pages,
    mut description: Description,
    limits: &Limits,
    sink: &mut dyn PixelSink,
) -> Result<Decoded, ScanError> {
    if description.profile != PROFILE {
        return Err(ScanError::unsupported("profile", &description.profile));
    }
    let unknown = description.take_unknown();
    if description.views.is_empty() {
        return Err(ScanError::malformed("views", "there are none"));
    }

    let mut reader = Reader { pages, limits, used: BTreeSet::new(), pixels: 0 };
    let plans: Result<Vec<_>, _> = (0..)
        .zip(&description.views)
        .map(|(index, view)| reader.plan(index, description.grade, &view.bands))
        .collect();
    let plans = plans?;
    let mut warnings = Vec::new();
    let unused = pages.count() - reader.used.len();
    if unused > 0 {
        warnings.push(ScanWarning::PagesIgnored { pages: unused as u64 });
    }

    let mut views = Vec::with_capacity(plans.len());
    for (index, (view, plan)) in description.views.into_iter().zip(plans).enumerate() {
        let geometry = view.geometry.as_ref().or(description.geometry.as_ref());
        let geometry = read_geometry(index, geometry, plan.height, &mut warnings);
        let dose_rows = view.dose_rows.or(description.dose_rows).unwrap_or([0, 0]);
        let dose_rows = read_dose_rows(index, dose_rows, plan.height, &mut warnings);
        let mut bands = Vec::with_capacity(view.bands.len());
        for (band, plan) in view.bands.iter().zip(plan.bands) {
            bands.push(reader.band(index, band, &plan, sink, &mut warnings)?);
        }
        views.push(RawView { name: view.name, bands, geometry, dose_rows });
    }

    let mut containers_read = Vec::with_capacity(description.containers_read.len());
    for (index, read) in description.containers_read.into_iter().enumerate() {
        if (0.0..=1.0).contains(&read.read.confidence) {
            containers_read.push(read.read);
        } else {
            warnings.push(ScanWarning::ReadingIgnored { index });
        }
    }
    let scan = RawScan {
        grade: description.grade,
        views,
        scanner: description.scanner.unwrap_or_default().identity,
        acquired_at: description.acquired_at,
        containers_read,
        site: description.site,
        lane: description.lane,
        unknown,
    };
    Ok(Decoded { scan, warnings })
}

fn read_geometry(
    view: usize,
    description: Option<&GeometryDescription>,
    rows: u32,
    warnings: &mut Vec<ScanWarning>,
) -> Option<pellucid_core::ScanGeometry> {
    match description?.geometry(rows as usize) {
        Ok(geometry) => Some(geometry),
        Err(reason) => {
            warnings.push(ScanWarning::GeometryIgnored { view, reason });
            None
        }
    }
}

fn read_dose_rows(view: usize, rows: [u32; 2], height: u32, warnings: &mut Vec<ScanWarning>) -> [u32; 2] {
    if rows[0] <= rows[1] && rows[1] <= height {
        rows
    } else {
        warnings.push(ScanWarning::DoseRowsIgnored { view, rows, height });
        [0, 0]
    }
}

struct Reader<'a> {
    pages: &'a dyn Pages,
    limits: &'a Limits,
    used: BTreeSet<u32>,
    pixels: u64,
}

struct ViewPlan {
    height: u32,
    bands: Vec<BandPlan>,
}

struct BandPlan {
    kind: BandKind,
    page: u32,
    size: PageSize,
    /// Pages of dark and air.
    reference: Option<[u32; 2]>,
}

impl Reader<'_> {
    /// Checks bands, page numbers and page sizes of a view.
    fn plan(&mut self, view: usize, grade: Grade, bands: &[BandDescription]) -> Result<ViewPlan, ScanError> {
        let field = format!("views[{view}]");
        let kinds = check_bands(&field, grade, bands.iter().map(|band| band.name.as_str()))?;
        let mut first: Option<PageSize> = None;
        let mut plans = Vec::with_capacity(bands.len());
        for (index, (band, kind)) in bands.iter().zip(kinds).enumerate() {
            let field = format!("{field}.bands[{index}]");
            let size = self.page_size(&format!("{field}.page"), band.page)?;
            let expected = *first.get_or_insert(size);
            check_size(&format!("{field}.page"), size, expected)?;
            if let Some(mev) = band.endpoint_mev.filter(|mev| !(mev.is_finite() && *mev > 0.0)) {
                return Err(ScanError::mismatch(format!("{field}.endpoint_mev"), mev, "more than 0"));
            }
            let limit = RawBand::MAX_COLUMN_OFFSET;
            if let Some(offset) = band.column_offset.filter(|offset| !(-limit..=limit).contains(offset)) {
                let expected = format!("{} to {limit} columns", -limit);
                return Err(ScanError::mismatch(format!("{field}.column_offset"), offset, expected));
            }
            if band.max_value == Some(0) {
                return Err(ScanError::malformed(format!("{field}.max_value"), "it is 0"));
            }
            let reference = match (grade, band.dark_page, band.air_page) {
                (Grade::Processed, None, None) => None,
                (Grade::Processed, _, _) => {
                    return Err(ScanError::mismatch(format!("{field}.dark_page, air_page"), "given", "none"));
                }
                (_, Some(dark), Some(air)) => Some([dark, air]),
                (_, dark, _) => {
                    let name = if dark.is_none() { "dark_page" } else { "air_page" };
                    return Err(ScanError::malformed(format!("{field}.{name}"), "it is missing"));
                }
            };
            for (name, page) in ["dark_page", "air_page"].iter().zip(reference.iter().flatten()) {
                let field = format!("{field}.{name}");
                let size = self.page_size(&field, *page)?;
                check_size(&field, size, PageSize { width: expected.height, height: 1 })?;
            }
            plans.push(BandPlan { kind: *kind, page: band.page, size, reference });
        }
        Ok(ViewPlan { height: first.map_or(0, |size| size.height), bands: plans })
    }

    /// The size of a page that nothing else refers to, counted against the limit of pixels.
    fn page_size(&mut self, field: &str, page: u32) -> Result<PageSize, ScanError> {
        let count = self.pages.count();
        if page as usize >= count {
            return Err(ScanError::mismatch(field, page, format!("less than {count}, the number of pages")));
        }
        if !self.used.insert(page) {
            return Err(ScanError::mismatch(field, page, "a page of its own"));
        }
        let size = self.pages.size(page as usize, self.limits)?;
        self.pixels = self.pixels.saturating_add(size.pixels());
        Limits::check("pixels of all pages", self.pixels, self.limits.max_pixels)?;
        Ok(size)
    }

    fn band(
        &self,
        view: usize,
        description: &BandDescription,
        plan: &BandPlan,
        sink: &mut dyn PixelSink,
        warnings: &mut Vec<ScanWarning>,
    ) -> Result<RawBand, ScanError> {
        let PageSize { width, height } = plan.size;
        let (width, height) = (width as usize, height as usize);
        let counts =
            fill_band(sink, width, height, |pixels| self.pages.read(plan.page as usize, self.limits, pixels))?;
        let max_value = description.max_value.unwrap_or(u16::MAX);
        if max_value < u16::MAX {
            let above = counts.pixels().iter().filter(|count| **count > max_value).count() as u64;
            if above > 0 {
                let band = plan.kind.as_str();
                warnings.push(ScanWarning::CountsAboveMaximum { view, band, pixels: above });
            }
        }
        let mut reference = [Vec::new(), Vec::new()];
        for (values, page) in reference.iter_mut().zip(plan.reference.iter().flatten()) {
            values.resize(height, 0);
            self.pages.read(*page as usize, self.limits, values)?;
        }
        let [dark, air] = reference;
        let BandDescription { endpoint_mev, column_offset, .. } = *description;
        Ok(RawBand { kind: plan.kind, max_value, endpoint_mev, column_offset, counts, dark, air })
    }
}

fn check_size(field: &str, size: PageSize, expected: PageSize) -> Result<(), ScanError> {
    if size == expected {
        return Ok(());
    }
    let show = |size: PageSize| format!("{} x {}", size.width, size.height);
    Err(ScanError::mismatch(format!("{field}: size"), show(size), show(expected)))
}

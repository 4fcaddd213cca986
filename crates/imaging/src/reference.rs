//! Calibrating a machine: known objects in its scans, and the three numbers a band that fit them.

use pellucid_core::{BandKind, PixelBox, Raster, RawScan, Validity};
use serde::Serialize;

use crate::physics::{BandNoise, BandResponse, FEWEST, Material, ReferenceStep, fit_three_numbers};
use crate::{CalibratedBand, Imaged, ImagedView, ImagingError, Plan, ScannerCalibration};

/// Fewest good pixels that show an object.
const FEWEST_PIXELS: usize = 9;
/// Attenuation from which scatter is too much of what a band sees.
const LARGEST: f64 = 5.5;
/// One sigma of scatter as a share of the signal in air.
const SCATTER: f64 = 5e-4;
/// Noise in air that is assumed where the scan does not tell.
const AIR_SIGMA: f64 = 0.01;

/// A known object in a view.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceObject {
    /// Index of the view.
    pub view: usize,
    /// Pixels that show nothing but it.
    pub px: PixelBox,
    /// What stands there: materials with their areal densities along the ray in g/cm².
    pub layers: Vec<(&'static Material, f64)>,
}

/// A scan of known objects, measured without any calibration.
#[derive(Debug, Clone, Copy)]
pub struct ReferenceScan<'a> {
    /// What the machine gave.
    pub scan: &'a RawScan,
    /// How it was measured.
    pub plan: &'a Plan,
    /// What was measured.
    pub imaged: &'a Imaged,
    /// What stood where.
    pub objects: &'a [ReferenceObject],
}

/// What a band showed of an object, and what it is expected to show without and with the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ObjectFit {
    /// Index of the object, counted through all scans.
    pub object: usize,
    /// End point of the band, MeV.
    pub endpoint_mev: f64,
    /// Attenuation that the band showed.
    pub measured: f64,
    /// Attenuation by the physics alone.
    pub before: f64,
    /// Attenuation with the numbers.
    pub after: f64,
}

impl ScannerCalibration {
    /// Fits a machine's numbers to known objects in its scans. Objects that leave a band less than `e^−5.5` of its signal
    /// are left out of that band: scatter is too much of it.
    ///
    /// # Errors
    /// Scans of several machines or of one without a serial number; bands of unknown end point; objects that lie outside
    /// their view or that fewer than 9 good pixels show; fewer than 3 objects in a band; whatever
    /// [`fit_three_numbers`] refuses. Entries are counted through all scans, from 0.
    pub fn fit(scans: &[ReferenceScan<'_>]) -> Result<(Self, Vec<ObjectFit>), ImagingError> {
        let serial = scans.first().map_or("", |first| &first.scan.scanner.serial);
        for (index, other) in scans.iter().enumerate() {
            let found = &other.scan.scanner.serial;
            if found.is_empty() || found != serial {
                let (expected, found) = (serial.to_owned(), found.clone());
                return Err(ImagingError::ReferenceMachine { scan: index, expected, found });
            }
        }
        let mut seen = Vec::new();
        for (scan, object, index) in numbered(scans) {
            seen.extend(look(scan, object, index)?);
        }
        let mut endpoints: Vec<f64> = seen.iter().map(|s| s.endpoint_mev).collect();
        endpoints.sort_by(|a, b| b.total_cmp(a));
        endpoints.dedup();
        let (mut bands, mut fits) = (Vec::new(), Vec::new());
        for endpoint_mev in endpoints {
            let (of_band, opaque): (Vec<&Seen>, Vec<&Seen>) =
                seen.iter().filter(|s| s.endpoint_mev == endpoint_mev).partition(|s| s.step.attenuation < LARGEST);
            if of_band.len() < FEWEST {
                return Err(ImagingError::TooFewReferences {
                    endpoint_mev,
                    known: of_band.len() + opaque.len(),
                    fewest: FEWEST,
                    opaque: opaque.iter().map(|seen| (seen.object, seen.step.attenuation)).collect(),
                    largest: LARGEST,
                });
            }
            let steps: Vec<ReferenceStep> = of_band.iter().map(|seen| seen.step.clone()).collect();
            let band = BandResponse::new(endpoint_mev);
            let fit = fit_three_numbers(&band, &steps).map_err(|error| renumbered(error, &of_band))?;
            let fitted = band.clone().with_numbers(fit.numbers);
            fits.extend(of_band.iter().map(|seen| ObjectFit {
                object: seen.object,
                endpoint_mev,
                measured: seen.step.attenuation,
                before: band.attenuation(&seen.step.layers),
                after: fitted.attenuation(&seen.step.layers),
            }));
            let objects = steps.len() as u32;
            let (rms_before, rms_after) = (fit.rms_before, fit.rms_after);
            bands.push(CalibratedBand { endpoint_mev, numbers: fit.numbers, objects, rms_before, rms_after });
        }
        if bands.is_empty() {
            let rule = "at least 3 known objects are needed";
            return Err(ImagingError::BadReference { step: None, field: "objects", value: 0.0, rule });
        }
        Ok((Self { serial: serial.to_owned(), bands }, fits))
    }
}

/// An object as one band shows it.
struct Seen {
    object: usize,
    endpoint_mev: f64,
    step: ReferenceStep,
}

/// Objects with their scans and numbers.
fn numbered<'a>(
    scans: &'a [ReferenceScan<'a>],
) -> impl Iterator<Item = (&'a ReferenceScan<'a>, &'a ReferenceObject, usize)> {
    let all = scans.iter().flat_map(|scan| scan.objects.iter().map(move |object| (scan, object)));
    all.enumerate().map(|(index, (scan, object))| (scan, object, index))
}

/// The number of an object in place of its number within a band.
fn renumbered(error: ImagingError, of_band: &[&Seen]) -> ImagingError {
    match error {
        ImagingError::BadReference { step: Some(step), field, value, rule } => {
            let step = of_band.get(step).map(|seen| seen.object);
            ImagingError::BadReference { step, field, value, rule }
        }
        other => other,
    }
}

/// What each raw band shows of an object.
fn look(reference: &ReferenceScan<'_>, object: &ReferenceObject, index: usize) -> Result<Vec<Seen>, ImagingError> {
    let bad = |field, value, rule| ImagingError::BadReference { step: Some(index), field, value, rule };
    let views = reference.imaged.views.len();
    let (Some(view), Some(planned), Some(raw)) = (
        reference.imaged.views.get(object.view),
        reference.plan.views().get(object.view),
        reference.scan.views.get(object.view),
    ) else {
        return Err(ImagingError::NoSuchView { view: object.view, views });
    };
    for (_, areal_density) in &object.layers {
        if !(*areal_density > 0.0 && *areal_density <= 1000.0) {
            return Err(bad("areal_density_g_per_cm2", *areal_density, "it must lie above 0, up to 1000"));
        }
    }
    let (width, height) = view.size();
    for (field, from, size, limit) in
        [("x + width", object.px.x, object.px.width, width), ("y + height", object.px.y, object.px.height, height)]
    {
        let end = u64::from(from) + u64::from(size);
        if size == 0 || end > limit as u64 {
            return Err(bad(field, end as f64, "the object's box must lie within its view and hold pixels"));
        }
    }
    let planes = [
        (BandKind::High, Some(&view.high), Some(&planned.high)),
        (BandKind::Low, view.low.as_ref(), planned.low.as_ref()),
    ];
    let mut seen = Vec::new();
    for (kind, plane, planned) in planes {
        let (Some(plane), Some(planned), Some(band)) = (plane, planned, raw.band(kind)) else { continue };
        let Some(endpoint_mev) = band.endpoint_mev else {
            return Err(bad("endpoint_mev", f64::NAN, "the bands of a reference scan need end points"));
        };
        let (attenuation, pixels) = mean(view, plane, object.px);
        if pixels < FEWEST_PIXELS {
            return Err(bad("good pixels", pixels as f64, "at least 9 measured pixels must show an object"));
        }
        let mut noise = BandNoise::new(&BandResponse::new(endpoint_mev), planned.air_sigma.unwrap_or(AIR_SIGMA));
        noise.scatter = SCATTER;
        let sigma = noise.sigma(attenuation, pixels as f64).min(1.0);
        let step = ReferenceStep { layers: object.layers.clone(), attenuation, sigma };
        seen.push(Seen { object: index, endpoint_mev, step });
    }
    Ok(seen)
}

/// Mean attenuation over the measured pixels of a box, and their number.
fn mean(view: &ImagedView, plane: &Raster<u16>, px: PixelBox) -> (f64, usize) {
    let (mut sum, mut pixels) = (0.0, 0);
    for y in px.y as usize..px.bottom() as usize {
        for x in px.x as usize..px.right() as usize {
            if view.validity.at(x, y) & !(Validity::INTERPOLATED | Validity::PENETRATION_LIMITED) == 0 {
                sum += f64::from(plane.at(x, y)) / 4096.0;
                pixels += 1;
            }
        }
    }
    (sum / pixels.max(1) as f64, pixels)
}

use std::sync::Arc;

use pellucid_core::RawView;

use super::{BandPlan, MaterialPlan};
use crate::kernels::material::{GRID, MaterialTables};
use crate::kernels::{bad_detectors, logarithm, noise};
use crate::{ImagingError, material_curves, passes};

/// Mean attenuation below which there is only air.
const THIN_Q16: u32 = 1311;
/// Share of the floor's signal that the low band must keep, as a factor.
const LOW_MARGIN: u32 = 4;
/// End points the physics covers, in MeV.
const ENDPOINTS_MEV: std::ops::RangeInclusive<f64> = 1.0..=10.0;

/// The material pass of a view; `None` where an end point is unknown.
pub(super) fn plan_material(
    index: usize,
    view: &RawView,
    high: &BandPlan,
    low: Option<&BandPlan>,
    width: usize,
    height: usize,
) -> Result<Option<MaterialPlan>, ImagingError> {
    let endpoint = |band: &BandPlan| view.bands[band.band].endpoint_mev;
    let Some(high_mev) = endpoint(high) else { return Ok(None) };
    let low_mev = match low.map(endpoint) {
        Some(None) => return Ok(None),
        Some(Some(mev)) => Some(mev),
        None => None,
    };
    for (band, value) in [("high", Some(high_mev)), ("low", low_mev)] {
        if let Some(value) = value.filter(|value| !ENDPOINTS_MEV.contains(value)) {
            let rule = "it must lie in [1, 10] MeV";
            return Err(ImagingError::BadEndpoint { view: index, band, value, rule });
        }
    }
    if let Some(value) = low_mev.filter(|low_mev| *low_mev >= high_mev) {
        return Err(ImagingError::BadEndpoint {
            view: index,
            band: "low",
            value,
            rule: "it must lie below the high band's",
        });
    }
    let curves = material_curves::curves(high_mev, low_mev);
    let sigma = |band: &BandPlan| band.air_sigma.unwrap_or(noise::DEFAULT_SIGMA);
    let needed = low.map_or([0.0; GRID], |low| noise::needed_separation(&curves, sigma(high), sigma(low)));
    let Some(tables) = MaterialTables::from_curves(&curves, &needed) else {
        return Err(ImagingError::NoCurves { view: index, high_mev, low_mev });
    };
    let [decisive_first, decisive_last] = curves.decisive;
    let low_limit_q16 = low.map_or(u32::MAX, |low| {
        let band = &view.bands[low.band];
        let gain = bad_detectors::median_gain(&band.dark, &band.air);
        let seen = logarithm::ln_q20(low.attenuate.limit.max(low.attenuate.floor * LOW_MARGIN));
        logarithm::ln_q20(u32::from(gain)).saturating_sub(seen) >> 4
    });
    let params = passes::material::Params {
        width: width as u32,
        height: height as u32,
        curves: curves.materials.len() as u32,
        default_curve: curves.default_curve as u32,
        decisive_first: decisive_first as u32,
        decisive_last: decisive_last as u32,
        thin_q16: THIN_Q16,
        low_limit_q16,
        is_dual: u32::from(low.is_some()),
        padding: [0; 3],
    };
    Ok(Some(MaterialPlan { params, tables: Arc::new(tables) }))
}

use pellucid_core::RawView;

use super::{BandPlan, MaterialPlan, PlanOptions};
use crate::kernels::{bad_detectors, logarithm, noise};
use crate::material_tables::{self, BandState};
use crate::physics::ThreeNumbers;
use crate::{ImagingError, passes};

/// Signal that a band must keep to tell materials, in floors.
const MARGIN: u32 = 4;
/// One sigma of scatter as a share of the largest that a site expects.
const SCATTER_SHARE: f64 = 0.25;
/// End points the physics covers, in MeV.
const ENDPOINTS_MEV: std::ops::RangeInclusive<f64> = 1.0..=10.0;

/// The material pass of a view from its bands, high first; `None` where an end point is unknown. `numbers` gives the
/// machine's three numbers at an end point.
pub(super) fn plan_material(
    index: usize,
    view: &RawView,
    (high, low): (&BandPlan, Option<&BandPlan>),
    (width, height): (usize, usize),
    options: &PlanOptions,
    numbers: &dyn Fn(f64) -> ThreeNumbers,
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
    let state = |band: &BandPlan, endpoint_mev: f64| {
        let raw = &view.bands[band.band];
        let gain = bad_detectors::median_gain(&raw.dark, &raw.air);
        let seen = logarithm::ln_q20(band.attenuate.limit.max(band.attenuate.floor * MARGIN));
        BandState {
            endpoint_mev,
            numbers: numbers(endpoint_mev),
            air_sigma: band.air_sigma.unwrap_or(noise::DEFAULT_SIGMA),
            gain: f64::from(gain),
            limit: f64::from(logarithm::ln_q20(u32::from(gain)).saturating_sub(seen)) / 1_048_576.0,
            scatter: f64::from(options.scatter_per_mille) / 1000.0 * SCATTER_SHARE,
        }
    };
    let low_state = low.zip(low_mev).map(|(low, mev)| state(low, mev));
    let high_state = state(high, high_mev);
    let tables = material_tables::tables(&high_state, low_state.as_ref());
    let strips = low_state.as_ref().map(|low| material_tables::strips(&high_state, low));
    let params = passes::material::Params {
        width: width as u32,
        height: height as u32,
        thin_q16: (material_tables::THIN * 65_536.0) as u32,
        is_dual: u32::from(low.is_some()),
    };
    Ok(Some(MaterialPlan { params, tables, strips }))
}

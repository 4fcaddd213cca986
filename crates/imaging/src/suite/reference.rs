use pellucid_core::{PlaneStack, Raster, RawBand, RawView};

use crate::kernels::drift::drift_q20;
use crate::kernels::interpolation::{DEAD, GOOD, interpolate};
use crate::kernels::logarithm::ln_table;
use crate::kernels::registration::{registered, registered_validity};
use crate::kernels::resample::resampled;
use crate::kernels::transmission::{ONE_Q15, transmission_table};
use crate::kernels::{attenuation, dose, material, median};
use crate::plan::{BandPlan, DosePlan, MaterialPlan, ViewPlan};
use crate::{ImagedView, ResamplePlan, ResampleWindow};

/// A raster of the plan's size from a function of column and row.
fn plane<T: Copy + Default>(plan: &ViewPlan, value: impl Fn(usize, usize) -> T) -> Raster<T> {
    let mut plane = Raster::filled(plan.width, plan.height, T::default());
    for (i, pixel) in plane.pixels_mut().iter_mut().enumerate() {
        *pixel = value(i % plan.width, i / plan.width);
    }
    plane
}

/// A measured view, pixel by pixel from the kernels.
pub(super) fn view(plan: &ViewPlan, raw: &RawView) -> ImagedView {
    let mut validity = plane(plan, |_, _| 0_u8);
    let high = band(plan, &plan.high, &raw.bands[plan.high.band], &mut validity);
    let low = plan.low.as_ref().map(|low| band(plan, low, &raw.bands[low.band], &mut validity));
    let measured = plan.material.as_ref().map(|material| measure(plan, material, &high, low.as_ref(), &validity));
    let byte =
        |value: fn(material::Found) -> u8| measured.as_ref().map(|found| plane(plan, |x, y| value(found(x, y))));
    let z_class = byte(material::Found::class);
    let areal_density_sigma = byte(material::Found::sigma);
    let class_confidence = byte(material::Found::confidence);
    let areal_density = measured.as_ref().map(|found| plane(plan, |x, y| found(x, y).areal_density()));
    drop(measured);
    let strips = plan.material.as_ref().and_then(|material| material.strips.clone());
    let (name, geometry) = (raw.name.clone(), raw.geometry.clone());
    ImagedView {
        name,
        geometry,
        high,
        low,
        areal_density,
        z_class,
        areal_density_sigma,
        class_confidence,
        validity,
        strips,
        black: plan.black(),
    }
}

fn doses(plan: &ViewPlan, band: &BandPlan, raw: &RawBand) -> Vec<i32> {
    let params = match &band.dose {
        DosePlan::Given(doses) => return doses.clone(),
        DosePlan::Measured(params) => params,
    };
    let used = (params.first_row as usize..params.end_row as usize).filter(|y| band.rows[*y].is_dose != 0);
    let sum = |x: usize| used.clone().map(|y| dose::signal(raw.counts.at(x, y), band.rows[y].dark)).sum();
    (0..plan.width).map(|x| dose::dose_q20(sum(x), params.reference_sum)).collect()
}

fn band(plan: &ViewPlan, band: &BandPlan, raw: &RawBand, validity: &mut Raster<u8>) -> Raster<u16> {
    let (doses, response, ln) = (doses(plan, band, raw), band.attenuate.response(), ln_table());
    let own = |x: usize, y: usize| {
        let row = &band.rows[y];
        let gain_ln = row.gain_ln.wrapping_add_signed(drift_q20(&band.drifts, row.drift, x));
        attenuation::attenuation(raw.counts.at(x, y), row.dark, gain_ln, doses[x], &response, ln)
    };
    let at = |x: usize, y: usize| {
        let row = &band.rows[y];
        match row.state {
            GOOD => own(x, y),
            DEAD => (0, pellucid_core::Validity::DEAD),
            _ => interpolate(own(x, row.up as usize), own(x, row.down as usize), row.weight, row.span),
        }
    };
    let (plain, bits) = (plane(plan, |x, y| at(x, y).0), plane(plan, |x, y| at(x, y).1));
    let taps = band.attenuate.taps();
    for (i, valid) in validity.pixels_mut().iter_mut().enumerate() {
        let (columns, y) = (taps.columns(i % plan.width, plan.width), i / plan.width);
        *valid |= registered_validity(columns.map(|x| bits.at(x, y)), taps.weights);
    }
    let in_place = plane(plan, |x, y| registered(taps.columns(x, plan.width).map(|x| plain.at(x, y)), taps.weights));
    if band.attenuate.is_filtered == 0 {
        return in_place;
    }
    plane(plan, |x, y| median::median3x3(in_place.pixels(), plan.width, plan.height, x, y))
}

/// What each pixel is found to be.
fn measure(
    plan: &ViewPlan,
    material: &MaterialPlan,
    high: &Raster<u16>,
    low: Option<&Raster<u16>>,
    validity: &Raster<u8>,
) -> impl Fn(usize, usize) -> material::Found {
    let mean = |raster: &Raster<u16>, x: usize, y: usize| {
        let (sum, n) = material::box_sum(raster.pixels(), plan.width, plan.height, x, y);
        material::mean_q16(sum, n)
    };
    move |x, y| {
        let (h, l) = (mean(high, x, y), low.map_or(0, |low| mean(low, x, y)));
        let pixel = material::Pixel { h, l, a_high: high.at(x, y), validity: validity.at(x, y) };
        // Without a low band nothing is heavy.
        let level = || material::level_corner(high.pixels(), low?.pixels(), plan.width, (x, y));
        material::find(pixel, level, material.params.thin_q16, &material.tables)
    }
}

/// Model planes of a window the engine accepted, value by value.
pub(super) fn resample(view: &ImagedView, window: &ResampleWindow) -> PlaneStack {
    let (width, height) = (window.out_width, window.out_height);
    let mut stack = PlaneStack { channels: 4, height, width, values: vec![0.0; 4 * width * height] };
    let views = vec![view.clone(); window.view + 1];
    let Ok(plan) = ResamplePlan::new(&views, window) else { return stack };
    let table = transmission_table();
    let n = width * height;
    for i in 0..n {
        let at = |value: &dyn Fn(usize, usize) -> u16, outside: u32| {
            resampled(value, &plan.columns, &plan.rows, (i % width, i / width), outside)
        };
        stack.values[i] = at(&|x, y| view.high.at(x, y), 0);
        stack.values[2 * n + i] = at(&|x, y| table[usize::from(view.high.at(x, y))], ONE_Q15);
        if let Some(low) = &view.low {
            stack.values[n + i] = at(&|x, y| low.at(x, y), 0);
            stack.values[3 * n + i] = 1.0;
        }
    }
    stack
}

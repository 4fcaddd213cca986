//! What every engine must do, run by every engine: the same planes as the kernels applied one by one, bit for bit, on
//! scans of every shape and fault; the same model planes and pictures; several scans in flight; errors, not panics.

mod cases;
mod pictures;
mod reference;

use std::sync::Arc;

use pellucid_core::{PlaneStack, Preset, Raster, RawScan};

use crate::{DisplayImage, DisplayParams, Engine, Imaged, ImagedView, ImagingError, Plan, ResampleWindow, quality};

pub use cases::{Case, cases};

/// Runs the whole suite.
///
/// # Errors
/// What differed, in which case.
pub fn run(engine: &dyn Engine) -> Result<(), String> {
    if engine.kind().kind.is_empty() || engine.kind().device.is_empty() {
        return Err("the engine does not say what it is".into());
    }
    for case in cases() {
        check_case(engine, &case).map_err(|fault| format!("case {}: {fault}", case.name))?;
    }
    check_in_flight(engine).map_err(|fault| format!("several in flight: {fault}"))?;
    check_refusals(engine).map_err(|fault| format!("refusals: {fault}"))
}

fn check_case(engine: &dyn Engine, case: &Case) -> Result<(), String> {
    let scan = Arc::new(case.scan.clone());
    let plan = Plan::for_scan(&scan).map_err(|e| format!("planning: {e}"))?;
    let imaged = image(engine, &plan, &scan)?;
    let expect: Vec<ImagedView> =
        (0..scan.views.len()).map(|v| reference::view(&plan.views()[v], &scan.views[v])).collect();
    if imaged.views.len() != expect.len() {
        return Err(format!("{} views instead of {}", imaged.views.len(), expect.len()));
    }
    for (got, expect) in imaged.views.iter().zip(&expect) {
        same_view(got, expect).map_err(|fault| format!("view {}: {fault}", expect.name))?;
    }
    if imaged.quality != quality::assess(&plan, &expect) {
        return Err(format!("quality {:?}", imaged.quality));
    }
    if imaged.grade != scan.grade || imaged.plan_version != plan.version() || imaged.engine != engine.kind() {
        return Err("grade, plan version or engine are not what ran".into());
    }
    if !case.validity.iter().all(|(bit, x, y)| imaged.views[0].validity.at(*x, *y) & bit != 0) {
        return Err("a fault that the case holds is not in the validity mask".into());
    }
    let imaged = Arc::new(imaged);
    check_resample(engine, &imaged)?;
    check_display(engine, &imaged)
}

fn image(engine: &dyn Engine, plan: &Plan, scan: &Arc<RawScan>) -> Result<Imaged, String> {
    engine.submit(plan, Arc::clone(scan)).and_then(|ticket| ticket.wait()).map_err(|e| format!("imaging: {e}"))
}

fn same_view(got: &ImagedView, expect: &ImagedView) -> Result<(), String> {
    if got.name != expect.name || got.geometry != expect.geometry {
        return Err("name or geometry changed".into());
    }
    same_plane("high", Some(&got.high), Some(&expect.high))?;
    same_plane("low", got.low.as_ref(), expect.low.as_ref())?;
    same_plane("validity", Some(&got.validity), Some(&expect.validity))?;
    same_plane("z_class", got.z_class.as_ref(), expect.z_class.as_ref())?;
    same_plane("areal_density_sigma", got.areal_density_sigma.as_ref(), expect.areal_density_sigma.as_ref())?;
    same_plane("class_confidence", got.class_confidence.as_ref(), expect.class_confidence.as_ref())?;
    same_plane("areal_density", got.areal_density.as_ref(), expect.areal_density.as_ref())
}

fn same_plane<T: Copy + PartialEq + std::fmt::Debug>(
    name: &str,
    got: Option<&Raster<T>>,
    expect: Option<&Raster<T>>,
) -> Result<(), String> {
    let (got, expect) = match (got, expect) {
        (Some(got), Some(expect)) => (got, expect),
        (None, None) => return Ok(()),
        (got, _) => return Err(format!("plane {name} is {}", if got.is_some() { "made up" } else { "missing" })),
    };
    if (got.width(), got.height()) != (expect.width(), expect.height()) {
        return Err(format!("plane {name} is {got:?} instead of {expect:?}"));
    }
    match got.pixels().iter().zip(expect.pixels()).position(|(g, e)| g != e) {
        None => Ok(()),
        Some(i) => {
            let (x, y) = (i % expect.width(), i / expect.width());
            let differing = got.pixels().iter().zip(expect.pixels()).filter(|(g, e)| g != e).count();
            let (got, expect) = (got.pixels()[i], expect.pixels()[i]);
            Err(format!("plane {name} at ({x}, {y}) is {got:?} instead of {expect:?}; {differing} pixels differ"))
        }
    }
}

fn windows(imaged: &Imaged) -> Vec<ResampleWindow> {
    let mut windows = Vec::new();
    for (view, (width, height)) in imaged.views.iter().map(ImagedView::size).enumerate() {
        let (w, h) = (width as f64, height as f64);
        let mut add = |x0: f64, y0: f64, x1: f64, y1: f64, out_width, out_height| {
            windows.push(ResampleWindow { view, x0, y0, x1, y1, out_width, out_height });
        };
        add(0.0, 0.0, w, h, width, height);
        add(0.0, 0.0, w, h, 1, 1);
        add(-0.37 * w, -0.21 * h - 3.0, 1.4 * w + 2.5, 1.7 * h, 33, 17);
        add(0.3 * w, 0.25 * h, 0.55 * w + 0.01, 0.5 * h + 0.01, 19, 23);
        add(w + 4.0, -9.0, w + 8.0, -1.0, 3, 2);
    }
    windows
}

fn check_resample(engine: &dyn Engine, imaged: &Arc<Imaged>) -> Result<(), String> {
    let windows = windows(imaged);
    let stacks = engine
        .submit_resample(imaged, &windows)
        .and_then(|ticket| ticket.wait())
        .map_err(|e| format!("resampling: {e}"))?;
    if stacks.len() != windows.len() {
        return Err(format!("{} stacks for {} windows", stacks.len(), windows.len()));
    }
    for (window, got) in windows.iter().zip(&stacks) {
        let expect = reference::resample(&imaged.views[window.view], window);
        same_stack(got, &expect).map_err(|fault| format!("{window:?}: {fault}"))?;
    }
    Ok(())
}

fn same_stack(got: &PlaneStack, expect: &PlaneStack) -> Result<(), String> {
    if (got.channels, got.height, got.width) != (expect.channels, expect.height, expect.width) {
        return Err(format!("{} x {} x {}", got.channels, got.height, got.width));
    }
    if got.values.len() != expect.values.len() {
        return Err(format!("{} values instead of {}", got.values.len(), expect.values.len()));
    }
    match got.values.iter().zip(&expect.values).position(|(g, e)| g.to_bits() != e.to_bits()) {
        None => Ok(()),
        Some(i) => Err(format!("value {i} is {} instead of {}", got.values[i], expect.values[i])),
    }
}

fn check_display(engine: &dyn Engine, imaged: &Arc<Imaged>) -> Result<(), String> {
    for (index, view) in imaged.views.iter().enumerate() {
        for params in pictures::shown(view) {
            let preset = params.preset;
            let got = engine.submit_display(imaged, index, &params).and_then(|ticket| ticket.wait());
            match (got, pictures::draw(view, &params)) {
                (Ok(got), Ok(expect)) => {
                    same_picture(&got, &expect).map_err(|e| format!("{}: {e}", preset.as_str()))?
                }
                (Err(got), Err(expect)) if got == expect => {}
                (got, expect) => {
                    let (got, expect) = (got.map(drop), expect.map(drop));
                    return Err(format!("{}: {got:?} instead of {expect:?}", preset.as_str()));
                }
            }
        }
    }
    Ok(())
}

fn same_picture(got: &DisplayImage, expect: &DisplayImage) -> Result<(), String> {
    if (got.width, got.height, got.rgba.len()) != (expect.width, expect.height, expect.rgba.len()) {
        return Err(format!("{} x {}, {} bytes", got.width, got.height, got.rgba.len()));
    }
    match got.rgba.iter().zip(&expect.rgba).position(|(g, e)| g != e) {
        None => Ok(()),
        Some(i) => Err(format!("byte {i} is {} instead of {}", got.rgba[i], expect.rgba[i])),
    }
}

/// Several scans submitted before any is waited for, and waited for backwards.
fn check_in_flight(engine: &dyn Engine) -> Result<(), String> {
    let scans: Vec<Arc<RawScan>> = cases().into_iter().rev().take(6).map(|case| Arc::new(case.scan)).collect();
    let mut tickets = Vec::new();
    for scan in &scans {
        let plan = Plan::for_scan(scan).map_err(|e| e.to_string())?;
        tickets.push((
            plan.clone(),
            Arc::clone(scan),
            engine.submit(&plan, Arc::clone(scan)).map_err(|e| e.to_string())?,
        ));
    }
    for (plan, scan, ticket) in tickets.into_iter().rev() {
        let imaged = ticket.wait().map_err(|e| e.to_string())?;
        for (got, (plan, view)) in imaged.views.iter().zip(plan.views().iter().zip(&scan.views)) {
            same_view(got, &reference::view(plan, view))?;
        }
    }
    // A ticket may be dropped; the engine goes on.
    for scan in scans.iter().take(2) {
        let plan = Plan::for_scan(scan).map_err(|e| e.to_string())?;
        drop(engine.submit(&plan, Arc::clone(scan)).map_err(|e| e.to_string())?);
        image(engine, &plan, scan)?;
    }
    Ok(())
}

fn check_refusals(engine: &dyn Engine) -> Result<(), String> {
    let [small, large] = [(5, 4), (6, 4)].map(|size| Arc::new(cases::dual(size.0, size.1, 3)));
    let plan = Plan::for_scan(&small).map_err(|e| e.to_string())?;
    match engine.submit(&plan, Arc::clone(&large)).and_then(|ticket| ticket.wait()) {
        Err(ImagingError::PlanMismatch { view: 0, planned_width: 5, width: 6, .. }) => {}
        other => return Err(format!("a plan of another size gave {:?}", other.map(drop))),
    }
    let imaged = Arc::new(image(engine, &plan, &small)?);
    let good = ResampleWindow { view: 0, x0: 0.0, y0: 0.0, x1: 5.0, y1: 4.0, out_width: 5, out_height: 4 };
    for bad in [
        ResampleWindow { view: 1, ..good },
        ResampleWindow { x1: 0.0, ..good },
        ResampleWindow { y0: f64::NAN, ..good },
        ResampleWindow { y1: f64::INFINITY, ..good },
        ResampleWindow { out_width: 0, ..good },
        ResampleWindow { out_height: 1_000_000, ..good },
    ] {
        if engine.submit_resample(&imaged, &[good, bad]).and_then(|ticket| ticket.wait()).is_ok() {
            return Err(format!("{bad:?} was accepted"));
        }
    }
    let none = engine.submit_resample(&imaged, &[]).and_then(|ticket| ticket.wait());
    if none.as_ref().map(Vec::len) != Ok(0) {
        return Err("no windows must give no stacks".into());
    }
    if engine.submit_display(&imaged, 1, &DisplayParams::preset(Preset::Grey)).is_ok() {
        return Err("a view that does not exist was displayed".into());
    }
    Ok(())
}

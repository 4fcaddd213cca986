use pellucid_core::{IsoSize, ScanGeometry};
use pellucid_observe::{ContainerGeometry, ContainerPlace};
use pellucid_phantom::BoxView;

use crate::failure::{Exit, Failure};

/// Source to the near wall and above a box's underside, mm, where nothing tells: medians of the real scans whose rails do
/// (models/phantom_vs_real.md).
const USUAL_NEAR_WALL_MM: f64 = 2200.0;
const USUAL_SOURCE_MM: f64 = 800.0;

/// How a scan shows a container, and what had to be assumed for it: by the fan that the scan describes, else by the box's own
/// lines, else by the outline of its silhouette as a usual machine would draw it.
///
/// # Errors
/// Nothing tells how long the container is.
pub(super) fn box_view(
    container: &ContainerGeometry,
    fan: Option<&ScanGeometry>,
    index: usize,
) -> Result<(BoxView, Option<String>), Failure> {
    if let Some(view) = fan.zip(container.place).and_then(|(fan, place)| by_fan(container, fan, &place)) {
        return Ok((view, None));
    }
    if let Some(fitted) = container.perspective {
        let view = BoxView {
            near_wall_mm: fitted.near_wall_mm[0],
            source_mm: fitted.source_mm[0],
            rows_per_slope: fitted.rows_per_slope(),
            level_row: fitted.level_row(),
            tilt: fitted.tilt(),
            x0: fitted.left_end(),
            mm_per_column: fitted.mm_per_column(),
        };
        return Ok((view, None));
    }
    let Some(size) = container.size else {
        let text =
            format!("--container {index}: its size is not known, and its rails do not tell where the source stood");
        return Err(Failure::new(Exit::BadInput, text));
    };
    Ok(by_outline(container, size))
}

/// Of a described fan: detectors on a vertical arm, the box where it was found in the lane.
fn by_fan(container: &ContainerGeometry, fan: &ScanGeometry, place: &ContainerPlace) -> Option<BoxView> {
    let arm = fan.arm.filter(|arm| fan.detectors.is_empty() && arm.pitch_mm > 0.0 && arm.distance_mm > 0.0)?;
    Some(BoxView {
        near_wall_mm: place.z_mm[0],
        source_mm: fan.source_height_mm - place.y_mm[0],
        rows_per_slope: arm.distance_mm / arm.pitch_mm,
        // Detector r looks through the middle of row r.
        level_row: (arm.top_mm - fan.source_height_mm) / arm.pitch_mm + 0.5,
        tilt: 0.0,
        x0: f64::from(container.region.x),
        mm_per_column: fan.column_pitch_mm,
    })
}

/// Of a silhouette: its length and height are those of the box, its upper and lower edge those of the near wall.
fn by_outline(container: &ContainerGeometry, size: IsoSize) -> (BoxView, Option<String>) {
    let region = container.region;
    // Without scale only the length is told; most boxes of 40 ft are high.
    let height_mm = container.height_mm.unwrap_or_else(|| {
        if size == IsoSize::Twenty { size.external_height_mm() } else { IsoSize::FortyHigh.external_height_mm() }
    });
    let rows_per_slope = f64::from(region.height) * USUAL_NEAR_WALL_MM / height_mm;
    let above = (height_mm - USUAL_SOURCE_MM) / USUAL_NEAR_WALL_MM;
    let view = BoxView {
        near_wall_mm: USUAL_NEAR_WALL_MM,
        source_mm: USUAL_SOURCE_MM,
        rows_per_slope,
        level_row: f64::from(region.y) + above * rows_per_slope,
        tilt: 0.0,
        x0: f64::from(region.x),
        mm_per_column: size.external_length_mm() / f64::from(region.width.max(1)),
    };
    let assumed = format!(
        "the source stood {USUAL_NEAR_WALL_MM:.0} mm before the near wall and {USUAL_SOURCE_MM:.0} mm above the underside of \
         a box {height_mm:.0} mm high, as is usual: a load hides the rails that would tell"
    );
    (view, Some(assumed))
}

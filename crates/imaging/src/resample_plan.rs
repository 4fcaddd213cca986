use crate::kernels::resample;
use crate::passes;
use crate::{ImagedView, ImagingError, ResampleWindow};

/// Largest side of a resampled window.
const MAX_OUT_SIDE: usize = 16_384;

/// One window, divided into cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResamplePlan {
    /// Parameters of the resample pass.
    pub params: passes::resample::Params,
    /// Output columns.
    pub columns: resample::Axis,
    /// Output rows.
    pub rows: resample::Axis,
}

impl ResamplePlan {
    /// Divides a window of a scan's views.
    ///
    /// # Errors
    /// Views that do not exist; edges that are not finite or not in order; sides of 0 or above 16,384.
    pub fn new(views: &[ImagedView], window: &ResampleWindow) -> Result<Self, ImagingError> {
        let Some(view) = views.get(window.view) else {
            return Err(ImagingError::NoSuchView { view: window.view, views: views.len() });
        };
        let edge = |field, from: f64, to: f64| {
            // Beyond 2³¹ pixels fractions of a pixel are no longer exact enough to mean anything.
            if !from.is_finite() || from.abs() > 2_147_483_648.0 || !to.is_finite() || to.abs() > 2_147_483_648.0 {
                let value = if from.is_finite() && from.abs() <= 2_147_483_648.0 { to } else { from };
                return Err(ImagingError::BadWindow { field, value, rule: "edges must be finite and below 2^31" });
            }
            if to - from <= 1e-6 {
                return Err(ImagingError::BadWindow { field, value: to - from, rule: "its extent must be positive" });
            }
            Ok(())
        };
        edge("x", window.x0, window.x1)?;
        edge("y", window.y0, window.y1)?;
        for (field, side) in [("out_width", window.out_width), ("out_height", window.out_height)] {
            if side == 0 || side > MAX_OUT_SIDE {
                return Err(ImagingError::BadWindow { field, value: side as f64, rule: "it must be 1 to 16,384" });
            }
        }
        let (width, height) = view.size();
        Ok(Self {
            params: passes::resample::Params {
                view_width: width as u32,
                view_height: height as u32,
                out_width: window.out_width as u32,
                out_height: window.out_height as u32,
                is_dual: u32::from(view.low.is_some()),
                padding: [0; 3],
            },
            columns: resample::Axis::new(window.x0, window.x1, window.out_width, width),
            rows: resample::Axis::new(window.y0, window.y1, window.out_height, height),
        })
    }
}

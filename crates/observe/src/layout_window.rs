use pellucid_imaging::{ImagedView, ResampleWindow};

/// Rows of the `layout` model's input.
pub const LAYOUT_ROWS: usize = 160;
/// Widths its input may have.
pub const LAYOUT_WIDTHS: [usize; 5] = [256, 384, 512, 768, 1024];

/// How a whole view becomes the input of the `layout` model: one scale for both axes, the view in the top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayoutWindow {
    /// What to resample. It may exceed the view to the right (and below, for views longer than the widest bucket): air.
    pub window: ResampleWindow,
    /// View pixels per model pixel, the same along x and y.
    pub scale: f64,
    /// Columns of the model's input.
    pub width_bucket: usize,
    /// Columns of the model's input that the view covers (rounded up); the rest is padding.
    pub valid_width: usize,
}

/// The window of a whole view: its height becomes 160 rows, its width the next bucket. A view too long for the widest
/// bucket is shrunk until it fits, and then leaves rows of air below it.
pub fn layout_window(view: &ImagedView, view_index: usize) -> LayoutWindow {
    let (width, height) = view.size();
    let (width, height) = (width.max(1) as f64, height.max(1) as f64);
    let widest = LAYOUT_WIDTHS[LAYOUT_WIDTHS.len() - 1];
    let scale = (height / LAYOUT_ROWS as f64).max(width / widest as f64);
    // A view that fits exactly must not need the next bucket for a rounding error.
    let needed = (width / scale - 1e-9).ceil() as usize;
    let width_bucket = LAYOUT_WIDTHS.into_iter().find(|bucket| *bucket >= needed).unwrap_or(widest);
    LayoutWindow {
        window: ResampleWindow {
            view: view_index,
            x0: 0.0,
            y0: 0.0,
            x1: width_bucket as f64 * scale,
            y1: LAYOUT_ROWS as f64 * scale,
            out_width: width_bucket,
            out_height: LAYOUT_ROWS,
        },
        scale,
        width_bucket,
        valid_width: needed.min(width_bucket),
    }
}

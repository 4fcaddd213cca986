//! Cases of a suite straight as windows of 10 mm: what training reads, without a scan in between.

use pellucid_core::{IsoSize, TamperingKind};
use serde::{Deserialize, Serialize};

use super::SuiteCase;
use crate::direct::{Direct, DirectWindow, render_direct};
use crate::error::PhantomError;
use crate::scanner::Scanner;
use crate::structure::ContainerBox;
use crate::yard::{MASK_ID, lines, stage};

/// mm of a column.
const COLUMN_MM: f64 = 10.0;
/// Rows of a window, and how many of them the silhouette of a box takes: as `pellucid-observe` cuts windows out of scans.
const ROWS: usize = 304;
const SILHOUETTE_ROWS: f64 = 280.0;
/// Columns for boxes of 20 ft, and for longer ones.
const SHORT: usize = 640;
const LONG: usize = 1408;

/// What a value of the `item` plane is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowItem {
    /// Value in the plane: the declared line, or from 1000 up what nobody declares.
    pub value: u16,
    /// What it really is.
    pub hs: String,
    /// Gross kilograms in this container.
    pub mass_kg: f64,
    /// Whether it is declared, as this.
    pub is_declared: bool,
}

/// One container of a case at 10 mm, with truth per pixel.
#[derive(Debug, Clone)]
pub struct SuiteWindow {
    /// Its place in the recipe.
    pub container: usize,
    /// Size and type code.
    pub size_type: String,
    /// Headings that the lines of the declaration name, the first being line 1; parcels have their lines after these.
    pub declared: Vec<String>,
    /// What is in it.
    pub items: Vec<WindowItem>,
    /// How this container is tampered with.
    pub tampering: Option<TamperingKind>,
    /// Where its silhouette is: left, top, right, bottom in pixels of the window.
    pub silhouette_px: [f64; 4],
    /// Measured planes and truth.
    pub direct: Direct,
}

impl SuiteCase {
    /// Renders its containers directly, in the order of the recipe. A lot gives the boxes of its recipe: the tampered one of
    /// the lot, by itself.
    ///
    /// # Errors
    /// As [`crate::make_case`].
    pub fn windows(&self) -> Result<Vec<SuiteWindow>, PhantomError> {
        self.recipe.validate(&self.recipe.name)?;
        let staged = stage(&self.recipe, &self.scanner, self.seed)?;
        let declared: Vec<String> = lines(&self.recipe).into_iter().map(str::to_owned).collect();
        let mut windows = Vec::with_capacity(staged.boxes.len());
        for loaded in &staged.boxes {
            let (window, silhouette_px) = window(&loaded.container, &self.scanner);
            let direct = render_direct(&staged.scene, &self.scanner, &window, self.seed)?;
            let lots = loaded.lots.iter().map(|lot| (lot.item, lot.goods.heading.as_str(), lot.gross_kg));
            let hidden = loaded.concealed.iter().map(|hidden| (hidden.item, hidden.heading, hidden.mass_kg));
            let items = lots.chain(hidden).map(|(value, hs, mass_kg)| WindowItem {
                value,
                hs: hs.to_owned(),
                mass_kg,
                is_declared: value < MASK_ID,
            });
            let tampering = self.recipe.tampering.as_ref().filter(|t| t.container == loaded.index);
            windows.push(SuiteWindow {
                container: loaded.index,
                size_type: loaded.container.container_type.code(loaded.container.size),
                declared: declared.clone(),
                items: items.collect(),
                tampering: tampering.map(|t| t.kind),
                silhouette_px,
                direct,
            });
        }
        windows.sort_by_key(|window| window.container);
        Ok(windows)
    }
}

/// The window of a box, and its silhouette in it.
fn window(container: &ContainerBox, scanner: &Scanner) -> (DirectWindow, [f64; 4]) {
    let [a, b] = container.outside;
    let columns = if container.size == IsoSize::Twenty { SHORT } else { LONG };
    let half_mm = 0.5 * columns as f64 * COLUMN_MM;
    let middle_mm = 0.5 * (a[0] + b[0]);
    let source = scanner.fan.source_height_mm;
    let (mut bottom, mut top) = (f64::INFINITY, f64::NEG_INFINITY);
    for (y, z) in [(a[1], a[2]), (a[1], b[2]), (b[1], a[2]), (b[1], b[2])] {
        let slope = (y - source) / z;
        (bottom, top) = (bottom.min(slope), top.max(slope));
    }
    let (middle, half) = (0.5 * (top + bottom), 0.5 * (top - bottom) * ROWS as f64 / SILHOUETTE_ROWS);
    let margin = 0.5 * (ROWS as f64 - SILHOUETTE_ROWS);
    let left = (a[0] - middle_mm + half_mm) / COLUMN_MM;
    let right = (b[0] - middle_mm + half_mm) / COLUMN_MM;
    let window = DirectWindow {
        x_mm: [middle_mm - half_mm, middle_mm + half_mm],
        slopes: [middle + half, middle - half],
        columns,
        rows: ROWS,
    };
    (window, [left, margin, right, ROWS as f64 - margin])
}

use pellucid_core::{ContainerObservation, MapKind, MaterialShares, Observation, Patch, PixelBox};
use pellucid_imaging::Imaged;
use pellucid_verify::Verdict;
use serde::{Deserialize, Serialize};

use crate::PipelineError;

/// Values on a grid over a box of the view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapGrid {
    /// The box in pixels of the view.
    pub px: PixelBox,
    /// Columns.
    pub cols: u32,
    /// Rows.
    pub rows: u32,
    /// `rows · cols` values, row after row; `None` where nothing can be said.
    pub values: Vec<Option<f32>>,
}

/// An overlay: one grid per container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanMap {
    /// What the values mean.
    pub kind: MapKind,
    /// Index of the view.
    pub view: u16,
    /// Their unit; empty for shares and probabilities.
    pub unit: String,
    /// The value that is drawn at full strength.
    pub full_scale: f32,
    /// Columns and rows of the view.
    pub view_px: [u32; 2],
    /// Containers from left to right.
    pub grids: Vec<MapGrid>,
}

/// Area of a patch of 16 × 16 cm in cm².
const PATCH_CM2: f64 = 256.0;

/// Overlays of an inspection: undeclared mass, concealment, material class, areal density. The others come with the checks
/// that they show.
pub fn maps_of(imaged: &Imaged, observation: &Observation, verdict: &Verdict) -> Vec<ScanMap> {
    let Some(view) = imaged.views.first() else { return Vec::new() };
    let view_px = [view.high.width() as u32, view.high.height() as u32];
    let has_mass = observation.grade.has_mass();
    let drawn = |kind, unit: &str, least: f32, value: &dyn Fn(usize, &Patch) -> Option<f64>| {
        let grids: Vec<MapGrid> =
            observation.containers.iter().enumerate().filter_map(|(i, c)| grid(c, |patch| value(i, patch))).collect();
        let largest = grids.iter().flat_map(|grid| grid.values.iter().flatten()).fold(least, |a, b| a.max(*b));
        ScanMap { kind, view: 0, unit: unit.to_owned(), full_scale: largest, view_px, grids }
    };
    let undeclared = |container: usize, patch: &Patch| {
        let Some(segment) = patch.segment else { return Some(0.0) };
        let found = verdict.segments.iter().find(|s| s.container == container && s.segment == segment as usize)?;
        Some(found.undeclared_share * if has_mass { patch.best_kg? } else { 1.0 })
    };
    // What is drawn at full strength is a typical patch of this load, so that a trace of doubt stays pale.
    let typical = if has_mass { typical_kg(observation) } else { 1.0 };
    let mut undeclared = drawn(MapKind::Undeclared, if has_mass { "kg" } else { "" }, 0.0, &undeclared);
    undeclared.full_scale = typical;
    let mut maps =
        vec![undeclared, drawn(MapKind::Concealment, "", 1.0, &|_, patch| Some(f64::from(patch.concealment)))];
    if has_mass {
        maps.push(drawn(MapKind::Material, "class", 4.0, &|_, patch| class(patch.material)));
        let density = |_, patch: &Patch| patch.best_kg.map(|kg| kg * 1000.0 / PATCH_CM2);
        maps.push(drawn(MapKind::ArealDensity, "g/cm²", 1.0, &density));
    }
    maps
}

fn typical_kg(observation: &Observation) -> f32 {
    let patches = observation.containers.iter().flat_map(|container| &container.patches);
    let kg: Vec<f64> = patches.filter(|patch| patch.segment.is_some()).filter_map(|patch| patch.best_kg).collect();
    if kg.is_empty() { 1.0 } else { (kg.iter().sum::<f64>() / kg.len() as f64).max(0.1) as f32 }
}

fn grid(container: &ContainerObservation, value: impl Fn(&Patch) -> Option<f64>) -> Option<MapGrid> {
    let (cols, rows) = (usize::from(container.patch_cols), usize::from(container.patch_rows));
    let px = container.patches.iter().map(|patch| patch.px).reduce(PixelBox::union)?;
    let mut values = vec![None; cols * rows];
    for patch in &container.patches {
        let index = usize::from(patch.row) * cols + usize::from(patch.col);
        if let Some(slot) = values.get_mut(index) {
            *slot = value(patch).map(|value| value as f32).filter(|value| value.is_finite());
        }
    }
    Some(MapGrid { px, cols: cols as u32, rows: rows as u32, values })
}

/// Number of the class with the largest share; `None` where nothing can be told.
fn class(shares: MaterialShares) -> Option<f64> {
    let known = [shares.organic, shares.light_inorganic, shares.metal, shares.heavy];
    let (index, largest) = known.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    (*largest > shares.undecidable && *largest > 0.0).then_some(index as f64 + 1.0)
}

/// The document that is kept beside an evaluation.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn maps_to_bytes(maps: &[ScanMap]) -> Result<Vec<u8>, PipelineError> {
    serde_json::to_vec(maps).map_err(|source| PipelineError::Document { action: "writing overlays", source })
}

/// Reads [`maps_to_bytes`].
///
/// # Errors
/// When it is another document.
pub fn maps_from_bytes(bytes: &[u8]) -> Result<Vec<ScanMap>, PipelineError> {
    serde_json::from_slice(bytes).map_err(|source| PipelineError::Document { action: "reading overlays", source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_of_a_patch_is_its_largest_known_share() {
        let shares = MaterialShares { organic: 0.1, metal: 0.6, undecidable: 0.3, ..MaterialShares::default() };
        assert_eq!(class(shares), Some(3.0));
        let unclear = MaterialShares { organic: 0.2, undecidable: 0.8, ..MaterialShares::default() };
        assert_eq!(class(unclear), None);
        assert_eq!(class(MaterialShares::default()), None);
    }
}

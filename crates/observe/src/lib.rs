//! Measured planes and model outputs → observation: containers with geometry, patches with mass intervals, segments.
//!
//! Sees pixels and what models said of them; never a declaration, never a model itself.
//!
//! ```text
//! ImagedView ─ layout_window ─▶ (resample, layout model) ─ find_containers ─▶ ContainerGeometry
//!            ─ cargo_window  ─▶ (resample, cargo model)  ─ observe ─▶ Observation
//! ```

mod baseline;
mod beam;
mod beam_cache;
mod container_geometry;
mod container_type;
mod containers;
mod cross_members;
mod cross_section;
mod deviations;
mod edge_on;
mod end_panels;
mod error;
mod grey;
mod grid;
mod inversion;
mod layout_window;
mod lines;
mod machinery;
mod mask;
mod mass;
mod measure;
mod observation;
mod perspective;
mod scale;
mod scatter;
mod segments;
mod silhouette;
mod size;
mod stowage;
mod structure;
mod test_objects;
mod units;

pub use beam::Beam;
pub use container_geometry::{
    CARGO_ROWS, CARGO_WIDTHS, ContainerGeometry, ContainerPlace, Insets, MODEL_MM, PATCH, SILHOUETTE_ROWS,
    cargo_window,
};
pub use containers::find_containers;
pub use error::ObserveError;
pub use layout_window::{LAYOUT_ROWS, LAYOUT_WIDTHS, LayoutWindow, layout_window};
pub use observation::{observe, observe_with, scan_quality};
pub use perspective::Perspective;

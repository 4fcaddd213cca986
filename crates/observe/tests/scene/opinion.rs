use pellucid_core::{CargoOutput, PlaneStack};
use pellucid_observe::{ContainerGeometry, PATCH, cargo_window};

/// A cargo model that has no opinion: what is said of emptiness is measured.
pub(crate) fn no_opinion(container: &ContainerGeometry) -> CargoOutput {
    let window = cargo_window(container, container.view);
    let (width, height) = (window.out_width / PATCH, window.out_height / PATCH);
    let plane = |channels: usize, scale: usize, value: f32| PlaneStack {
        channels,
        height: scale * height,
        width: scale * width,
        values: vec![value; channels * scale * scale * height * width],
    };
    CargoOutput {
        embedding: plane(4, 1, 0.1),
        commodity: plane(2, 1, 0.5),
        headings: ["0901", "empty"].map(str::to_owned).to_vec(),
        structure: plane(2, 2, 0.5),
        structure_names: ["outside", "cargo"].map(str::to_owned).to_vec(),
        concealment: plane(1, 2, 0.0),
        stride: PATCH,
        model_sha256: String::new(),
    }
}

//! One observation of a scan: containers with patches, segments, masses.

use pellucid_core::{
    CargoOutput, ContainerObservation, Interval, MassEstimate, MaterialShares, Observation, Patch, PixelBox,
    PlaneStack, QualityIssue, Region, ScanQuality, Segment, UnitCount,
};
use pellucid_imaging::{Imaged, ImagedView};

use crate::baseline::Baseline;
use crate::beam::Beam;
use crate::container_geometry::{ContainerGeometry, cargo_window};
use crate::deviations::deviations;
use crate::error::ObserveError;
use crate::grey;
use crate::grid::PatchGrid;
use crate::machinery::heavy_machinery;
use crate::mass::{OPAQUE_CONTAINER, mass_estimate, patch_interval, segment_interval};
use crate::measure::{Measured, Measurement};
use crate::scatter;
use crate::segments::{Look, segment};
use crate::silhouette::Pixels;
use crate::structure::Structure;
use crate::test_objects::figures_of;
use crate::units;

/// Areal density in g/cm² from which a patch holds cargo whatever the model says, and from which it may.
const CARGO_G_PER_CM2: [f64; 2] = [1.6, 0.7];
/// The same in attenuation for processed pictures.
const CARGO_ATTENUATION: [f64; 2] = [0.10, 0.045];

/// Observes the containers of a scan, with the beam inferred from its planes ([`Beam::inferred`]).
///
/// # Errors
/// As [`observe_with`].
pub fn observe(
    imaged: &Imaged,
    containers: &[ContainerGeometry],
    cargo: &[CargoOutput],
) -> Result<Observation, ObserveError> {
    let beams: Vec<Option<Beam>> = imaged.views.iter().map(Beam::inferred).collect();
    observe_with(imaged, &beams, containers, cargo)
}

/// Observes the containers of a scan: one model output per container, one beam per view (`None`: no kilograms).
///
/// # Errors
/// Containers and outputs do not pair up, a container's view does not exist, or an output's grid is not its window's.
pub fn observe_with(
    imaged: &Imaged,
    beams: &[Option<Beam>],
    containers: &[ContainerGeometry],
    cargo: &[CargoOutput],
) -> Result<Observation, ObserveError> {
    if containers.len() != cargo.len() {
        return Err(ObserveError::Count { containers: containers.len(), outputs: cargo.len() });
    }
    let mut observed = Vec::with_capacity(containers.len());
    let mut quality = scan_quality(imaged, beams);
    for (index, (geometry, output)) in containers.iter().zip(cargo).enumerate() {
        let Some(view) = imaged.views.get(geometry.view) else {
            return Err(ObserveError::View { container: index, view: geometry.view, views: imaged.views.len() });
        };
        let window = cargo_window(geometry, geometry.view);
        let grid = PatchGrid::new(&window, view.size());
        check_output(index, output, grid)?;
        let beam = beams.get(geometry.view).copied().flatten();
        let beam = beam.filter(|_| imaged.grade.has_mass() && view.areal_density.is_some());
        let beam = beam.map(|b| if view.low.is_some() { b } else { Beam { low_mev: None, ..b } });
        let container = container_observation(view, geometry, output, grid, beam);
        if let Some(mass) = &container.cargo_mass
            && mass.kg.hi.is_none()
        {
            quality.issues.push(QualityIssue {
                code: "opaque_cargo".to_owned(),
                value: opaque_share_of_cargo(&container),
                limit: OPAQUE_CONTAINER,
            });
        }
        observed.push(container);
    }
    Ok(Observation { grade: imaged.grade, quality, containers: observed })
}

/// The quality of a scan with what its noise would show of test objects, by the first view with a beam and geometry:
/// `penetration`, `contrast`, `wire`, `material_from`, `material_to`; and `scatter` where something opaque is in the picture.
/// One beam per view.
pub fn scan_quality(imaged: &Imaged, beams: &[Option<Beam>]) -> ScanQuality {
    let mut quality = imaged.quality.clone();
    if imaged.grade.has_mass() {
        scatter::assess(&imaged.views, &mut quality);
        let views = imaged.views.iter().zip(beams).filter_map(|(view, beam)| Some((view, (*beam)?)));
        let figures = views.map(|(view, beam)| figures_of(view, beam, &quality)).find(|figures| !figures.is_empty());
        quality.figures.extend(figures.unwrap_or_default());
    }
    quality
}

fn check_output(container: usize, output: &CargoOutput, grid: PatchGrid) -> Result<(), ObserveError> {
    let (cols, rows) = (output.embedding.width, output.embedding.height);
    if (cols, rows) != (grid.cols, grid.rows) {
        return Err(ObserveError::Grid { container, cols, rows, expected_cols: grid.cols, expected_rows: grid.rows });
    }
    let planes = |plane: &'static str, stack: &PlaneStack, channels: usize, scale: usize| {
        let expected = channels * rows * scale * cols * scale;
        let found = stack.values.len();
        if found == expected && stack.width == cols * scale {
            Ok(())
        } else {
            Err(ObserveError::Planes { container, plane, found, expected })
        }
    };
    planes("embedding", &output.embedding, output.embedding.channels, 1)?;
    planes("commodity", &output.commodity, output.headings.len(), 1)?;
    planes("concealment", &output.concealment, 1, 2)
}

fn container_observation(
    view: &ImagedView,
    geometry: &ContainerGeometry,
    output: &CargoOutput,
    grid: PatchGrid,
    beam: Option<Beam>,
) -> ContainerObservation {
    let baseline = Baseline::new(view, geometry);
    let inversion = beam.map(Beam::inversion);
    let mut changes = Vec::new();
    let measured = match inversion.as_deref() {
        Some(inversion) => {
            let structure = Structure::new(view, geometry, inversion);
            changes = deviations(view, geometry, &baseline, inversion);
            changes.extend(heavy_machinery(view, geometry, &structure, inversion));
            let air_sigma = Pixels::new(view).air_sigma();
            let (container, structure) = (geometry, &structure);
            Measurement { view, container, structure, inversion, grid, air_sigma }.run()
        }
        None => grey::measure(view, geometry, &baseline, grid),
    };
    let has_mass = beam.is_some();
    let headings = &output.headings;
    let nothing: Vec<usize> =
        (0..headings.len()).filter(|i| matches!(headings[*i].as_str(), "empty" | "outside")).collect();
    let mut patches: Vec<Patch> = Vec::with_capacity(measured.len());
    let mut is_cargo = Vec::with_capacity(measured.len());
    for (index, m) in measured.iter().enumerate() {
        let (col, row) = (index % grid.cols, index / grid.cols);
        let commodity = column(&output.commodity, col, row);
        let p_nothing: f32 = nothing.iter().map(|i| commodity[*i]).sum();
        let (value, [sure, maybe]) =
            if has_mass { (m.areal_density, CARGO_G_PER_CM2) } else { (m.attenuation, CARGO_ATTENUATION) };
        // Half of a cell must be inside the space for goods; thin cells are cargo only if the model agrees.
        let inside = f64::from(m.pixels) >= 0.3 * typical_pixels(grid);
        is_cargo.push(inside && (value > sure || (value > maybe && p_nothing < 0.5) || m.opaque > 0));
        patches.push(Patch {
            col: col as u16,
            row: row as u16,
            px: grid.px(col, row),
            best_kg: has_mass.then_some(m.best_kg),
            mass_kg: has_mass.then(|| patch_interval(m)),
            attenuation_area_m2: m.area_m2,
            mean_attenuation: m.attenuation as f32,
            opaque_share: if m.pixels > 0 { m.opaque as f32 / m.pixels as f32 } else { 0.0 },
            material: if m.pixels > 0 { m.material } else { MaterialShares::default() },
            texture: m.texture as f32,
            embedding: column(&output.embedding, col, row),
            commodity,
            concealment: largest_concealment(&output.concealment, col, row),
            segment: None,
        });
    }
    drop_specks(&mut is_cargo, grid.cols);
    for (patch, _) in patches.iter_mut().zip(&is_cargo).filter(|(_, is)| !**is) {
        patch.best_kg = patch.best_kg.map(|_| 0.0);
        patch.mass_kg = patch.mass_kg.map(|interval| Interval::new(0.0, interval.hi.unwrap_or(0.0).max(0.0)));
        patch.attenuation_area_m2 = 0.0;
    }
    let lists = {
        let looks: Vec<Option<Look<'_>>> = patches
            .iter()
            .zip(&measured)
            .zip(&is_cargo)
            .map(|((patch, m), is)| is.then(|| look(patch, m, has_mass)))
            .collect();
        segment(&looks, grid.cols)
    };
    let units = units::count(view, geometry, &baseline, grid, &is_cargo);
    let mut segments = Vec::with_capacity(lists.len());
    for (id, list) in lists.iter().enumerate() {
        for i in list {
            patches[*i].segment = Some(id as u32);
        }
        segments.push(summarise(list, &patches, &measured, geometry, &units, has_mass));
    }
    let cargo: Vec<usize> = (0..patches.len()).filter(|i| is_cargo[*i]).collect();
    let inside = measured.iter().filter(|m| f64::from(m.pixels) >= 0.3 * typical_pixels(grid)).count();
    let fill_share = cargo.len() as f64 / inside.max(1) as f64;
    let cargo_mass = has_mass.then(|| mass_estimate(&cargo, &measured));
    let empty_probability = empty_probability(&patches, &measured, &cargo, headings, fill_share, cargo_mass.as_ref());
    ContainerObservation {
        region: Region { view: geometry.view as u16, px: geometry.region },
        confidence: geometry.confidence,
        size: geometry.size,
        container_type: geometry.container_type,
        length_mm: geometry.length_mm,
        height_mm: geometry.height_mm,
        pitch_mm: geometry.pitch_mm,
        cargo_mass,
        fill_share,
        empty_probability,
        headings: headings.clone(),
        patches,
        patch_cols: grid.cols as u16,
        patch_rows: grid.rows as u16,
        segments,
        units,
        structure: changes,
        embedding_sha256: output.model_sha256.clone(),
    }
}

/// Mean share of opaque pixels over the patches that hold cargo.
fn opaque_share_of_cargo(container: &ContainerObservation) -> f64 {
    let cargo = container.patches.iter().filter(|patch| patch.segment.is_some());
    let (sum, n) = cargo.fold((0.0, 0.0), |(sum, n), patch| (sum + f64::from(patch.opaque_share), n + 1.0));
    if n > 0.0 { sum / n } else { 0.0 }
}

/// Pixels of a whole patch.
fn typical_pixels(grid: PatchGrid) -> f64 {
    let px = grid.px(grid.cols / 2, grid.rows / 2);
    (px.area() as f64).max(1.0)
}

/// One value per channel at a cell.
fn column(stack: &PlaneStack, col: usize, row: usize) -> Vec<f32> {
    (0..stack.channels).map(|c| stack.at(c, col, row)).collect()
}

fn largest_concealment(stack: &PlaneStack, col: usize, row: usize) -> f32 {
    let cells = [(0, 0), (1, 0), (0, 1), (1, 1)];
    cells.into_iter().map(|(dx, dy)| stack.at(0, 2 * col + dx, 2 * row + dy)).fold(0.0, f32::max)
}

/// Cargo patches without any cargo neighbour are rims of structure, unless they are dense.
fn drop_specks(is_cargo: &mut [bool], cols: usize) {
    let before = is_cargo.to_vec();
    for i in (0..before.len()).filter(|i| before[*i]) {
        let (x, at) = (i % cols, |j: usize| before.get(j).copied().unwrap_or(false));
        let has_neighbour = (x > 0 && at(i - 1))
            || (x + 1 < cols && at(i + 1))
            || i.checked_sub(cols).is_some_and(at)
            || at(i + cols);
        is_cargo[i] = has_neighbour;
    }
}

fn look<'a>(patch: &'a Patch, m: &Measured, has_mass: bool) -> Look<'a> {
    let s = &patch.material;
    Look {
        embedding: &patch.embedding,
        depth: if has_mass { m.full_width } else { m.attenuation / 0.04 },
        material: [s.organic, s.light_inorganic, s.metal, s.heavy].map(f64::from),
        known: f64::from(1.0 - s.undecidable).clamp(0.0, 1.0),
        concealment: patch.concealment,
    }
}

fn summarise(
    list: &[usize],
    patches: &[Patch],
    measured: &[Measured],
    geometry: &ContainerGeometry,
    units: &[UnitCount],
    has_mass: bool,
) -> Segment {
    let dims = patches[list[0]].embedding.len();
    let kinds = patches[list[0]].commodity.len();
    let (mut embedding, mut squares) = (vec![0.0_f64; dims], vec![0.0_f64; dims]);
    let mut commodity = vec![0.0_f64; kinds];
    let mut shares = [0.0_f64; 5];
    let (mut weights, mut area, mut pixels) = (0.0, 0.0, 0.0);
    let mut px: Option<PixelBox> = None;
    let mut best = 0.0;
    for i in list {
        let (patch, m) = (&patches[*i], &measured[*i]);
        let weight = patch.attenuation_area_m2.max(1e-9);
        weights += weight;
        area += patch.attenuation_area_m2;
        pixels += f64::from(m.pixels);
        for (k, v) in patch.embedding.iter().enumerate() {
            embedding[k] += weight * f64::from(*v);
            squares[k] += weight * f64::from(*v) * f64::from(*v);
        }
        for (sum, v) in commodity.iter_mut().zip(&patch.commodity) {
            *sum += weight * f64::from(*v);
        }
        let s = &patch.material;
        for (sum, v) in shares.iter_mut().zip([s.organic, s.light_inorganic, s.metal, s.heavy, s.undecidable]) {
            *sum += weight * f64::from(v);
        }
        px = Some(px.map_or(patch.px, |p| p.union(patch.px)));
        best += patch.best_kg.unwrap_or(0.0);
    }
    let mean: Vec<f64> = embedding.iter().map(|v| v / weights).collect();
    let variance = squares.iter().zip(&mean).map(|(s, m)| (s / weights - m * m).max(0.0) as f32).collect();
    let [organic, light_inorganic, metal, heavy, undecidable] = shares.map(|v| (v / weights) as f32);
    let pixel_m2 = geometry.pitch_mm.map_or(1e-4, |p| p[0] * p[1] * 1e-6);
    Segment {
        patches: list.iter().map(|i| *i as u32).collect(),
        px: px.unwrap_or(geometry.region),
        best_kg: has_mass.then_some(best),
        mass_kg: has_mass.then(|| segment_interval(list, measured)),
        attenuation_area_m2: area,
        embedding: mean.iter().map(|v| *v as f32).collect(),
        embedding_variance: variance,
        commodity: commodity.iter().map(|v| (v / weights) as f32).collect(),
        material: MaterialShares { organic, light_inorganic, metal, heavy, undecidable },
        area_m2: pixels * pixel_m2,
        units: geometry.pitch_mm.and_then(|pitch| units_in(list, patches, units, pitch)),
    }
}

/// Units seen in a segment: the cells of the row of units it lies in, by its area. Half a unit is none that can be told.
fn units_in(list: &[usize], patches: &[Patch], units: &[UnitCount], pitch_mm: [f64; 2]) -> Option<u32> {
    let is_inside = |px: PixelBox, row: &PixelBox| {
        let (x, y) = (px.x + px.width / 2, px.y + px.height / 2);
        (row.x..row.right()).contains(&x) && (row.y..row.bottom()).contains(&y)
    };
    let row = units.iter().find(|u| list.iter().all(|i| is_inside(patches[*i].px, &u.px)))?;
    let cell_px = (row.width_mm / pitch_mm[0]) * f64::from(row.px.height) / f64::from(row.layers?);
    let area: u64 = list.iter().map(|i| patches[*i].px.area()).sum();
    let seen = (area as f64 / cell_px).round();
    (seen >= 1.0).then_some(seen as u32)
}

/// Probability that a box is empty: measurement and model as two opinions in log odds, averaged.
///
/// Measured: a mass of 150 kg (or for pictures a fill of 3 %) is even odds, and a factor of e moves them by 3. Model: the
/// mean probability of `empty` over the patches inside the box, held within 2 and 98 %.
fn empty_probability(
    patches: &[Patch],
    measured: &[Measured],
    cargo: &[usize],
    headings: &[String],
    fill_share: f64,
    mass: Option<&MassEstimate>,
) -> f64 {
    let measured_odds = match mass {
        Some(mass) => 3.0 * (150.0 / (mass.best_kg + 5.0)).ln(),
        None => 3.0 * (0.03 / (fill_share + 0.002)).ln(),
    };
    // Opaque patches are a load whatever else is seen.
    if cargo.iter().any(|i| measured[*i].opaque > 0 && patches[*i].opaque_share > 0.5) && fill_share > 0.02 {
        return 0.001;
    }
    let logistic = |odds: f64| 1.0 / (1.0 + (-odds).exp());
    let Some(empty) = headings.iter().position(|heading| heading == "empty") else { return logistic(measured_odds) };
    let outside = headings.iter().position(|heading| heading == "outside");
    let (mut sum, mut n) = (0.0, 0.0);
    for (patch, _) in patches.iter().zip(measured).filter(|(_, m)| m.pixels > 0) {
        let rest = 1.0 - outside.map_or(0.0, |o| f64::from(patch.commodity[o]));
        sum += f64::from(patch.commodity[empty]);
        n += rest;
    }
    let model: f64 = if n > 0.0 { (sum / n).clamp(0.02, 0.98) } else { 0.5 };
    // A box half full is not half empty: more than half of the patches must be.
    let model_odds = 2.0 * ((model / (1.0 - model)).ln() - 0.5);
    logistic(0.7 * measured_odds + 0.3 * model_odds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specks_go_and_loads_stay() {
        let mut cells = vec![false; 12];
        for i in [0, 5, 6] {
            cells[i] = true;
        }
        drop_specks(&mut cells, 4);
        assert_eq!(cells.iter().filter(|c| **c).count(), 2);
        assert!(cells[5] && cells[6]);
    }
}

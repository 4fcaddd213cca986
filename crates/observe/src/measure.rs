//! What each patch of a raw scan holds: kilograms over depth and composition, material, texture.
//!
//! Mass along a ray: `dm = λ · r̄ · Δθ · Δx`. With rays `y = h + m z` this is `λ · z̄ · Δm · Δx / √(1 + m²)`, z̄ the
//! mass-weighted depth. It lies between the depths where goods can stand on that ray: the space for goods, cut by floor
//! and roof. The best estimate takes the middle of what is left when the load's own top is level.

use pellucid_core::{MaterialClass, MaterialShares, Validity};
use pellucid_imaging::ImagedView;
use pellucid_imaging::physics::{LayeredInversion, SteelLayer};
use rayon::prelude::*;

use crate::container_geometry::ContainerGeometry;
use crate::edge_on::Profile;
use crate::grid::PatchGrid;
use crate::inversion::{CELLULOSE, IRON, MATERIALS, class};
use crate::structure::{Structure, StructureRow, is_good};

/// Low-band attenuation from which scatter rules: it no longer names materials.
const LOW_LIMIT: f64 = 6.5;
/// High-band attenuation from which scatter (10⁻⁴ to 3·10⁻³ of I₀) may be what is left: a lower bound like any other.
const SCATTER_LIMIT: f64 = 6.2;
/// Errors of gain, dose and structure in attenuation that no averaging removes.
const SYSTEMATIC: f64 = 0.003;
/// The same, growing with attenuation.
const SYSTEMATIC_SHARE: f64 = 0.002;
/// Standard deviations that organic and metal must lie apart before a patch's material is named.
const DECISIVE: f64 = 4.0;
/// What composition leaves open even where dual energy names it: hydrogen changes λ at equal attenuation.
const COMPOSITION: f64 = 0.03;
/// Height to which pallets lift a load, mm.
const PALLET_MM: f64 = 160.0;
/// Width of the space for goods, mm.
const FULL_WIDTH_MM: f64 = 2352.0;
/// Shorter ways through a load than this are not told from grazing it.
const SHORTEST_MM: f64 = 250.0;
/// mm² · g/cm² in kg.
const KG: f64 = 1e-5;

/// Measurements of one patch of a raw scan.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Measured {
    /// Pixels where goods can stand.
    pub(crate) pixels: u32,
    /// Of them: opaque.
    pub(crate) opaque: u32,
    /// Mass at mid-depth, kg.
    pub(crate) best_kg: f64,
    /// Mass with everything at the near, at the far edge of the space for goods, kg.
    pub(crate) near_kg: f64,
    pub(crate) far_kg: f64,
    /// One-sided error of composition, share of the mass.
    pub(crate) composition: f64,
    /// Attenuation that stands in lines of sheets seen edge-on, over that of the cargo ([`Profile`]).
    pub(crate) edge_on: f64,
    /// Error of the structure taken off, kg (one standard deviation).
    pub(crate) structure_kg: f64,
    /// Mean areal density of cargo, g/cm².
    pub(crate) areal_density: f64,
    /// Areal density over the full width of a box at the same mean density, g/cm²: what rays that cross only a corner of
    /// the load would show if they crossed all of it.
    pub(crate) full_width: f64,
    /// The same as a density, g/cm³; `None` without a fan.
    pub(crate) density: Option<f64>,
    /// Mean attenuation less that of the structure.
    pub(crate) attenuation: f64,
    /// Attenuation area at mid-depth, m².
    pub(crate) area_m2: f64,
    /// Standard deviation of attenuation over its mean.
    pub(crate) texture: f64,
    /// Shares of material.
    pub(crate) material: MaterialShares,
}

/// Outline of the load in a column of patches, in the plane of the fan.
#[derive(Debug, Clone, Copy)]
struct Outline {
    /// Nearest depth of its base, mm; 0 when not known.
    nearest_z: f64,
    /// Height of its top, mm; infinite when not known.
    top_y: f64,
}

/// Sums over the pixels of one patch.
#[derive(Clone, Copy, Default)]
struct Sums {
    pixels: f64,
    good: f64,
    opaque: f64,
    a: f64,
    a_square: f64,
    area: f64,
    chord_mm: f64,
    areal_density: [f64; MATERIALS],
    mid: [f64; MATERIALS],
    near: [f64; MATERIALS],
    far: [f64; MATERIALS],
    structure: f64,
    unsure: f64,
    named: f64,
    named_a: f64,
    low: f64,
    low_expected: [f64; MATERIALS],
    variance: f64,
}

/// How a container is measured.
pub(crate) struct Measurement<'a> {
    pub(crate) view: &'a ImagedView,
    pub(crate) container: &'a ContainerGeometry,
    pub(crate) structure: &'a Structure,
    pub(crate) inversion: &'a LayeredInversion,
    pub(crate) grid: PatchGrid,
    /// Standard deviation of attenuation in air.
    pub(crate) air_sigma: f64,
}

impl Measurement<'_> {
    /// Measures all patches, row after row.
    pub(crate) fn run(&self) -> Vec<Measured> {
        let caps = self.floor_caps();
        let outlines = self.outlines();
        let rows: Vec<Vec<Measured>> = (0..self.grid.rows)
            .into_par_iter()
            .map(|row| {
                let profile = Profile::new(self.view, self.container.region, self.grid.view_rows(row));
                (0..self.grid.cols).map(|col| self.patch(col, row, &profile, &caps, &outlines)).collect()
            })
            .collect();
        rows.concat()
    }

    /// Attenuation of a pixel in the high band.
    fn high(&self, x: usize, y: usize) -> f64 {
        f64::from(self.view.high.at(x, y)) / 4096.0
    }

    /// The steel before the load in a row and column of the view, with what thicker ends of the box add.
    fn layer(&self, row: &StructureRow, x: usize) -> (f64, SteelLayer) {
        let steel = row.steel + self.structure.panels.steel(x, row.crossing);
        (steel, self.inversion.layer(steel))
    }

    /// Areal density of cargo, taken as cellulose, averaged over a column of patches in one row of the view.
    fn row_areal_density(&self, columns: [usize; 2], i: usize) -> f64 {
        let y = self.container.region.y as usize + i;
        let row = self.structure.rows[i];
        let (mut sum, mut n) = (0.0, 0.0);
        for x in columns[0].max(self.structure.goods[0])..columns[1].min(self.structure.goods[1]) {
            let x = self.structure.clear_column(x);
            if is_good(self.view, x, y) {
                let (_, layer) = self.layer(&row, x);
                sum += self.inversion.lambda(CELLULOSE, self.inversion.spot_behind(layer, self.high(x, y)));
                n += 1.0;
            }
        }
        if n > 0.0 { sum / n } else { 0.0 }
    }

    /// Mean density (g/cm² per mm of admissible depth) above the floor band, per column of patches.
    ///
    /// Behind the floor stands whatever carries the box. Where light does not show it, rows of the floor band may hold no
    /// more than the load just above them goes on to hold.
    fn floor_caps(&self) -> Vec<f64> {
        let rows = &self.structure.rows;
        let band = rows.iter().position(|row| row.is_floor).unwrap_or(rows.len());
        let above: Vec<usize> = (band.saturating_sub(12)..band.saturating_sub(2)).collect();
        (0..self.grid.cols)
            .map(|col| {
                let columns = self.grid.columns(col);
                let mut densities: Vec<f64> = above
                    .iter()
                    .filter_map(|i| {
                        let [from, to] = rows[*i].admissible_z_mm?;
                        Some(self.row_areal_density(columns, *i).max(0.0) / (to - from).max(100.0))
                    })
                    .collect();
                densities.sort_unstable_by(f64::total_cmp);
                densities.get(densities.len() / 2).copied().unwrap_or(f64::INFINITY)
            })
            .collect()
    }

    /// Where the load of each column of patches stands, as far as its outline tells.
    fn outlines(&self) -> Vec<Outline> {
        (0..self.grid.cols).map(|col| self.outline(self.grid.columns(col))).collect()
    }

    fn outline(&self, columns: [usize; 2]) -> Outline {
        let rows = &self.structure.rows;
        let mut outline = Outline { nearest_z: 0.0, top_y: f64::INFINITY };
        let (Some(place), Some(geometry)) = (self.container.place, self.view.geometry.as_ref()) else {
            return outline;
        };
        let values: Vec<f64> = (0..rows.len()).map(|i| self.row_areal_density(columns, i)).collect();
        // Base: rays of the floor band leave through the floor at a depth that grows from row to row upwards, so the lowest
        // row that shows cargo bounds how near its base begins. Light must show what lies behind the floor, and a pallet
        // may lift the load.
        let band = (0..rows.len())
            .rev()
            .filter(|i| rows[*i].is_floor && rows[*i].is_seen && rows[*i].admissible_z_mm.is_some());
        let band: Vec<usize> = band.collect();
        let shows: Vec<bool> = band.iter().map(|i| values[*i] > 4.0 + 0.3 * rows[*i].steel).collect();
        if let Some(k) = shows.windows(3).position(|w| w.iter().all(|s| *s))
            && k > 0
            && let Some(z) = rows[band[k]].admissible_z_mm
        {
            outline.nearest_z = z[1] - PALLET_MM / rows[band[k]].slope.abs().max(0.02) - 80.0;
        }
        // Top: the first rows from above that show a fair part of the load. A ray that climbs meets the near edge of the
        // top first, one that falls the far edge.
        let most = rows.iter().zip(&values).filter(|(r, _)| !r.is_floor).map(|(_, v)| *v).fold(0.0, f64::max);
        let enough = (0.1 * most).max(1.0);
        if let Some(i) = values.windows(3).position(|w| w.iter().all(|v| *v > enough)) {
            let [near, far] = place.inside_z_mm();
            let z = if rows[i].slope > 0.0 { near.max(outline.nearest_z) } else { far };
            outline.top_y = geometry.source_height_mm + rows[i].slope * z;
        }
        outline
    }

    /// Depths of a load of this outline, with a level top, on a ray.
    fn likely_z(&self, row: &StructureRow, depth: [f64; 2], outline: Outline) -> [f64; 2] {
        let height = self.view.geometry.as_ref().map_or(0.0, |g| g.source_height_mm);
        let [mut from, mut to] = depth;
        from = from.max(outline.nearest_z);
        if outline.top_y.is_finite() && row.slope.abs() > 1e-6 {
            let z = (outline.top_y - height) / row.slope;
            if row.slope > 0.0 {
                to = to.min(z);
            } else if outline.top_y < height {
                from = from.max(z);
            }
        }
        // The outermost rows graze an edge: their depth is that edge.
        if to > from + 50.0 {
            [from, to]
        } else {
            [depth[0].max(from.min(to) - 25.0), depth[1].min(from.min(to) + 25.0)]
        }
    }

    fn patch(&self, col: usize, row: usize, profile: &Profile, caps: &[f64], outlines: &[Outline]) -> Measured {
        let mut sums = Sums::default();
        let region = self.container.region;
        let ([x0, x1], [y0, y1]) = (self.grid.columns(col), self.grid.view_rows(row));
        let columns = x0.max(self.structure.goods[0])..x1.min(self.structure.goods[1]);
        for y in y0.max(region.y as usize)..y1.min(region.bottom() as usize) {
            self.add_row(&mut sums, columns.clone(), y, caps[col], outlines[col]);
        }
        let lines = profile.lines(columns, self.air_sigma);
        let measured = self.finish(&sums);
        Measured { edge_on: (lines / measured.attenuation.max(0.02)).min(1.0), ..measured }
    }

    fn add_row(&self, sums: &mut Sums, columns: std::ops::Range<usize>, y: usize, cap: f64, outline: Outline) {
        let i = y - self.container.region.y as usize;
        let row = self.structure.rows[i];
        let pitch = self.container.pitch_mm.unwrap_or([10.0, 10.0]);
        let (depth, factor, pixel_m2) = match (row.admissible_z_mm, self.container.place) {
            (Some([from, to]), Some(place)) => {
                let from = if outline.nearest_z < to - 100.0 { from.max(outline.nearest_z) } else { from };
                let secant = (1.0 + row.slope * row.slope).sqrt();
                let factor = row.slope_step * pitch[0] / secant * KG;
                ([from, to], factor, row.slope_step * place.middle_z_mm() * pitch[0] * 1e-6)
            }
            // Rays that miss the space for goods hold none.
            (None, Some(_)) => return,
            // Without a fan: the pixel's area at mid-depth, give or take the perspective of a usual machine.
            _ => ([0.8, 1.2], pitch[0] * pitch[1] * KG, pitch[0] * pitch[1] * 1e-6),
        };
        let has_fan = self.container.place.is_some();
        let limit =
            if row.is_floor && !row.is_seen { cap * 1.15 * (depth[1] - depth[0]) + 1.0 } else { f64::INFINITY };
        let likely = if has_fan { self.likely_z(&row, depth, outline) } else { depth };
        let middle = 0.5 * (likely[0] + likely[1]);
        for x in columns {
            sums.pixels += 1.0;
            let x = self.structure.clear_column(x);
            if !is_good(self.view, x, y) {
                continue;
            }
            sums.good += 1.0;
            let a = self.high(x, y);
            let is_opaque =
                Validity(self.view.validity.at(x, y)).has(Validity::PENETRATION_LIMITED) || a >= SCATTER_LIMIT;
            let (steel, layer) = self.layer(&row, x);
            let spot = self.inversion.spot_behind(layer, a);
            let cellulose = self.inversion.lambda(CELLULOSE, spot);
            // What the chassis adds behind the floor is cut off in the same measure for every material.
            let kept = if cellulose > limit { limit / cellulose } else { 1.0 };
            let cargo_a = (a - self.inversion.steel_attenuation(steel)) * kept;
            sums.a += cargo_a;
            sums.a_square += cargo_a * cargo_a;
            sums.area += cargo_a.max(0.0) * pixel_m2;
            sums.chord_mm += (likely[1] - likely[0]).max(SHORTEST_MM);
            for m in 0..MATERIALS {
                let lambda = self.inversion.lambda(m, spot) * kept;
                sums.areal_density[m] += lambda;
                sums.mid[m] += lambda * factor * middle;
                sums.near[m] += lambda * factor * depth[0];
                sums.far[m] += lambda * factor * depth[1];
            }
            let error = if row.is_seen { 0.05 } else { 0.12 };
            sums.structure += error * row.steel * factor * middle;
            if row.is_floor && !row.is_seen {
                sums.unsure += 0.3 * (cellulose * kept).max(0.0) * factor * middle;
            }
            if is_opaque {
                sums.opaque += 1.0;
            } else if let Some(low) = &self.view.low
                && (!row.is_floor || row.is_seen)
            {
                let a_low = f64::from(low.at(x, y)) / 4096.0;
                if a_low < LOW_LIMIT {
                    sums.named += 1.0;
                    sums.named_a += a;
                    sums.low += a_low;
                    for m in 0..MATERIALS {
                        sums.low_expected[m] += self.inversion.low(m, spot);
                    }
                    sums.variance += self.air_sigma * self.air_sigma * (a.exp() + a_low.exp());
                }
            }
        }
    }

    fn finish(&self, sums: &Sums) -> Measured {
        if sums.good == 0.0 {
            return Measured { pixels: sums.pixels as u32, opaque: sums.pixels as u32, ..Measured::default() };
        }
        // Refused pixels are taken to be like the others of their patch.
        let whole = sums.pixels / sums.good;
        let blend = self.blend(sums);
        let mix = |values: &[f64; MATERIALS]| {
            let pair = values[blend.first] * (1.0 - blend.share)
                + values[(blend.first + 1).min(MATERIALS - 1)] * blend.share;
            pair * whole
        };
        let mean_a = sums.a / sums.good;
        let deviation = (sums.a_square / sums.good - mean_a * mean_a).max(0.0).sqrt();
        let has_fan = self.container.place.is_some() && sums.chord_mm > 0.0;
        let mean_density = mix(&sums.areal_density) / sums.pixels;
        let density = has_fan.then(|| mix(&sums.areal_density) / whole / sums.chord_mm * 10.0);
        let (best, a, b) = (mix(&sums.mid), mix(&sums.near), mix(&sums.far));
        Measured {
            pixels: sums.pixels as u32,
            opaque: sums.opaque as u32,
            best_kg: best,
            near_kg: a.min(b),
            far_kg: a.max(b),
            edge_on: 0.0,
            composition: blend.error,
            structure_kg: (sums.structure + sums.unsure) * whole,
            areal_density: mean_density,
            full_width: density.map_or(mean_density, |density| density * FULL_WIDTH_MM / 10.0),
            density,
            attenuation: mean_a,
            area_m2: sums.area * whole,
            texture: if mean_a > 1e-3 { (deviation / mean_a).min(10.0) } else { 0.0 },
            material: blend.shares,
        }
    }

    /// Which two basis materials a patch lies between.
    fn blend(&self, sums: &Sums) -> Blend {
        let spread = |from: usize, to: usize| {
            let base = sums.areal_density[CELLULOSE];
            let value = |m: usize| if base > 1e-6 { sums.areal_density[m] / base - 1.0 } else { 0.0 };
            (from..=to).map(|m| value(m).abs()).fold(0.0_f64, f64::max)
        };
        let undecided = Blend {
            first: CELLULOSE,
            share: 0.0,
            error: spread(0, IRON).clamp(COMPOSITION, 0.2),
            shares: MaterialShares { undecidable: 1.0, ..MaterialShares::default() },
        };
        if !self.inversion.is_dual() || sums.named < 0.3 * sums.good || sums.named < 8.0 {
            return undecided;
        }
        let n = sums.named;
        let expected = sums.low_expected.map(|v| v / n);
        let found = sums.low / n;
        let bias = SYSTEMATIC + SYSTEMATIC_SHARE * sums.named_a / n;
        let sigma = (sums.variance / (n * n) + bias * bias).sqrt();
        if expected[CELLULOSE] - expected[IRON] < DECISIVE * sigma {
            return undecided;
        }
        // Thin lead crosses the others: then nothing beyond iron is told apart.
        let separation = expected[CELLULOSE] - expected[IRON];
        let last = if expected[IRON] - expected[IRON + 1] > 0.3 * separation { MATERIALS - 1 } else { IRON };
        let first = (1..last).filter(|m| found < expected[*m]).count();
        let step = (expected[first] - expected[first + 1]).max(1e-9);
        let mut share = ((expected[first] - found) / step).clamp(0.0, 1.0);
        if first == 0 {
            // Hydrogen-rich or not is a finer question than noise may allow: then cellulose it is.
            let trust = step * step / (step * step + sigma * sigma);
            share = 1.0 - trust * (1.0 - share);
        }
        let base = sums.areal_density[first].abs().max(1e-9);
        let slope = (sums.areal_density[first + 1] - sums.areal_density[first]).abs() / base;
        let error = (COMPOSITION + slope * (1.645 * sigma / step).min(1.0)).min(0.2);
        let mut shares = MaterialShares::default();
        for (m, part) in [(first, 1.0 - share), (first + 1, share)] {
            let slot = match class(m) {
                MaterialClass::Organic => &mut shares.organic,
                MaterialClass::LightInorganic => &mut shares.light_inorganic,
                MaterialClass::Metal => &mut shares.metal,
                MaterialClass::Heavy => &mut shares.heavy,
                MaterialClass::Air | MaterialClass::Undecidable => &mut shares.undecidable,
            };
            *slot += part as f32;
        }
        Blend { first, share, error, shares }
    }
}

/// A place between two neighbouring basis materials.
struct Blend {
    first: usize,
    share: f64,
    error: f64,
    shares: MaterialShares,
}

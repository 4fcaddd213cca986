//! The empty box: how much steel each row of rays crosses before any cargo.
//!
//! Two sources. The *template* traces each row's ray through the cross-section of a box of its type ([`CrossSection`]:
//! walls, rails, roof, floor on cross-members) standing where the container was found. The *light*: columns of the box that hold nothing show their
//! own structure, chassis behind the floor included, and rows above the load show the walls. Where light shows it, the
//! light is believed; elsewhere the template is, scaled to the thickness of wall that the light rows show.

use pellucid_core::{ContainerType, ScanGeometry, Validity};
use pellucid_imaging::ImagedView;
use pellucid_imaging::physics::LayeredInversion;

use crate::container_geometry::{ContainerGeometry, ContainerPlace, ray_slope};
use crate::container_type::is_open;
use crate::cross_section::CrossSection;
use crate::end_panels::{Crossing, EndPanels};

/// Steel of two corrugated side walls met head-on, g/cm²: what is assumed without any geometry.
const TWO_WALLS: f64 = 2.9;
/// Rows whose rays run this far through the space for goods, mm, show the box and hardly more.
const BARE_MM: f64 = 450.0;
/// Corner posts hide the cargo in front of the end walls up to this far from the end of the box.
const POST_MM: f64 = 190.0;
/// Where the heads of a tank's vessel end, from the end of the container.
const HEAD_MM: f64 = 720.0;

/// What a row of rays meets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct StructureRow {
    /// Steel-equivalent areal density of the empty box, g/cm².
    pub(crate) steel: f64,
    /// Whether light shows it; else it is the template.
    pub(crate) is_seen: bool,
    /// Whether the ray leaves the space for goods through the floor: chassis may stand behind it.
    pub(crate) is_floor: bool,
    /// Slope of the ray and its step to the next row; 0 without fan geometry.
    pub(crate) slope: f64,
    pub(crate) slope_step: f64,
    /// Depths at which goods can stand on this ray; `None` when they cannot, or without fan geometry.
    pub(crate) admissible_z_mm: Option<[f64; 2]>,
    /// What of the box the ray crosses: one wall when it leaves through roof or floor, else two.
    pub(crate) crossing: Crossing,
}

impl StructureRow {
    /// Whether the row shows walls and roof and can hold next to nothing.
    pub(crate) fn is_bare(&self) -> bool {
        is_wall(self) && self.admissible_z_mm.is_some_and(|[from, to]| to - from < BARE_MM)
    }
}

/// The empty box in the view.
#[derive(Debug, Clone)]
pub(crate) struct Structure {
    /// One per row of the container's region.
    pub(crate) rows: Vec<StructureRow>,
    /// Columns of the view, `[from, to)`, that goods can stand in.
    pub(crate) goods: [usize; 2],
    /// Columns `[from, to)` where no post hides the goods.
    pub(crate) clear: [usize; 2],
    /// Thicker panels at the ends.
    pub(crate) panels: EndPanels,
}

impl Structure {
    /// Estimates the structure of a container of a raw view.
    pub(crate) fn new(view: &ImagedView, container: &ContainerGeometry, inversion: &LayeredInversion) -> Self {
        let region = container.region;
        let geometry = view.geometry.as_ref();
        let pitch = container.pitch_mm.map_or(10.0, |p| p[0]);
        let inset = |mm: f64| ((mm / pitch).round() as usize).min(region.width as usize / 3);
        let (left, right) = (region.x as usize, region.right() as usize);
        let ends = container.ends_mm;
        let goods = [left + inset(ends[0]), right - inset(ends[1])];
        // Heads of vessels are read as the cylinder beside them, so that a shell seen edge-on is not taken for a liquid.
        let hidden = if container.container_type == Some(ContainerType::Tank) { HEAD_MM } else { POST_MM };
        let clear = [left + inset(ends[0].max(hidden)), right - inset(ends[1].max(hidden))];
        let is_open = is_open(container.container_type);
        let rows = match (geometry, container.place) {
            (Some(g), Some(place)) => {
                let section = CrossSection::of(container.container_type, place);
                template_rows(g, place, &section, region.y as usize..region.bottom() as usize)
            }
            _ => vec![
                StructureRow {
                    steel: if is_open { 0.0 } else { TWO_WALLS },
                    is_seen: false,
                    is_floor: false,
                    slope: 0.0,
                    slope_step: 0.0,
                    admissible_z_mm: None,
                    crossing: Crossing { walls: 2.0, roof: 0.0 },
                };
                region.height as usize
            ],
        };
        let mut structure = Self { rows, goods, clear, panels: EndPanels::default() };
        structure.believe_light(view, region.y as usize, inversion);
        if !is_open {
            structure.panels = EndPanels::read(view, region, &structure, pitch, inversion);
        }
        structure
    }

    /// Replaces template rows by what light columns and light rows show.
    fn believe_light(&mut self, view: &ImagedView, top: usize, inversion: &LayeredInversion) {
        let bins = bins(view, top, self.rows.len(), self.clear);
        if bins.is_empty() {
            return;
        }
        // 1. The thickness of this box's sheets, from rows that can hold next to nothing: under the roof, near the wall.
        //    Without a fan any row may be loaded, so only its lightest bins count and must look like walls.
        let has_fan = self.rows.iter().any(|row| row.admissible_z_mm.is_some());
        let ratio = |(i, row): (usize, &StructureRow)| {
            let is_bare = row.admissible_z_mm.is_none_or(|[from, to]| to - from < BARE_MM);
            if !is_wall(row) || !is_bare || (has_fan && row.admissible_z_mm.is_none()) {
                return None;
            }
            let ratio = inversion.steel_for(quantile_of(&bins, i, if has_fan { 0.35 } else { 0.1 })) / row.steel;
            (0.6..1.45).contains(&ratio).then_some(ratio)
        };
        let mut ratios: Vec<f64> = self.rows.iter().enumerate().filter_map(ratio).collect();
        if ratios.len() >= 6 {
            ratios.sort_unstable_by(f64::total_cmp);
            let scale = ratios[ratios.len() / 2].clamp(0.75, 1.3);
            for row in self.rows.iter_mut().filter(|row| is_wall(row)) {
                row.steel *= scale;
            }
        }
        // 2. Columns that hold nothing in the lower half of the box show every row of its structure.
        let lower: Vec<usize> = (self.rows.len() / 3..self.rows.len()).filter(|i| is_wall(&self.rows[*i])).collect();
        let free: Vec<usize> = (0..bins.len())
            .filter(|b| {
                let excess = |i: &usize| inversion.steel_for(bins[*b][*i]) - self.rows[*i].steel;
                let mean = lower.iter().map(excess).sum::<f64>() / lower.len().max(1) as f64;
                !lower.is_empty() && mean < 0.15 * TWO_WALLS
            })
            .collect();
        let enough = free.len() >= 2 && free.len() * 16 >= bins.len();
        for (i, row) in self.rows.iter_mut().enumerate() {
            let seen = if enough {
                let mut values: Vec<f64> = free.iter().map(|b| bins[*b][i]).collect();
                values.sort_unstable_by(f64::total_cmp);
                Some(inversion.steel_for(values[values.len() / 2]))
            } else {
                // 3. Rows above the load: a quarter of the bins show nothing but walls.
                let steel = inversion.steel_for(quantile_of(&bins, i, 0.25));
                (!row.is_floor && steel < 1.1 * row.steel + 0.25).then_some(steel)
            };
            // Nothing can be lighter than its structure: a lower light is the structure in any case.
            let lightest = inversion.steel_for(quantile_of(&bins, i, 0.05));
            if let Some(steel) = seen {
                row.steel = steel;
                row.is_seen = true;
            } else if lightest < row.steel {
                row.steel = lightest;
            }
        }
    }

    /// The column to read instead of `x` where a corner post hides the goods: as far inside as the post is wide.
    pub(crate) fn clear_column(&self, x: usize) -> usize {
        let [from, to] = self.clear;
        if to <= from {
            x
        } else if x < from {
            (2 * from - x).min(to - 1)
        } else if x >= to {
            (2 * to - 1).saturating_sub(x + 1).max(from)
        } else {
            x
        }
    }
}

/// Whether a row shows walls and roof, no floor and no rail.
fn is_wall(row: &StructureRow) -> bool {
    !row.is_floor && row.steel < 2.2 * TWO_WALLS
}

fn template_rows(
    g: &ScanGeometry,
    place: ContainerPlace,
    section: &CrossSection,
    rows: std::ops::Range<usize>,
) -> Vec<StructureRow> {
    let height = g.source_height_mm;
    rows.map(|y| {
        let slope = ray_slope(g, y).unwrap_or(0.0);
        let step = g.row_pitch_mm(y, 1.0).unwrap_or(0.0).abs();
        // A pixel is as high as the step between rays: its mean over five rays.
        let steel = (-2..=2).map(|k| section.areal_density(height, slope + 0.2 * f64::from(k) * step)).sum::<f64>();
        let admissible_z_mm = place.admissible_z_mm(height, slope);
        let far = place.inside_z_mm()[1];
        let is_floor = slope < 0.0 && height + slope * far < place.inside_y_mm()[0] + 10.0;
        let leaves_early = admissible_z_mm.is_some_and(|[_, to]| to < far - 1.0);
        let level = (1.0 + slope * slope).sqrt() / slope.abs().max(0.05);
        let crossing = Crossing {
            walls: if leaves_early { 1.0 } else { 2.0 },
            roof: if leaves_early && slope > 0.0 { level } else { 0.0 },
        };
        StructureRow {
            steel: steel / 5.0,
            is_seen: false,
            is_floor,
            slope,
            slope_step: step,
            admissible_z_mm,
            crossing,
        }
    })
    .collect()
}

/// Mean attenuation of bins of some 16 columns, `[bin][row]`; refused pixels are left out.
fn bins(view: &ImagedView, top: usize, rows: usize, clear: [usize; 2]) -> Vec<Vec<f64>> {
    let [from, to] = clear;
    let count = (to.saturating_sub(from) / 14).min(200);
    (0..count)
        .map(|b| {
            let (x0, x1) = (from + (to - from) * b / count, from + (to - from) * (b + 1) / count);
            (0..rows)
                .map(|i| {
                    let y = top + i;
                    let (mut sum, mut n) = (0.0, 0_u32);
                    for x in x0..x1 {
                        if is_good(view, x, y) {
                            sum += f64::from(view.high.at(x, y)) / 4096.0;
                            n += 1;
                        }
                    }
                    if n == 0 { 16.0 } else { sum / f64::from(n) }
                })
                .collect()
        })
        .collect()
}

/// Whether a pixel was measured or honestly interpolated.
pub(crate) fn is_good(view: &ImagedView, x: usize, y: usize) -> bool {
    let v = Validity(view.validity.at(x, y));
    !v.has(Validity::BEAM_OFF) && (!v.has(Validity::DEAD) || v.has(Validity::INTERPOLATED))
}

fn quantile_of(bins: &[Vec<f64>], row: usize, share: f64) -> f64 {
    let mut values: Vec<f64> = bins.iter().map(|bin| bin[row]).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(((values.len().max(1) - 1) as f64 * share).round() as usize).copied().unwrap_or(0.0)
}

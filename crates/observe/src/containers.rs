//! Containers of a view: where the layout model sees them, then where the pixels say their edges are.

use pellucid_core::{IsoSize, LayoutOutput, PixelBox};
use pellucid_imaging::ImagedView;

use crate::container_geometry::{ContainerGeometry, ContainerPlace, Insets, row_at};
use crate::container_type::{TypeSigns, column_mm, is_open};
use crate::layout_window::LayoutWindow;
use crate::lines::BoxLines;
use crate::mask::{CellBox, ContainerMask};
use crate::perspective::Perspective;
use crate::scale::agree;
use crate::silhouette::{Pixels, steepest, walk_down, walk_up};
use crate::size::{iso_size, length_class, pitch};

/// External width of every ISO container, mm.
const WIDTH_MM: f64 = 2438.0;
/// Confidence of a container that only the pixels show.
const PIXELS_ONLY: f32 = 0.2;

/// Shorter than any container: three quarters of 20 ft.
const SHORTEST_MM: f64 = 4550.0;
/// The same in pictures without scale, as a share of the longest box there: cabs beside 40 ft reach a fifth.
const SHORTEST_SHARE: f64 = 0.3;

/// Tops that lie less apart than this share of a box's height are level.
const LEVEL_SHARE: f64 = 0.04;

/// Largest attenuation over air that the edge threshold asks for: half of two container walls.
const EDGE_LIMIT: f64 = 0.06;
/// Posts that reach this far above everything between them (a share of the height) stand alone: rails and roofs are missing.
const OPEN_ABOVE: f64 = 0.03;
/// Top castings stand this much above rails and roof (ISO 1161), mm: light passes beside them.
const CASTING_RISE_MM: f64 = 6.0;

/// Edges in view pixels, right and bottom exclusive, and how many of the four the pixels confirmed.
#[derive(Debug, Clone, Copy)]
struct Edges {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
    confirmed: u32,
}

impl Edges {
    fn width(&self) -> usize {
        self.right - self.left
    }
    fn height(&self) -> usize {
        self.bottom - self.top
    }
    fn region(&self) -> PixelBox {
        PixelBox { x: self.left as u32, y: self.top as u32, width: self.width() as u32, height: self.height() as u32 }
    }
    /// Takes top and bottom from an upper edge and from cross-members that end `rows` below it, 10 mm above the castings.
    fn hang(&mut self, lines: &BoxLines, rows: f64, limit: usize) {
        let ends = [lines.top_row(self.left as f64), lines.top_row(self.right as f64)];
        self.top = (ends[0].min(ends[1]).round().max(0.0) as usize).min(self.bottom - 8);
        self.bottom = ((ends[0].max(ends[1]) + 1.004 * rows).ceil() as usize).clamp(self.top + 8, limit);
    }
}

/// Containers of a view from left to right.
///
/// The layout model's mask gives rough boxes; edges are then walked on the pixels (where more than half of a column or row
/// of the box is darker than a threshold between air and its lightest parts), boxes are parted where light falls between
/// them, and with fan geometry the underside follows from the top and the ISO height, because a chassis hides it. Without
/// any mask, the one large dark block of a view is taken at confidence 0.2. Works for any grade and without a lorry.
pub fn find_containers(view: &ImagedView, layout: &LayoutOutput, window: &LayoutWindow) -> Vec<ContainerGeometry> {
    let pixels = Pixels::new(view);
    if pixels.width() < 16 || pixels.height() < 16 {
        return Vec::new();
    }
    let mask = ContainerMask::new(layout, window);
    let mut rough: Vec<(Edges, f32)> = mask
        .boxes()
        .into_iter()
        .filter_map(|cells| rough_edges(&cells, &mask, pixels).map(|edges| (edges, cells.confidence)))
        .collect();
    if rough.is_empty() {
        rough.extend(dark_block(pixels).map(|edges| (edges, PIXELS_ONLY)));
    }
    let cell = mask.cell_px.max(2.0);
    let mut found = Vec::new();
    for (edges, confidence) in rough {
        let refined = refine_sides(pixels, edges, cell);
        for part in part_at_gaps(view, pixels, refined, &mask) {
            found.push(finish(view, pixels, part, confidence, cell, window.window.view));
        }
    }
    found.sort_by_key(|c| (c.region.x, c.region.y));
    let found = without_cabs(view, found);
    if view.geometry.is_some() { found } else { agree(found, pixels.width()) }
}

/// Without cabs with a sleeper, which a model may take for boxes: too short for a container, and not level with one. A short
/// piece whose top is level with a box may be another box that the model tore apart, so it stays, of unknown size; so does
/// what the picture cuts off, and everything where nothing is long enough.
fn without_cabs(view: &ImagedView, found: Vec<ContainerGeometry>) -> Vec<ContainerGeometry> {
    let longest = found.iter().map(|c| c.region.width).max().unwrap_or(0);
    let pitch = view.geometry.as_ref().map(|g| g.column_pitch_mm).filter(|pitch| *pitch > 0.0);
    let is_long = |c: &ContainerGeometry| match pitch {
        Some(pitch) => f64::from(c.region.width) * pitch > SHORTEST_MM,
        None => f64::from(c.region.width) > SHORTEST_SHARE * f64::from(longest),
    };
    let is_cut = |c: &ContainerGeometry| c.region.x <= 2 || c.region.right() as usize + 2 >= view.high.width();
    let boxes: Vec<PixelBox> = found.iter().filter(|c| is_long(c)).map(|c| c.region).collect();
    let is_level = |c: &ContainerGeometry| {
        boxes.iter().any(|b| f64::from(b.y.abs_diff(c.region.y)) < LEVEL_SHARE * f64::from(b.height))
    };
    if boxes.is_empty() {
        return found;
    }
    found.into_iter().filter(|c| is_long(c) || is_cut(c) || is_level(c)).collect()
}

fn rough_edges(cells: &CellBox, mask: &ContainerMask<'_>, pixels: Pixels<'_>) -> Option<Edges> {
    let px = |edge: f64, limit: usize| ((edge * mask.cell_px).round().max(0.0) as usize).min(limit);
    let (left, right) = (px(cells.left, pixels.width()), px(cells.right, pixels.width()));
    let (top, bottom) = (px(cells.top, pixels.height()), px(cells.bottom, pixels.height()));
    (right >= left + 16 && bottom >= top + 8).then_some(Edges { left, right, top, bottom, confirmed: 0 })
}

/// A threshold between air and the lightest tenth of the box's middle.
fn threshold(pixels: Pixels<'_>, edges: &Edges) -> f64 {
    let (w, h) = (edges.width(), edges.height());
    let inner = (edges.left + w / 8)..(edges.right - w / 8);
    let light = pixels.quantile(inner, (edges.top + h / 4)..(edges.bottom - h / 4), 0.1);
    let air = pixels.quantile(0..pixels.width(), 0..(edges.top / 2).max(2), 0.5);
    let noise = 3.0 * pixels.air_sigma();
    // Two walls of steel show 0.12; whatever is loaded below them, the parts above it are no darker than that.
    let half = (0.45 * (light - air)).clamp(0.008, EDGE_LIMIT);
    air + half.max(noise.min(0.6 * (light - air)))
}

/// Left and right by walking outwards over the middle band of rows, then the top likewise.
fn refine_sides(pixels: Pixels<'_>, rough: Edges, cell: f64) -> Edges {
    let mut edges = rough;
    let threshold = threshold(pixels, &rough);
    let (w, h) = (rough.width(), rough.height());
    let margin = (3.0 * cell).ceil() as usize;
    let band = (rough.top + h / 5)..(rough.top + (h * 7) / 10);
    let from = rough.left.saturating_sub(margin);
    let to = (rough.right + margin).min(pixels.width());
    let shares = pixels.column_shares(from..to, band.clone(), threshold);
    let means = pixels.column_means(from..to, band);
    let forgive = (cell / 4.0) as usize;
    // Start inside by as much as the mask may be wrong, but not beyond the middle.
    let inset = margin.min(w / 3);
    let (inner_left, inner_right) = (rough.left - from + inset, rough.right - from - 1 - inset);
    let left = walk_down(&shares, inner_left, forgive)
        .or_else(|| steepest(&means, rough.left - from, margin, true).filter(|e| e.1).map(|e| e.0));
    if let Some(left) = left {
        edges.left = from + left;
        edges.confirmed += 1;
    }
    let right = walk_up(&shares, inner_right, forgive).or_else(|| {
        let reversed: Vec<f64> = means.iter().rev().copied().collect();
        let around = reversed.len().saturating_sub(rough.right - from);
        steepest(&reversed, around, margin, true).filter(|e| e.1).map(|e| reversed.len() - 1 - e.0)
    });
    if let Some(right) = right {
        edges.right = from + right + 1;
        edges.confirmed += 1;
    }
    if edges.right < edges.left + 16 {
        return rough;
    }
    // Between the end walls of a flat, light may part the load from the post that the mask ends at.
    let upper = pixels.column_shares(from..to, (rough.top + h / 16)..(rough.top + h / 6), threshold.max(EDGE_LIMIT));
    let reach = (1.5 * cell).ceil() as usize;
    let post =
        |edge: usize| (edge.saturating_sub(reach)..(edge + reach).min(upper.len())).filter(|i| upper[*i] > 0.7);
    let apart = (w * 3 / 200).max((1.2 * cell).ceil() as usize);
    if let Some(left) = post(rough.left - from).next()
        && (from + left).max(rough.left) + apart < edges.left
    {
        edges.left = from + left;
    }
    if let Some(right) = post(rough.right - from).next_back()
        && (from + right + 1).min(rough.right) > edges.right + apart
    {
        edges.right = from + right + 1;
    }
    edges
}

/// Top edge of a box whose sides are known: the walk upwards from its upper third.
fn refine_top(pixels: Pixels<'_>, edges: &mut Edges, cell: f64) {
    let (w, h) = (edges.width(), edges.height());
    let margin = (3.0 * cell).ceil() as usize;
    let inner = (edges.left + w / 20)..(edges.right - w / 20);
    let from = edges.top.saturating_sub(margin);
    let to = (edges.top + h / 2).min(pixels.height());
    let shares = pixels.row_shares(inner.clone(), from..to, threshold(pixels, edges));
    let start = (edges.top - from + margin.min(h / 3)).min(shares.len() - 1);
    let means = pixels.row_means(inner, from..to);
    let top = walk_down(&shares, start, 0)
        .or_else(|| steepest(&means, edges.top - from, margin, true).filter(|e| e.1).map(|e| e.0));
    if let Some(top) = top {
        edges.top = from + top;
        edges.confirmed += 1;
    }
    // Between the posts of tanks and flats the top of the load is not that of the container.
    if let Some(posts) = post_top(pixels, edges, from + start)
        && posts + (OPEN_ABOVE * h as f64) as usize <= edges.top
    {
        edges.top = posts;
    }
}

/// Row at which the posts at both ends begin, where they agree, going up from `start`: a mask may end at the load below them.
fn post_top(pixels: Pixels<'_>, edges: &Edges, start: usize) -> Option<usize> {
    let (w, h) = (edges.width(), edges.height());
    let width = (w * 12 / 1000).max(2);
    let threshold = threshold(pixels, edges).max(EDGE_LIMIT);
    let walked = |columns: std::ops::Range<usize>| {
        let shares = pixels.row_shares(columns, 0..start + 1, threshold);
        walk_down(&shares, start, h / 100)
    };
    let (left, right) = (walked(edges.left..edges.left + width)?, walked(edges.right - width..edges.right)?);
    (left.abs_diff(right) <= h / 30).then_some(left.min(right))
}

/// Bottom edge on the pixels alone: where the box ends in air, else the steepest change near where the mask ends.
fn refine_bottom(pixels: Pixels<'_>, edges: &mut Edges, cell: f64) {
    let (w, h) = (edges.width(), edges.height());
    let margin = (2.0 * cell).ceil() as usize;
    let inner = (edges.left + w / 20)..(edges.right - w / 20);
    let from = edges.bottom.saturating_sub(h / 2);
    let to = (edges.bottom + margin).min(pixels.height());
    let shares = pixels.row_shares(inner.clone(), from..to, threshold(pixels, edges));
    let start = (edges.bottom - from).saturating_sub(margin.min(h / 3)).min(shares.len() - 1);
    if let Some(bottom) = walk_up(&shares, start, 0) {
        edges.bottom = from + bottom + 1;
        edges.confirmed += 1;
        return;
    }
    let means = pixels.row_means(inner, from..to);
    if let Some((bottom, true)) = steepest(&means, edges.bottom - from, margin, false) {
        edges.bottom = from + bottom;
        edges.confirmed += 1;
    }
}

/// Parts a block where light falls between two boxes, or where castings stand in its middle and it is as long as two.
fn part_at_gaps(view: &ImagedView, pixels: Pixels<'_>, edges: Edges, mask: &ContainerMask<'_>) -> Vec<Edges> {
    let (w, h) = (edges.width(), edges.height());
    let band = (edges.top + h / 5)..(edges.top + (h * 7) / 10);
    let threshold = threshold(pixels, &edges);
    let shares = pixels.column_shares(edges.left..edges.right, band.clone(), threshold);
    // Light in nearly the whole height, at least a sixth of the block from its ends and about 20 mm wide.
    let pitch = view.geometry.as_ref().map(|g| g.column_pitch_mm);
    let narrowest = pitch.map_or(2, |pitch| ((20.0 / pitch).ceil() as usize).max(1));
    let (mut gaps, mut run) = (Vec::new(), 0_usize);
    for (i, share) in shares.iter().copied().chain([1.0]).enumerate() {
        if share < 0.3 {
            run += 1;
        } else {
            if run >= narrowest && i - run > w / 6 && i < w - w / 6 {
                gaps.push((i - run, i));
            }
            run = 0;
        }
    }
    // Two boxes meet with their ends; light between goods on a flat has none beside it.
    let upper = (edges.top + h / 30)..(edges.top + h / 8).max(edges.top + h / 30 + 1);
    let ends = pixels.column_shares(edges.left..edges.right, upper, threshold);
    let reach = pitch.map_or(w / 40, |pitch| (200.0 / pitch) as usize).max(2);
    let has_end = |columns: std::ops::Range<usize>| ends[columns].iter().any(|share| *share > 0.6);
    gaps.retain(|(from, to)| has_end(from.saturating_sub(reach)..*from) && has_end(*to..(to + reach).min(w)));
    if gaps.is_empty()
        && let Some(at) = casting_gap(&edges, mask, &pixels.column_means(edges.left..edges.right, band))
    {
        gaps.push((at, at));
    }
    let mut parts = Vec::new();
    let mut left = edges.left;
    for (from, to) in gaps {
        parts.push(Edges { left, right: edges.left + from, ..edges });
        left = edges.left + to;
    }
    parts.push(Edges { left, ..edges });
    parts.retain(|part| part.width() >= 16 && part.width() * 8 >= w);
    parts
}

/// Column (from the left edge) between two boxes whose gap no light passes: castings in the middle third, top and bottom,
/// then the lightest column near them.
fn casting_gap(edges: &Edges, mask: &ContainerMask<'_>, means: &[f64]) -> Option<usize> {
    let w = edges.width();
    let (from, to) = (w * 2 / 5, w * 3 / 5);
    let at = mask.strongest_casting(edges.left + from..edges.left + to, edges.top..edges.bottom)?;
    let reach = (mask.cell_px * 1.5) as usize;
    let near = at - edges.left;
    (near.saturating_sub(reach).max(1)..(near + reach).min(w - 1)).min_by(|a, b| means[*a].total_cmp(&means[*b]))
}

/// Height, size, place and confidence of one box.
fn finish(
    view: &ImagedView,
    pixels: Pixels<'_>,
    part: Edges,
    mask_confidence: f32,
    cell: f64,
    view_index: usize,
) -> ContainerGeometry {
    let mut edges = part;
    refine_top(pixels, &mut edges, cell);
    let geometry = view.geometry.as_ref().filter(|g| g.detector(0).is_some() && g.column_pitch_mm > 0.0);
    let near = geometry.map(|g| g.source_to_lane_mm - WIDTH_MM / 2.0).filter(|z| *z > 100.0);
    let measured = geometry.map(|g| edges.width() as f64 * g.column_pitch_mm);
    let mut size = None;
    // The type is known once the box is; until then it is taken to be dry.
    let insets = Insets::of(None, 0.0);
    let mut place = None;
    let mut height_mm = None;
    if let (Some(g), Some(near), Some(length)) = (geometry, near, measured) {
        let (z, far) = ([near, near + WIDTH_MM], near + WIDTH_MM);
        // The upper edge of the silhouette is the near top rail, or the far one for a source above the roof.
        let edge_y = |row: usize, z: f64| {
            let here = g.ray_height_mm(row, z)?;
            Some(here + 0.5 * g.row_pitch_mm(row, z)?)
        };
        let top_y = edge_y(edges.top, near)
            .map(|y| y + CASTING_RISE_MM)
            .map(|y| if y >= g.source_height_mm { y } else { edge_y(edges.top, far).unwrap_or(y) });
        if let Some(top_y) = top_y {
            let z_top = if top_y >= g.source_height_mm { near } else { far };
            edges.top = row_at(g, pixels.height(), top_y, z_top).min(edges.top);
            let bottom_row = |height: f64| {
                let y = top_y - height;
                let z = if y < g.source_height_mm { near } else { far };
                row_at(g, pixels.height(), y, z)
            };
            // A box on the ground ends in air and shows its own height; on a chassis the mask says which height fits.
            let mut seen = edges;
            refine_bottom(pixels, &mut seen, cell);
            // Only long boxes come in two heights.
            let heights: &[f64] = if length < 7000.0 { &[2591.0] } else { &[2591.0, 2896.0] };
            let candidates = heights.iter().map(|height| (*height, bottom_row(*height)));
            // Two heights lie two or three cells apart, which the mask resolves; what the pixels show may be the chassis.
            let (masked, walked) = (edges.bottom, seen.bottom);
            let misfit = |row: usize| row.abs_diff(masked).min(row.abs_diff(walked));
            let choice = |row: usize| 3 * row.abs_diff(masked) + row.abs_diff(walked);
            if let Some((height, row)) = candidates.min_by_key(|(_, row)| choice(*row)) {
                let tolerance = (1.6 * cell).max(0.06 * edges.height() as f64) as usize;
                if misfit(row) <= tolerance && row > edges.top + 8 {
                    edges.bottom = row;
                    edges.confirmed += 1;
                    height_mm = Some(height);
                    place = Some(ContainerPlace { z_mm: z, y_mm: [top_y - height, top_y], insets });
                } else {
                    edges = seen;
                    let y = edge_y(edges.bottom.saturating_sub(1), near).map(|y| y.min(top_y - 500.0));
                    height_mm = y.map(|y| top_y - y);
                    place = y.map(|y| ContainerPlace { z_mm: z, y_mm: [y, top_y], insets });
                }
            }
        }
        size = height_mm.and_then(|height| iso_size(length, height));
    } else {
        refine_bottom(pixels, &mut edges, cell);
    }
    let mut lines = BoxLines::find(pixels, edges.region()).map(|(lines, _)| lines);
    if geometry.is_none() {
        size = length_class(&edges.region(), lines.as_ref());
    }
    let measured_or = |size: Option<IsoSize>| size.map(IsoSize::external_length_mm).or(measured);
    let column = column_mm(edges.region(), measured_or(size));
    let signs = TypeSigns::read(pixels, edges.region(), lines.as_ref(), column);
    let container_type = signs.container_type();
    if is_open(container_type) {
        // Rails, walls and floor of a box are not there; what looks like them belongs to the load.
        lines = None;
    }
    // What hangs from the upper edge is surer of the underside than a chassis below it.
    if geometry.is_none()
        && let Some((rows, found)) = lines.as_ref().and_then(|l| Some((l.underside?, l)))
    {
        edges.confirmed += 1;
        edges.hang(found, rows, pixels.height());
        lines = BoxLines::find(pixels, edges.region()).map(|(lines, _)| lines);
        size = length_class(&edges.region(), lines.as_ref());
    }
    let region = edges.region();
    let length_mm = measured_or(size);
    let insets = Insets::of(container_type, length_mm.unwrap_or(0.0));
    let place = place.map(|place| ContainerPlace { insets, ..place });
    let ends_mm = signs.ends_mm(insets);
    let perspective = lines.as_ref().and_then(|lines| match geometry {
        Some(fan) => Perspective::with_fan(lines, region, fan, insets),
        None => Perspective::without_fan(lines, region, size?, insets),
    });
    let pitch_mm = pitch(view, &region, length_mm, height_mm, place.as_ref(), perspective.as_ref());
    // Half of the confidence is the model's, half is earned by confirmed edges and by fitting an ISO size.
    let earned = 0.8 * f64::from(edges.confirmed.min(4)) / 4.0 + if size.is_some() { 0.2 } else { 0.0 };
    let confidence = mask_confidence * (0.5 + 0.5 * earned as f32);
    ContainerGeometry {
        view: view_index,
        region,
        confidence: confidence.clamp(0.0, 1.0),
        size,
        container_type,
        ends_mm,
        length_mm,
        height_mm,
        pitch_mm,
        place,
        perspective,
    }
}

/// The largest block of columns that are dark over at least half of the view, when it spans a third of the view.
fn dark_block(pixels: Pixels<'_>) -> Option<Edges> {
    let (width, height) = (pixels.width(), pixels.height());
    let air = pixels.quantile(0..width, 0..height, 0.02);
    let dark = pixels.quantile(0..width, 0..height, 0.5);
    let threshold = air + (0.4 * (dark - air)).max(0.03);
    let rows = pixels.row_shares(0..width, 0..height, threshold);
    let top = rows.iter().position(|share| *share > 0.4)?;
    let bottom = height - rows.iter().rev().position(|share| *share > 0.4)?;
    if bottom < top + height / 4 {
        return None;
    }
    let shares = pixels.column_shares(0..width, top..bottom, threshold);
    let left = shares.iter().position(|share| *share > 0.6)?;
    let right = width - shares.iter().rev().position(|share| *share > 0.6)?;
    (right > left + width / 3).then_some(Edges { left, right, top, bottom, confirmed: 0 })
}

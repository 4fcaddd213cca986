use super::frame::{CASTING, FLOOR, Frame};
use crate::corrugation::{Corrugation, Wave};
use crate::dice::Dice;
use crate::scene::Scene;
use crate::shape::Shape;

/// Wave of a side wall as makers publish it (ISO 1CC and 1AAA specifications): outer flat, slope, inner flat, depth, mm. Makers
/// differ by a few mm, which is drawn.
const WALL: [f64; 4] = [72.0, 68.0, 70.0, 36.0];
/// Periods of one panel of a side wall.
const WALL_PERIODS: usize = 4;
/// Wave of a roof panel: upper flat, slope, lower flat, depth, mm.
const ROOF: [f64; 4] = [91.0, 13.5, 91.0, 20.0];
/// Length of a roof panel, mm: five sheets make a roof of 20 ft, eleven one of 40 ft.
const ROOF_PANEL: f64 = 1110.0;

/// Both side walls: panels welded side by side, the one at each end thicker.
///
/// Panels are pressed with free edges, so that sheet is as thick in slopes as in flats. Inner panels are of 1.6 mm and end panels of
/// 2.0 mm steel, of some boxes all of 2.0 mm; hot-rolled sheet is 0.1 mm off (EN 10051). Periods
/// start where panels start. Of 22 real scans of empty boxes 21 show the wave of both walls clearly, at half of its period and four fifths
/// of what walls in step would show: the walls are mostly set alike, to within 25 mm.
pub(super) fn walls(scene: &mut Scene, dice: &mut Dice, frame: &Frame) {
    let ([_, y0, z0], [_, y1, z1]) = (frame.min, frame.max);
    let shape = WALL.map(|mm| mm * dice.about(0.04));
    let end = dice.between(1.9, 2.1);
    let inner = if dice.chance(0.15) { end } else { dice.between(1.5, 1.7) };
    let is_turned = dice.chance(0.12);
    // Where welders set the walls in their frame.
    let (land, apart) = (dice.between(0.35, 0.65), dice.between(-25.0, 25.0));
    let depth = shape[3].min(WALL[3]);
    for (level, depth, is_turned, apart) in [(z0 + 4.0, depth, false, 0.0), (z1 - 4.0, -depth, is_turned, apart)] {
        for x in frame.spans(120.0) {
            let wall = Panels {
                sheet: Corrugation {
                    wave: Wave::AcrossZ,
                    x,
                    across: [y0 + FLOOR, y1 - 66.0],
                    level,
                    depth,
                    period: shape[0] + 2.0 * shape[1] + shape[2],
                    flat_share: 0.0,
                    slope_share: 0.0,
                    phase: 0.0,
                    thickness: inner,
                    slope_thickness: inner,
                },
                flat: shape[0],
                slope: shape[1],
                land,
                apart,
                end,
                is_turned,
            };
            wall.add(scene, frame);
        }
    }
}

/// A run of panels along a wall.
struct Panels {
    sheet: Corrugation,
    flat: f64,
    slope: f64,
    /// Share of what whole periods leave over that lies before the first one.
    land: f64,
    /// How far beyond that it is set, mm.
    apart: f64,
    /// Thickness of the first and the last panel.
    end: f64,
    is_turned: bool,
}

impl Panels {
    fn add(&self, scene: &mut Scene, frame: &Frame) {
        let Corrugation { x: [a, b], period, thickness: inner, .. } = self.sheet;
        let periods = ((b - a) / period).floor();
        let over = b - a - periods * period;
        let from = a + (self.land * over + self.apart).clamp(0.0, over);
        let to = from + periods * period;
        let count = (periods as usize).div_ceil(WALL_PERIODS);
        // Whole panels from the first one on; the last one has what is left.
        let ends = |i: usize| ((i * WALL_PERIODS) as f64).min(periods) * period;
        for i in 0..count {
            let [near, far] = [ends(i), ends(i + 1)];
            let x = if self.is_turned { [to - far, to - near] } else { [from + near, from + far] };
            // What is over at the ends of a wall is flat, part of its end panels.
            let thickness = if i == 0 || i + 1 == count { self.end } else { inner };
            let phase = if self.is_turned { x[0] - self.flat } else { x[0] };
            let (flat_share, slope_share) = (self.flat / period, self.slope / period);
            let sheet = Corrugation {
                x,
                phase,
                flat_share,
                slope_share,
                thickness,
                slope_thickness: thickness,
                ..self.sheet
            };
            scene.add(Shape::Sheet(sheet), frame.steel);
        }
        let (y, half) = (self.sheet.across, 0.5 * self.end);
        for [a, b] in [[a, from], [to, b]] {
            if b - a > 0.5 {
                scene.block([a, y[0], self.sheet.level - half], [b, y[1], self.sheet.level + half], frame.steel);
            }
        }
    }
}

/// The roof: die-stamped panels, flat along their edges, where they are welded.
///
/// A die holds a panel's edges, so that its troughs are stretched out of the sheet and steel is neither drawn in nor added: as much lies
/// over a panel as over the plain sheet. Slopes are thinned by 22 to 35 % (what hot-rolled weathering steel of 22 to 30 %
/// elongation bears in stretching), flats by what the slopes still need.
pub(super) fn roof(scene: &mut Scene, dice: &mut Dice, frame: &Frame) {
    let ([x0, _, z0], [x1, y1, z1]) = (frame.min, frame.max);
    let gauge = dice.between(1.9, 2.05);
    let slope_thickness = gauge * dice.between(0.65, 0.78);
    let [upper, slope, lower, depth] = ROOF;
    let period = upper + 2.0 * slope + lower;
    let stretch = (1.0 + (depth / slope) * (depth / slope)).sqrt();
    let thickness = (gauge * period - 2.0 * slope * stretch * slope_thickness) / (upper + lower);
    let level = y1 - 8.0;
    let plain = |scene: &mut Scene, [a, b]: [f64; 2], edge: f64| {
        let (low, high) = ([a, level - 0.5 * gauge, z0 + edge], [b, level + 0.5 * gauge, z1 - edge]);
        scene.block(low, high, frame.steel);
    };
    let spans = frame.spans(80.0);
    for [a, b] in &spans {
        let count = ((b - a) / ROOF_PANEL).round().max(1.0);
        let panel = (b - a) / count;
        let waves = ((panel - 30.0) / period).floor().max(0.0) * period;
        let edge = 0.5 * (panel - waves);
        for i in 0..count as usize {
            let x = a + i as f64 * panel;
            plain(scene, [x, x + edge], 40.0);
            plain(scene, [x + edge + waves, x + panel], 40.0);
            if waves > 0.0 {
                let sheet = Corrugation {
                    wave: Wave::AcrossY,
                    x: [x + edge, x + edge + waves],
                    across: [z0 + 40.0, z1 - 40.0],
                    level,
                    depth: -depth,
                    period,
                    flat_share: upper / period,
                    slope_share: slope / period,
                    phase: x + edge,
                    thickness,
                    slope_thickness,
                };
                scene.add(Shape::Sheet(sheet), frame.steel);
            }
        }
    }
    // Plates under the troughs stiffen it beside the corner castings.
    let low = level - depth - gauge - 3.0;
    for [a, b] in [[x0 + 80.0, x0 + 380.0], [x1 - 380.0, x1 - 80.0]] {
        scene.block([a, low, z0 + CASTING[2]], [b, low + 3.0, z1 - CASTING[2]], frame.steel);
    }
    // Between the castings of inner posts it is narrower.
    for pair in spans.windows(2) {
        plain(scene, [pair[0][1], pair[1][0]], CASTING[2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(scene: &mut Scene) -> Frame {
        Frame {
            min: [0.0; 3],
            max: [12_192.0, 2591.0, 2438.0],
            steel: scene.substance("steel", None).unwrap(),
            has_inner_posts: false,
            is_open: false,
        }
    }

    /// Steel that rays straight through a sheet meet at x, mm.
    fn thickness_at(scene: &Scene, x: f64, is_meant: impl Fn([f64; 2], [f64; 2]) -> bool, across: usize) -> f64 {
        let slices = scene.solids.iter().filter_map(|s| s.shape.slice(x)).map(|slice| slice.bounds());
        slices
            .filter(|(y, z)| is_meant(*y, *z))
            .map(|(y, z)| if across == 1 { y[1] - y[0] } else { z[1] - z[0] })
            .sum()
    }

    #[test]
    fn a_roof_has_the_steel_of_its_sheets_and_slopes_little_more_than_flats() {
        for seed in 0..6 {
            let mut scene = Scene::default();
            let frame = frame(&mut scene);
            roof(&mut scene, &mut Dice::new(seed, "roof"), &frame);
            let area = (12_192.0 - 160.0) * (2438.0 - 80.0);
            let plates = 2.0 * 300.0 * (2438.0 - 324.0) * 3.0;
            let gauge = (scene.mass_kg() / 7.85e-6 - plates) / area;
            assert!((1.85..2.1).contains(&gauge), "{gauge} mm");
            let xs = (0..4000).map(|i| 1000.0 + 2.5 * f64::from(i));
            let along: Vec<f64> = xs.map(|x| thickness_at(&scene, x, |_, _| true, 1)).collect();
            let (thin, thick) = along.iter().fold((f64::MAX, 0.0_f64), |(a, b), t| (a.min(*t), b.max(*t)));
            assert!(thin > 1.8 && thick < 1.5 * gauge && thick > 1.1 * gauge, "{thin} to {thick} mm of {gauge}");
        }
    }

    /// Walls out of step show less of their wave; end panels are thicker.
    #[test]
    fn walls_are_of_panels_and_not_all_in_step() {
        let mut swings = Vec::new();
        let mut thicker = 0;
        for seed in 0..12 {
            let mut scene = Scene::default();
            let frame = frame(&mut scene);
            walls(&mut scene, &mut Dice::new(seed, "walls"), &frame);
            let far = scene.solids.iter().map(|s| s.shape.bounds().1[0]).fold(0.0, f64::max);
            assert!((far - 12_072.0).abs() < 1e-6, "{far}");
            let mean = |from: f64| {
                let xs: Vec<f64> = (0..278).map(|i| from + f64::from(i)).collect();
                xs.iter().map(|x| thickness_at(&scene, *x, |_, _| true, 2)).sum::<f64>() / xs.len() as f64
            };
            let (end, middle) = (mean(500.0), mean(6000.0));
            thicker += usize::from(end > 1.1 * middle);
            assert!(end > 0.97 * middle && middle > 3.0 && middle < 4.9, "{end} {middle}");
            let swing: Vec<f64> =
                (0..556).map(|i| thickness_at(&scene, 6000.0 + f64::from(i), |_, _| true, 2)).collect();
            let level = swing.iter().sum::<f64>() / swing.len() as f64;
            let square =
                swing.iter().map(|t| (t / level - 1.0) * (t / level - 1.0)).sum::<f64>() / swing.len() as f64;
            swings.push(square.sqrt());
        }
        assert!(thicker >= 8, "{thicker} of 12");
        let (least, most) = swings.iter().fold((f64::MAX, 0.0_f64), |(a, b), s| (a.min(*s), b.max(*s)));
        assert!(least < 0.9 * most && most < 0.08, "{swings:?}");
    }
}

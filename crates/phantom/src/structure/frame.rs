use crate::scene::{Scene, Substance};
use crate::shape::{Axis, Shape, turned};

/// Casting of ISO 1161: length, height, width.
pub(super) const CASTING: [f64; 3] = [178.0, 118.0, 162.0];
/// Height of bottom rails and floor of a dry box together.
pub(super) const FLOOR: f64 = 160.0;
/// From the outside of a box to the inner edge of its bottom rails.
pub(super) const RAIL: f64 = 50.0;

/// Corners of a container's outside and the steel of its frame.
pub(super) struct Frame {
    pub(super) min: [f64; 3],
    pub(super) max: [f64; 3],
    pub(super) steel: Substance,
    /// Whether posts and castings stand at the places of a 40 ft box too, as in one of 45 ft (ISO 668 annex, 1EEE).
    pub(super) has_inner_posts: bool,
    /// Whether the front sill leaves a gooseneck its way into the tunnel.
    pub(super) is_open: bool,
}

/// From the ends of a 45 ft box to the castings at the places of a 40 ft one: half of 13,716 − 12,192 mm.
const INNER: f64 = 762.0;
/// Half of the width of a gooseneck tunnel (ISO 668: 1,029 mm and more).
const HALF_TUNNEL: f64 = 520.0;

impl Frame {
    /// Ends along x of the parts between castings.
    pub(super) fn spans(&self, from_ends: f64) -> Vec<[f64; 2]> {
        let (x0, x1) = (self.min[0], self.max[0]);
        let (a, b) = (x0 + from_ends, x1 - from_ends);
        if self.has_inner_posts {
            let reach = INNER + CASTING[0];
            vec![[a, x0 + INNER], [x0 + reach, x1 - reach], [x1 - INNER, b]]
        } else {
            vec![[a, b]]
        }
    }

    /// Castings and posts at the places of a 40 ft box: the posts are as flat as the walls.
    fn inner_posts(&self, scene: &mut Scene) {
        let ([x0, y0, z0], [x1, y1, z1]) = (self.min, self.max);
        for x in [x0 + INNER, x1 - INNER - CASTING[0]] {
            for z in [z0, z1 - CASTING[2]] {
                for y in [y0, y1 - CASTING[1]] {
                    scene.shell([x, y, z], [x + CASTING[0], y + CASTING[1], z + CASTING[2]], 14.0, self.steel, None);
                }
            }
            for z in [z0 + 2.0, z1 - 42.0] {
                let (low, high) = ([x, y0 + FLOOR, z], [x + CASTING[0], y1 - CASTING[1], z + 40.0]);
                scene.shell(low, high, 10.0, self.steel, None);
            }
            // A header under the roof ties them together.
            let (low, high) = ([x, y1 - 104.0, z0 + CASTING[2]], [x + CASTING[0], y1 - 32.0, z1 - CASTING[2]]);
            scene.shell(low, high, 4.0, self.steel, None);
        }
    }

    /// The eight corner castings.
    pub(super) fn castings(&self, scene: &mut Scene) {
        let ([x0, y0, z0], [x1, y1, z1]) = (self.min, self.max);
        for x in [x0, x1 - CASTING[0]] {
            for y in [y0, y1 - CASTING[1]] {
                for z in [z0, z1 - CASTING[2]] {
                    scene.shell([x, y, z], [x + CASTING[0], y + CASTING[1], z + CASTING[2]], 14.0, self.steel, None);
                }
            }
        }
    }

    /// The four corner posts between them: a box as deep as the end wall or the doors, and a lip that takes the side wall. Nothing of
    /// them stands in the space for goods.
    pub(super) fn posts(&self, scene: &mut Scene) {
        let ([x0, y0, z0], [x1, y1, z1]) = (self.min, self.max);
        let y = [y0 + CASTING[1], y1 - CASTING[1]];
        // Rear posts have a channel of 12 mm inside.
        let front = ([x0 + 4.0, x0 + 80.0], [x0 + 80.0, x0 + 120.0], 6.0);
        let rear = ([x1 - 80.0, x1 - 4.0], [x1 - 120.0, x1 - 80.0], 10.0);
        for (x, lip, thickness) in [front, rear] {
            for z in [[z0 + 2.0, z0 + 112.0], [z1 - 112.0, z1 - 2.0]] {
                scene.shell([x[0], y[0], z[0]], [x[1], y[1], z[1]], thickness, self.steel, None);
            }
            for z in [z0 + 2.0, z1 - 8.0] {
                // As high as the post, from casting to casting.
                scene.block([lip[0], y[0], z], [lip[1], y[1], z + 6.0], self.steel);
            }
        }
    }

    /// Top side rails.
    pub(super) fn top_rails(&self, scene: &mut Scene) {
        let ([_, _, z0], [_, y1, z1]) = (self.min, self.max);
        for [a, b] in self.spans(CASTING[0]) {
            for (z, inner) in [(z0 + 2.0, z0 + 62.0), (z1 - 62.0, z1 - 2.0)] {
                scene.shell([a, y1 - 66.0, z], [b, y1 - 6.0, inner], 3.0, self.steel, None);
            }
        }
    }

    /// Bottom side rails: channels of web and two flanges.
    pub(super) fn bottom_rails(&self, scene: &mut Scene) {
        let ([_, y0, z0], [_, _, z1]) = (self.min, self.max);
        for [a, b] in self.spans(CASTING[0]) {
            for (z, web) in [(z0 + 2.0, z0 + 2.0), (z1 - RAIL, z1 - 6.5)] {
                let (low, high) = (y0 + 12.0, y0 + FLOOR);
                scene.block([a, low + 4.5, web], [b, high - 4.5, web + 4.5], self.steel);
                for y in [low, high - 4.5] {
                    scene.block([a, y, z], [b, y + 4.5, z + RAIL - 2.0], self.steel);
                }
            }
        }
    }

    /// Sills and headers across both ends.
    pub(super) fn end_rails(&self, scene: &mut Scene) {
        let ([x0, y0, z0], [x1, y1, z1]) = (self.min, self.max);
        let (zn, zf) = (z0 + CASTING[2], z1 - CASTING[2]);
        let middle = 0.5 * (z0 + z1);
        let sills =
            if self.is_open { vec![[zn, middle - HALF_TUNNEL], [middle + HALF_TUNNEL, zf]] } else { vec![[zn, zf]] };
        for [a, b] in sills {
            scene.shell([x0 + 10.0, y0 + 12.0, a], [x0 + 80.0, y0 + 150.0, b], 4.0, self.steel, None);
        }
        scene.shell([x0 + 10.0, y1 - 72.0, zn], [x0 + 70.0, y1 - 8.0, zf], 3.0, self.steel, None);
        scene.shell([x1 - 90.0, y0 + 12.0, zn], [x1 - 8.0, y0 + 150.0, zf], 4.5, self.steel, None);
        scene.shell([x1 - 80.0, y1 - 112.0, zn], [x1 - 8.0, y1 - 8.0, zf], 3.5, self.steel, None);
    }

    /// All of it.
    pub(super) fn whole(&self, scene: &mut Scene) {
        self.castings(scene);
        self.posts(scene);
        self.top_rails(scene);
        self.bottom_rails(scene);
        self.end_rails(scene);
        if self.has_inner_posts {
            self.inner_posts(scene);
        }
    }

    /// A corrugated wall across the lane from x to x + depth, over the heights `y`, in `periods` folds along z.
    pub(super) fn end_wall(
        &self,
        scene: &mut Scene,
        x: f64,
        y: [f64; 2],
        depth: f64,
        periods: usize,
        thickness: f64,
    ) {
        let (z0, z1) = (self.min[2] + 112.0, self.max[2] - 112.0);
        let period = (z1 - z0) / periods as f64;
        let (flat, slope) = (period * 0.38, period * 0.12);
        for i in 0..periods {
            let z = z0 + i as f64 * period;
            for (at, from) in [(x, 0.0), (x + depth, flat + slope)] {
                scene.block([at, y[0], z + from], [at + thickness, y[1], z + from + flat], self.steel);
                scene.mark_fine(at, at + thickness);
            }
            let length = (depth * depth + slope * slope).sqrt();
            for (from, rise) in [(flat, 1.0), (2.0 * flat + slope, -1.0)] {
                // A plate from (x, z) to (x + depth, z + slope), or back.
                let angle = libm::atan2(slope, depth) * rise;
                scene.add(
                    Shape::Brick {
                        centre: [x + depth / 2.0 + thickness / 2.0, (y[0] + y[1]) / 2.0, z + from + slope / 2.0],
                        half: [length / 2.0, (y[1] - y[0]) / 2.0, thickness / 2.0],
                        axes: turned(Axis::Y, -angle),
                    },
                    self.steel,
                );
            }
        }
    }

    /// Cross-members between two heights. Over the first `tunnel` mm they stop beside a gooseneck.
    pub(super) fn cross_members(&self, scene: &mut Scene, [low, high]: [f64; 2], spacing: f64, tunnel: f64) {
        let ([x0, _, z0], [x1, _, z1]) = (self.min, self.max);
        let count = ((x1 - x0 - 300.0) / spacing).floor();
        let spacing = (x1 - x0 - 300.0) / count;
        for i in 0..=count as usize {
            let x = x0 + 150.0 + i as f64 * spacing;
            // A member beside an inner casting ends at it.
            let from_end = (x - x0).min(x1 - x);
            let is_beside = self.has_inner_posts && (INNER - 50.0..INNER + CASTING[0] + 50.0).contains(&from_end);
            let edge = if is_beside { CASTING[2] } else { RAIL };
            let spans: &[[f64; 2]] = if x < x0 + tunnel {
                &[[z0 + edge, z0 + 700.0], [z1 - 700.0, z1 - edge]]
            } else {
                &[[z0 + edge, z1 - edge]]
            };
            for [a, b] in spans {
                scene.block([x, low, *a], [x + 4.0, high, *b], self.steel);
                for y in [low, high - 4.0] {
                    scene.block([x + 4.0, y, *a], [x + 44.0, y + 4.0, *b], self.steel);
                }
            }
            scene.mark_fine(x, x + 4.0);
        }
    }

    /// Plate and cheeks of a gooseneck tunnel `tunnel` mm long, under a floor whose members end at `high`.
    pub(super) fn tunnel(&self, scene: &mut Scene, [low, high]: [f64; 2], tunnel: f64) {
        let (x0, z0, z1) = (self.min[0], self.min[2], self.max[2]);
        scene.block([x0 + 80.0, high - 4.0, z0 + 700.0], [x0 + tunnel, high, z1 - 700.0], self.steel);
        for z in [z0 + 700.0, z1 - 704.0] {
            scene.block([x0 + 80.0, low, z], [x0 + tunnel, high - 4.0, z + 4.0], self.steel);
        }
    }

    /// Two lock bars of a door leaf from `a` to `b` along z, with cams, and a handle each.
    pub(super) fn lock_bars(&self, scene: &mut Scene, [a, b]: [f64; 2], mut handle_y: impl FnMut() -> f64) {
        let (y0, y1, x1) = (self.min[1], self.max[1], self.max[0]);
        for z in [a + 0.28 * (b - a), a + 0.82 * (b - a)] {
            let centre = [x1 + 2.0 - 22.0 + 20.0, (y0 + y1) / 2.0, z];
            let bar = Shape::Cylinder { axis: Axis::Y, centre, radius: 17.0, half_length: (y1 - y0) / 2.0 - 30.0 };
            let outer = scene.add(bar, self.steel);
            let bore = Shape::Cylinder { axis: Axis::Y, centre, radius: 14.0, half_length: (y1 - y0) / 2.0 - 30.0 };
            let hollow = scene.hollow();
            scene.nest(outer, bore, hollow);
            for y in [y0 + 35.0, y1 - 95.0] {
                scene.block([x1 - 18.0, y, z - 35.0], [x1 + 20.0, y + 60.0, z + 35.0], self.steel);
            }
            let handle = y0 + handle_y();
            scene.block([x1 + 2.0, handle, z], [x1 + 16.0, handle + 35.0, z + 330.0], self.steel);
        }
    }
}

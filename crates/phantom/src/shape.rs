use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::corrugation::Corrugation;
use crate::slice::{Ray, Slice};

/// A direction of space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// Along the lane.
    X,
    /// Up.
    Y,
    /// Across the lane, away from the source.
    Z,
}

/// An exact solid in the coordinates of the lane, in mm: x along the lane, y up, z from the source.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A box parallel to the axes.
    Block {
        /// Smallest corner.
        min: [f64; 3],
        /// Largest corner.
        max: [f64; 3],
    },
    /// A cylinder along one axis.
    Cylinder {
        /// Its axis.
        axis: Axis,
        /// Middle.
        centre: [f64; 3],
        /// Radius.
        radius: f64,
        /// Half of its length.
        half_length: f64,
    },
    /// An ellipsoid parallel to the axes.
    Ellipsoid {
        /// Middle.
        centre: [f64; 3],
        /// Semi-axes.
        semi: [f64; 3],
    },
    /// The upper half of an ellipsoid.
    Dome {
        /// Middle of its flat underside.
        base: [f64; 3],
        /// Semi-axes.
        semi: [f64; 3],
    },
    /// A box with rounded edges and corners: its part inside the ellipsoid `roundness` times its half sizes.
    Pillow {
        /// Middle.
        centre: [f64; 3],
        /// Half sizes of the box.
        half: [f64; 3],
        /// 1 (an ellipsoid) to √2 (only the corners are off).
        roundness: f64,
    },
    /// An upright prism whose plan is a rectangle inside an ellipse `roundness` times its half sizes.
    Prism {
        /// Middle.
        centre: [f64; 3],
        /// Half sizes.
        half: [f64; 3],
        /// 1 (elliptic) to √2 (rectangular).
        roundness: f64,
    },
    /// A cylinder along any axis.
    Rod {
        /// Middle.
        centre: [f64; 3],
        /// Unit vector along it.
        axis: [f64; 3],
        /// Radius.
        radius: f64,
        /// Half of its length.
        half_length: f64,
    },
    /// A box turned in space.
    Brick {
        /// Middle.
        centre: [f64; 3],
        /// Half sizes along its own axes.
        half: [f64; 3],
        /// Its own axes: three unit vectors at right angles.
        axes: [[f64; 3]; 3],
    },
    /// A vessel lying along x: a cylinder with heads that are half ellipsoids, or the part of it below a level.
    Vessel {
        /// Middle of the whole vessel.
        centre: [f64; 3],
        /// Radius.
        radius: f64,
        /// Half of the length of its cylinder.
        half_length: f64,
        /// How far a head bulges: half of the radius for the usual 2:1 head.
        head: f64,
        /// Height y up to which it is filled; infinite for all of it.
        level: f64,
    },
    /// A corrugated sheet of a side wall (wave across z) or a roof (wave across y).
    Sheet(Corrugation),
}

/// Unit vectors of a box turned by `angle` (radians) about an axis.
pub fn turned(axis: Axis, angle: f64) -> [[f64; 3]; 3] {
    let (s, c) = libm::sincos(angle);
    match axis {
        Axis::X => [[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]],
        Axis::Y => [[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]],
        Axis::Z => [[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]],
    }
}

impl Shape {
    /// Volume in mm³.
    pub fn volume_mm3(&self) -> f64 {
        match self {
            Self::Block { min, max } => (max[0] - min[0]) * (max[1] - min[1]) * (max[2] - min[2]),
            Self::Cylinder { radius, half_length, .. } | Self::Rod { radius, half_length, .. } => {
                PI * radius * radius * 2.0 * half_length
            }
            Self::Ellipsoid { semi, .. } => 4.0 / 3.0 * PI * semi[0] * semi[1] * semi[2],
            Self::Dome { semi, .. } => 2.0 / 3.0 * PI * semi[0] * semi[1] * semi[2],
            // A ball of radius k less the six caps outside the cube [−1, 1]³; the caps do not meet while k ≤ √2.
            Self::Pillow { half, roundness: k, .. } => {
                let unit = 4.0 / 3.0 * PI * k * k * k - 2.0 * PI * (k - 1.0) * (k - 1.0) * (2.0 * k + 1.0);
                unit * half[0] * half[1] * half[2]
            }
            // A disc of radius k less the four segments outside the square [−1, 1]².
            Self::Prism { half, roundness: k, .. } => {
                let segment = k * k * libm::acos(1.0 / k) - (k * k - 1.0).sqrt();
                (PI * k * k - 4.0 * segment) * half[0] * half[2] * 2.0 * half[1]
            }
            Self::Brick { half, .. } => 8.0 * half[0] * half[1] * half[2],
            Self::Vessel { centre, radius: r, half_length, head, level } => {
                // With t the level over the radius: discs below it in the cylinder, slices of ellipsoids in the heads.
                let t = ((level - centre[1]) / r).clamp(-1.0, 1.0);
                let disc = r * r * (libm::acos(-t) + t * (1.0 - t * t).sqrt());
                let heads = PI * r * r * head * (2.0 / 3.0 + t - t * t * t / 3.0);
                disc * 2.0 * half_length + heads
            }
            Self::Sheet(sheet) => sheet.volume_mm3(),
        }
    }

    /// Smallest and largest corner of the box around it.
    pub fn bounds(&self) -> ([f64; 3], [f64; 3]) {
        let around = |c: &[f64; 3], h: [f64; 3]| {
            ([c[0] - h[0], c[1] - h[1], c[2] - h[2]], [c[0] + h[0], c[1] + h[1], c[2] + h[2]])
        };
        match self {
            Self::Block { min, max } => (*min, *max),
            Self::Cylinder { axis, centre, radius: r, half_length: l } => match axis {
                Axis::X => around(centre, [*l, *r, *r]),
                Axis::Y => around(centre, [*r, *l, *r]),
                Axis::Z => around(centre, [*r, *r, *l]),
            },
            Self::Ellipsoid { centre, semi } => around(centre, *semi),
            Self::Dome { base: c, semi } => {
                ([c[0] - semi[0], c[1], c[2] - semi[2]], [c[0] + semi[0], c[1] + semi[1], c[2] + semi[2]])
            }
            Self::Pillow { centre, half, .. } | Self::Prism { centre, half, .. } => around(centre, *half),
            Self::Rod { centre, axis, radius, half_length } => {
                let reach = |a: f64| half_length * a.abs() + radius * (1.0 - a * a).max(0.0).sqrt();
                around(centre, [reach(axis[0]), reach(axis[1]), reach(axis[2])])
            }
            Self::Brick { centre, half, axes } => {
                let reach = |d: usize| (0..3).map(|i| half[i] * axes[i][d].abs()).sum::<f64>();
                around(centre, [reach(0), reach(1), reach(2)])
            }
            Self::Vessel { centre: c, radius: r, half_length, head, level } => {
                let l = half_length + head;
                ([c[0] - l, c[1] - r, c[2] - r], [c[0] + l, level.min(c[1] + r), c[2] + r])
            }
            Self::Sheet(sheet) => sheet.bounds(),
        }
    }

    /// Whether a point lies in it.
    pub(crate) fn contains(&self, p: [f64; 3]) -> bool {
        let (min, max) = self.bounds();
        (0..3).all(|d| p[d] > min[d] && p[d] < max[d])
            && self
                .slice(p[0])
                .and_then(|slice| slice.chord(Ray::new(p[1], 0.0)))
                .is_some_and(|z| p[2] > z[0] && p[2] < z[1])
    }

    /// Cut by the plane at `x`; `None` outside.
    pub(crate) fn slice(&self, x: f64) -> Option<Slice> {
        match self {
            Self::Block { min, max } => {
                (x > min[0] && x < max[0]).then_some(Slice::Rectangle { y: [min[1], max[1]], z: [min[2], max[2]] })
            }
            Self::Cylinder { axis, centre: c, radius, half_length: l } => {
                let d = x - c[0];
                if *axis == Axis::X {
                    return (d.abs() < *l)
                        .then_some(Slice::Ellipse { centre: [c[1], c[2]], semi: [*radius, *radius] });
                }
                let w = half_chord(*radius, d)?;
                let (dy, dz) = if *axis == Axis::Y { (*l, w) } else { (w, *l) };
                Some(Slice::Rectangle { y: [c[1] - dy, c[1] + dy], z: [c[2] - dz, c[2] + dz] })
            }
            Self::Ellipsoid { centre, semi } => {
                let w = half_chord(1.0, (x - centre[0]) / semi[0])?;
                Some(Slice::Ellipse { centre: [centre[1], centre[2]], semi: [semi[1] * w, semi[2] * w] })
            }
            Self::Dome { base: c, semi } => {
                let w = half_chord(1.0, (x - c[0]) / semi[0])?;
                let semi = [semi[1] * w, semi[2] * w];
                Some(Slice::RoundedRectangle {
                    y: [c[1], c[1] + semi[0]],
                    z: [c[2] - semi[1], c[2] + semi[1]],
                    centre: [c[1], c[2]],
                    semi,
                })
            }
            Self::Pillow { centre: c, half, roundness: k } => {
                let u = (x - c[0]) / half[0];
                let w = half_chord(*k, u).filter(|_| u.abs() < 1.0)?;
                Some(Slice::RoundedRectangle {
                    y: [c[1] - half[1], c[1] + half[1]],
                    z: [c[2] - half[2], c[2] + half[2]],
                    centre: [c[1], c[2]],
                    semi: [half[1] * w, half[2] * w],
                })
            }
            Self::Prism { centre: c, half, roundness: k } => {
                let u = (x - c[0]) / half[0];
                let w = half_chord(*k, u).filter(|_| u.abs() < 1.0)?.min(1.0) * half[2];
                Some(Slice::Rectangle { y: [c[1] - half[1], c[1] + half[1]], z: [c[2] - w, c[2] + w] })
            }
            Self::Rod { centre, axis, radius, half_length } => {
                let (min, max) = self.bounds();
                (x > min[0] && x < max[0]).then_some(Slice::Rod {
                    offset: [x - centre[0], centre[1], centre[2]],
                    axis: *axis,
                    radius: *radius,
                    half_length: *half_length,
                    y: [min[1], max[1]],
                    z: [min[2], max[2]],
                })
            }
            Self::Brick { centre: c, half, axes } => {
                let (min, max) = self.bounds();
                (x > min[0] && x < max[0]).then(|| Slice::Planes {
                    constant: [0, 1, 2].map(|i| axes[i][0] * (x - c[0]) - axes[i][1] * c[1] - axes[i][2] * c[2]),
                    y_factor: [axes[0][1], axes[1][1], axes[2][1]],
                    z_factor: [axes[0][2], axes[1][2], axes[2][2]],
                    half: *half,
                    y: [min[1], max[1]],
                    z: [min[2], max[2]],
                })
            }
            Self::Vessel { centre: c, radius, half_length, head, level } => {
                let beyond = ((x - c[0]).abs() - half_length).max(0.0) / head;
                let r = radius * half_chord(1.0, beyond)?;
                if *level >= c[1] + radius {
                    return Some(Slice::Ellipse { centre: [c[1], c[2]], semi: [r, r] });
                }
                let (y, z) = ([c[1] - r, level.min(c[1] + r)], [c[2] - r, c[2] + r]);
                (y[1] > y[0]).then_some(Slice::RoundedRectangle { y, z, centre: [c[1], c[2]], semi: [r, r] })
            }
            Self::Sheet(sheet) => sheet.slice(x),
        }
    }

    /// What stands for the part of it between x₀ and x₁: its slice there, or where [`Self::is_averaged`] one of the mean of its
    /// half widths. A sheet that is the difference of two such solids is as heavy as it is, however thin.
    pub(crate) fn slice_over(&self, [x0, x1]: [f64; 2]) -> Option<Slice> {
        let mean = |area: &dyn Fn(f64) -> f64, from: f64, to: f64| (area(to) - area(from)) / (to - from);
        match self {
            Self::Cylinder { axis: axis @ (Axis::Y | Axis::Z), centre: c, radius: r, half_length: l } => {
                let [from, to] = [x0 - c[0], x1 - c[0]].map(|d| d.clamp(-r, *r));
                let w = (to > from).then(|| mean(&|d| half_disc(*r, d), from, to).clamp(0.0, *r))?;
                let (dy, dz) = if *axis == Axis::Y { (*l, w) } else { (w, *l) };
                Some(Slice::Rectangle { y: [c[1] - dy, c[1] + dy], z: [c[2] - dz, c[2] + dz] })
            }
            Self::Prism { centre: c, half, roundness: k } => {
                let [from, to] = [x0 - c[0], x1 - c[0]].map(|d| (d / half[0]).clamp(-1.0, 1.0));
                // Where the ellipse is wider than the rectangle.
                let flat = (k * k - 1.0).max(0.0).sqrt().min(1.0);
                let area = |u: f64| {
                    let inner = u.clamp(-flat, flat);
                    inner + half_disc(*k, u) - half_disc(*k, inner)
                };
                let w = (to > from).then(|| mean(&area, from, to).clamp(0.0, 1.0) * half[2])?;
                Some(Slice::Rectangle { y: [c[1] - half[1], c[1] + half[1]], z: [c[2] - w, c[2] + w] })
            }
            _ => self.slice(0.5 * (x0 + x1)),
        }
    }

    /// Whether [`Self::slice_over`] gives means.
    pub(crate) fn is_averaged(&self) -> bool {
        matches!(self, Self::Prism { .. } | Self::Cylinder { axis: Axis::Y | Axis::Z, .. })
    }

    /// The same solid in a lane seen in a mirror: `x` becomes `width − x`.
    pub(crate) fn mirrored(mut self, width: f64) -> Self {
        match &mut self {
            Self::Block { min, max } => (min[0], max[0]) = (width - max[0], width - min[0]),
            Self::Cylinder { centre, .. }
            | Self::Ellipsoid { centre, .. }
            | Self::Dome { base: centre, .. }
            | Self::Pillow { centre, .. }
            | Self::Prism { centre, .. }
            | Self::Vessel { centre, .. } => centre[0] = width - centre[0],
            Self::Rod { centre, axis, .. } => {
                centre[0] = width - centre[0];
                axis[0] = -axis[0];
            }
            Self::Brick { centre, axes, .. } => {
                centre[0] = width - centre[0];
                for axis in axes {
                    axis[0] = -axis[0];
                }
            }
            Self::Sheet(sheet) => sheet.mirror(width),
        }
        self
    }

    /// Whether its section changes fastest where it begins and ends along x, by more than the length of chords.
    pub(crate) fn is_round(&self) -> bool {
        !matches!(
            self,
            Self::Block { .. } | Self::Sheet(_) | Self::Prism { .. } | Self::Cylinder { axis: Axis::Y, .. }
        )
    }

    /// How many cuts a column of `pitch_mm` needs for the mass to come out right, where the solid goes on to both sides.
    pub(crate) fn cuts(&self, pitch_mm: f64) -> usize {
        match self {
            Self::Block { .. } | Self::Prism { .. } | Self::Cylinder { axis: Axis::Y, .. } => 1,
            Self::Sheet(_) => 1 + usize::from(pitch_mm > 6.0),
            _ => {
                let (min, max) = self.bounds();
                if 16.0 * pitch_mm > max[0] - min[0] { 2 } else { 1 }
            }
        }
    }
}

/// Half of the area of a circle between its middle and distance `d`, which is negative on the other side.
fn half_disc(radius: f64, d: f64) -> f64 {
    let across = (radius * radius - d * d).max(0.0).sqrt();
    0.5 * (d * across + radius * radius * libm::asin((d / radius).clamp(-1.0, 1.0)))
}

/// Half of the chord of a circle at distance `d` from its middle.
fn half_chord(radius: f64, d: f64) -> Option<f64> {
    let square = radius * radius - d * d;
    (square > 0.0).then(|| square.sqrt())
}

/// A straight line in the plane of the fan: `y = height + slope · z`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ray {
    /// Height of the source.
    pub(crate) height: f64,
    /// Rise per mm of z.
    pub(crate) slope: f64,
    /// Its inverse; large and finite for a level ray.
    pub(crate) inverse: f64,
}

impl Ray {
    pub(crate) fn new(height: f64, slope: f64) -> Self {
        let steep = if slope.abs() < 1e-12 { 1e-12_f64.copysign(slope) } else { slope };
        Self { height, slope, inverse: 1.0 / steep }
    }
}

/// What a plane across the lane cuts out of a solid. All are convex, so a ray has at most one chord.
#[derive(Debug, Clone)]
pub(crate) enum Slice {
    Rectangle {
        y: [f64; 2],
        z: [f64; 2],
    },
    /// Centre and semi-axes as (y, z).
    Ellipse {
        centre: [f64; 2],
        semi: [f64; 2],
    },
    /// The part of a rectangle inside an ellipse.
    RoundedRectangle {
        y: [f64; 2],
        z: [f64; 2],
        centre: [f64; 2],
        semi: [f64; 2],
    },
    /// `offset` is (x − cx, cy, cz); y and z bound the whole rod.
    Rod {
        offset: [f64; 3],
        axis: [f64; 3],
        radius: f64,
        half_length: f64,
        y: [f64; 2],
        z: [f64; 2],
    },
    /// `|constant + y_factor · y + z_factor · z| ≤ half`, three times.
    Planes {
        constant: [f64; 3],
        y_factor: [f64; 3],
        z_factor: [f64; 3],
        half: [f64; 3],
        y: [f64; 2],
        z: [f64; 2],
    },
}

impl Slice {
    /// Ranges of y and z around it.
    pub(crate) fn bounds(&self) -> ([f64; 2], [f64; 2]) {
        match self {
            Self::Rectangle { y, z } | Self::Rod { y, z, .. } | Self::Planes { y, z, .. } => (*y, *z),
            Self::Ellipse { centre, semi } => {
                ([centre[0] - semi[0], centre[0] + semi[0]], [centre[1] - semi[1], centre[1] + semi[1]])
            }
            Self::RoundedRectangle { y, z, centre, semi } => (
                [y[0].max(centre[0] - semi[0]), y[1].min(centre[0] + semi[0])],
                [z[0].max(centre[1] - semi[1]), z[1].min(centre[1] + semi[1])],
            ),
        }
    }

    /// Where the ray enters and leaves, as z; `None` when it misses.
    #[inline]
    pub(crate) fn chord(&self, ray: Ray) -> Option<[f64; 2]> {
        match self {
            Self::Rectangle { y, z } => rectangle(ray, *y, *z),
            Self::Ellipse { centre, semi } => ellipse(ray, *centre, *semi),
            Self::RoundedRectangle { y, z, centre, semi } => {
                meet(rectangle(ray, *y, *z)?, ellipse(ray, *centre, *semi)?)
            }
            Self::Rod { offset, axis, radius, half_length, .. } => {
                // P(z) = p + z d from the middle of the rod; |P|² − (P·a)² ≤ r² and |P·a| ≤ l.
                let p = [offset[0], ray.height - offset[1], -offset[2]];
                let pa = p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2];
                let da = ray.slope * axis[1] + axis[2];
                let a = ray.slope * ray.slope + 1.0 - da * da;
                let b = p[1] * ray.slope + p[2] - pa * da;
                let c = p[0] * p[0] + p[1] * p[1] + p[2] * p[2] - pa * pa - radius * radius;
                let round = if a > 1e-12 {
                    roots(a, b, c)?
                } else if c < 0.0 {
                    [f64::NEG_INFINITY, f64::INFINITY]
                } else {
                    return None;
                };
                meet(round, band(pa, da, *half_length)?)
            }
            Self::Planes { constant, y_factor, z_factor, half, .. } => {
                let mut chord = [f64::NEG_INFINITY, f64::INFINITY];
                for i in 0..3 {
                    let p = constant[i] + y_factor[i] * ray.height;
                    let q = y_factor[i] * ray.slope + z_factor[i];
                    chord = meet(chord, band(p, q, half[i])?)?;
                }
                Some(chord)
            }
        }
    }
}

#[inline(always)]
fn meet(a: [f64; 2], b: [f64; 2]) -> Option<[f64; 2]> {
    let chord = [a[0].max(b[0]), a[1].min(b[1])];
    (chord[1] > chord[0]).then_some(chord)
}

/// Where `|p + q z| ≤ half`.
#[inline]
fn band(p: f64, q: f64, half: f64) -> Option<[f64; 2]> {
    if q.abs() < 1e-12 {
        return (p.abs() <= half).then_some([f64::NEG_INFINITY, f64::INFINITY]);
    }
    let (a, b) = ((-half - p) / q, (half - p) / q);
    Some([a.min(b), a.max(b)])
}

#[inline(always)]
fn rectangle(ray: Ray, y: [f64; 2], z: [f64; 2]) -> Option<[f64; 2]> {
    let (a, b) = ((y[0] - ray.height) * ray.inverse, (y[1] - ray.height) * ray.inverse);
    meet(z, [a.min(b), a.max(b)])
}

#[inline]
fn ellipse(ray: Ray, centre: [f64; 2], semi: [f64; 2]) -> Option<[f64; 2]> {
    let d = ray.height + ray.slope * centre[1] - centre[0];
    let (iy, iz) = (1.0 / (semi[0] * semi[0]), 1.0 / (semi[1] * semi[1]));
    let [a, b] = roots(ray.slope * ray.slope * iy + iz, d * ray.slope * iy, d * d * iy - 1.0)?;
    Some([a + centre[1], b + centre[1]])
}

/// Roots of `a u² + 2 b u + c = 0` in order, when there are two.
#[inline]
fn roots(a: f64, b: f64, c: f64) -> Option<[f64; 2]> {
    let square = b * b - a * c;
    if square <= 0.0 {
        return None;
    }
    let root = square.sqrt();
    Some([(-b - root) / a, (-b + root) / a])
}

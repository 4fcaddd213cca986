use crate::slice::Slice;

/// Which way the wave of a corrugated sheet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wave {
    /// An upright wall: the sheet swings across z.
    AcrossZ,
    /// A roof: the sheet swings across y.
    AcrossY,
}

/// A sheet pressed into trapezoids along x, as the walls and roofs of containers are.
///
/// A panel pressed with free edges keeps its thickness; one stamped while a die holds its edges is thinner in the slopes.
///
/// Along x one period is: a flat at `level`, a slope, a flat at `level + depth`, a slope back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corrugation {
    /// Which way it swings.
    pub wave: Wave,
    /// Extent along x.
    pub x: [f64; 2],
    /// Extent across: y for a wall, z for a roof.
    pub across: [f64; 2],
    /// z (wall) or y (roof) of the first flat.
    pub level: f64,
    /// How far the second flat lies from the first, with its sign.
    pub depth: f64,
    /// Period along x.
    pub period: f64,
    /// Length of the first flat, of a slope and (the rest) of the second flat: shares of the period.
    pub flat_share: f64,
    /// Share of the period of one slope.
    pub slope_share: f64,
    /// Where along x a period starts.
    pub phase: f64,
    /// Thickness of the metal of flats.
    pub thickness: f64,
    /// Thickness of the metal of slopes, at right angles to it.
    pub slope_thickness: f64,
}

impl Corrugation {
    /// Middle of the sheet and its thickness along the wave, at `x`.
    fn at(&self, x: f64) -> (f64, f64) {
        let u = (x - self.phase) / self.period;
        let u = u - u.floor();
        let (flat, slope) = (self.flat_share, self.slope_share);
        let rise = self.depth / (slope * self.period);
        let inclined = self.slope_thickness * (1.0 + rise * rise).sqrt();
        if u < flat {
            (self.level, self.thickness)
        } else if u < flat + slope {
            (self.level + self.depth * (u - flat) / slope, inclined)
        } else if u < 1.0 - slope {
            (self.level + self.depth, self.thickness)
        } else {
            (self.level + self.depth * (1.0 - u) / slope, inclined)
        }
    }

    pub(crate) fn slice(&self, x: f64) -> Option<Slice> {
        if x <= self.x[0] || x >= self.x[1] {
            return None;
        }
        let (middle, thickness) = self.at(x);
        let swing = [middle - thickness / 2.0, middle + thickness / 2.0];
        Some(match self.wave {
            Wave::AcrossZ => Slice::Rectangle { y: self.across, z: swing },
            Wave::AcrossY => Slice::Rectangle { y: swing, z: self.across },
        })
    }

    /// Length along x of the slopes in [x0, x].
    fn slopes_until(&self, x: f64) -> f64 {
        let u = (x - self.phase) / self.period;
        let whole = u.floor();
        let part = u - whole;
        let (flat, slope) = (self.flat_share, self.slope_share);
        let inside = (part - flat).clamp(0.0, slope) + (part - (1.0 - slope)).clamp(0.0, slope);
        (whole * 2.0 * slope + inside) * self.period
    }

    pub(crate) fn volume_mm3(&self) -> f64 {
        let length = self.x[1] - self.x[0];
        let slopes = self.slopes_until(self.x[1]) - self.slopes_until(self.x[0]);
        let rise = self.depth / (self.slope_share * self.period);
        let inclined = self.slope_thickness * (1.0 + rise * rise).sqrt();
        ((length - slopes) * self.thickness + slopes * inclined) * (self.across[1] - self.across[0])
    }

    pub(crate) fn bounds(&self) -> ([f64; 3], [f64; 3]) {
        let rise = self.depth / (self.slope_share * self.period);
        // Thicker slopes reach no further than half of their section beyond the flats.
        let t = self.thickness.max(self.slope_thickness * (1.0 + rise * rise).sqrt());
        let swing = [self.level.min(self.level + self.depth) - t, self.level.max(self.level + self.depth) + t];
        match self.wave {
            Wave::AcrossZ => ([self.x[0], self.across[0], swing[0]], [self.x[1], self.across[1], swing[1]]),
            Wave::AcrossY => ([self.x[0], swing[0], self.across[0]], [self.x[1], swing[1], self.across[1]]),
        }
    }

    pub(crate) fn mirror(&mut self, width: f64) {
        self.x = [width - self.x[1], width - self.x[0]];
        // Mirrored, a period ends where the first flat began; the wave itself is symmetric about that flat's middle.
        self.phase = width - self.phase - self.flat_share * self.period;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What its cuts hold is its volume, wherever a period begins, also seen in a mirror.
    #[test]
    fn volume_is_that_of_its_cuts() {
        for (thickness, slope_thickness, phase) in [(1.6, 1.6, 0.0), (1.95, 1.4, 33.0), (2.0, 1.1, -500.0)] {
            let mut sheet = Corrugation {
                wave: Wave::AcrossY,
                x: [100.0, 1391.0],
                across: [0.0, 10.0],
                level: 50.0,
                depth: -20.0,
                period: 209.0,
                flat_share: 91.0 / 209.0,
                slope_share: 13.5 / 209.0,
                phase,
                thickness,
                slope_thickness,
            };
            for _ in 0..2 {
                let step = 0.01;
                let count = ((sheet.x[1] - sheet.x[0]) / step).round() as usize;
                let cuts = (0..count).filter_map(|i| sheet.slice(sheet.x[0] + (i as f64 + 0.5) * step));
                let area = |slice: Slice| {
                    let (y, z) = slice.bounds();
                    (y[1] - y[0]) * (z[1] - z[0])
                };
                let sum = cuts.map(area).sum::<f64>() * step;
                assert!((sum / sheet.volume_mm3() - 1.0).abs() < 1e-4, "{sum} {}", sheet.volume_mm3());
                sheet.mirror(2000.0);
            }
        }
    }
}

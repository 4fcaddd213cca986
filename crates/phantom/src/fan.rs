use std::ops::Range;

use pellucid_core::ScanGeometry;

use crate::slice::Ray;

/// Rays of a fan: one per detector row, from the top down, with falling slopes.
///
/// A row is a wedge: it reaches half-way to its neighbours.
#[derive(Debug, Clone)]
pub struct Fan {
    pub(crate) height: f64,
    /// Slope of the middle of each row.
    pub(crate) slopes: Vec<f64>,
    /// Mean of the inverse slope over each row; of the row that looks level, that of its middle.
    pub(crate) inverses: Vec<f64>,
    /// Length of a ray over its extent in z.
    pub(crate) secants: Vec<f64>,
    /// Slopes between rows, falling: row `i` reaches from `edges[i]` down to `edges[i + 1]`.
    pub(crate) edges: Vec<f64>,
    /// Rows that look so nearly level that the inverse of their slope changes fast within one.
    pub(crate) level: Range<usize>,
    /// Inverse of the mean step of the edges.
    per_step: f64,
}

/// Rows from the level within which [`Fan::level`] rows lie: beyond them the square of a mean and the mean of a square differ by
/// less than a thousandth.
const NEARLY_LEVEL: f64 = 9.0;

impl Fan {
    /// The fan of the first `rows` rows of a geometry; rows that it does not describe are left out.
    pub fn new(geometry: &ScanGeometry, rows: usize) -> Self {
        let height = geometry.source_height_mm;
        let slopes: Vec<f64> = (0..rows)
            .map_while(|row| geometry.detector(row))
            .map(|d| (d.height_mm - height) / d.distance_mm)
            .collect();
        let mut edges: Vec<f64> = slopes.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
        if let ([first, second, ..], [.., before, last]) = (&slopes[..], &slopes[..]) {
            edges.insert(0, first + (first - second) / 2.0);
            edges.push(last - (before - last) / 2.0);
        } else if let [only] = slopes[..] {
            edges = vec![only, only];
        }
        Self::between(height, edges)
    }

    /// Rows between slopes that fall.
    fn between(height: f64, edges: Vec<f64>) -> Self {
        let slopes: Vec<f64> = edges.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
        let per_step = match (edges.first(), edges.last()) {
            (Some(a), Some(b)) if a > b => slopes.len() as f64 / (a - b),
            _ => 0.0,
        };
        let is_level = |edge: &[f64]| {
            edge[0] > -NEARLY_LEVEL * (edge[0] - edge[1]) && edge[1] < NEARLY_LEVEL * (edge[0] - edge[1])
        };
        let level = edges.windows(2).position(is_level).unwrap_or(0);
        let levels = edges.windows(2).filter(|edge| is_level(edge)).count();
        Self {
            height,
            level: level..level + levels,
            inverses: edges.windows(2).zip(&slopes).map(|(edge, middle)| mean_inverse(edge, *middle)).collect(),
            secants: slopes.iter().map(|m| (1.0 + m * m).sqrt()).collect(),
            slopes,
            edges,
            per_step,
        }
    }

    /// The same fan with each row in `parts` equal ones.
    pub(crate) fn refined(&self, parts: usize) -> Self {
        let mut edges = Vec::with_capacity(self.rows() * parts + 1);
        edges.extend(self.edges.first());
        for pair in self.edges.windows(2) {
            edges.extend((1..=parts).map(|i| pair[0] + (pair[1] - pair[0]) * i as f64 / parts as f64));
        }
        Self::between(self.height, edges)
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.slopes.len()
    }

    /// Row (with fraction) whose ray passes (y, z): whole numbers are the middles of rows. Beyond the fan it goes on in steps
    /// of the first or last row.
    pub fn row_at(&self, y: f64, z: f64) -> f64 {
        let slope = (y - self.height) / z;
        let rows = self.rows();
        if rows == 0 {
            return 0.0;
        }
        let row = self.row_of(slope);
        let (top, bottom) = (self.edges[row], self.edges[row + 1]);
        row as f64 + (top - slope) / (top - bottom).max(1e-300) - 0.5
    }

    /// The row whose wedge holds a slope; the first or last one beyond the fan.
    pub(crate) fn row_of(&self, slope: f64) -> usize {
        let last = self.rows().saturating_sub(1);
        // Rows are nearly even, so the guess is off by one at most.
        let guess = ((self.edges[0] - slope) * self.per_step).max(0.0) as usize;
        let mut row = guess.min(last);
        while row > 0 && slope > self.edges[row] {
            row -= 1;
        }
        while row < last && slope <= self.edges[row + 1] {
            row += 1;
        }
        row
    }

    /// The ray of a slope.
    pub(crate) fn ray(&self, slope: f64) -> Ray {
        Ray::new(self.height, slope)
    }
}

/// `ln(a / b) / (a − b)` of a row between slopes a and b.
fn mean_inverse(edge: &[f64], middle: f64) -> f64 {
    match edge {
        [a, b] if a * b > 0.0 && a != b => libm::log(a / b) / (a - b),
        _ => Ray::new(0.0, middle).inverse,
    }
}

//! Bad rows from their good neighbours.
//!
//! A row at distance `w` below the nearest good row above it, `span` rows apart from the nearest good row below:
//! `A = ⌊(A_up · (span − w) + A_down · w + ⌊span / 2⌋) / span⌋`, validity `up | down | DEAD | INTERPOLATED`.
//! With one good neighbour only, `up = down` is that neighbour, `w = 0`, `span = 1`. A good row is its own neighbour,
//! so one formula serves all rows. When every row is bad: `A = 0`, validity `DEAD`.

use pellucid_core::Validity;

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// A good row: attenuation comes from its own counts.
pub const GOOD: u32 = 0;
/// A bad row with at least one good neighbour.
pub const INTERPOLATED: u32 = 1;
/// A bad row in a scan without good rows.
pub const DEAD: u32 = 2;

/// How one row is made: neighbours and weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// [`GOOD`], [`INTERPOLATED`] or [`DEAD`].
    pub state: u32,
    /// Nearest good row at or above.
    pub up: u32,
    /// Nearest good row at or below.
    pub down: u32,
    /// Weight of `down`, below `span`.
    pub weight: u32,
    /// Sum of both weights, >= 1.
    pub span: u32,
}

/// Sources of all rows from the list of bad ones.
pub fn sources(is_bad: &[bool]) -> Vec<Source> {
    let mut above = None;
    let ups: Vec<Option<u32>> = is_bad
        .iter()
        .enumerate()
        .map(|(row, bad)| {
            if !bad {
                above = Some(row as u32);
            }
            above
        })
        .collect();
    let mut below = None;
    let mut all: Vec<Source> = (0..is_bad.len())
        .rev()
        .map(|row| {
            if !is_bad[row] {
                below = Some(row as u32);
            }
            let (state, up, down) = match (ups[row], below) {
                (Some(up), Some(down)) => (if up == down { GOOD } else { INTERPOLATED }, up, down),
                (Some(only), None) | (None, Some(only)) => (INTERPOLATED, only, only),
                (None, None) => (DEAD, row as u32, row as u32),
            };
            let weight = if up == down { 0 } else { row as u32 - up };
            Source { state, up, down, weight, span: (down - up).max(1) }
        })
        .collect();
    all.reverse();
    all
}

/// Attenuation and validity of a pixel of a row of state [`INTERPOLATED`].
#[inline]
pub fn interpolate(up: (u16, u8), down: (u16, u8), weight: u32, span: u32) -> (u16, u8) {
    let sum = u32::from(up.0) * (span - weight) + u32::from(down.0) * weight + span / 2;
    ((sum / span) as u16, up.1 | down.1 | Validity::DEAD | Validity::INTERPOLATED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bad: &[u8], row: usize, expect: (u32, u32, u32, u32, u32)) {
        let bad: Vec<bool> = bad.iter().map(|b| *b != 0).collect();
        let s = sources(&bad)[row];
        assert_eq!((s.state, s.up, s.down, s.weight, s.span), expect, "{bad:?} row {row}");
    }

    #[test]
    fn bad_rows_find_their_neighbours() {
        check(&[0, 0, 0], 1, (GOOD, 1, 1, 0, 1));
        check(&[0, 1, 0], 1, (INTERPOLATED, 0, 2, 1, 2));
        check(&[0, 1, 1, 1, 0], 3, (INTERPOLATED, 0, 4, 3, 4));
        check(&[1, 1, 0], 0, (INTERPOLATED, 2, 2, 0, 1));
        check(&[0, 1, 1], 2, (INTERPOLATED, 0, 0, 0, 1));
        check(&[1, 1], 1, (DEAD, 1, 1, 0, 1));
    }

    #[test]
    fn values_between_neighbours_are_rounded() {
        assert_eq!(interpolate((10, 0), (13, 4), 1, 2), (12, 4 | 1 | 8));
        assert_eq!(interpolate((10, 0), (13, 0), 1, 3).0, 11);
        assert_eq!(interpolate((65535, 0), (65535, 0), 65_000, 65_534).0, 65535);
    }
}

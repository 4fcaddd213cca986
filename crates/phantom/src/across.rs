use serde::{Deserialize, Serialize};

use crate::dice::Dice;

/// Where goods stand across a box that they do not fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Against the wall on the source's side.
    Near,
    /// In the middle, with a gap at either wall.
    Middle,
    /// Against the wall on the detectors' side.
    Far,
}

/// Goods that stand on a share of the box's width only.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Across {
    /// Share of the width, 0.3 to 1.
    pub share: f64,
    /// Where.
    pub side: Side,
}

impl Across {
    /// Smallest share: narrower than this few goods stand.
    pub(crate) const LEAST: f64 = 0.3;

    /// A drawn stowage: seven loads of ten fill the width, the others take 45 to 85 % of it, on either side or in the middle.
    pub fn drawn(seed: u64) -> Option<Self> {
        let mut dice = Dice::new(seed, "across");
        let (is_full, share) = (dice.chance(0.7), dice.between(0.45, 0.85));
        let side = [Side::Near, Side::Middle, Side::Far][dice.below(3)];
        (!is_full).then_some(Self { share, side })
    }

    /// The part of `space` (lower and upper corner, z from the source away) that goods take.
    pub(crate) fn part_of(self, space: [[f64; 3]; 2]) -> [[f64; 3]; 2] {
        let [mut low, mut high] = space;
        let gap = (high[2] - low[2]) * (1.0 - self.share);
        let before = match self.side {
            Side::Near => 0.0,
            Side::Middle => 0.5,
            Side::Far => 1.0,
        };
        low[2] += gap * before;
        high[2] -= gap * (1.0 - before);
        [low, high]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_take_their_share_on_their_side() {
        let space = [[0.0, 0.0, 2700.0], [5900.0, 2390.0, 5050.0]];
        let z = |side| {
            let [low, high] = Across { share: 0.6, side }.part_of(space);
            [low[2].round(), high[2].round()]
        };
        assert_eq!(z(Side::Near), [2700.0, 4110.0]);
        assert_eq!(z(Side::Middle), [3170.0, 4580.0]);
        assert_eq!(z(Side::Far), [3640.0, 5050.0]);
    }

    #[test]
    fn three_loads_of_ten_leave_room_beside_them() {
        let drawn: Vec<Across> = (0..2_000).filter_map(Across::drawn).collect();
        assert!((540..=660).contains(&drawn.len()), "{}", drawn.len());
        assert!(drawn.iter().all(|a| (0.45..0.85).contains(&a.share)));
        for side in [Side::Near, Side::Middle, Side::Far] {
            let n = drawn.iter().filter(|a| a.side == side).count();
            assert!((160..=240).contains(&n), "{side:?}: {n}");
        }
    }
}

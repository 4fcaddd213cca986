//! What each suite may draw. Everything that is held out is in this file and in `packings.rs`.

use crate::across::Side;
use crate::packings::PackingSet;
use crate::suite::Suite;

/// Ranges, one of which is taken by its width.
pub(super) type Ranges = &'static [[f64; 2]];

/// The scanner of no case of `train` and `validation`.
pub const HELD_OUT_SCANNER: &str = "portal_9_6";

/// Headings in no case of `train` and `validation`: the new ones of the family `new_heading`.
pub const NEW_HEADINGS: [&str; 8] = ["0713", "1905", "2829", "4412", "6911", "7318", "8482", "9405"];

/// What a suite may draw. Ranges of `test` and of the other two have no value in common unless said otherwise.
#[derive(Debug)]
pub(super) struct Limits {
    /// Scanner presets with their shares.
    pub(super) scanners: &'static [(&'static str, f64)],
    /// Ways of packing with their shares.
    pub(super) packings: &'static [(PackingSet, f64)],
    /// Share of a full box that is loaded. `test` also has the ranges of the others.
    pub(super) fill: Ranges,
    /// Share of the width on which goods stand, where they do not take all of it.
    pub(super) across: Ranges,
    /// Sides on which they stand. `test` also has those of the others.
    pub(super) sides: &'static [Side],
    /// Whether headings of mixed boxes may stand from the front wall in rising (false) or falling order (true).
    pub(super) is_falling: bool,
    /// Mass concealed, kg. Bricks and small threats are of the same kinds of tampering, so what one holds out no other has.
    pub(super) concealed_kg: Ranges,
    /// Brick in a light load, kg.
    pub(super) brick_kg: Ranges,
    /// Small threat of metal, kg.
    pub(super) metal_kg: Ranges,
    /// What is left in an empty box, kg. `test` spans what §7 asks for.
    pub(super) left_kg: Ranges,
    /// Share of a full box of light goods that is nearly empty.
    pub(super) sparse: Ranges,
    /// Share by which mass differs from what is declared.
    pub(super) difference: Ranges,
    /// Share of the load's mass that is other goods, about a fifth and about a twentieth.
    pub(super) fifth: Ranges,
    pub(super) twentieth: Ranges,
    /// Factor on the jitter of the dose.
    pub(super) dose: Ranges,
    /// Factor on the spread of gains.
    pub(super) gain: Ranges,
    /// Factor on the quanta in air.
    pub(super) quanta: Ranges,
    /// Source farther from the near wall than the preset's, mm.
    pub(super) nearer_mm: Ranges,
    /// Source higher than the preset's, mm.
    pub(super) raised_mm: Ranges,
    /// Factor on the imperfections of the worn preset, for machines that are worn.
    pub(super) wear: Ranges,
}

const SEEN_SCANNERS: &[(&str, f64)] = &[("relocatable_6_3p5", 0.8), ("gantry_6", 0.2)];
const SEEN_SIDES: &[Side] = &[Side::Near, Side::Middle];

const TRAIN: Limits = Limits {
    scanners: SEEN_SCANNERS,
    packings: &[(PackingSet::Seen, 1.0)],
    fill: &[[0.25, 0.5], [0.7, 1.0], [0.7, 1.0]],
    across: &[[0.6, 0.75]],
    sides: SEEN_SIDES,
    is_falling: false,
    concealed_kg: &[[4.0, 10.0], [16.0, 30.0]],
    brick_kg: &[[0.8, 1.3], [1.7, 4.0]],
    metal_kg: &[[0.8, 1.2], [1.6, 4.0]],
    left_kg: &[[5.0, 20.0], [50.0, 90.0]],
    sparse: &[[0.12, 0.2]],
    difference: &[[0.27, 0.4]],
    fifth: &[[0.14, 0.18], [0.22, 0.3]],
    twentieth: &[[0.035, 0.045], [0.055, 0.08]],
    dose: &[[0.5, 1.6]],
    gain: &[[0.5, 2.0]],
    quanta: &[[0.5, 1.3]],
    nearer_mm: &[[-150.0, 150.0]],
    raised_mm: &[[-100.0, 60.0]],
    wear: &[[0.1, 0.8]],
};

const VALIDATION: Limits = Limits {
    fill: &[[0.5, 0.55], [0.7, 1.0]],
    across: &[[0.75, 0.85]],
    concealed_kg: &[[10.0, 12.0], [30.0, 40.0]],
    brick_kg: &[[1.3, 1.4], [1.6, 1.7]],
    metal_kg: &[[1.2, 1.25], [1.5, 1.6]],
    left_kg: &[[15.0, 20.0], [50.0, 60.0]],
    sparse: &[[0.2, 0.24]],
    difference: &[[0.4, 0.45]],
    fifth: &[[0.18, 0.19], [0.21, 0.22]],
    twentieth: &[[0.045, 0.047], [0.053, 0.055]],
    dose: &[[1.6, 2.0]],
    gain: &[[2.0, 2.6]],
    quanta: &[[0.4, 0.5]],
    nearer_mm: &[[150.0, 250.0]],
    raised_mm: &[[-130.0, -100.0], [60.0, 90.0]],
    wear: &[[0.8, 1.0]],
    ..TRAIN
};

const TEST: Limits = Limits {
    scanners: SEEN_SCANNERS,
    packings: &[(PackingSet::HeldOut, 0.6), (PackingSet::All, 0.4)],
    fill: &[[0.25, 0.5], [0.55, 0.7], [0.55, 0.7], [0.7, 1.0]],
    across: &[[0.4, 0.58], [0.86, 0.95]],
    sides: &[Side::Near, Side::Middle, Side::Far, Side::Far],
    is_falling: true,
    concealed_kg: &[[12.0, 16.0], [40.0, 80.0]],
    brick_kg: &[[1.45, 1.55]],
    metal_kg: &[[0.6, 0.8], [1.25, 1.5]],
    left_kg: &[[20.0, 50.0]],
    sparse: &[[0.06, 0.12]],
    difference: &[[0.25, 0.27], [0.45, 0.6]],
    fifth: &[[0.19, 0.21]],
    twentieth: &[[0.047, 0.053]],
    dose: &[[2.0, 3.0]],
    gain: &[[2.6, 4.0]],
    quanta: &[[0.2, 0.4]],
    nearer_mm: &[[-260.0, -150.0], [250.0, 380.0]],
    raised_mm: &[[-180.0, -130.0], [90.0, 150.0]],
    wear: &[[1.0, 1.5]],
};

impl Limits {
    pub(super) fn of(suite: Suite) -> &'static Self {
        match suite {
            Suite::Train => &TRAIN,
            Suite::Validation => &VALIDATION,
            Suite::Test => &TEST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_of_the_suites_have_no_value_in_common() {
        type Pick = fn(&'static Limits) -> Ranges;
        let pick: [(&str, Pick); 15] = [
            ("across", |l| l.across),
            ("concealed_kg", |l| l.concealed_kg),
            ("brick_kg", |l| l.brick_kg),
            ("metal_kg", |l| l.metal_kg),
            ("left_kg", |l| l.left_kg),
            ("sparse", |l| l.sparse),
            ("difference", |l| l.difference),
            ("fifth", |l| l.fifth),
            ("twentieth", |l| l.twentieth),
            ("dose", |l| l.dose),
            ("gain", |l| l.gain),
            ("quanta", |l| l.quanta),
            ("nearer_mm", |l| l.nearer_mm),
            ("raised_mm", |l| l.raised_mm),
            ("wear", |l| l.wear),
        ];
        for (name, of) in pick {
            for seen in [&TRAIN, &VALIDATION] {
                for [a, b] in of(&TEST) {
                    let meets = of(seen).iter().any(|[c, d]| c < b && a < d);
                    assert!(!meets, "{name}: {a} to {b}");
                }
            }
        }
        // Whatever family a brick or a piece of metal is in, its kilograms tell training from test.
        for (name, small) in [("organic", pick[2].1), ("metal", pick[3].1)] {
            for seen in [&TRAIN, &VALIDATION] {
                let of = |limits: &'static Limits| small(limits).iter().chain(limits.concealed_kg);
                for [a, b] in of(&TEST) {
                    assert!(!of(seen).any(|[c, d]| c < b && a < d), "{name}: {a} to {b}");
                }
            }
        }
        // The band of fills that only test has.
        for limits in [&TRAIN, &VALIDATION] {
            assert!(limits.fill.iter().all(|[a, b]| *b <= 0.55 || *a >= 0.7));
        }
    }
}

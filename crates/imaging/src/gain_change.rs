//! Gains that changed since the calibration or while the scan was taken: found by the host, once per plan.
//!
//! A detector row is held against what is certain: the columns of air before and behind the vehicle. With
//! `ε = ln(Σ s / Σ (air − dark) · dose)` over such a margin, less its median over all rows (what all rows share is dose),
//! a row whose `ε` is the same on both sides has kept a wrong gain (a stripe), one whose `ε` differs has changed in
//! between. Where it stepped is read from its difference to the neighbouring rows; cargo has edges too, so a step is
//! placed only when exactly one place in the scan fits. What cannot be placed is left as it is, and reported.
//! Source: DOMAIN §2, "gain steps in mid-scan", "drifting detectors make horizontal stripes".

mod margins;
mod placement;

use std::ops::Range;

use crate::kernels::dose::signal;
use crate::kernels::drift::{BLOCK, DriftBlock, NONE};
use crate::kernels::interpolation::GOOD;
use crate::kernels::noise::DEFAULT_SIGMA;
use crate::passes::Row;
use margins::{Margin, air_margins};
use placement::Place;

/// Smallest change that is corrected or reported, in ln.
const SMALLEST: f64 = 0.012;
/// Standard errors that a change must exceed as well.
const SIGMAS: f64 = 7.0;
/// Largest change that can still be a gain: beyond it something stands in the beam.
const LARGEST: f64 = 0.2;
/// Margins that differ by less, in ln, are the same.
const SAME: f64 = 0.006;
/// Share of the rows of a view beyond which changes are no faults of single detectors but of the calibration as a whole.
const MOST_ROWS: f64 = 0.25;

/// How the gain of neighbouring detector rows differs from their calibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GainChangeKind {
    /// The same wrong gain in the whole scan.
    Stripe,
    /// A step between the column before this one and this one.
    Step(usize),
    /// A change that grows evenly along the scan.
    Drift,
    /// A change whose course is not known: it is left as it is.
    Unplaced,
}

/// Neighbouring detector rows whose gain differs from their calibration alike.
#[derive(Debug, Clone, PartialEq)]
pub struct GainChange {
    /// Detector rows, good ones and bad ones between them.
    pub rows: Range<usize>,
    /// How.
    pub kind: GainChangeKind,
    /// Mean `ln(gain / calibrated gain)` over the rows at the scan's start; `None` without air there.
    pub ln_before: Option<f64>,
    /// Likewise at the scan's end.
    pub ln_after: Option<f64>,
}

impl GainChange {
    /// Whether the plan corrects it.
    pub fn is_corrected(&self) -> bool {
        self.kind != GainChangeKind::Unplaced
    }

    /// Whether it is the unplaced half of a change of both bands that `other` has placed.
    fn is_twin_of(&self, other: &Self) -> bool {
        let same = |a: Option<f64>, b: Option<f64>| matches!((a, b), (Some(a), Some(b)) if (a - b).abs() <= SAME);
        !self.is_corrected()
            && other.is_corrected()
            && self.rows == other.rows
            && same(self.ln_before, other.ln_before)
            && same(self.ln_after, other.ln_after)
    }
}

/// What the search reads of a band.
pub(crate) struct Band<'a> {
    pub(crate) width: usize,
    pub(crate) counts: &'a [u16],
    pub(crate) rows: &'a [Row],
    /// Air over dark, per row.
    pub(crate) gains: &'a [u16],
    /// The converter's end: counts there tell nothing of a gain.
    pub(crate) max_value: u16,
    /// Standard deviation of attenuation in air.
    pub(crate) sigma: Option<f64>,
}

impl Band<'_> {
    pub(crate) fn signal(&self, x: usize, y: usize) -> f64 {
        f64::from(signal(self.counts[y * self.width + x], self.rows[y].dark).max(1))
    }

    /// Signal over that of the calibration.
    pub(crate) fn ratio(&self, x: usize, y: usize) -> f64 {
        self.signal(x, y) / f64::from(self.gains[y])
    }

    pub(crate) fn is_good(&self, y: usize) -> bool {
        self.rows[y].state == GOOD
    }

    pub(crate) fn sigma(&self) -> f64 {
        self.sigma.unwrap_or(DEFAULT_SIGMA)
    }

    /// Dose of each column as the middle of the dose rows has it, so that one of them cannot lead the others astray.
    pub(crate) fn doses(&self) -> Option<Vec<f64>> {
        let rows: Vec<usize> = (0..self.rows.len()).filter(|y| self.rows[*y].is_dose != 0).collect();
        if rows.len() < 3 {
            return None;
        }
        let mut values = vec![0.0; rows.len()];
        let of = |x: usize| {
            for (value, y) in values.iter_mut().zip(&rows) {
                *value = self.ratio(x, *y);
            }
            let middle = values.len() / 2;
            *values.select_nth_unstable_by(middle, f64::total_cmp).1
        };
        Some((0..self.width).map(of).collect())
    }
}

/// Changes of one row: in ln, at the scan's start and end.
#[derive(Debug, Clone, Copy)]
struct RowChange {
    row: usize,
    ends: [Option<f64>; 2],
}

impl RowChange {
    /// Whether margins on both sides say the same.
    fn is_stripe(&self) -> bool {
        matches!(self.ends, [Some(before), Some(after)] if (before - after).abs() <= SAME.max(before.abs() * 0.2))
    }

    /// Whether two rows changed alike, as the detectors of one board do.
    fn is_like(&self, other: &Self) -> bool {
        let same = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() <= SMALLEST.max(0.4 * a.abs()),
            (a, b) => a.is_none() == b.is_none(),
        };
        self.is_stripe() == other.is_stripe()
            && same(self.ends[0], other.ends[0])
            && same(self.ends[1], other.ends[1])
    }
}

/// Changes of a band, from the top down. None where there is no air beside the load or no dose to hold it against.
/// Bands share detectors and their electronics, so a change that was placed in the other band has the same place here.
pub(crate) fn find(band: &Band<'_>, other: &[GainChange]) -> Vec<GainChange> {
    let Some(doses) = band.doses() else { return Vec::new() };
    let margins = air_margins(band, &doses);
    let changed = changed_rows(band, &margins);
    let good = (0..band.rows.len()).filter(|y| band.is_good(*y)).count();
    let is_calibration = changed.len() as f64 > MOST_ROWS * good as f64;
    let mut changes = Vec::new();
    for group in groups(band, &changed) {
        let mean = |end: usize| {
            let values: Vec<f64> = group.iter().filter_map(|row| row.ends[end]).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let (ln_before, ln_after) = (mean(0), mean(1));
        let rows = group[0].row..group[group.len() - 1].row + 1;
        let kind = match (ln_before, ln_after, &margins) {
            _ if is_calibration => GainChangeKind::Unplaced,
            (Some(before), Some(after), [Some(first), Some(last)]) => {
                if group[0].is_stripe() {
                    GainChangeKind::Stripe
                } else {
                    let between = first.columns.end..last.columns.start;
                    match placement::place(band, &rows, &changed, between, after - before) {
                        Place::At(column) => GainChangeKind::Step(column),
                        Place::Everywhere => GainChangeKind::Drift,
                        Place::Unknown => GainChangeKind::Unplaced,
                    }
                }
            }
            _ => GainChangeKind::Unplaced,
        };
        let mut change = GainChange { rows, kind, ln_before, ln_after };
        if let Some(twin) = other.iter().find(|twin| change.is_twin_of(twin)).filter(|_| !is_calibration) {
            change.kind = twin.kind;
        }
        changes.push(change);
    }
    changes
}

/// Good rows whose gain is certainly not that of their calibration.
fn changed_rows(band: &Band<'_>, margins: &[Option<Margin>; 2]) -> Vec<RowChange> {
    let limits = margins.each_ref().map(|margin| {
        margin
            .as_ref()
            .map_or(f64::INFINITY, |m| SMALLEST.max(SIGMAS * band.sigma() / (m.columns.len() as f64).sqrt()))
    });
    let at = |end: usize, y: usize| margins[end].as_ref().and_then(|margin| margin.ln_gain[y]);
    let is_beyond = |end: usize, y: usize| at(end, y).is_some_and(|ln| ln.abs() > limits[end]);
    (0..band.rows.len())
        .filter(|y| band.is_good(*y) && (is_beyond(0, *y) || is_beyond(1, *y)))
        .map(|row| RowChange { row, ends: [at(0, row), at(1, row)] })
        .filter(|change| change.ends.iter().flatten().all(|ln| ln.abs() <= LARGEST))
        .collect()
}

/// Runs of neighbouring rows that changed alike; bad rows between them do not part them.
fn groups<'a>(band: &Band<'_>, changed: &'a [RowChange]) -> Vec<&'a [RowChange]> {
    let is_next = |a: &RowChange, b: &RowChange| (a.row + 1..b.row).all(|y| !band.is_good(y)) && a.is_like(b);
    changed.chunk_by(is_next).collect()
}

/// Blocks of all corrected rows, and the first block of each row.
pub(crate) fn blocks(band: &Band<'_>, changes: &[GainChange]) -> (Vec<DriftBlock>, Vec<u32>) {
    let (mut blocks, mut firsts) = (Vec::new(), vec![NONE; band.rows.len()]);
    if changes.iter().all(|change| !change.is_corrected()) {
        return (blocks, firsts);
    }
    let Some(doses) = band.doses() else { return (blocks, firsts) };
    let margins = air_margins(band, &doses);
    let [Some(first), Some(last)] = &margins else { return (blocks, firsts) };
    let middle = |margin: &Margin| (margin.columns.start + margin.columns.end) as f64 / 2.0;
    let (start, end) = (middle(first), middle(last));
    for change in changes.iter().filter(|change| change.is_corrected()) {
        for y in change.rows.clone().filter(|y| band.is_good(*y)) {
            let (Some(before), Some(after)) = (first.ln_gain[y], last.ln_gain[y]) else { continue };
            firsts[y] = blocks.len() as u32;
            let ln_at = |x: f64| before + (after - before) * (x - start) / (end - start);
            blocks.extend((0..band.width.div_ceil(BLOCK)).map(|k| {
                let (left, half) = (k * BLOCK, BLOCK / 2);
                let (before, after, step) = match change.kind {
                    GainChangeKind::Step(column) => (before, after, column),
                    GainChangeKind::Drift => {
                        let at = |quarter: usize| ln_at((left + quarter * BLOCK / 4) as f64);
                        (at(1), at(3), left + half)
                    }
                    GainChangeKind::Stripe | GainChangeKind::Unplaced => {
                        let mean = (before + after) / 2.0;
                        (mean, mean, left)
                    }
                };
                DriftBlock { before: q20(before), after: q20(after), step: step as u32, padding: 0 }
            }));
        }
    }
    (blocks, firsts)
}

fn q20(ln: f64) -> i32 {
    libm::round(ln * 1_048_576.0) as i32
}

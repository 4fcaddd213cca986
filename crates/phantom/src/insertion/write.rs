//! From ratios of signals to the values of a file: counts or grey, with the noise that the new means have.

use pellucid_core::{PixelBox, Raster};

use super::blur::Plane;
use super::calibration::{BandCalibration, Signal};
use super::counts::Counts;
use super::grey::{GreyModel, GreyNoise};
use super::noise::draw;
use super::patch::FAINT;
use crate::dice::Dice;
use crate::error::PhantomError;

/// Half the side of the square that means are taken over, px.
const HALF: usize = 2;
/// The same for material, and by which factor the transmission of its pixels may differ.
const WIDE: usize = 4;
const LIKE: f64 = 1.3;
/// By which share the transmission of pixels may differ that are taken for one.
const OWN: f64 = 0.1;
/// Neighbours that differ by more than so many standard deviations belong to something else (Lee's sigma filter, 1983).
const ALIKE: f64 = 5.0;

/// A window of a view before anything is put in.
pub(super) struct Window {
    pub(super) px: PixelBox,
    /// Transmission per band; NaN where nothing is measured.
    pub(super) through: Vec<Plane>,
}

impl Window {
    pub(super) fn new(px: PixelBox, bands: &[BandCalibration], planes: &[&Raster<u16>]) -> Self {
        let rows = px.height as usize;
        let through = bands.iter().zip(planes).map(|(band, plane)| {
            let mut values = Vec::with_capacity(px.area() as usize);
            for x in px.x as usize..px.right() as usize {
                values
                    .extend((px.y as usize..px.bottom() as usize).map(|y| band.signal.through(x, y, plane.at(x, y))));
            }
            Plane { rows, values }
        });
        Self { px, through: through.collect() }
    }

    /// Transmission of a pixel of the view.
    pub(super) fn at(&self, band: usize, x: usize, y: usize) -> f64 {
        let plane = &self.through[band];
        plane.values[(x - self.px.x as usize) * plane.rows + (y - self.px.y as usize)]
    }

    /// Mean transmission of the 5 × 5 pixels around one of the view, as far as the window goes; 1 where nothing is measured.
    pub(super) fn mean(&self, band: usize, x: usize, y: usize) -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        self.around(x, y, |x, y| {
            let t = self.at(band, x, y);
            if t.is_finite() {
                sum += t;
                n += 1.0;
            }
        });
        if n > 0.0 { sum / n } else { 1.0 }
    }

    /// Transmission of a pixel of the view without its noise: mean of those of the 5 × 5 pixels around it that differ by no
    /// more than a tenth; of all of them where the pixel itself is next to noise.
    ///
    /// A ratio that followed a pixel's own noise would make it larger or smaller: darker by chance, harder by belief.
    pub(super) fn quiet(&self, band: usize, x: usize, y: usize) -> f64 {
        let own = self.at(band, x, y);
        if own.is_nan() || own < FAINT {
            return self.mean(band, x, y);
        }
        let (mut sum, mut n) = (0.0, 0.0);
        self.around(x, y, |x, y| {
            let t = self.at(band, x, y);
            if (t - own).abs() <= OWN * own {
                sum += t;
                n += 1.0;
            }
        });
        sum / n
    }

    /// Mean transmissions of both bands over those of the 9 × 9 pixels around one of the view that let through about `like`
    /// in the high band.
    pub(super) fn means_alike(&self, x: usize, y: usize, like: f64) -> [f64; 2] {
        let (mut sums, mut n) = ([0.0; 2], 0.0);
        self.within(WIDE, x, y, |near_x, near_y| {
            // Every other one is enough.
            if (near_x ^ x) & 1 == 1 || (near_y ^ y) & 1 == 1 {
                return;
            }
            let [high, low] = [0, 1].map(|band| self.at(band, near_x, near_y));
            if low.is_finite() && high > like / LIKE && high < like * LIKE {
                sums = [sums[0] + high, sums[1] + low];
                n += 1.0;
            }
        });
        if n > 0.0 { sums.map(|sum| sum / n) } else { [0, 1].map(|band| self.mean(band, x, y)) }
    }

    fn around(&self, x: usize, y: usize, visit: impl FnMut(usize, usize)) {
        self.within(HALF, x, y, visit);
    }

    fn within(&self, half: usize, x: usize, y: usize, mut visit: impl FnMut(usize, usize)) {
        let (left, top) = (self.px.x as usize, self.px.y as usize);
        for near_x in x.saturating_sub(half).max(left)..=(x + half).min(self.px.right() as usize - 1) {
            for near_y in y.saturating_sub(half).max(top)..=(y + half).min(self.px.bottom() as usize - 1) {
                visit(near_x, near_y);
            }
        }
    }
}

/// The window's new values in one band: pixels whose ratio is 1 keep theirs.
pub(super) fn write(
    band: &BandCalibration,
    plane: &Raster<u16>,
    before: &Window,
    index: usize,
    ratio: &Plane,
    is_noisy: bool,
    seed: u64,
) -> Result<Raster<u16>, PhantomError> {
    let px = before.px;
    let (rows, left, top) = (ratio.rows, px.x as usize, px.y as usize);
    let label = format!("insertion {}", band.kind.as_str());
    let place = |i: usize| (left + i / rows, top + i % rows);
    let old: Vec<u16> = (0..ratio.values.len()).map(|i| plane.at(place(i).0, place(i).1)).collect();
    let new = match &band.signal {
        Signal::Counts(counts) => {
            let scene = Changed { counts, before, index, old: &old, ratio: &ratio.values, rows };
            let plans: Vec<Plan> = (0..old.len()).map(|i| scene.plan(i, place(i), is_noisy)).collect();
            let lacking: Vec<[f64; 2]> = plans.iter().map(|plan| plan.lacking).collect();
            let drawn = draw(&lacking, rows, left, &counts.noise, seed, &label);
            let value = |i: usize| match plans[i].mean {
                Some(mean) => (mean + drawn[i] + 0.5).clamp(0.0, f64::from(counts.max_value)) as u16,
                None => old[i],
            };
            (0..old.len()).map(value).collect()
        }
        Signal::Grey { model, noise, used, max_value } => {
            let grey = Grey { model, noise, max: f64::from(*max_value) };
            let new = grey.changed(&old, &ratio.values, rows, is_noisy, left, seed, &label);
            let snap = |(new, old): (Option<u16>, &u16)| match (new, used) {
                (None, _) => *old,
                (Some(value), Some(used)) => used[usize::from(value)],
                (Some(value), None) => value,
            };
            new.into_iter().zip(&old).map(snap).collect::<Vec<u16>>()
        }
    };
    let columns = px.width as usize;
    let by_rows = (0..columns * rows).map(|i| new[(i % columns) * rows + i / columns]).collect();
    Ok(Raster::from_vec(columns, rows, by_rows)?)
}

/// What becomes of a pixel: its counts but for the noise that is drawn (`None`: nothing), and the variance of that noise from
/// quanta and from the electronics.
struct Plan {
    mean: Option<f64>,
    lacking: [f64; 2],
}

/// Counts of a band, and how their signal changes.
struct Changed<'a> {
    counts: &'a Counts,
    before: &'a Window,
    index: usize,
    old: &'a [u16],
    ratio: &'a [f64],
    rows: usize,
}

impl Changed<'_> {
    fn plan(&self, i: usize, (x, y): (usize, usize), is_noisy: bool) -> Plan {
        let (counts, ratio, old) = (self.counts, self.ratio[i], self.old[i]);
        let air = counts.air(x, y);
        if ratio == 1.0 || old >= counts.max_value || !air.is_finite() {
            return Plan { mean: None, lacking: [0.0; 2] };
        }
        let (dark, floor) = (counts.dark[y], counts.scatter[x] * air);
        let signal = f64::from(old) - dark;
        let scaled = dark + floor + ratio * (signal - floor);
        if !is_noisy {
            return Plan { mean: Some(scaled), lacking: [0.0; 2] };
        }
        // What the signal is without its noise; of bright pixels the noise hardly matters for a variance.
        let own = self.before.at(self.index, x, y);
        let through = if own < FAINT { self.before.mean(self.index, x, y).max(0.0) } else { own };
        let open = air * (1.0 - counts.scatter[x]);
        let [mean_before, mean_after] = [through, through * ratio].map(|t| floor + open * t);
        let quantum = |t: f64| counts.growth.as_ref().map_or(1.0, |g| g.quantum(-libm::log(t.max(1e-7))));
        let [q_before, q_after] = [quantum(through), quantum(through * ratio)];
        let kept = ratio * ratio;
        let noise = &counts.noise;
        let photons = noise.variance_per_count * (q_after * mean_after - kept * q_before * mean_before);
        let electronic = noise.electronic * noise.electronic * (1.0 - kept);
        if photons >= 0.0 && electronic >= 0.0 {
            return Plan { mean: Some(scaled), lacking: [photons, electronic] };
        }
        if photons + electronic >= 0.0 {
            return Plan { mean: Some(scaled), lacking: [photons + electronic, 0.0] };
        }
        // More light comes through than before: its noise grows by less than the signal.
        let [variance_before, variance_after] =
            [noise.variance(mean_before, q_before), noise.variance(mean_after, q_after)];
        let (local, n) = self.local_signal(x, y, variance_before.sqrt());
        // The local mean of n pixels has an nth of their noise, which grows by the ratio.
        let rest = (variance_after / variance_before.max(1e-12) - kept / n) / (1.0 - 1.0 / n).max(1e-12);
        let growth = rest.max(0.0).sqrt().min(ratio);
        let mean = dark + floor + ratio * (local - floor) + growth * (signal - local);
        Plan { mean: Some(mean), lacking: [0.0; 2] }
    }

    /// Mean counts above dark of the pixels around one that are like it, as this one's detector and dose would read them, and
    /// how many these are.
    fn local_signal(&self, x: usize, y: usize, sigma: f64) -> (f64, f64) {
        let px = self.before.px;
        let signal = |x: usize, y: usize| {
            let old = self.old[(x - px.x as usize) * self.rows + (y - px.y as usize)];
            f64::from(old) - self.counts.dark[y]
        };
        let (here, air) = (signal(x, y), self.counts.air(x, y));
        let (mut sum, mut n) = (0.0, 0.0);
        self.before.around(x, y, |near_x, near_y| {
            let value = signal(near_x, near_y) * air / self.counts.air(near_x, near_y);
            if (value - here).abs() <= ALIKE * sigma {
                sum += value;
                n += 1.0;
            }
        });
        if n > 0.0 { (sum / n, n) } else { (here, 1.0) }
    }
}

/// Grey of a vendor.
struct Grey<'a> {
    model: &'a GreyModel,
    noise: &'a GreyNoise,
    max: f64,
}

impl Grey<'_> {
    #[expect(clippy::too_many_arguments, reason = "a window and where its draws come from")]
    fn changed(
        &self,
        old: &[u16],
        ratio: &[f64],
        rows: usize,
        is_noisy: bool,
        first_column: usize,
        seed: u64,
        label: &str,
    ) -> Vec<Option<u16>> {
        let mut unit = Vec::with_capacity(old.len());
        let mut dither = Vec::with_capacity(old.len());
        for column in 0..old.len() / rows.max(1) {
            let mut dice = Dice::stream(seed, label, (first_column + column) as u64);
            for _ in 0..rows {
                unit.push(dice.normal());
                dither.push(dice.unit() - 0.5);
            }
        }
        let value = |i: usize| {
            if ratio[i] == 1.0 {
                return None;
            }
            let file = f64::from(old[i]);
            let before = if self.model.is_inverted { self.max - file } else { file };
            // Clipped to black stays black.
            if before < 1.0 {
                return None;
            }
            let through = self.model.transmission(before);
            let grey = |before: f64| self.model.grey(self.model.transmission(before) * ratio[i]);
            let mut after = grey(before);
            if is_noisy {
                // A step of the file hides where between two greys the signal lay; white hides all of it.
                let is_clipped = before >= self.max;
                let slope = if is_clipped { 0.0 } else { grey(before + 0.5) - grey(before - 0.5) };
                after = if is_clipped { after } else { grey(before + dither[i]) };
                let kept = slope * slope * self.noise.grey_variance(self.model, through);
                let lacking = self.noise.grey_variance(self.model, through * ratio[i]) - kept;
                after += unit[i] * lacking.max(0.0).sqrt();
            }
            let after = (after + 0.5).floor().clamp(0.0, self.max);
            Some((if self.model.is_inverted { self.max - after } else { after }) as u16)
        };
        (0..old.len()).map(value).collect()
    }
}

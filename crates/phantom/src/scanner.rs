use std::f64::consts::TAU;

use pellucid_core::{BandKind, DetectorArm, ScanGeometry};
use pellucid_imaging::physics::BandOptions;
use serde::{Deserialize, Serialize};

use crate::detector::FULL_SCALE;
use crate::dice::Dice;
use crate::error::PhantomError;

/// A cargo scanner: bands, fan and imperfections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanner {
    /// Name of the preset.
    pub name: String,
    /// Maker, as written into scans.
    pub vendor: String,
    /// Model, as written into scans.
    pub model: String,
    /// Bands, high first.
    pub bands: Vec<ScannerBand>,
    /// Where source and detectors stand.
    pub fan: FanLayout,
    /// What is not perfect.
    pub imperfections: Imperfections,
}

/// One energy channel of a scanner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerBand {
    /// Which channel.
    pub kind: BandKind,
    /// End-point energy in MeV.
    pub endpoint_mev: f64,
    /// Counts above dark in air, in the middle of the fan.
    pub air_counts: f64,
    /// Photons that one pixel counts in air.
    pub air_quanta: f64,
    /// Tungsten between target and load, g/cm².
    #[serde(default = "usual_filter")]
    pub filter_g_per_cm2: f64,
}

/// What every preset's beam is filtered with, g/cm² of tungsten.
fn usual_filter() -> f64 {
    BandOptions::default().filter_g_per_cm2
}

/// Where source and detectors stand, in mm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FanLayout {
    /// From the source to the near wall of a container in the middle of the lane.
    pub source_to_near_wall_mm: f64,
    /// Source above the lane's surface.
    pub source_height_mm: f64,
    /// From the source to the detector arm.
    pub detector_distance_mm: f64,
    /// Height of the top detector.
    pub detector_top_mm: f64,
    /// Spacing of detectors.
    pub detector_pitch_mm: f64,
    /// Detectors.
    pub rows: usize,
    /// Distance the load moves between two columns.
    pub column_pitch_mm: f64,
    /// Elevation of the beam's axis over the horizontal, degrees; the middle of the fan when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beam_axis_deg: Option<f64>,
}

/// What is not perfect; each can be switched off with 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imperfections {
    /// Counts without beam.
    pub dark_counts: f64,
    /// Standard deviation of dark from detector to detector.
    pub dark_spread: f64,
    /// Relative standard deviation of gain from detector to detector.
    pub gain_spread: f64,
    /// Loss of air counts at the ends of the fan, relative.
    pub off_axis_loss: f64,
    /// Relative standard deviation of the dose from pulse to pulse.
    pub dose_jitter: f64,
    /// Electronic noise, counts.
    pub electronic_noise: f64,
    /// `⟨E²⟩/⟨E⟩²` of the energy one photon leaves; 1 for plain counting.
    pub excess_noise: f64,
    /// Scatter as a share of I₀, smallest and largest.
    pub scatter: [f64; 2],
    /// Dead detectors, fewest and most.
    pub dead_detectors: [usize; 2],
    /// How far the low band looks beside the high one, in column pitches.
    pub interlace: f64,
    /// Standard deviation, in counts, of how far a detector's dark has moved by the end of the scan.
    #[serde(default)]
    pub dark_drift: f64,
    /// Relative standard deviation of how far a detector's gain has moved by the end of the scan.
    #[serde(default)]
    pub gain_drift: f64,
    /// Boards of 32 detectors whose gain jumps in mid-scan, fewest and most.
    #[serde(default)]
    pub gain_steps: [usize; 2],
    /// By which share the gain of such a board jumps, up or down; each by half to one and a half of it.
    #[serde(default)]
    pub gain_step_size: f64,
    /// Relative standard deviation of the end-point energy from pulse to pulse.
    #[serde(default)]
    pub endpoint_jitter: f64,
    /// By which share per radian off its axis a beam of 6 MV is softer, as if its end point were lower (and its filter thinner);
    /// that of other energies goes with the root of the energy. 0.26 is bremsstrahlung as Geant4 has it (`tests/physics.rs`), 0 a machine whose
    /// readings are put right row by row.
    #[serde(default)]
    pub off_axis_softening: f64,
    /// Share of a detector's light that each of its neighbours gets.
    #[serde(default)]
    pub crosstalk: f64,
    /// Share of the light of a column that is read in the next one.
    #[serde(default)]
    pub lag: f64,
    /// Relative standard deviation of the load's speed about what the column pitch says, over a scan.
    #[serde(default)]
    pub speed_error: f64,
}

impl Imperfections {
    /// A perfect machine: no noise, no spread, nothing dead.
    pub fn none() -> Self {
        Self {
            dark_counts: 400.0,
            dark_spread: 0.0,
            gain_spread: 0.0,
            off_axis_loss: 0.0,
            dose_jitter: 0.0,
            electronic_noise: 0.0,
            excess_noise: 0.0,
            scatter: [0.0, 0.0],
            dead_detectors: [0, 0],
            interlace: 0.0,
            dark_drift: 0.0,
            gain_drift: 0.0,
            gain_steps: [0, 0],
            gain_step_size: 0.0,
            endpoint_jitter: 0.0,
            off_axis_softening: 0.0,
            crosstalk: 0.0,
            lag: 0.0,
            speed_error: 0.0,
        }
    }
}

const PRESETS: &[(&str, &str)] = &[
    ("relocatable_6_3p5", include_str!("../scanners/relocatable_6_3p5.toml")),
    ("relocatable_6_3p5_fine", include_str!("../scanners/relocatable_6_3p5_fine.toml")),
    ("relocatable_6_3p5_worn", include_str!("../scanners/relocatable_6_3p5_worn.toml")),
    ("portal_9_6", include_str!("../scanners/portal_9_6.toml")),
    ("gantry_6", include_str!("../scanners/gantry_6.toml")),
];

impl Scanner {
    /// Names of the presets.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|(name, _)| *name)
    }

    /// A preset by its name.
    ///
    /// # Errors
    /// There is no preset of that name.
    pub fn preset(name: &str) -> Result<Self, PhantomError> {
        match PRESETS.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::from_toml(name, text),
            None => Err(PhantomError::UnknownPreset {
                what: "scanner",
                name: name.to_owned(),
                known: Self::names().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// A scanner from TOML; `file` names it in errors.
    ///
    /// # Errors
    /// The text is not such a TOML file, or a value is impossible.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, PhantomError> {
        let scanner: Self = toml::from_str(text)
            .map_err(|source| PhantomError::Toml { file: file.to_owned(), source: Box::new(source) })?;
        scanner.validate(file)?;
        Ok(scanner)
    }

    fn validate(&self, file: &str) -> Result<(), PhantomError> {
        let refuse = |key: &str, reason: String| Err(PhantomError::value(file, key, reason));
        if self.bands.is_empty() || self.bands.len() > 2 {
            return refuse("bands", format!("one or two bands, got {}", self.bands.len()));
        }
        for (i, band) in self.bands.iter().enumerate() {
            let expected = if i == 0 { BandKind::High } else { BandKind::Low };
            if band.kind != expected {
                return refuse(&format!("bands[{i}].kind"), format!("must be {}", expected.as_str()));
            }
            if !(1.0..=10.0).contains(&band.endpoint_mev) {
                return refuse(&format!("bands[{i}].endpoint_mev"), format!("1 to 10, got {}", band.endpoint_mev));
            }
            if !(100.0..=65_000.0).contains(&band.air_counts) {
                return refuse(&format!("bands[{i}].air_counts"), format!("100 to 65000, got {}", band.air_counts));
            }
            if !(0.0..=60.0).contains(&band.filter_g_per_cm2) {
                let reason = format!("0 to 60, got {}", band.filter_g_per_cm2);
                return refuse(&format!("bands[{i}].filter_g_per_cm2"), reason);
            }
            if !(1.0..=1e12).contains(&band.air_quanta) {
                return refuse(&format!("bands[{i}].air_quanta"), format!("1 to 1e12, got {}", band.air_quanta));
            }
            let most = f64::from(FULL_SCALE) - self.imperfections.dark_counts;
            if band.air_counts > most {
                let reason = format!("with dark_counts at most 65535, so at most {most}, got {}", band.air_counts);
                return refuse(&format!("bands[{i}].air_counts"), reason);
            }
        }
        let fan = &self.fan;
        for (key, value, low, high) in [
            ("fan.source_to_near_wall_mm", fan.source_to_near_wall_mm, 500.0, 20_000.0),
            ("fan.source_height_mm", fan.source_height_mm, -3_000.0, 10_000.0),
            ("fan.detector_pitch_mm", fan.detector_pitch_mm, 0.5, 100.0),
            ("fan.column_pitch_mm", fan.column_pitch_mm, 0.5, 100.0),
            ("fan.rows", fan.rows as f64, 16.0, 8_192.0),
            ("fan.detector_top_mm", fan.detector_top_mm, 500.0, 20_000.0),
        ] {
            if !(low..=high).contains(&value) {
                return refuse(key, format!("{low} to {high}, got {value}"));
            }
        }
        if let Some(axis) = fan.beam_axis_deg.filter(|axis| !(-60.0..=60.0).contains(axis)) {
            return refuse("fan.beam_axis_deg", format!("-60 to 60, got {axis}"));
        }
        let beyond = fan.source_to_near_wall_mm + 2_500.0;
        if !(beyond..=50_000.0).contains(&fan.detector_distance_mm) {
            let reason = format!("beyond the far wall, {beyond} to 50000, got {}", fan.detector_distance_mm);
            return refuse("fan.detector_distance_mm", reason);
        }
        let flaws = &self.imperfections;
        if !(flaws.scatter[0] >= 0.0 && flaws.scatter[1] >= flaws.scatter[0] && flaws.scatter[1] <= 0.1) {
            return refuse("imperfections.scatter", format!("0 ≤ low ≤ high ≤ 0.1, got {:?}", flaws.scatter));
        }
        if flaws.dead_detectors[1] < flaws.dead_detectors[0] || flaws.dead_detectors[1] * 4 > fan.rows {
            return refuse("imperfections.dead_detectors", format!("got {:?}", flaws.dead_detectors));
        }
        if flaws.gain_steps[1] < flaws.gain_steps[0] || flaws.gain_steps[1] > 64 {
            let reason = format!("0 ≤ fewest ≤ most ≤ 64, got {:?}", flaws.gain_steps);
            return refuse("imperfections.gain_steps", reason);
        }
        for (key, value, high) in [
            ("dark_counts", flaws.dark_counts, 10_000.0),
            ("dark_spread", flaws.dark_spread, 1_000.0),
            ("gain_spread", flaws.gain_spread, 0.3),
            ("off_axis_loss", flaws.off_axis_loss, 0.9),
            ("dose_jitter", flaws.dose_jitter, 0.3),
            ("electronic_noise", flaws.electronic_noise, 1_000.0),
            ("excess_noise", flaws.excess_noise, 10.0),
            ("interlace", flaws.interlace, 1.0),
            ("dark_drift", flaws.dark_drift, 1_000.0),
            ("gain_drift", flaws.gain_drift, 0.2),
            ("gain_step_size", flaws.gain_step_size, 0.5),
            ("endpoint_jitter", flaws.endpoint_jitter, 0.05),
            ("off_axis_softening", flaws.off_axis_softening, 0.5),
            ("crosstalk", flaws.crosstalk, 0.25),
            ("lag", flaws.lag, 0.5),
            ("speed_error", flaws.speed_error, 0.2),
        ] {
            if !(0.0..=high).contains(&value) {
                return refuse(&format!("imperfections.{key}"), format!("0 to {high}, got {value}"));
            }
        }
        if flaws.excess_noise > 0.0 && flaws.excess_noise < 1.0 {
            let reason = format!("0 (none) or 1 (photons of one energy) to 10, got {}", flaws.excess_noise);
            return refuse("imperfections.excess_noise", reason);
        }
        Ok(())
    }

    /// The same machine with another number of rows over the same fan, and another column pitch; the quanta of a pixel go
    /// with its area.
    #[must_use]
    pub fn with_resolution(mut self, rows: usize, column_pitch_mm: f64) -> Self {
        let rows = rows.max(16);
        let height = self.fan.detector_pitch_mm * self.fan.rows as f64;
        let pitch = height / rows as f64;
        let area = (pitch * column_pitch_mm) / (self.fan.detector_pitch_mm * self.fan.column_pitch_mm);
        for band in &mut self.bands {
            band.air_quanta *= area;
        }
        self.fan.detector_top_mm += (self.fan.detector_pitch_mm - pitch) / 2.0;
        (self.fan.detector_pitch_mm, self.fan.rows, self.fan.column_pitch_mm) = (pitch, rows, column_pitch_mm);
        self
    }

    /// Largest part of a pixel at mid-lane, mm, in which areal densities are averaged: half of the beam arrives behind half a
    /// block of steel, whatever its areal density.
    const PART_MM: f64 = 6.5;

    /// Parts of a pixel's height and of its width. Two at most: a coarse machine is for trials, not for looks.
    pub(crate) fn row_parts(&self) -> usize {
        let fan = &self.fan;
        let lane = fan.source_to_near_wall_mm + HALF_WIDTH_MM;
        parts(fan.detector_pitch_mm * lane / fan.detector_distance_mm)
    }

    pub(crate) fn column_parts(&self) -> usize {
        parts(self.fan.column_pitch_mm)
    }

    /// x in mm, on the load, where each of `columns` columns begins, and where the last one ends: even but for the error of
    /// the speed, three slow waves of random phase.
    pub(crate) fn column_edges(&self, columns: usize, seed: u64) -> Vec<f64> {
        let (pitch, error) = (self.fan.column_pitch_mm, self.imperfections.speed_error);
        let mut dice = Dice::new(seed, "speed");
        // Waves of 6, 2.5 and 0.9 m; their variances add up to the square of the error.
        let waves = [6_000.0, 2_500.0, 900.0].map(|mm| {
            let wave = TAU * pitch / mm;
            (wave, dice.between(0.0, TAU), error * (2.0_f64 / 3.0).sqrt())
        });
        let edge = |column: usize| {
            let aside = waves.iter().map(|(wave, phase, size)| {
                let at = |c: f64| -libm::cos(wave * c + phase) / wave;
                size * (at(column as f64) - at(0.0))
            });
            pitch * (column as f64 + aside.sum::<f64>())
        };
        (0..=columns).map(edge).collect()
    }

    /// Fan geometry as scans carry it.
    pub fn geometry(&self) -> ScanGeometry {
        ScanGeometry {
            source_to_lane_mm: self.fan.source_to_near_wall_mm + HALF_WIDTH_MM,
            source_height_mm: self.fan.source_height_mm,
            column_pitch_mm: self.fan.column_pitch_mm,
            arm: Some(DetectorArm {
                distance_mm: self.fan.detector_distance_mm,
                top_mm: self.fan.detector_top_mm,
                pitch_mm: self.fan.detector_pitch_mm,
            }),
            detectors: Vec::new(),
        }
    }
}

/// Half the width of a container, mm (ISO 668).
const HALF_WIDTH_MM: f64 = 1219.0;

/// Parts that a side of a pixel is cut into.
pub(crate) fn parts(pitch_mm: f64) -> usize {
    if pitch_mm > Scanner::PART_MM { 2 } else { 1 }
}

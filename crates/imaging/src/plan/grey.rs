use pellucid_core::{RawBand, Validity};

use super::{BandPlan, DosePlan, ViewPlan};
use crate::kernels::dead_rows::dead_rows;
use crate::kernels::grey::Picture;
use crate::kernels::registration::Taps;
use crate::kernels::side_bars::side_bars;
use crate::kernels::{dose, grey, interpolation, logarithm};
use crate::passes::{self, Row};

/// The plan of a vendor picture.
pub(super) fn plan_grey(band: &RawBand, band_index: usize, width: usize, height: usize) -> ViewPlan {
    let picture = Picture::new(band.counts.pixels(), width, band.max_value);
    let scale = picture.scale();
    let (left, right) = side_bars(&picture).unwrap_or((0, 0));
    let is_bar = |x: usize| x < left || x >= width - right;
    let doses = (0..width).map(|x| if is_bar(x) { dose::BEAM_OFF } else { 0 }).collect();
    let is_dead = dead_rows(&picture, (left, right));
    let white_ln = logarithm::ln_table()[usize::from(scale.white)];
    let high = BandPlan {
        band: band_index,
        rows: interpolation::sources(&is_dead).into_iter().map(|source| Row::new(0, white_ln, source)).collect(),
        drifts: Vec::new(),
        gain_changes: Vec::new(),
        column_offset: 0.0,
        uncertain_offset: None,
        dose: DosePlan::Given(doses),
        attenuate: passes::attenuate::Params {
            width: width as u32,
            height: height as u32,
            max_value: u32::from(band.max_value),
            floor: grey::floor(scale.white),
            is_inverted: u32::from(scale.is_inverted),
            // Vendors clip air to white on purpose: no saturation.
            keep_bits: u32::from(Validity::PENETRATION_LIMITED | Validity::BEAM_OFF),
            is_merged: 0,
            limit: grey::floor(scale.white),
            is_filtered: 0,
            first_tap: Taps::IDENTITY.first,
            padding: [0; 2],
            weights: Taps::IDENTITY.weights,
        },
        bad_rows: is_dead.iter().filter(|dead| **dead).count(),
        air_sigma: None,
    };
    let grey_contrast = Some(f64::from(scale.contrast) / f64::from(band.max_value.max(1)));
    ViewPlan { width, height, high, low: None, material: None, pulse_jitter: None, grey_contrast }
}

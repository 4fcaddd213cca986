use std::sync::{Arc, OnceLock};

use pellucid_core::{BandKind, MaterialClass, RawView, ScannerIdentity};
use pellucid_imaging::physics::{BandResponse, EffectiveCurve, LayeredInversion, ThreeNumbers, material};
use pellucid_imaging::{ImagedView, ScannerCalibration};

use crate::inversion::inversion;

/// End-point energies of a view's bands in MeV.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beam {
    /// The high band, or the only one.
    pub high_mev: f64,
    /// The low band, if it was measured and its energy is known.
    pub low_mev: Option<f64>,
    /// The machine's three numbers in the high and the low band; 1 unless it was calibrated.
    pub numbers: [ThreeNumbers; 2],
}

/// End points that cargo linacs are sold with, MeV.
const USUAL_MEV: [f64; 14] = [2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 6.5, 7.0, 7.5, 8.0, 9.0, 10.0];

/// Cellulose in each usual beam.
fn curves() -> &'static [(f64, EffectiveCurve)] {
    static CURVES: OnceLock<Vec<(f64, EffectiveCurve)>> = OnceLock::new();
    CURVES.get_or_init(|| {
        let cellulose = material("cellulose").into_iter();
        let each = |m| USUAL_MEV.map(|mev| (mev, EffectiveCurve::new(&BandResponse::new(mev), m)));
        cellulose.flat_map(each).collect()
    })
}

impl Beam {
    /// Responses of the bands, high first.
    pub(crate) fn responses(self) -> Vec<BandResponse> {
        let ends = std::iter::once(self.high_mev).chain(self.low_mev);
        ends.zip(self.numbers).map(|(mev, numbers)| BandResponse::new(mev).with_numbers(numbers)).collect()
    }

    /// What a raw view says about its bands; `None` when the high end-point is not known.
    pub fn of_view(view: &RawView) -> Option<Self> {
        let high_mev = view.band(BandKind::High).and_then(|band| band.endpoint_mev)?;
        let low_mev = view.band(BandKind::Low).and_then(|band| band.endpoint_mev);
        Some(Self { high_mev, low_mev, numbers: [ThreeNumbers::default(); 2] })
    }

    /// As [`Beam::of_view`], with the three numbers of the machine where it is among those that were calibrated.
    pub fn of_machine(
        view: &RawView,
        scanner: &ScannerIdentity,
        calibrations: &[ScannerCalibration],
    ) -> Option<Self> {
        let numbers = |mev| ScannerCalibration::numbers(calibrations, scanner, mev);
        let beam = Self::of_view(view)?;
        let low = beam.low_mev.map_or_else(ThreeNumbers::default, numbers);
        Some(Self { numbers: [numbers(beam.high_mev), low], ..beam })
    }

    /// What measured planes tell: where material is undecidable their areal density follows the cellulose curve of the
    /// high band, which names its end-point; the low band is taken to be the usual partner (6/3.5 and 9/6 MV).
    ///
    /// A makeshift for callers without the raw scan. `None` without areal density or when no end-point fits within 1 %.
    pub fn inferred(view: &ImagedView) -> Option<Self> {
        let (areal_density, classes) = (view.areal_density.as_ref()?, view.z_class.as_ref()?);
        let on_default =
            |class: u8| matches!(MaterialClass::from_u8(class), MaterialClass::Undecidable | MaterialClass::Air);
        let mut samples: Vec<(f64, f64)> = areal_density
            .pixels()
            .iter()
            .zip(classes.pixels())
            .zip(view.high.pixels())
            .filter(|((_, class), a)| on_default(**class) && (1024..28_000).contains(*a))
            .map(|((lambda, _), a)| (f64::from(*a) / 4096.0, f64::from(*lambda)))
            .collect();
        if samples.is_empty() {
            // Everything thick was told apart; thin pixels carry the curve as well, only more coarsely rounded.
            samples = areal_density
                .pixels()
                .iter()
                .zip(classes.pixels())
                .zip(view.high.pixels())
                .filter(|((_, class), a)| on_default(**class) && **a >= 60)
                .map(|((lambda, _), a)| (f64::from(*a) / 4096.0, f64::from(*lambda)))
                .collect();
        }
        let step = samples.len().div_ceil(32).max(1);
        let samples: Vec<_> = samples.into_iter().step_by(step).collect();
        if samples.is_empty() {
            return None;
        }
        let misfit = |curve: &EffectiveCurve| {
            let sum: f64 = samples.iter().map(|(a, lambda)| (curve.attenuation(*lambda) / a - 1.0).abs()).sum();
            sum / samples.len() as f64
        };
        let (high_mev, error) =
            curves().iter().map(|(mev, curve)| (*mev, misfit(curve))).min_by(|a, b| a.1.total_cmp(&b.1))?;
        if error > 0.01 {
            return None;
        }
        let partner = [(6.0, 3.5), (9.0, 6.0)].into_iter().find(|(high, _)| *high == high_mev).map(|(_, low)| low);
        let numbers = [ThreeNumbers::default(); 2];
        Some(Self { high_mev, low_mev: view.low.as_ref().and(partner), numbers })
    }

    /// Tables that turn this beam's attenuation into areal density behind steel; built once per beam.
    pub(crate) fn inversion(self) -> Arc<LayeredInversion> {
        inversion(self)
    }
}

//! How far across the box a load may stand: what is believed of stowage before anything is known of a load but how dense
//! it would be if it filled the width.

/// Share of loads that fill the width of their box. Carriers ask for it, so that loads neither shift nor lean (IMO/ILO/UNECE
/// CTU Code, annex 7); the others stand against either wall or in the middle, each as often.
const FULL: f64 = 0.7;
/// Shares of the width that the others may take, each as likely.
const SHARES: [f64; 6] = [0.35, 0.45, 0.55, 0.65, 0.75, 0.85];
/// A load that fills the width may still stand this share of half the width off its middle.
const PLAY: f64 = 0.06;
/// Median density (g/cm³) of goods as stowed, and the standard deviation of its logarithm: anything but metal from foam to
/// bottled liquids; metal from machines to coils.
const GOODS: [f64; 2] = [0.30, 0.75];
const METAL: [f64; 2] = [1.0, 1.1];

/// A place that the middle of a load may have: −1 at the near edge of the space for goods, 1 at the far one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) offset: f64,
    pub(crate) weight: f64,
}

/// The places of a load and their weights, which sum to 1, from the near edge to the far one.
///
/// `density`: g/cm³ if the load filled the width. Bayes: a load of density ρ that takes a share s of the width would show
/// `ρ s`, so shares are weighted by `p(density / s) / s`. `metal`: share of metal, in [0, 1].
pub(crate) fn places(density: f64, metal: f64) -> Vec<Place> {
    let metal = metal.clamp(0.0, 1.0);
    let likelihood = |share: f64| {
        let log = (density.max(1e-3) / share).ln();
        let of = |[median, sd]: [f64; 2]| (-0.5 * ((log - median.ln()) / sd).powi(2)).exp() / sd;
        // The density of ln ρ: dividing by ρ and by s leaves the same factor for all shares.
        (1.0 - metal) * of(GOODS) + metal * of(METAL)
    };
    let mut places = vec![];
    let mut add = |offset: f64, weight: f64| places.push(Place { offset, weight });
    for offset in [-PLAY, 0.0, PLAY] {
        add(offset, FULL * likelihood(1.0) / 3.0);
    }
    for share in SHARES {
        let weight = (1.0 - FULL) * likelihood(share) / (3 * SHARES.len()) as f64;
        for side in [share - 1.0, 0.0, 1.0 - share] {
            add(side, weight);
        }
    }
    let sum: f64 = places.iter().map(|p| p.weight).sum();
    places.iter_mut().for_each(|p| p.weight /= sum.max(f64::MIN_POSITIVE));
    places.sort_unstable_by(|a, b| a.offset.total_cmp(&b.offset));
    places
}

/// Places where nothing is known of depth: anywhere, equally likely.
pub(crate) fn anywhere() -> Vec<Place> {
    (0..9).map(|k| Place { offset: f64::from(k) / 4.0 - 1.0, weight: 1.0 / 9.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aside(places: &[Place]) -> f64 {
        places.iter().filter(|p| p.offset.abs() > 0.1).map(|p| p.weight).sum()
    }

    #[test]
    fn what_is_dense_enough_to_fill_the_box_probably_does() {
        for (density, metal) in [(0.05, 0.0), (0.2, 0.0), (0.4, 0.3), (1.0, 1.0)] {
            let places = places(density, metal);
            assert!((places.iter().map(|p| p.weight).sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(places.windows(2).all(|w| w[0].offset <= w[1].offset));
            let mean: f64 = places.iter().map(|p| p.offset * p.weight).sum();
            assert!(mean.abs() < 1e-12, "neither side is likelier");
        }
        // Thin for goods that fill the width: something denser may stand on part of it.
        let (thin, thick) = (aside(&places(0.05, 0.0)), aside(&places(0.5, 0.0)));
        assert!(thin > 0.25 && thick < 0.18, "{thin} {thick}");
    }
}

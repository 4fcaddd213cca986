//! The strip kernel's tables: how much of an attenuation is organic and how much is steel, weighed against the noise.
//!
//! At one node cellulose behind more and more steel runs from the organic to the steel end of `A_low`; where a cell lies on
//! that way is the share of steel `t`. Where the ends are no farther apart than noise, `t` would be noise: it is drawn
//! towards what is known of every ray through a box, that two walls of steel stand on it,
//! `t' = (t S² + t₀ σ²) / (S² + σ²)`, with `t₀` the share of two walls in what would be steel alone, `σ` one sigma of `t`
//! in means of 25 pixels and `S` how far loads lie from `t₀`.

use crate::kernels::material::{CELLS, GRID, Node};
use crate::kernels::strip::{StripTables, UNSPLIT, packed};
use crate::material_tables::{BOX_PIXELS, TWO_WALLS, low_of_cell};
use crate::physics::{BandNoise, MaterialPosterior};

/// Layers of steel at a node, from none to all of it.
const STEPS: usize = 16;
/// How far loads lie from two walls, as a share.
const SPREAD: f64 = 0.4;

/// One mixture of cellulose and steel at a node.
#[derive(Clone, Copy)]
struct Mixture {
    low: f64,
    /// Attenuation of each part alone over that of both.
    shares: [f64; 2],
}

/// Tables on the nodes of the material tables.
pub(crate) fn build(
    posterior: &MaterialPosterior,
    nodes: &[Node; GRID],
    high: &BandNoise,
    low: &BandNoise,
) -> StripTables {
    let mut tables = StripTables { nodes: *nodes, cells: [[UNSPLIT; CELLS]; GRID] };
    for (n, cells) in tables.cells.iter_mut().enumerate() {
        let a = n as f64 / 16.0;
        if high.is_limited(a) {
            continue;
        }
        let whole = posterior.steel_for(a);
        let mixtures: Vec<Mixture> = (0..=STEPS)
            .map(|j| {
                let steel = whole * j as f64 / STEPS as f64;
                let (a_low, organic) = posterior.behind_steel(steel, a);
                let share = |part: f64| if a > 0.0 { (part / a).clamp(0.0, 1.0) } else { 0.0 };
                Mixture { low: a_low, shares: [share(organic), share(posterior.steel_attenuation(steel))] }
            })
            .collect();
        let walls = if whole > TWO_WALLS { TWO_WALLS / whole } else { 1.0 };
        let separation = (mixtures[0].low - mixtures[STEPS].low).max(1e-9);
        let slope = posterior.low_slope(a);
        for (k, cell) in cells.iter_mut().enumerate() {
            let a_low = low_of_cell(&nodes[n], k);
            if low.is_limited(a_low) {
                continue;
            }
            let sigma = libm::hypot(low.sigma(a_low.max(0.0), BOX_PIXELS), slope * high.sigma(a, BOX_PIXELS));
            let sigma = sigma / separation;
            let trust = SPREAD * SPREAD / (SPREAD * SPREAD + sigma * sigma);
            let t = walls + trust * (place(&mixtures, a_low) - walls);
            let [organic, steel] = shares(&mixtures, t);
            let q12 = |share: f64| libm::round(4096.0 * share.clamp(0.0, 1.0)) as u32;
            *cell = packed(q12(organic), q12(steel));
        }
    }
    tables
}

/// Share of steel, 0 to 1, at which the mixtures show `a_low`.
fn place(mixtures: &[Mixture], a_low: f64) -> f64 {
    let j = mixtures.partition_point(|m| m.low > a_low).clamp(1, STEPS);
    let (before, after) = (mixtures[j - 1].low, mixtures[j].low);
    let t = ((before - a_low) / (before - after).max(1e-9)).clamp(0.0, 1.0);
    ((j - 1) as f64 + t) / STEPS as f64
}

/// Shares of both parts where steel is the share `t` of what would be steel alone.
fn shares(mixtures: &[Mixture], t: f64) -> [f64; 2] {
    let x = t.clamp(0.0, 1.0) * STEPS as f64;
    let j = (x as usize).min(STEPS - 1);
    let f = x - j as f64;
    [0, 1].map(|part| mixtures[j].shares[part] * (1.0 - f) + mixtures[j + 1].shares[part] * f)
}

#[cfg(test)]
mod tests {
    use crate::kernels::strip::{Part, WHOLE, strip};
    use crate::material_tables::{BandState, strips};
    use crate::physics::{BandResponse, ThreeNumbers, material};

    fn state(endpoint_mev: f64, air_sigma: f64) -> BandState {
        let numbers = ThreeNumbers::default();
        BandState { endpoint_mev, numbers, air_sigma, gain: 50_000.0, limit: 6.2, scatter: 5e-4 }
    }

    /// Attenuation of both parts of what stands on a ray, and of what they are alone.
    fn split(steel: f64, name: &str, lambda: f64, sigma: f64) -> [[f64; 2]; 2] {
        let tables = strips(&state(6.0, sigma), &state(3.5, sigma));
        let (walls, goods) = ((material("steel").unwrap(), steel), (material(name).unwrap(), lambda));
        let bands = [6.0, 3.5].map(BandResponse::new);
        let [h, l] = [0, 1].map(|k| libm::round(bands[k].attenuation(&[walls, goods]) * 65_536.0) as u32);
        let found = [Part::Organic, Part::Steel]
            .map(|part| strip(h, l, (h >> 4) as u16, 0, part as u32, &tables))
            .map(|a| if u32::from(a) < WHOLE { f64::from(a) / 4096.0 } else { f64::NAN });
        [found, [bands[0].attenuation(&[goods]), bands[0].attenuation(&[walls])]]
    }

    #[test]
    fn organic_loads_and_steel_come_apart() {
        for name in ["cellulose", "polyethylene", "water", "coffee"] {
            for steel in [3.0, 10.0, 20.0] {
                for lambda in [15.0, 30.0, 60.0] {
                    let [found, truth] = split(steel, name, lambda, 0.002);
                    println!("{name} {lambda} behind {steel}: {found:.3?}, alone {truth:.3?}");
                    // Pure hydrocarbons lie beyond cellulose: they hide a part of the steel that grows with the whole.
                    let whole: f64 = truth.iter().sum();
                    for (found, truth) in found.iter().zip(truth) {
                        assert!(
                            (found - truth).abs() < 0.05 + if name == "polyethylene" { 0.09 } else { 0.02 } * whole,
                            "{name} {lambda} behind {steel}"
                        );
                    }
                }
            }
        }
        // Much steel alone is drawn towards a box's two walls with something behind: 3.6 % of it reads organic.
        let [[organic, steel], truth] = split(60.0, "cellulose", 0.0, 0.002);
        assert!(organic < 0.05 * steel && (steel / truth[1] - 1.0).abs() < 0.05, "{organic} {steel}");
    }

    #[test]
    fn noise_leaves_two_walls_of_steel_and_the_rest() {
        let [quiet, noisy] = [0.002, 0.2].map(|sigma| split(2.9, "cellulose", 12.0, sigma));
        for ([organic, steel], [_, walls]) in [(quiet[0], quiet[1]), (noisy[0], noisy[1])] {
            assert!((steel - walls).abs() < 0.06 && organic > 0.4, "{organic} {steel} {walls}");
        }
        // Bare organic matter in much noise is drawn as behind the walls that are nearly always there.
        let [[_, steel], _] = split(0.0, "cellulose", 12.0, 0.2);
        assert!((0.05..0.2).contains(&steel), "{steel}");
    }
}

use serde::{Deserialize, Serialize};

/// Where the scans behind a node come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleSource {
    /// Confirmed at this site.
    Site,
    /// Confirmed at another site.
    Elsewhere,
    /// Rendered by the phantom scanner.
    Phantom,
}

/// How well a heading is known (closed list of `core::Coverage::lines`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverageState {
    /// Confirmed here.
    Site,
    /// Confirmed at another site.
    Elsewhere,
    /// Known from phantoms only.
    PhantomOnly,
    /// Explained by its chapter's other headings: may explain, never accuse.
    Borrowed,
    /// Known, but another heading looks the same at this grade.
    Indistinguishable,
    /// Unknown.
    NotCovered,
}

impl CoverageState {
    /// The state on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Elsewhere => "elsewhere",
            Self::PhantomOnly => "phantom_only",
            Self::Borrowed => "borrowed",
            Self::Indistinguishable => "indistinguishable",
            Self::NotCovered => "not_covered",
        }
    }
}

/// Confirmed shipments per source; never patches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipmentCounts {
    /// Confirmed here.
    pub site: u32,
    /// Confirmed elsewhere.
    pub elsewhere: u32,
    /// Phantoms.
    pub phantom: u32,
}

/// Real shipments that make a node count as confirmed in spite of the phantoms beside them.
const CONFIRMED_FROM: u32 = 3;

impl ShipmentCounts {
    /// All shipments.
    pub fn total(self) -> u32 {
        self.site + self.elsewhere + self.phantom
    }

    /// State of a node with these shipments. A few real scans among phantoms do not yet make it a confirmed one.
    pub fn state(self) -> CoverageState {
        let real = self.site + self.elsewhere;
        if real == 0 && self.phantom == 0 {
            CoverageState::NotCovered
        } else if self.phantom > 0 && real < CONFIRMED_FROM {
            CoverageState::PhantomOnly
        } else if self.site >= CONFIRMED_FROM || self.elsewhere == 0 {
            CoverageState::Site
        } else {
            CoverageState::Elsewhere
        }
    }

    pub(crate) fn count(&mut self, source: SampleSource) {
        match source {
            SampleSource::Site => self.site += 1,
            SampleSource::Elsewhere => self.elsewhere += 1,
            SampleSource::Phantom => self.phantom += 1,
        }
    }
}

/// Mean and standard deviation of a figure over shipments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation (n − 1 in the denominator); 0 for fewer than two shipments.
    pub sd: f64,
    /// Shipments.
    pub count: u32,
}

impl Spread {
    /// Mean and standard deviation of `values`.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len();
        if n == 0 {
            return Self::default();
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        let sd = if n > 1 { (squares / (n - 1) as f64).sqrt() } else { 0.0 };
        Self { mean, sd, count: n as u32 }
    }

    /// Pulled towards `prior` as if that were worth `weight` shipments; the spread of means is part of the result.
    pub(crate) fn shrunk(self, prior: Self, weight: f64) -> Self {
        let n = f64::from(self.count);
        let total = n + weight;
        let mean = (n * self.mean + weight * prior.mean) / total;
        let between = n * weight / (total * total) * (self.mean - prior.mean) * (self.mean - prior.mean);
        let variance = (n * self.sd * self.sd + weight * prior.sd * prior.sd) / total + between;
        Self { mean, sd: variance.sqrt(), count: self.count }
    }
}

/// Shares of areal density by class among what could be decided: organic, light inorganic, metal, heavy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaterialProfile {
    /// Spread per class over shipments.
    pub classes: [Spread; 4],
}

/// One look of a heading: where its shipments' segment means lie in the embedding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prototype {
    /// Share of the heading's cargo that looks like this, in (0, 1].
    pub weight: f64,
    /// Shipments that show it.
    pub shipments: u32,
    /// Mean of the shipments' means (length: dimensions).
    pub mean: Vec<f32>,
    /// Covariance between shipments, shrunk to the pooled one (dimensions², row-major).
    pub between: Vec<f32>,
}

/// What is known of one heading at one grade.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// HS heading of four digits, or `dunnage`.
    pub heading: String,
    /// Shipments per source.
    pub shipments: ShipmentCounts,
    /// Its looks.
    pub prototypes: Vec<Prototype>,
    /// Within-shipment covariance over the pooled one, as one factor.
    pub within_scale: f64,
    /// Headings that cannot be told from this one, itself left out.
    pub equivalents: Vec<String>,
    /// Share of penetration-limited pixels: steel coils are opaque and honest.
    pub opacity: Spread,
    /// Areal density over cargo patches in g/cm²; empty for grade `processed`.
    pub areal_density: Spread,
    /// Expected material classes; empty counts unless dual energy.
    pub material: MaterialProfile,
    /// `ln(observed kg / loaded kg)` at their mean opacity: bias and residual spread of mass for these goods; empty for grade
    /// `processed`.
    pub mass_log_ratio: Spread,
    /// How it changes per unit of opaque share: what is hidden is not weighed.
    pub mass_opacity_slope: f64,
    /// Largest oddness of a box (`checks::oddness`).
    pub oddness: Spread,
    /// Largest concealment logit of a box.
    pub concealment: Spread,
    /// Kilograms per m³ of stowage `[low, high]`, voids and packaging counted.
    pub stowage_kg_per_m3: Option<[f64; 2]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_follow_the_shipments() {
        for (site, elsewhere, phantom, expected) in [
            (0, 0, 0, CoverageState::NotCovered),
            (0, 0, 40, CoverageState::PhantomOnly),
            (2, 0, 40, CoverageState::PhantomOnly),
            (3, 0, 40, CoverageState::Site),
            (0, 10, 0, CoverageState::Elsewhere),
            (2, 10, 0, CoverageState::Elsewhere),
            (1, 0, 0, CoverageState::Site),
        ] {
            assert_eq!(ShipmentCounts { site, elsewhere, phantom }.state(), expected, "{site} {elsewhere} {phantom}");
        }
    }

    #[test]
    fn shrinking_few_shipments_keeps_the_doubt() {
        let one = Spread { mean: 0.2, sd: 0.0, count: 1 };
        let prior = Spread { mean: 0.0, sd: 0.08, count: 0 };
        let shrunk = one.shrunk(prior, 3.0);
        assert!((shrunk.mean - 0.05).abs() < 1e-12);
        assert!(shrunk.sd > 0.08, "{}", shrunk.sd);
    }
}

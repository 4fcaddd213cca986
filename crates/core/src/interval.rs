use serde::{Deserialize, Serialize};

/// A closed interval whose upper end may be unbounded (`hi` = `None`), as behind opaque pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Interval {
    /// Lower end.
    pub lo: f64,
    /// Upper end; `None` is unbounded.
    pub hi: Option<f64>,
}

impl Interval {
    /// A bounded interval; the ends are put in order.
    pub fn new(a: f64, b: f64) -> Self {
        Self { lo: a.min(b), hi: Some(a.max(b)) }
    }
    /// `[lo, ∞)`.
    pub fn at_least(lo: f64) -> Self {
        Self { lo, hi: None }
    }
    /// A single value.
    pub fn exactly(value: f64) -> Self {
        Self { lo: value, hi: Some(value) }
    }
    /// Sum of two independent amounts, worst case on both ends.
    pub fn plus(self, other: Self) -> Self {
        Self { lo: self.lo + other.lo, hi: self.hi.zip(other.hi).map(|(a, b)| a + b) }
    }
    /// Both ends multiplied by a non-negative factor.
    pub fn scaled(self, factor: f64) -> Self {
        Self { lo: self.lo * factor, hi: self.hi.map(|hi| hi * factor) }
    }
    /// Whether a value lies inside.
    pub fn contains(self, value: f64) -> bool {
        value >= self.lo && self.hi.is_none_or(|hi| value <= hi)
    }
}

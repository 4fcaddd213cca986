use pellucid_core::{ContainerNumber, ContainerRead};

/// What is known about an inspection beside its scan and its declaration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Context {
    /// Prior log-odds (natural logarithm) from the risk system; the profile's base rate when absent.
    pub prior_log_odds: Option<f64>,
    /// Which declared container is meant, if one.
    pub container: Option<ContainerNumber>,
    /// Which box of the scan is meant, counted from the left, if known.
    pub container_index: Option<usize>,
    /// Numbers read at the lane.
    pub containers_read: Vec<ContainerRead>,
    /// Now, RFC 3339; verification reads no clock.
    pub now: String,
    /// Seed of the random selection.
    pub seed: u64,
}

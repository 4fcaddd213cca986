use pellucid_core::Interval;

/// An interval of kilograms in a few characters.
pub(crate) fn interval(kg: Interval) -> String {
    match kg.hi {
        Some(hi) => format!("{:.0}–{hi:.0} kg", kg.lo),
        None => format!("≥ {:.0} kg", kg.lo),
    }
}

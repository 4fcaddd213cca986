//! Quartiles, distances and tables.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::figures::{FIGURES, Figures};

/// Figures of many boxes: real ones, or phantoms of a stage.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Values by figure.
    pub values: BTreeMap<&'static str, Vec<f64>>,
}

impl Group {
    /// Takes the figures of one box.
    pub fn take(&mut self, figures: &Figures) {
        for (name, value) in figures {
            if value.is_finite() {
                self.values.entry(name).or_default().push(*value);
            }
        }
    }

    fn of(&self, name: &str) -> &[f64] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }
}

/// A quantile of values, by the nearest rank; none without values.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * (sorted.len().saturating_sub(1)) as f64).round() as usize;
    sorted.get(rank).copied()
}

/// Largest difference of two cumulative distributions (Kolmogorov–Smirnov), 0 to 1; none where one has no values.
pub fn distance(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let below = |values: &[f64], x: f64| values.iter().filter(|v| **v <= x).count() as f64 / values.len() as f64;
    Some(a.iter().chain(b).map(|x| (below(a, *x) - below(b, *x)).abs()).fold(0.0, f64::max))
}

/// Quartiles of each figure and the distance of phantoms from real scans, in Markdown.
pub fn table(real: &Group, groups: &[(&str, &Group)]) -> String {
    let mut text = "| figure | real: quartiles (n) |".to_owned();
    for (name, _) in groups {
        let _ = write!(text, " {name}: quartiles (n) | KS |");
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---|---|".repeat(groups.len()));
    text.push('\n');
    for (name, words, digits) in FIGURES {
        let _ = write!(text, "| {words} | {} |", quartiles(real.of(name), *digits));
        for (_, group) in groups {
            let ks = distance(real.of(name), group.of(name)).map_or_else(|| "–".to_owned(), |d| format!("{d:.2}"));
            let _ = write!(text, " {} | {ks} |", quartiles(group.of(name), *digits));
        }
        text.push('\n');
    }
    text
}

fn quartiles(values: &[f64], digits: usize) -> String {
    let all: Option<Vec<f64>> = [0.25, 0.5, 0.75].iter().map(|share| quantile(values, *share)).collect();
    match all.as_deref() {
        Some([low, middle, high]) => {
            format!("{low:.digits$} / {middle:.digits$} / {high:.digits$} ({})", values.len())
        }
        _ => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_distributions() {
        assert_eq!(distance(&[1.0, 2.0], &[1.0, 2.0]), Some(0.0));
        assert_eq!(distance(&[1.0, 2.0], &[3.0]), Some(1.0));
        assert_eq!(distance(&[1.0, 3.0], &[2.0, 4.0]), Some(0.5));
        assert_eq!(distance(&[], &[2.0]), None);
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), Some(2.0));
    }
}

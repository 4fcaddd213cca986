//! What was measured of a scan, in words: for the command line and for the sheet.

use pellucid_core::{Grade, MaterialShares, QualityIssue, Segment};
use pellucid_observe::Perspective;

use crate::kilograms::grouped;

/// Headings named per segment at most, and the least probability of all but the first.
const GUESSES: usize = 3;
const LIKELY: f32 = 0.05;

pub(crate) fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::DualEnergyRaw => "two bands of counts: kilograms and materials",
        Grade::SingleEnergyRaw => "one band of counts: kilograms along an assumed composition, no materials",
        Grade::Processed => "vendor picture: appearance and shares, no kilograms",
    }
}

/// What an issue means; its code where it is one this does not know.
pub(crate) fn issue(issue: &QualityIssue) -> String {
    let percent = |value: f64| format!("{:.1} %", 100.0 * value);
    let (value, limit) = (issue.value, issue.limit);
    let shares = |of: &str| format!("{} {of}, limit {}", percent(value), percent(limit));
    match issue.code.as_str() {
        "dead_detectors" => shares("of the detectors are dead"),
        "gain_changed" => shares("of the detectors changed their gain and were put right"),
        "gain_uncertain" => shares("of the detectors seem to have changed their gain and were left as they are"),
        "saturated" => shares("of the pixels are at the converter's end"),
        "penetration_limited" => shares("of the pixels are opaque: only a lower bound is known there"),
        "beam_off" => shares("of the columns had no beam"),
        "missing_dose" => shares("of the bands have no measurable dose"),
        "missing_endpoint" => shares("of the views have bands of unknown end point: no mass, no material"),
        "low_contrast" => shares("of the grey range is not used"),
        "opaque_cargo" => shares("of the load is opaque: no upper bound of its mass"),
        "noise" => format!("noise in air is {}, limit {}", percent(value), percent(limit)),
        "pulse_jitter" => format!("pulses differ by {} between the bands, limit {}", percent(value), percent(limit)),
        "bands_apart" => format!("the bands seem to lie {value:.2} columns apart, limit {limit}"),
        "blurred" => format!("edges rise over {value:.1} pixels, limit {limit:.1}"),
        "scatter" => format!(
            "{:.1} ‰ of the beam is left in the darkest places, limit {:.1} ‰: scatter, under which dense loads weigh too little",
            1000.0 * value,
            1000.0 * limit
        ),
        code => format!("{code} is {value:.4}, limit {limit}"),
    }
}

/// Where the source stood and how large the box is, as its own lines tell.
pub(crate) fn geometry(fitted: Option<&Perspective>) -> String {
    let Some(fitted) = fitted else {
        return "source and height not fitted: the load or the picture hides the box's lines".to_owned();
    };
    let with_error = |[value, error]: [f64; 2]| format!("{} ± {}", grouped(value), grouped(error));
    let height = match fitted.height_mm {
        [height, error] if error > 0.0 => format!("height {} mm", with_error([height, error])),
        [height, _] => format!("height taken to be {} mm", grouped(height)),
    };
    let tilt = match 100.0 * fitted.tilt() {
        rows if rows.abs() < 0.05 => "level".to_owned(),
        rows => format!("{} by {:.1} rows in 100 columns", if rows > 0.0 { "falls" } else { "rises" }, rows.abs()),
    };
    format!(
        "source {} mm before the near wall, {} mm above the underside; {height}; {tilt}",
        with_error(fitted.near_wall_mm),
        with_error(fitted.source_mm)
    )
}

/// Shares of at least a twentieth, largest first; `None` where the grade measures no material.
pub(crate) fn materials(shares: MaterialShares, grade: Grade) -> Option<String> {
    if grade != Grade::DualEnergyRaw {
        return None;
    }
    let mut parts = [
        ("organic", shares.organic),
        ("light inorganic", shares.light_inorganic),
        ("metal", shares.metal),
        ("heavy", shares.heavy),
        ("undecidable", shares.undecidable),
    ];
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    let said = parts.iter().filter(|(_, share)| *share >= 0.05);
    let said: Vec<_> = said.map(|(name, share)| format!("{name} {:.0} %", 100.0 * share)).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// The likeliest headings with their probabilities.
pub(crate) fn looks_like(segment: &Segment, headings: &[String]) -> String {
    let mut guesses: Vec<_> = headings.iter().zip(&segment.commodity).collect();
    guesses.sort_by(|a, b| b.1.total_cmp(a.1));
    let likely = guesses.iter().enumerate().take_while(|(i, (_, p))| *i == 0 || (*i < GUESSES && **p >= LIKELY));
    let said = likely.map(|(_, (heading, p))| format!("{heading} {p:.2}"));
    said.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn material_is_said_only_where_it_is_measured() {
        let shares = MaterialShares { undecidable: 1.0, ..MaterialShares::default() };
        assert_eq!(materials(shares, Grade::SingleEnergyRaw), None);
        assert_eq!(materials(shares, Grade::Processed), None);
        assert_eq!(materials(shares, Grade::DualEnergyRaw).as_deref(), Some("undecidable 100 %"));
        assert_eq!(materials(MaterialShares::default(), Grade::DualEnergyRaw), None);
    }

    #[test]
    fn issues_are_said_with_their_limits() {
        let said = |code: &str| issue(&QualityIssue { code: code.into(), value: 0.123, limit: 0.05 });
        assert_eq!(said("dead_detectors"), "12.3 % of the detectors are dead, limit 5.0 %");
        assert_eq!(said("something_new"), "something_new is 0.1230, limit 0.05");
    }
}

//! Whether a scanner gets worse: the quality figures of its scans, in the order they were taken.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pellucid_core::{QualityFigure, ScanQuality, ScannerIdentity};
use serde::Serialize;

/// Fewest scans of a machine that a change is told from.
const FEWEST: usize = 6;
/// A change counts from so many standard errors on.
const CLEAR: f64 = 4.0;
/// A change of less than this share of the figure is of no matter, however clear.
const MATTERS: f64 = 0.1;
/// The same for figures that are shares and may be 0.
const MATTERS_SHARE: f64 = 0.002;

/// Figures that are better when smaller; those of [`FALLING`] when larger. Others say nothing of the machine alone.
const RISING: [&str; 10] = [
    "noise_high",
    "noise_low",
    "edge_width_x",
    "edge_width_y",
    "contrast",
    "wire",
    "dead_detectors",
    "gain_changed",
    "saturated",
    "pulse_jitter",
];
const FALLING: [&str; 4] = ["penetration", "range_high", "range_low", "material_to"];

/// One scan of the watch.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WatchedScan {
    pub(crate) file: String,
    pub(crate) acquired_at: Option<String>,
    pub(crate) quality: ScanQuality,
}

/// A figure that got worse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Worsening {
    pub(crate) code: String,
    pub(crate) unit: String,
    /// Median of the first third of the scans, and of the last.
    pub(crate) before: f64,
    pub(crate) after: f64,
    /// Difference over its standard error.
    pub(crate) clearness: f64,
}

/// What the scans of one machine say together.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct MachineReport {
    pub(crate) vendor: String,
    pub(crate) model: String,
    pub(crate) serial: String,
    pub(crate) scans: usize,
    pub(crate) unusable: usize,
    /// First and last time of a scan, where known.
    pub(crate) period: Option<[String; 2]>,
    /// Scans with each issue.
    pub(crate) issues: BTreeMap<String, usize>,
    /// Median of each figure per day, days in order; scans without time stand under an empty day.
    pub(crate) days: Vec<(String, Vec<QualityFigure>)>,
    /// What got worse; empty as well where there are too few scans to say.
    pub(crate) worse: Vec<Worsening>,
    /// Whether there were enough scans to tell.
    pub(crate) is_told: bool,
}

/// Reports per machine, by vendor, model and serial number.
pub(crate) fn report(scans: Vec<(ScannerIdentity, WatchedScan)>) -> Vec<MachineReport> {
    let mut machines: BTreeMap<[String; 3], Vec<WatchedScan>> = BTreeMap::new();
    for (scanner, scan) in scans {
        machines.entry([scanner.vendor, scanner.model, scanner.serial]).or_default().push(scan);
    }
    machines.into_iter().map(|(key, scans)| machine(key, scans)).collect()
}

fn machine([vendor, model, serial]: [String; 3], mut scans: Vec<WatchedScan>) -> MachineReport {
    // ISO 8601 times in UTC sort as text; scans without a time come first, in the order of their files.
    scans.sort_by(|a, b| (&a.acquired_at, &a.file).cmp(&(&b.acquired_at, &b.file)));
    let mut issues = BTreeMap::new();
    for issue in scans.iter().flat_map(|scan| &scan.quality.issues) {
        *issues.entry(issue.code.clone()).or_insert(0) += 1;
    }
    let mut by_day: BTreeMap<String, Vec<&WatchedScan>> = BTreeMap::new();
    for scan in &scans {
        let day = scan.acquired_at.as_deref().unwrap_or_default().chars().take(10).collect();
        by_day.entry(day).or_default().push(scan);
    }
    let days = by_day.into_iter().map(|(day, scans)| (day, medians(&scans))).collect();
    let is_told = scans.len() >= FEWEST;
    let worse = if is_told {
        RISING.iter().chain(&FALLING).filter_map(|code| worsening(code, &scans)).collect()
    } else {
        Vec::new()
    };
    let time = |scan: Option<&WatchedScan>| scan.and_then(|scan| scan.acquired_at.clone());
    let period = time(scans.iter().find(|s| s.acquired_at.is_some())).zip(time(scans.last())).map(|(a, b)| [a, b]);
    let unusable = scans.iter().filter(|scan| !scan.quality.is_usable).count();
    MachineReport { vendor, model, serial, scans: scans.len(), unusable, period, issues, days, worse, is_told }
}

impl MachineReport {
    fn name(&self) -> String {
        let parts = [&self.vendor, &self.model, &self.serial].map(|part| part.trim());
        let known: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if known.is_empty() { "a scanner that is not named".to_owned() } else { known.join(" ") }
    }
}

fn medians(scans: &[&WatchedScan]) -> Vec<QualityFigure> {
    let mut values: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for figure in scans.iter().flat_map(|scan| &scan.quality.figures) {
        values.entry((&figure.code, &figure.unit)).or_default().push(figure.value);
    }
    values.into_iter().map(|((code, unit), values)| QualityFigure::new(code, median(&values), unit)).collect()
}

/// Whether a figure is worse in the last third of the scans than in the first: medians, and their standard error from the
/// median deviations within the thirds (1.4826 · MAD · 1.2533 / √n, as of normal scatter).
fn worsening(code: &str, scans: &[WatchedScan]) -> Option<Worsening> {
    let values: Vec<f64> = scans.iter().filter_map(|scan| scan.quality.figure(code)).collect();
    if values.len() < FEWEST {
        return None;
    }
    let third = values.len() / 3;
    let (first, last) = (&values[..third], &values[values.len() - third..]);
    let (before, after) = (median(first), median(last));
    let error = |part: &[f64], centre: f64| {
        let deviations: Vec<f64> = part.iter().map(|v| (v - centre).abs()).collect();
        1.4826 * median(&deviations) * 1.2533 / (part.len() as f64).sqrt()
    };
    let change = if FALLING.contains(&code) { before - after } else { after - before };
    let matters = (MATTERS * before.abs()).max(MATTERS_SHARE);
    let sigma = error(first, before).hypot(error(last, after)).max(1e-3 * before.abs()).max(1e-6);
    let unit = scans.iter().flat_map(|s| &s.quality.figures).find(|f| f.code == code).map(|f| f.unit.clone())?;
    let clearness = change / sigma;
    (change > matters && clearness > CLEAR).then(|| Worsening {
        code: code.to_owned(),
        unit,
        before,
        after,
        clearness,
    })
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 0 => 0.5 * (sorted[middle - 1] + sorted[middle]),
        _ => sorted[middle],
    }
}

/// The reports for people.
pub(crate) fn in_words(reports: &[MachineReport]) -> String {
    let mut text = String::new();
    for report in reports {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}: {} scans{}, {} not usable",
            report.name(),
            report.scans,
            report.period.as_ref().map_or_else(String::new, |[from, to]| format!(" from {from} to {to}")),
            report.unusable
        );
        for (code, n) in &report.issues {
            let _ = writeln!(text, "  {n} of {} with {code}", report.scans);
        }
        let names: Vec<&QualityFigure> =
            report.days.iter().map(|(_, figures)| figures).max_by_key(|f| f.len()).into_iter().flatten().collect();
        for name in names {
            let _ = write!(text, "  {:<15}", name.code);
            for (_, figures) in &report.days {
                let value = figures.iter().find(|f| f.code == name.code);
                let value = value.map_or_else(|| "–".to_owned(), |f| short(f.value));
                let _ = write!(text, " {value:>9}");
            }
            let _ = writeln!(text, "  {}", if name.unit == "1" { "" } else { &name.unit });
        }
        if report.days.len() > 1 {
            let _ = write!(text, "  {:<15}", "by day");
            for (day, _) in &report.days {
                let _ = write!(text, " {:>9}", day.get(5..).unwrap_or("undated"));
            }
            text.push('\n');
        }
        for worse in &report.worse {
            let _ = writeln!(
                text,
                "  WORSE: {} went from {} to {}, {:.0} standard errors",
                worse.code,
                short(worse.before),
                figure_in_words(&QualityFigure::new("", worse.after, &worse.unit)).trim_start(),
                worse.clearness
            );
        }
        if !report.is_told {
            let _ = writeln!(text, "  too few scans to tell a change: at least {FEWEST} of a machine");
        } else if report.worse.is_empty() {
            let _ = writeln!(text, "  nothing got worse");
        }
    }
    text
}

/// A figure as `penetration 216 mm`.
pub(crate) fn figure_in_words(figure: &QualityFigure) -> String {
    let unit = if figure.unit == "1" { String::new() } else { format!(" {}", figure.unit) };
    format!("{} {}{unit}", figure.code, short(figure.value))
}

fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scans(n: usize, noise: impl Fn(usize) -> f64) -> Vec<(ScannerIdentity, WatchedScan)> {
        (0..n)
            .map(|i| {
                let mut quality = ScanQuality { is_usable: true, ..ScanQuality::default() };
                quality.figures.push(QualityFigure::new("noise_high", noise(i), "1"));
                quality.figures.push(QualityFigure::new("penetration", 200.0 - 2_000.0 * noise(i), "mm"));
                let acquired_at = Some(format!("2026-07-{:02}T08:00:00Z", 1 + i / 3));
                let scanner = ScannerIdentity {
                    vendor: "v".into(),
                    model: "m".into(),
                    serial: "s".into(),
                    calibration_date: None,
                };
                (scanner, WatchedScan { file: format!("{i}"), acquired_at, quality })
            })
            .collect()
    }

    /// Scatter between scans that are otherwise alike.
    fn wobble(i: usize) -> f64 {
        1.0 + 0.05 * ((i * 7 % 11) as f64 / 5.0 - 1.0)
    }

    #[test]
    fn a_tube_that_ages_shows_within_a_week() {
        let reports = report(scans(21, |i| 0.01 * wobble(i) * (1.0 + 0.03 * i as f64)));
        let codes: Vec<&str> = reports[0].worse.iter().map(|w| w.code.as_str()).collect();
        assert_eq!(codes, ["noise_high"], "{:?}", reports[0].worse);
        assert_eq!((reports[0].scans, reports[0].days.len()), (21, 7));
        assert!(in_words(&reports).contains("WORSE: noise_high went from"));
        let failing = report(scans(21, |i| 0.01 + 0.0025 * i as f64 * wobble(i)));
        assert!(failing[0].worse.iter().any(|w| w.code == "penetration"), "{:?}", failing[0].worse);
    }

    #[test]
    fn a_steady_machine_is_left_alone_and_few_scans_say_nothing() {
        assert!(report(scans(60, |i| 0.01 * wobble(i)))[0].worse.is_empty());
        let few = report(scans(4, |i| 0.01 * (1.0 + i as f64)));
        assert!(few[0].worse.is_empty() && !few[0].is_told);
        assert!(in_words(&few).contains("too few scans"));
    }
}

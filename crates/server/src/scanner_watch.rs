//! Whether a scanner gets worse: the quality figures of its scans, in the order they were taken.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pellucid_core::{QualityFigure, ScanQuality, ScannerIdentity};
use serde::Serialize;

use crate::figure_change::{FEWEST, FOLLOWED, Shape, Worsening, median};

/// One scan of the watch.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WatchedScan {
    pub(crate) file: String,
    pub(crate) acquired_at: Option<String>,
    pub(crate) quality: ScanQuality,
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
    /// Figures that enough scans show to be followed.
    pub(crate) followed: Vec<&'static str>,
    /// What got worse; empty as well where it cannot be told.
    pub(crate) worse: Vec<Worsening>,
    /// Why it cannot be told whether anything got worse; `None` where it can.
    pub(crate) untold: Option<String>,
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
    // By day as the site writes it; scans without a time come first, in the order of their files.
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
    let mut dated: Vec<(f64, &ScanQuality)> =
        scans.iter().filter_map(|scan| Some((days_of(scan.acquired_at.as_deref()?)?, &scan.quality))).collect();
    dated.sort_by(|a, b| a.0.total_cmp(&b.0));
    let is_shown = |code: &str| dated.iter().filter(|(_, q)| q.figure(code).is_some()).count() >= FEWEST;
    let mut untold = untold(&serial, scans.len(), &dated);
    let followed: Vec<&str> = match untold {
        None => FOLLOWED.iter().map(|figure| figure.code).filter(|code| is_shown(code)).collect(),
        Some(_) => Vec::new(),
    };
    if untold.is_none() && followed.is_empty() {
        untold = Some(format!("no figure that speaks of a machine is in {FEWEST} of the scans"));
    }
    let is_followed = |code: &str| followed.contains(&code);
    let worse = FOLLOWED.iter().filter(|f| is_followed(f.code)).filter_map(|f| f.worsening(&dated)).collect();
    let time = |scan: Option<&WatchedScan>| scan.and_then(|scan| scan.acquired_at.clone());
    let period = time(scans.iter().find(|s| s.acquired_at.is_some())).zip(time(scans.last())).map(|(a, b)| [a, b]);
    let unusable = scans.iter().filter(|scan| !scan.quality.is_usable).count();
    MachineReport {
        vendor,
        model,
        serial,
        scans: scans.len(),
        unusable,
        period,
        issues,
        days,
        followed,
        worse,
        untold,
    }
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

/// Why nothing can be said of changes: scans that may be of several machines, or that nobody can put in order.
fn untold(serial: &str, scans: usize, dated: &[(f64, &ScanQuality)]) -> Option<String> {
    let of_scans = |n: usize| if n == 1 { "1 scan".to_owned() } else { format!("{n} scans") };
    if serial.trim().is_empty() {
        return Some(format!("no serial number in {}, which may be of several machines", of_scans(scans)));
    }
    if scans < FEWEST {
        return Some(format!("{} are too few: at least {FEWEST} of a machine", of_scans(scans)));
    }
    if dated.len() < FEWEST {
        let (dated, all) = (dated.len(), of_scans(scans));
        return Some(format!("{dated} of {all} say when they were taken: at least {FEWEST} must"));
    }
    let is_one_time = dated.iter().all(|(day, _)| *day == dated[0].0);
    is_one_time.then(|| "all scans were taken at the same time".to_owned())
}

/// Days since 1970 of a time as scans give it: with its offset from UTC, else without, else a day alone.
fn days_of(time: &str) -> Option<f64> {
    let at =
        |civil: jiff::civil::DateTime| civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let time = time.trim();
    let stamp = time.parse::<jiff::Timestamp>().ok();
    let stamp = stamp.or_else(|| at(time.parse::<jiff::civil::DateTime>().ok()?));
    let stamp = stamp.or_else(|| at(time.parse::<jiff::civil::Date>().ok()?.at(0, 0, 0, 0)));
    stamp.map(|stamp| stamp.as_second() as f64 / 86_400.0)
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
            let _ = writeln!(text, "  WORSE: {}", worsening_in_words(worse));
        }
        if let Some(why) = &report.untold {
            let _ = writeln!(text, "  cannot tell whether anything got worse: {why}");
        } else if report.worse.is_empty() {
            let _ = writeln!(text, "  nothing got worse of {}", report.followed.join(", "));
        }
    }
    text
}

fn worsening_in_words(worse: &Worsening) -> String {
    let (before, after, days) = (short(worse.before), with_unit(worse.after, &worse.unit), worse.days);
    let percent = match worse.after / worse.before - 1.0 {
        share if share.is_finite() && worse.before > 0.0 => format!(" ({:+.0} %)", 100.0 * share),
        _ => String::new(),
    };
    match worse.shape {
        Shape::Trend => format!("{} moves from {before} to {after}{percent} over {days:.1} days", worse.code),
        Shape::Step => {
            format!("{} was {before} at first and is {after}{percent} at last, {days:.1} days on", worse.code)
        }
    }
}

/// A figure as `penetration 216 mm`.
pub(crate) fn figure_in_words(figure: &QualityFigure) -> String {
    format!("{} {}", figure.code, with_unit(figure.value, &figure.unit))
}

fn with_unit(value: f64, unit: &str) -> String {
    if unit == "1" { short(value) } else { format!("{} {unit}", short(value)) }
}

fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 0.1 => format!("{value:.2}"),
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

    fn serial_and_dates(scans: &mut [(ScannerIdentity, WatchedScan)], serial: &str, is_dated: bool) {
        for (scanner, scan) in scans {
            scanner.serial = serial.into();
            scan.acquired_at = scan.acquired_at.take().filter(|_| is_dated);
        }
    }

    #[test]
    fn a_tube_that_ages_shows_within_a_week() {
        let reports = report(scans(21, |i| 0.002 * wobble(i) * (1.0 + 0.03 * i as f64)));
        let codes: Vec<&str> = reports[0].worse.iter().map(|w| w.code.as_str()).collect();
        assert_eq!(codes, ["noise_high"], "{:?}", reports[0].worse);
        assert_eq!((reports[0].scans, reports[0].days.len()), (21, 7));
        assert!(in_words(&reports).contains("WORSE: noise_high moves from"), "{}", in_words(&reports));
        let failing = report(scans(21, |i| 0.01 + 0.0025 * i as f64 * wobble(i)));
        assert!(failing[0].worse.iter().any(|w| w.code == "penetration"), "{:?}", failing[0].worse);
    }

    #[test]
    fn a_steady_machine_is_left_alone() {
        let steady = report(scans(60, |i| 0.01 * wobble(i)));
        assert!(steady[0].worse.is_empty() && steady[0].untold.is_none());
        assert!(in_words(&steady).contains("nothing got worse of noise_high, penetration"), "{}", in_words(&steady));
    }

    #[test]
    fn what_cannot_be_told_is_not_called_well() {
        let rising = |n| scans(n, |i| 0.01 * (1.0 + i as f64));
        let check = |scans: Vec<(ScannerIdentity, WatchedScan)>, why: &str| {
            let reports = report(scans);
            let words = in_words(&reports);
            assert!(reports[0].worse.is_empty() && reports[0].untold.is_some(), "{why}: {words}");
            assert!(
                words.contains("cannot tell") && words.contains(why) && !words.contains("nothing got worse"),
                "{words}"
            );
        };
        check(rising(4), "4 scans are too few");
        let mut unnamed = rising(21);
        serial_and_dates(&mut unnamed, " ", true);
        check(unnamed, "no serial number in 21 scans");
        let mut undated = rising(21);
        serial_and_dates(&mut undated, "s", false);
        check(undated, "0 of 21 scans say when");
        let mut at_once = rising(21);
        at_once.iter_mut().for_each(|(_, scan)| scan.acquired_at = Some("2026-07-01".into()));
        check(at_once, "same time");
        let mut other = rising(21);
        other.iter_mut().for_each(|(_, scan)| scan.quality.figures.retain(|f| f.code == "none"));
        check(other, "no figure");
    }

    #[test]
    fn times_are_read_as_scans_give_them() {
        let day = 20_635.0;
        for (time, days) in [
            ("2026-07-01T12:00:00Z", day + 0.5),
            ("2026-07-01T14:00:00+02:00", day + 0.5),
            ("2026-07-01T12:00:00", day + 0.5),
            ("2026-07-01", day),
        ] {
            assert_eq!(days_of(time), Some(days), "{time}");
        }
        assert_eq!(days_of("yesterday"), None);
    }
}

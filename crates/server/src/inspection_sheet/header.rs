//! What was scanned, how far it can be trusted and what was found, in words.

use pellucid_pipeline::Measured;

use super::{GAP, SMALL_LETTERS, Sheet};
use crate::scanner_watch::figure_in_words;
use crate::{kilograms, measured_words};

/// Letters of the scan's name and of ordinary lines, px.
const NAME_LETTERS: f64 = 24.0;
const LETTERS: f64 = 15.0;

pub(super) fn add(sheet: &mut Sheet, measured: &Measured, name: &str) {
    let observation = &measured.observation;
    let (grade, quality) = (observation.grade, &observation.quality);
    sheet.lines(&[name.to_owned()], NAME_LETTERS, "head");
    sheet.lines(&[measured_words::grade(grade).to_owned()], LETTERS, "plain");
    sheet.height += 0.5 * GAP;
    let verdict = match (quality.is_usable, quality.issues.len()) {
        (false, _) => "NOT usable: rescan or examine".to_owned(),
        (true, 0) => "usable, nothing to complain of".to_owned(),
        (true, 1) => "usable, with one remark".to_owned(),
        (true, n) => format!("usable, with {n} remarks"),
    };
    sheet.lines(&[format!("Scan quality: {verdict}")], 16.0, "title");
    let issues: Vec<String> =
        quality.issues.iter().map(|issue| format!("– {}", measured_words::issue(issue))).collect();
    sheet.lines(&issues, LETTERS, "plain");
    let figures: Vec<String> = quality.figures.iter().map(figure_in_words).collect();
    if !figures.is_empty() {
        sheet.lines(&[figures.join(" · ")], SMALL_LETTERS, "small");
    }
    sheet.height += 0.5 * GAP;
    if observation.containers.is_empty() {
        sheet.lines(&["No container was found: nothing can be said of a load.".to_owned()], 16.0, "title");
    }
    for (index, container) in observation.containers.iter().enumerate() {
        let mass = container.cargo_mass.as_ref().map_or_else(
            || "kilograms not applicable to this grade".to_owned(),
            |mass| format!("cargo {}", kilograms::cargo_mass(mass, grade)),
        );
        let title = format!("Container {} · {} · {mass}", index + 1, container.size_type());
        sheet.lines(&[title], 16.0, "title");
        let fitted = measured.containers.get(index).and_then(|geometry| geometry.perspective);
        sheet.lines(
            &[
                format!(
                    "{:.0} % of its cells filled; empty with probability {:.3}; found with confidence {:.2}",
                    100.0 * container.fill_share,
                    container.empty_probability,
                    container.confidence
                ),
                measured_words::geometry(fitted.as_ref()),
            ],
            SMALL_LETTERS,
            "small",
        );
    }
    sheet.height += GAP;
}

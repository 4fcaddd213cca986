//! Writes `dual-energy.md`, and `dual-energy-<scanner>.svg` for each dual-energy scanner: class and areal density of known
//! plates against thickness.
//!
//! `cargo run -p pellucid-benches --example dual_energy [-- FOLDER]`; the folder is `benches/results` unless named.

use std::fmt::Write;
use std::path::PathBuf;

use pellucid_benches::dual_energy::{
    CONFIDENCES, HELD_OUT, PlateScore, Score, TUNING, Trial, coverage, judge_plates, sum,
};
use pellucid_benches::heavy::{SIDES_MM, of_empty_boxes, of_lead};

const PRESETS: [&str; 2] = ["relocatable_6_3p5", "portal_9_6"];
/// A cell of the chart of classes, and how far areal density may be off before it leaves the chart.
const CELL: [f64; 2] = [29.0, 17.0];
const LARGEST_ERROR: f64 = 0.15;
const LEFT: f64 = 118.0;
const GAP: f64 = 34.0;
/// Right, undecidable, wrong: told apart by all kinds of colour vision (Okabe and Ito 2008).
const SHARES: [(&str, &str); 3] = [("right", "#009e73"), ("undecidable", "#dcdcdc"), ("wrong", "#d55e00")];
const LINES: [&str; 10] =
    ["#e69f00", "#b06f00", "#7a4b00", "#66c266", "#2e8b2e", "#9ecbff", "#56b4e9", "#0072b2", "#cc79a7", "#7d2f6b"];

fn main() -> std::io::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results"), PathBuf::from);
    let mut text = String::from(INTRODUCTION);
    for preset in PRESETS {
        let scores = judge_plates(preset, &HELD_OUT);
        let tuning = judge_plates(preset, &TUNING);
        let picture = format!("dual-energy-{}.svg", preset.replace('_', "-"));
        let _ = write!(text, "\n## {preset}\n\n![class and areal density against thickness]({picture})\n");
        text += &summary(&[("held out", &scores), ("tuning", &tuning)]);
        text += &table("Pixels of the planes, steel not known", &HELD_OUT, &scores, |s| &s.pixels);
        text += &table("Means of 5 × 5 behind known steel", &HELD_OUT, &scores, |s| &s.rays);
        text += &heavy(preset).map_err(|error| std::io::Error::other(error.to_string()))?;
        std::fs::write(folder.join(&picture), chart(preset, &HELD_OUT, &scores))?;
    }
    std::fs::write(folder.join("dual-energy.md"), text)?;
    println!("{}", folder.join("dual-energy.md").display());
    Ok(())
}

const INTRODUCTION: &str = "# Dual energy on plates of known material

`cargo run -p pellucid-benches --example dual_energy` writes this file and its pictures: phantom scanners with all their
imperfections, plates of materials, thicknesses, steels and seeds that nothing was chosen on (*held out*; none is among the
materials that the posterior lists), and those that thresholds were chosen on (*tuning*). `benches/tests/dual_energy.rs` and
`heavy.rs` hold the bounds. Plates are read away from their edges; *heavy matter* below reads whole boxes and blocks, edges and
all.

A plate's class is that of its material in the catalogue; where steel in front makes up a third to two thirds of a ray, the ray is
a mixture and no class is right. Areal density is that of the whole ray for pixels, that of the plate for means behind known
steel. Coverage is the share within one and two stated sigmas of areal density; every plate counts alike within its class, and
classes count as the prior has them (organic 60, light inorganic 18, metal 20, heavy 2).
";

/// Heavy matter where there is none, and where there is some.
fn heavy(preset: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = format!(
        "\n### Heavy matter\n\nOf the coloured pixels of empty dry boxes on trailers, all of them steel and wood, {:.2} % are called \
         heavy.\n\n| lead, 57 g/cm² deep, side in mm | called heavy % | called something else % |\n|---|---|---|\n",
        100.0 * of_empty_boxes(preset)?
    );
    for (side, [heavy, other]) in SIDES_MM.into_iter().zip(of_lead(preset)?) {
        let _ = writeln!(text, "| {side} | {:.0} | {:.0} |", 100.0 * heavy, 100.0 * other);
    }
    Ok(text)
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{:.0}", 100.0 * value))
}

/// Shares by class, coverage and calibration.
fn summary(trials: &[(&str, &Vec<PlateScore>)]) -> String {
    let mut text = String::from(
        "\n| plates | reading | right | wrong | undecidable | within 1 σ | within 2 σ | right where confidence is 0.90–0.95 | \
         0.95–0.98 | 0.98–0.99 | 0.99–0.995 | more |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for (name, scores) in trials {
        for (reading, score) in [("pixels", (|s| &s.pixels) as fn(&PlateScore) -> &Score), ("means", |s| &s.rays)] {
            let all = sum(scores.iter(), score);
            let (right, wrong) = (all.right_share(), all.wrong_share());
            let left = right.zip(wrong).map(|(right, wrong)| 1.0 - right - wrong);
            let covered = [1, 2].map(|sigmas| coverage(scores.iter(), score, sigmas));
            let shares = [right, wrong, left, Some(covered[0]), Some(covered[1])].map(one_decimal);
            let _ = write!(text, "| {name} | {reading} | {} |", shares.join(" | "));
            for (_, [named, right]) in CONFIDENCES.iter().zip(all.confident) {
                let _ = write!(text, " {} |", one_decimal((named > 0.0).then(|| right / named)));
            }
            text.push('\n');
        }
    }
    text
}

fn one_decimal(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{:.1}", 100.0 * value))
}

/// One line a material and steel: right / wrong in %, and the bias of areal density in %, by thickness.
fn table(title: &str, trial: &Trial, scores: &[PlateScore], score: impl Fn(&PlateScore) -> &Score) -> String {
    let mut text = format!(
        "\n### {title}\n\nNamed right / wrong in %, and the bias of areal density in %.\n\n| material | steel g/cm² |"
    );
    for lambda in trial.areal_densities {
        let _ = write!(text, " {lambda} |");
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---|".repeat(trial.areal_densities.len()));
    for name in trial.materials {
        for steel in trial.steels {
            let _ = write!(text, "\n| {} | {steel:.1} |", name.replace('_', " "));
            for plate in scores.iter().filter(|s| s.material == *name && s.steel == *steel) {
                let s = score(plate);
                let bias = s.bias().map_or_else(|| "–".to_owned(), |bias| format!("{:+.1}", 100.0 * bias));
                let _ = write!(text, " {}/{} {bias} |", percent(s.right_share()), percent(s.wrong_share()));
            }
        }
    }
    text.push('\n');
    text
}

/// For each steel: the share of pixels named right, wrong or not at all, by material and thickness, and below it how far
/// the areal density of means behind the steel is off.
fn chart(preset: &str, trial: &Trial, scores: &[PlateScore]) -> String {
    let columns = trial.areal_densities.len() as f64;
    let panel = CELL[0] * columns;
    let rows = CELL[1] * trial.materials.len() as f64;
    let lines_top = 92.0 + rows + 62.0;
    let lines_height = 210.0;
    let width = LEFT + (panel + GAP) * trial.steels.len() as f64;
    let height = lines_top + lines_height + 74.0;
    let mut paths = SHARES.map(|_| String::new());
    let mut body = String::new();
    for (p, steel) in trial.steels.iter().enumerate() {
        let left = LEFT + p as f64 * (panel + GAP);
        let title = if *steel == 0.0 { "bare".to_owned() } else { format!("behind {steel} g/cm² of steel") };
        label(&mut body, [left + panel / 2.0, 82.0], "m t", &title);
        for (k, lambda) in trial.areal_densities.iter().enumerate() {
            let x = left + (k as f64 + 0.5) * CELL[0];
            label(&mut body, [x, 92.0 + rows + 14.0], "m", &lambda.to_string());
            label(&mut body, [x, lines_top + lines_height + 14.0], "m", &lambda.to_string());
        }
        let _ = writeln!(body, "<path d=\"M{left} {lines_top}h{panel}v{lines_height}h-{panel}z\" class=\"f\"/>");
        for tick in [-0.1, -0.05, 0.0, 0.05, 0.1] {
            let y = lines_top + lines_height * (0.5 - 0.5 * tick / LARGEST_ERROR);
            let _ = writeln!(body, "<path d=\"M{left} {y:.1}h{panel}\" class=\"g\"/>");
            if p == 0 {
                label(&mut body, [left - 6.0, y + 4.0], "e", &format!("{:+.0} %", 100.0 * tick));
            }
        }
        for (row, name) in trial.materials.iter().enumerate() {
            let plates: Vec<&PlateScore> =
                scores.iter().filter(|s| s.material == *name && s.steel == *steel).collect();
            let y = 92.0 + row as f64 * CELL[1];
            if p == 0 {
                label(&mut body, [left - 6.0, y + 12.0], "e", &name.replace('_', " "));
            }
            let mut line = String::new();
            for (k, plate) in plates.iter().enumerate() {
                let (x, wide) = (left + k as f64 * CELL[0], CELL[0] - 2.0);
                if let (Some(right), Some(wrong)) = (plate.pixels.right_share(), plate.pixels.wrong_share()) {
                    let mut from = x;
                    for (path, share) in paths.iter_mut().zip([right, 1.0 - right - wrong, wrong]) {
                        if share > 0.0 {
                            let (part, tall) = (share * wide, CELL[1] - 2.0);
                            let _ = write!(path, "M{from:.1} {y:.1}h{part:.1}v{tall}h-{part:.1}z");
                            from += part;
                        }
                    }
                }
                if let Some(bias) = plate.rays.bias() {
                    let share = 0.5 - 0.5 * (bias / LARGEST_ERROR).clamp(-1.0, 1.0);
                    let command = if line.is_empty() { 'M' } else { 'L' };
                    let _ = write!(line, "{command}{:.1} {:.1}", x + CELL[0] / 2.0, lines_top + lines_height * share);
                }
            }
            let colour = LINES[row % LINES.len()];
            let _ = writeln!(body, "<path d=\"{line}\" stroke=\"{colour}\" class=\"l\"/>");
            if p == 0 {
                let x = LEFT + row as f64 * (width - LEFT) / trial.materials.len() as f64;
                let y = lines_top + lines_height + 54.0;
                let _ = writeln!(body, "<path d=\"M{x:.0} {:.0}h18\" stroke=\"{colour}\" class=\"l\"/>", y - 4.0);
                label(&mut body, [x + 22.0, y], "", &name.replace('_', " "));
            }
        }
    }
    for (i, ((name, colour), path)) in SHARES.iter().zip(&paths).enumerate() {
        let _ = writeln!(body, "<path d=\"{path}\" fill=\"{colour}\"/>");
        let x = LEFT + 470.0 + 150.0 * i as f64;
        let _ = writeln!(body, "<path d=\"M{x} 34h14v14h-14z\" fill=\"{colour}\"/>");
        label(&mut body, [x + 20.0, 46.0], "", name);
    }
    label(&mut body, [LEFT, 24.0], "t", &format!("{preset}: dual energy on plates of known material, g/cm²"));
    label(&mut body, [LEFT, 46.0], "", "Class of each pixel, steel in front not known (empty: a mixture)");
    label(&mut body, [LEFT, lines_top - 14.0], "", "Bias of areal density, means of 5 × 5 pixels behind known steel");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <style>text{{font:12px sans-serif}}.m{{text-anchor:middle}}.e{{text-anchor:end}}.t{{font-size:15px;font-weight:bold}}\
         .f{{fill:none;stroke:#888}}.g{{stroke:#ddd}}.l{{fill:none;stroke-width:2}}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{body}</svg>\n"
    )
}

fn label(body: &mut String, [x, y]: [f64; 2], class: &str, text: &str) {
    let _ = writeln!(body, "<text x=\"{x:.0}\" y=\"{y:.0}\" class=\"{class}\">{text}</text>");
}

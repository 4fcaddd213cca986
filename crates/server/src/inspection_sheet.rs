//! All that is measured of a scan on one sheet, as SVG: pictures inside, places and numbers as vectors over them.
//!
//! From the top: what was scanned and how far it can be trusted, in words; then for each view the containers, the geometry
//! that was fitted, materials, segments with what they weigh, areal density, and where the measurement is not what it seems.
//! A panel that the grade cannot fill is left out.

mod header;
mod labels;
mod marks;
mod scale;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use pellucid_core::{MaterialClass, Preset, Validity};
use pellucid_imaging::{DisplayImage, DisplayParams, Engine, ImagedView};
use pellucid_pipeline::Measured;

use crate::failure::Failure;
use crate::picture;
use labels::width_of;
use marks::ViewOf;

/// Width of the sheet, and room left and right of words.
const WIDTH: f64 = 1600.0;
const MARGIN: f64 = 12.0;
/// Highest picture: a short scan is drawn narrower than the sheet.
const HIGHEST: f64 = 720.0;
/// Height of a panel's title, of a line of small words, and the room under a panel.
const TITLE: f64 = 36.0;
const LINE: f64 = 20.0;
const GAP: f64 = 14.0;
/// Letters of titles and of small words, px.
const TITLE_LETTERS: f64 = 16.0;
const SMALL_LETTERS: f64 = 13.0;
/// Validity bits, how they are drawn and what they mean; the last that is set wins.
const BITS: [(u8, [u8; 3], &str); 5] = [
    (Validity::PENETRATION_LIMITED, [213, 94, 0], "penetration-limited: a lower bound only"),
    (Validity::SATURATED, [240, 228, 66], "saturated"),
    (Validity::INTERPOLATED, [86, 180, 233], "interpolated"),
    (Validity::DEAD, [204, 121, 167], "dead"),
    (Validity::BEAM_OFF, [0, 0, 0], "beam off"),
];
/// Brightness at which the legend of materials shows its colours.
const LEGEND_TONE: usize = 140;

/// Draws a scan of a name: a header in words and the panels of every view.
///
/// # Errors
/// When the engine fails or a view is too large for a picture.
pub(crate) fn svg(engine: &dyn Engine, measured: &Measured, name: &str) -> Result<String, Failure> {
    let mut sheet = Sheet { body: String::new(), height: MARGIN };
    header::add(&mut sheet, measured, name);
    for (index, view) in measured.imaged.views.iter().enumerate() {
        let draw = |preset| -> Result<Picture, Failure> {
            Picture::new(engine.submit_display(&measured.imaged, index, &DisplayParams::preset(preset))?.wait()?)
        };
        let grey = draw(Preset::Grey)?;
        let here =
            ViewOf { measured, index, scale: grey.width / view.size().0 as f64, size: [grey.width, grey.height] };
        sheet.add(Panel { title: format!("{} · containers", view.name), ..Panel::of(&grey, here.containers()) });
        if let Some((marks, key)) = here.geometry() {
            sheet.add(Panel { title: format!("{} · fitted geometry", view.name), key, ..Panel::of(&grey, marks) });
        }
        if view.has_material() {
            let (title, picture) = (format!("{} · material", view.name), draw(Preset::Material)?);
            sheet.add(Panel { title, key: materials(view)?, ..Panel::of(&picture, Marks::default()) });
        }
        sheet.add(Panel { title: format!("{} · segments", view.name), ..Panel::of(&grey, here.segments()) });
        let (title, marks, key) = here.densities();
        sheet.add(Panel { title: format!("{} · {title}", view.name), key, ..Panel::of(&grey, marks) });
        let (key, picture) = validity(view);
        if key.is_empty() {
            sheet.lines(&[format!("{} · validity: every pixel was measured", view.name)], TITLE_LETTERS, "title");
        } else {
            let title = format!("{} · validity (white: measured)", view.name);
            sheet.add(Panel { title, key, ..Panel::of(&Picture::new(picture)?, Marks::default()) });
        }
    }
    Ok(sheet.finish())
}

/// A picture ready to be placed.
struct Picture {
    png: String,
    width: f64,
    height: f64,
}

impl Picture {
    fn new(picture: DisplayImage) -> Result<Self, Failure> {
        let aspect = picture.height as f64 / picture.width as f64;
        let width = WIDTH.min(HIGHEST / aspect);
        let small = picture::fit_width(picture, Some(WIDTH as u32));
        Ok(Self { png: BASE64_STANDARD.encode(picture::png(&small)?), width, height: width * aspect })
    }
}

/// What is drawn over a picture, and lines of words below it.
#[derive(Default)]
struct Marks {
    over: String,
    below: Vec<String>,
}

/// A colour or a stroke of the key, with its meaning.
enum Key {
    Colour(String, String),
    Stroke(&'static str, String),
    Hatched(String),
    /// A bar from pale to dark, with its ticks.
    Scale(String, f64),
}

struct Panel<'a> {
    title: String,
    key: Vec<Key>,
    picture: &'a Picture,
    marks: Marks,
}

impl<'a> Panel<'a> {
    fn of(picture: &'a Picture, marks: Marks) -> Self {
        Panel { title: String::new(), key: Vec::new(), picture, marks }
    }
}

struct Sheet {
    body: String,
    height: f64,
}

impl Sheet {
    fn add(&mut self, panel: Panel<'_>) {
        let baseline = self.height + TITLE - 12.0;
        self.word(MARGIN, baseline, "title", &panel.title);
        let mut x = MARGIN + width_of(&panel.title, TITLE_LETTERS) + 28.0;
        for key in &panel.key {
            let (drawn, width) = key.drawn(x, baseline);
            if x + width > WIDTH - MARGIN && x > MARGIN {
                self.height += LINE + 4.0;
                x = MARGIN;
            }
            let drawn = if x > MARGIN { drawn } else { key.drawn(x, self.height + TITLE - 12.0).0 };
            self.body += &drawn;
            x += width + 22.0;
        }
        if panel.key.iter().any(|key| matches!(key, Key::Scale(..))) {
            self.height += LINE;
        }
        let (top, width, height) = (self.height + TITLE, panel.picture.width, panel.picture.height);
        // Writing to a String cannot fail.
        let _ = write!(
            self.body,
            "<g transform=\"translate(0 {top:.0})\"><image width=\"{width:.1}\" height=\"{height:.1}\" \
             preserveAspectRatio=\"none\" href=\"data:image/png;base64,{}\"/>\n{}<rect class=\"frame\" width=\"{width:.1}\" height=\"{height:.1}\"/></g>\n",
            panel.picture.png, panel.marks.over
        );
        self.height = top + height + 4.0;
        self.columns(&panel.marks.below);
        self.height += GAP;
    }

    /// Lines of words, broken where they are too long.
    fn lines(&mut self, lines: &[String], letters: f64, class: &str) {
        for line in lines.iter().flat_map(|line| wrapped(line, letters, WIDTH - 2.0 * MARGIN)) {
            let step = LINE * letters / SMALL_LETTERS;
            self.word(MARGIN, self.height + 0.75 * step, class, &line);
            self.height += step;
        }
    }

    /// Small lines in two columns, read down the left one first.
    fn columns(&mut self, lines: &[String]) {
        let width = 0.5 * WIDTH - 1.5 * MARGIN;
        let lines: Vec<String> = lines.iter().flat_map(|line| wrapped(line, SMALL_LETTERS, width)).collect();
        let rows = lines.len().div_ceil(2);
        for (i, line) in lines.iter().enumerate() {
            let x = if i < rows { MARGIN } else { 0.5 * WIDTH + 0.5 * MARGIN };
            self.word(x, self.height + LINE * ((i % rows) as f64 + 0.75), "small", line);
        }
        self.height += LINE * rows as f64;
    }

    fn word(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let _ = writeln!(self.body, "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{}</text>", escaped(text));
    }

    fn finish(self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {:.0}\" width=\"{WIDTH}\">\n<style>{STYLE}</style>\n\
             {}\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}</svg>\n",
            self.height,
            scale::DEFINITIONS,
            self.body
        )
    }
}

/// Quiet greys; magenta for boxes, blue for units, vermilion for what differs, all told apart by every kind of colour
/// vision, and by their strokes.
const STYLE: &str = "text{font:15px Arial,Helvetica,'Liberation Sans','Noto Sans CJK SC',sans-serif;fill:#111}\
    .head{font-size:24px;font-weight:bold}.title{font-size:16px;font-weight:bold}.plain{font-size:15px}\
    .small{font-size:13px;fill:#333}.label{fill:#fff;fill-opacity:.88;stroke:#999;stroke-width:.5}\
    .frame{fill:none;stroke:#ccc}.leader{fill:#444;stroke:#444;stroke-width:1}.box{fill:none;stroke:#d6006c;stroke-width:2}\
    .units{fill:none;stroke:#0072b2;stroke-width:2}\
    .structure{fill:none;stroke:#d55e00;stroke-width:3;stroke-dasharray:8 4}\
    .near{fill:none;stroke:#d6006c;stroke-width:1.5}.far{fill:none;stroke:#0072b2;stroke-width:1.5;stroke-dasharray:6 3}\
    .level{fill:none;stroke:#009e73;stroke-width:1.5;stroke-dasharray:2 4}";

impl Key {
    /// Drawn with its left end and its baseline given, and its width.
    fn drawn(&self, x: f64, y: f64) -> (String, f64) {
        let (mark, room, text) = match self {
            Self::Colour(fill, text) => {
                let mark = format!(
                    "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"16\" height=\"14\" fill=\"{fill}\" stroke=\"#777\" \
                     stroke-width=\".5\"/>",
                    y - 12.0
                );
                (mark, 22.0, text)
            }
            Self::Hatched(text) => {
                let y = y - 12.0;
                let box_of =
                    |fill| format!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"16\" height=\"14\" fill=\"{fill}\"/>");
                (box_of("rgb(100 0 30)") + &box_of("url(#opaque)"), 22.0, text)
            }
            Self::Stroke(class, text) => {
                (format!("<path class=\"{class}\" d=\"M{x:.1} {:.1}h26\"/>", y - 5.0), 32.0, text)
            }
            Self::Scale(drawn, width) => {
                let moved = format!("<g transform=\"translate({x:.1} {:.1})\">{drawn}</g>\n", y - 12.0);
                return (moved, *width);
            }
        };
        let words =
            format!("{mark}<text x=\"{:.1}\" y=\"{y:.1}\" class=\"small\">{}</text>\n", x + room, escaped(text));
        (words, room + width_of(text, SMALL_LETTERS))
    }
}

/// The classes in the very colours of the picture.
fn materials(view: &ImagedView) -> Result<Vec<Key>, Failure> {
    let tables = DisplayParams::preset(Preset::Material).tables(view)?;
    let named = [
        (MaterialClass::Organic, "organic"),
        (MaterialClass::LightInorganic, "light inorganic"),
        (MaterialClass::Metal, "metal"),
        (MaterialClass::Heavy, "heavy"),
        (MaterialClass::Undecidable, "undecidable"),
    ];
    let key = named.map(|(class, name)| {
        let [red, green, blue, _] = tables.palette[class as usize * 256 + LEGEND_TONE].to_le_bytes();
        Key::Colour(format!("rgb({red} {green} {blue})"), name.to_owned())
    });
    Ok(key.into())
}

/// Where the measurement is not what it seems: bits in colours over white, and those that there are with their shares.
fn validity(view: &ImagedView) -> (Vec<Key>, DisplayImage) {
    let (width, height) = view.size();
    let colour = |bits: u8| {
        let set = BITS.iter().rev().find(|(bit, ..)| bits & bit != 0);
        set.map_or([255; 3], |(_, colour, _)| *colour)
    };
    let colours: [[u8; 3]; 256] = std::array::from_fn(|bits| colour(bits as u8));
    let mut counts = [0_u64; BITS.len()];
    let mut rgba = Vec::with_capacity(width * height * 4);
    for bits in view.validity.pixels() {
        let [red, green, blue] = colours[usize::from(*bits)];
        rgba.extend([red, green, blue, 255]);
        counts.iter_mut().zip(BITS).for_each(|(count, (bit, ..))| *count += u64::from(bits & bit != 0));
    }
    let share = |count: u64| 100.0 * count as f64 / (width * height) as f64;
    let there = BITS.iter().zip(counts).filter(|(_, count)| *count > 0);
    let key = there.map(|((_, [red, green, blue], name), count)| {
        Key::Colour(format!("rgb({red} {green} {blue})"), format!("{name} {:.2} %", share(count)))
    });
    (key.collect(), DisplayImage { width, height, rgba })
}

/// A line in parts no wider than `width`, broken between words.
fn wrapped(line: &str, letters: f64, width: f64) -> Vec<String> {
    let mut parts: Vec<String> = vec![String::new()];
    for word in line.split(' ') {
        let current = parts.last().map_or(0.0, |part| width_of(part, letters));
        let is_over = current > 0.0 && current + width_of(word, letters) + width_of(" ", letters) > width;
        match parts.last_mut() {
            Some(part) if !is_over => {
                part.push_str(if part.is_empty() { "" } else { " " });
                part.push_str(word);
            }
            _ => parts.push(word.to_owned()),
        }
    }
    parts
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use pellucid_core::Raster;

    use super::*;

    fn view(validity: Vec<u8>) -> ImagedView {
        ImagedView {
            name: "side".into(),
            geometry: None,
            high: Raster::filled(4, 1, 0),
            low: None,
            areal_density: None,
            z_class: None,
            areal_density_sigma: None,
            class_confidence: None,
            validity: Raster::from_vec(4, 1, validity).unwrap(),
            strips: None,
            black: None,
        }
    }

    #[test]
    fn bits_are_counted_coloured_and_named_where_there_are_any() {
        let (key, picture) = validity(&view(vec![0, Validity::DEAD, Validity::DEAD | Validity::INTERPOLATED, 0]));
        let said: Vec<&str> =
            key.iter().map(|key| if let Key::Colour(_, text) = key { text.as_str() } else { "" }).collect();
        assert_eq!(said, ["interpolated 25.00 %", "dead 50.00 %"]);
        assert_eq!(picture.rgba[..4], [255; 4]);
        assert_eq!(picture.rgba[4..8], picture.rgba[8..12]);
        assert_ne!(picture.rgba[..4], picture.rgba[4..8]);
        assert!(validity(&view(vec![0; 4])).0.is_empty());
    }

    #[test]
    fn a_key_has_a_colour_and_its_meaning() {
        let (drawn, width) = Key::Colour("rgb(1 2 3)".into(), "dead & gone".into()).drawn(10.0, 20.0);
        assert!(drawn.contains("rgb(1 2 3)") && drawn.contains("dead &amp; gone") && width > 50.0, "{drawn}");
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        let line = "a line of words that is too long for a narrow column";
        let parts = wrapped(line, 13.0, 120.0);
        assert!(parts.len() > 2 && parts.iter().all(|part| width_of(part, 13.0) <= 120.0), "{parts:?}");
        assert_eq!(parts.join(" "), line);
    }

    #[test]
    fn names_from_files_cannot_break_the_sheet() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}

//! All that is measured of a scan on one sheet, as SVG: pictures inside, places and numbers as vectors over them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use pellucid_core::{ContainerObservation, Observation, Patch, PixelBox, Preset, UnitCount, Validity};
use pellucid_imaging::{DisplayImage, DisplayParams, Engine, ImagedView};
use pellucid_pipeline::Measured;

use crate::failure::Failure;
use crate::kilograms::interval;
use crate::picture;

/// Columns of a panel.
const WIDTH: f64 = 1600.0;
/// Height of a panel's title.
const TITLE: f64 = 34.0;
/// Segment colours, told apart by all kinds of colour vision (Okabe and Ito 2008); numbers stand beside them anyway.
const COLOURS: [&str; 7] = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];
/// Validity bits, how they are drawn and what they mean; the last that is set wins.
const BITS: [(u8, [u8; 3], &str); 5] = [
    (Validity::PENETRATION_LIMITED, [213, 94, 0], "penetration-limited"),
    (Validity::SATURATED, [240, 228, 66], "saturated"),
    (Validity::INTERPOLATED, [86, 180, 233], "interpolated"),
    (Validity::DEAD, [204, 121, 167], "dead"),
    (Validity::BEAM_OFF, [0, 0, 0], "beam off"),
];

/// Draws every view: grey with containers, material classes, segments, areal density, validity.
///
/// # Errors
/// When the engine fails or a view is too large for a picture.
pub(crate) fn svg(engine: &dyn Engine, measured: &Measured) -> Result<String, Failure> {
    let mut sheet = Sheet { body: String::new(), height: 0.0 };
    for (index, view) in measured.imaged.views.iter().enumerate() {
        let draw = |preset| -> Result<DisplayImage, Failure> {
            Ok(engine.submit_display(&measured.imaged, index, &DisplayParams::preset(preset))?.wait()?)
        };
        let here = ViewOf { observation: &measured.observation, index, scale: WIDTH / view.size().0 as f64 };
        let grey = Panel::new(draw(Preset::Grey)?)?;
        sheet.add(&format!("{} · grey · containers", view.name), &grey, &here.containers());
        if view.has_material() {
            let legend = "organic orange · light inorganic green · metal blue · heavy violet · undecidable grey";
            sheet.add(&format!("{} · material · {legend}", view.name), &Panel::new(draw(Preset::Material)?)?, "");
        }
        sheet.add(&format!("{} · segments", view.name), &grey, &here.segments());
        let (title, cells) = here.densities();
        sheet.add(&format!("{} · {title}", view.name), &grey, &cells);
        let (title, picture) = validity(view);
        sheet.add(&format!("{} · {title}", view.name), &Panel::new(picture)?, "");
    }
    Ok(sheet.finish())
}

/// A picture ready to be placed.
struct Panel {
    png: String,
    height: f64,
}

impl Panel {
    fn new(picture: DisplayImage) -> Result<Self, Failure> {
        let height = WIDTH * picture.height as f64 / picture.width as f64;
        let small = picture::fit_width(picture, Some(WIDTH as u32));
        Ok(Self { png: BASE64_STANDARD.encode(picture::png(&small)?), height })
    }
}

struct Sheet {
    body: String,
    height: f64,
}

impl Sheet {
    fn add(&mut self, title: &str, panel: &Panel, marks: &str) {
        let (top, height) = (self.height + TITLE, panel.height);
        let _ = write!(
            self.body,
            "<text x=\"8\" y=\"{:.0}\" class=\"title\">{}</text>\n<g transform=\"translate(0 {top:.0})\">\
             <image width=\"{WIDTH}\" height=\"{height:.1}\" preserveAspectRatio=\"none\" \
             href=\"data:image/png;base64,{}\"/>\n{marks}</g>\n",
            top - 10.0,
            escaped(title),
            panel.png
        );
        self.height = top + height;
    }

    fn finish(self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {:.0}\" width=\"{WIDTH}\">\n<style>\
             text{{font:15px sans-serif;paint-order:stroke;stroke:#fff;stroke-width:3px;fill:#111}}\
             .title{{font-weight:bold}}.box{{fill:none;stroke:#d6006c;stroke-width:2}}\
             .units{{fill:none;stroke:#0072b2;stroke-width:2}}.structure{{fill:none;stroke:#d55e00;stroke-width:3;stroke-dasharray:8 4}}</style>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}</svg>\n",
            self.height, self.body
        )
    }
}

/// One view and what was observed in it.
struct ViewOf<'a> {
    observation: &'a Observation,
    index: usize,
    scale: f64,
}

impl ViewOf<'_> {
    fn seen(&self) -> impl Iterator<Item = (usize, &ContainerObservation)> {
        let here = |c: &ContainerObservation| usize::from(c.region.view) == self.index;
        self.observation.containers.iter().enumerate().filter(move |(_, container)| here(container))
    }

    fn rect(&self, px: PixelBox, attributes: &str) -> String {
        let [x, y, width, height] = [px.x, px.y, px.width, px.height].map(|side| f64::from(side) * self.scale);
        format!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {attributes}/>\n")
    }

    fn text(&self, px: [f64; 2], text: &str) -> String {
        let [x, y] = px.map(|at| at * self.scale);
        format!("<text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n", x + 4.0, y - 5.0, escaped(text))
    }

    fn containers(&self) -> String {
        let mut marks = String::new();
        for (index, container) in self.seen() {
            let px = container.region.px;
            marks += &self.rect(px, "class=\"box\"");
            let size = container.size_type();
            let mass = container.cargo_mass.map_or_else(
                || format!("{:.0} % filled", 100.0 * container.fill_share),
                |mass| format!("{:.0} kg ({})", mass.best_kg, interval(mass.kg)),
            );
            let label = format!("{} · {size} · {:.2} · {mass}", index + 1, container.confidence);
            marks += &self.text([f64::from(px.x), f64::from(px.y)], &label);
            for row in &container.units {
                marks += &self.seams(row, container.pitch_mm);
            }
            for deviation in &container.structure {
                let at = deviation.region.px;
                marks += &self.rect(at, "class=\"structure\"");
                let label = format!("{} {:.2}", deviation.part, deviation.confidence);
                marks += &self.text([f64::from(at.x), f64::from(at.bottom())], &label);
            }
        }
        marks
    }

    /// A comb above a row of units: one tooth per seam.
    fn seams(&self, row: &UnitCount, pitch_mm: Option<[f64; 2]>) -> String {
        let Some([pitch, _]) = pitch_mm else { return String::new() };
        let [x, y] = [row.px.x, row.px.y].map(|at| f64::from(at) * self.scale);
        let step = row.width_mm / pitch * self.scale;
        let end = x + f64::from(row.px.width) * self.scale;
        let teeth: String = (0..=row.along)
            .map(|k| (x + f64::from(k) * step).min(end))
            .map(|x| format!("M{x:.1} {y:.1}v12"))
            .collect();
        let label = format!("{} × {:.0} mm", row.along, row.width_mm);
        format!("<path class=\"units\" d=\"{teeth}\"/>\n")
            + &self.text([f64::from(row.px.x), f64::from(row.px.bottom())], &label)
    }

    fn segments(&self) -> String {
        let (mut cells, mut labels) = (String::new(), String::new());
        for (_, container) in self.seen() {
            for patch in &container.patches {
                let Some(segment) = patch.segment else { continue };
                let colour = COLOURS[segment as usize % COLOURS.len()];
                cells += &self.rect(patch.px, &format!("fill=\"{colour}\" fill-opacity=\"0.5\""));
            }
            for (index, segment) in container.segments.iter().enumerate() {
                let (x, y) = (f64::from(segment.px.x), f64::from(segment.px.y + segment.px.height / 2));
                let mass = segment.best_kg.map_or_else(String::new, |kg| format!(" · {kg:.0} kg"));
                let units = segment.units.map_or_else(String::new, |units| format!(" · {units} units"));
                labels += &self.text([x, y], &format!("{}{mass}{units}", index + 1));
            }
        }
        cells + &labels
    }

    /// Patches shaded by areal density, or by attenuation where kilograms do not apply.
    fn densities(&self) -> (String, String) {
        let has_mass = self.observation.grade.has_mass();
        let value = |patch: &Patch| {
            let area_m2 = f64::from(patch.px.width) * f64::from(patch.px.height);
            match patch.best_kg {
                Some(kg) => kg / area_m2,
                None => f64::from(patch.mean_attenuation),
            }
        };
        let patches = || self.seen().flat_map(|(_, container)| &container.patches);
        let largest = patches().map(value).fold(f64::MIN_POSITIVE, f64::max);
        let mut cells = String::new();
        for patch in patches().filter(|patch| patch.segment.is_some()) {
            let share = (value(patch) / largest).clamp(0.0, 1.0);
            // From pale yellow to dark red: lightness alone already tells.
            let [r, g, b] = [255.0 - 155.0 * share, 245.0 - 245.0 * share, 200.0 - 170.0 * share];
            cells += &self.rect(patch.px, &format!("fill=\"rgb({r:.0} {g:.0} {b:.0})\""));
        }
        let what = if has_mass { "mass per patch" } else { "mean attenuation per patch" };
        (format!("{what}, palest none, darkest most"), cells)
    }
}

/// Where the measurement is not what it seems: bits in colours over white.
fn validity(view: &ImagedView) -> (String, DisplayImage) {
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
    let said = BITS.iter().zip(counts).map(|((_, _, name), count)| format!("{name} {:.2} %", share(count)));
    let said = said.collect::<Vec<_>>().join(" · ");
    (format!("validity · {said}"), DisplayImage { width, height, rgba })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use pellucid_core::Raster;

    use super::*;

    #[test]
    fn bits_are_counted_and_coloured() {
        let view = ImagedView {
            name: "side".into(),
            geometry: None,
            high: Raster::filled(4, 1, 0),
            low: None,
            areal_density: None,
            z_class: None,
            areal_density_sigma: None,
            class_confidence: None,
            validity: Raster::from_vec(4, 1, vec![0, Validity::DEAD, Validity::DEAD | Validity::INTERPOLATED, 0])
                .unwrap(),
            strips: None,
            black: None,
        };
        let (title, picture) = validity(&view);
        assert!(title.contains("interpolated 25.00 %") && title.contains("dead 50.00 %"), "{title}");
        assert!(title.contains("saturated 0.00 %"), "{title}");
        assert_eq!(picture.rgba[..4], [255; 4]);
        assert_eq!(picture.rgba[4..8], picture.rgba[8..12]);
        assert_ne!(picture.rgba[..4], picture.rgba[4..8]);
    }

    #[test]
    fn names_from_files_cannot_break_the_sheet() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}

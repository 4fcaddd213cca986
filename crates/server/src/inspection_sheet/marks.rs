//! What is drawn over the pictures of one view: containers, fitted lines, segments, areal densities.

use std::fmt::Write as _;

use pellucid_core::{ContainerObservation, Patch, PixelBox, UnitCount};
use pellucid_observe::Perspective;
use pellucid_pipeline::Measured;

use super::labels::{Label, Labels, width_of};
use super::scale::Scale;
use super::{Key, Marks};
use crate::{kilograms, measured_words};

/// Segment colours, told apart by all kinds of colour vision (Okabe and Ito 2008); numbers stand beside them anyway.
const COLOURS: [&str; 7] = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];
/// Room above a box for its label, px.
const ABOVE: f64 = 13.0;
/// Castings of ISO 1161, length and height, and the depth of the far ones behind the near wall, mm.
const CASTING_MM: [f64; 2] = [178.0, 118.0];
const FAR_WALL_MM: f64 = 2438.0;
/// Depth from which a line belongs to the far wall, mm.
const FAR_FROM_MM: f64 = 1200.0;
/// Share of opaque pixels from which a patch is hatched.
const OPAQUE: f32 = 0.5;

/// One view and what was observed in it.
pub(super) struct ViewOf<'a> {
    pub(super) measured: &'a Measured,
    pub(super) index: usize,
    /// Sheet pixels per pixel.
    pub(super) scale: f64,
    /// Width and height of its pictures on the sheet.
    pub(super) size: [f64; 2],
}

impl ViewOf<'_> {
    fn seen(&self) -> impl Iterator<Item = (usize, &ContainerObservation)> {
        let here = |c: &ContainerObservation| usize::from(c.region.view) == self.index;
        self.measured.observation.containers.iter().enumerate().filter(move |(_, container)| here(container))
    }

    /// Left, top, width and height on the sheet.
    fn on_sheet(&self, px: PixelBox) -> [f64; 4] {
        [px.x, px.y, px.width, px.height].map(|side| f64::from(side) * self.scale)
    }

    fn rect(&self, px: PixelBox, attributes: &str) -> String {
        let [x, y, width, height] = self.on_sheet(px);
        format!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {attributes}/>\n")
    }

    /// A label that starts at the left end of a box, above it, or below it.
    fn beside(&self, text: String, px: PixelBox, is_above: bool) -> Label {
        let [x, y, _, height] = self.on_sheet(px);
        let middle = x + 0.5 * width_of(&text, 15.0) + 6.0;
        let at = if is_above { [x, y] } else { [x, y + height] };
        let away = if is_above && y < 2.0 * ABOVE { 2.0 * ABOVE } else { 0.0 };
        Label { text, at, best: [middle, if is_above { y - ABOVE + away } else { at[1] + ABOVE }] }
    }

    pub(super) fn containers(&self) -> Marks {
        let (mut over, mut labels) = (String::new(), Labels::new(self.size));
        for (index, container) in self.seen() {
            let px = container.region.px;
            over += &self.rect(px, "class=\"box\"");
            let mass = container.cargo_mass.as_ref().map_or_else(
                || format!("{:.0} % filled", 100.0 * container.fill_share),
                |mass| kilograms::likeliest(mass.best_kg, mass.kg),
            );
            let text = format!("{} · {} · {mass}", index + 1, container.size_type());
            labels.place(&self.beside(text, px, true));
        }
        for (_, container) in self.seen() {
            for deviation in &container.structure {
                over += &self.rect(deviation.region.px, "class=\"structure\"");
                let text = format!("{} differs, {:.2}", deviation.part.replace('_', " "), deviation.confidence);
                labels.place(&self.beside(text, deviation.region.px, false));
            }
            for row in &container.units {
                over += &self.seams(row, container.pitch_mm);
                let layers = row.layers.filter(|n| *n > 1).map_or_else(String::new, |n| format!(" × {n} layers"));
                let text = format!("{} units of {} mm{layers}", row.along, kilograms::grouped(row.width_mm));
                labels.place(&self.beside(text, row.px, false));
            }
        }
        let (drawn, below) = labels.finish();
        Marks { over: over + &drawn, below }
    }

    /// A comb above a row of units: one tooth per seam.
    fn seams(&self, row: &UnitCount, pitch_mm: Option<[f64; 2]>) -> String {
        let Some([pitch, _]) = pitch_mm else { return String::new() };
        let [x, y, width, _] = self.on_sheet(row.px);
        let step = row.width_mm / pitch * self.scale;
        let teeth: String = (0..=row.along)
            .map(|k| (x + f64::from(k) * step).min(x + width))
            .map(|x| format!("M{x:.1} {y:.1}v12"))
            .collect();
        format!("<path class=\"units\" d=\"{teeth}\"/>\n")
    }

    /// The lines and castings of each box as its fit puts them; `None` where none was fitted.
    pub(super) fn geometry(&self) -> Option<(Marks, Vec<Key>)> {
        let mut marks = Marks::default();
        for (index, container) in self.seen() {
            if let Some(fitted) = &self.measured.containers.get(index)?.perspective {
                marks.over += &self.fitted(fitted, container.region.px);
            }
        }
        let key = [
            ("near", "near wall: top rail, underside, castings"),
            ("far", "far wall: top and bottom rail, castings"),
            ("level", "level with the source"),
        ];
        let key = key.map(|(class, text)| Key::Stroke(class, text.to_owned()));
        (!marks.over.is_empty()).then(|| (marks, key.into()))
    }

    fn fitted(&self, fit: &Perspective, px: PixelBox) -> String {
        let length = fit.box_mm(f64::from(px.right()), 0.0, 0.0)[0];
        let height = fit.height_mm[0];
        let at = |x: f64, [y, depth]: [f64; 2]| fit.pixel(x, y, depth).map(|side| side * self.scale);
        let line = |class: &str, place: [f64; 2]| {
            let ([x0, y0], [x1, y1]) = (at(0.0, place), at(length, place));
            format!("<path class=\"{class}\" d=\"M{x0:.1} {y0:.1}L{x1:.1} {y1:.1}\"/>\n")
        };
        let mut drawn: String = fit
            .lines()
            .into_iter()
            .map(|(_, place)| line(if place[1] < FAR_FROM_MM { "near" } else { "far" }, place))
            .collect();
        drawn += &line("level", [fit.source_mm[0], 0.0]);
        for (class, depth) in [("near", 0.0), ("far", FAR_WALL_MM)] {
            for left in [0.0, length - CASTING_MM[0]] {
                for bottom in [0.0, height - CASTING_MM[1]] {
                    let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| {
                        let [x, y] = at(left + x * CASTING_MM[0], [bottom + y * CASTING_MM[1], depth]);
                        format!("{x:.1} {y:.1}")
                    });
                    let _ = writeln!(drawn, "<path class=\"{class}\" d=\"M{}Z\"/>", corners.join("L"));
                }
            }
        }
        drawn
    }

    pub(super) fn segments(&self) -> Marks {
        let grade = self.measured.observation.grade;
        let (mut over, mut below) = (String::new(), Vec::new());
        let mut labels = Labels::new(self.size);
        let has_several = self.seen().count() > 1;
        for (number, container) in self.seen() {
            for patch in &container.patches {
                let Some(segment) = patch.segment else { continue };
                let colour = COLOURS[segment as usize % COLOURS.len()];
                over += &self.rect(patch.px, &format!("fill=\"{colour}\" fill-opacity=\"0.5\""));
            }
            for (index, segment) in container.segments.iter().enumerate() {
                let name =
                    if has_several { format!("{}.{}", number + 1, index + 1) } else { format!("{}", index + 1) };
                let mass = segment.best_kg.zip(segment.mass_kg);
                let short = mass.map(|(best, kg)| match kg.hi {
                    Some(_) => format!("{} kg", kilograms::grouped(best)),
                    None => kilograms::interval(kg),
                });
                let at = self.middle_patch(container, &segment.patches, segment.px);
                let words = [Some(name.clone()), short, segment.units.map(|n| format!("{n} units"))];
                labels.place(&Label { text: joined(words), at, best: at });
                let mass = mass.map(|(best, kg)| kilograms::likeliest(best, kg));
                let looks = format!("looks like {}", measured_words::looks_like(segment, &container.headings));
                let seen = format!("{:.1} m² seen", segment.area_m2);
                let material = measured_words::materials(segment.material, grade);
                below.push(joined([Some(name), mass, Some(seen), material, Some(looks)]));
            }
        }
        let (drawn, _) = labels.finish();
        Marks { over: over + &drawn, below }
    }

    /// Middle of the patch that lies nearest to the middle of all of a segment's.
    fn middle_patch(&self, container: &ContainerObservation, patches: &[u32], px: PixelBox) -> [f64; 2] {
        let centre = |px: PixelBox| {
            let [x, y, width, height] = self.on_sheet(px);
            [x + 0.5 * width, y + 0.5 * height]
        };
        let patches = patches.iter().filter_map(|i| container.patches.get(*i as usize));
        let places: Vec<[f64; 2]> = patches.map(|patch| centre(patch.px)).collect();
        let n = places.len().max(1) as f64;
        let mean = [0, 1].map(|axis| places.iter().map(|place| place[axis]).sum::<f64>() / n);
        let far = |place: &[f64; 2]| (place[0] - mean[0]).hypot(place[1] - mean[1]);
        places.iter().copied().min_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or_else(|| centre(px))
    }

    /// Patches shaded by areal density, or by attenuation where kilograms do not apply.
    pub(super) fn densities(&self) -> (&'static str, Marks, Vec<Key>) {
        let has_mass = self.measured.observation.grade.has_mass();
        let value = |container: &ContainerObservation, patch: &Patch| match (patch.best_kg, container.pitch_mm) {
            (Some(kg), Some([x, y])) => {
                let area_mm2 = f64::from(patch.px.width) * x * f64::from(patch.px.height) * y;
                kg / (1e-6 * area_mm2).max(1e-9)
            }
            _ => f64::from(patch.mean_attenuation),
        };
        let cells = || {
            let all = self.seen().flat_map(|(_, c)| c.patches.iter().map(move |patch| (c, patch)));
            all.filter(|(_, patch)| patch.segment.is_some())
        };
        let scale = Scale::up_to(cells().map(|(c, patch)| value(c, patch)).fold(0.0, f64::max));
        let mut over = String::new();
        for (container, patch) in cells() {
            over += &self.rect(patch.px, &format!("fill=\"{}\"", scale.shade(value(container, patch))));
            if has_mass && patch.opaque_share > OPAQUE {
                over += &self.rect(patch.px, "fill=\"url(#opaque)\"");
            }
        }
        let marks = Marks { over, below: Vec::new() };
        if has_mass {
            let hatched = Key::Hatched("opaque: at least this".to_owned());
            return (
                "areal density of the load per patch",
                marks,
                vec![scale.key("kg/m² (10 kg/m² = 1 g/cm²)"), hatched],
            );
        }
        ("mean attenuation of the load per patch", marks, vec![scale.key("−ln of the grey")])
    }
}

/// Words that there are, set apart.
fn joined<const N: usize>(words: [Option<String>; N]) -> String {
    words.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

//! Where labels stand in a panel: inside it, off each other, and tied by a line to what they name when they had to move.

use std::fmt::Write as _;

use super::escaped;

/// Size of letters and height of a label, px.
const LETTERS: f64 = 15.0;
const HEIGHT: f64 = 20.0;
/// Room left and right of the words.
const MARGIN: f64 = 5.0;
/// Room between labels.
const GAP: f64 = 2.0;
/// Steps outwards in which a free place is looked for, and by how many directions each step has more: places of a ring lie about a
/// step apart.
const STEP: f64 = 8.0;
const DIRECTIONS: usize = 6;

/// Words for a place.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) text: String,
    /// The place that is named.
    pub(super) at: [f64; 2],
    /// Where the label's middle would best be.
    pub(super) best: [f64; 2],
}

/// A box on the sheet: left, top, right, bottom.
type Sides = [f64; 4];

/// Places labels one after the other, the most important first.
#[derive(Debug)]
pub(super) struct Labels {
    size: [f64; 2],
    taken: Vec<Sides>,
    lines: String,
    words: String,
    /// Labels that nothing was left for.
    left_out: Vec<String>,
}

impl Labels {
    /// Labels for a picture of a width and a height.
    pub(super) fn new(size: [f64; 2]) -> Self {
        Self { size, taken: Vec::new(), lines: String::new(), words: String::new(), left_out: Vec::new() }
    }

    /// Puts a label at its best place, or as near to it as there is room.
    pub(super) fn place(&mut self, label: &Label) {
        let width = width_of(&label.text, LETTERS) + 2.0 * MARGIN;
        let Some(middle) = self.free_place(label.best, width) else {
            self.left_out.push(label.text.clone());
            return;
        };
        let sides = sides(middle, width);
        self.taken.push(sides);
        let [left, top, right, bottom] = sides;
        let [x, y] = label.at;
        let nearest = [x.clamp(left, right), y.clamp(top, bottom)];
        // Writing to a String cannot fail.
        if (nearest[0] - x).hypot(nearest[1] - y) > STEP && middle != label.best {
            let [to_x, to_y] = nearest;
            let _ = writeln!(
                self.lines,
                "<path class=\"leader\" d=\"M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}\"/><circle class=\"leader\" cx=\"{x:.1}\" \
                 cy=\"{y:.1}\" r=\"2.5\"/>"
            );
        }
        let _ = writeln!(
            self.words,
            "<rect class=\"label\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\" rx=\"4\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            middle[0],
            bottom - 5.0,
            escaped(&label.text)
        );
    }

    /// The lines, the labels over them, and what found no place.
    pub(super) fn finish(self) -> (String, Vec<String>) {
        (self.lines + &self.words, self.left_out)
    }

    /// The free middle nearest to the best one.
    fn free_place(&self, best: [f64; 2], width: f64) -> Option<[f64; 2]> {
        let (half, reach) = (0.5 * width, self.size[0].hypot(self.size[1]));
        if width > self.size[0] || HEIGHT > self.size[1] {
            return None;
        }
        let inside = |[x, y]: [f64; 2]| {
            [x.clamp(half, self.size[0] - half), y.clamp(0.5 * HEIGHT, self.size[1] - 0.5 * HEIGHT)]
        };
        let rings = (0..=(reach / STEP) as usize).flat_map(|ring| {
            let directions = (DIRECTIONS * ring).max(1);
            (0..directions).map(move |k| {
                // Up first: what is named mostly lies below its name.
                let angle = std::f64::consts::TAU * (k as f64 / directions as f64 - 0.25);
                let away = STEP * ring as f64;
                [best[0] + away * angle.cos(), best[1] + away * angle.sin()]
            })
        });
        rings.map(inside).find(|middle| self.is_free(sides(*middle, width)))
    }

    fn is_free(&self, [left, top, right, bottom]: Sides) -> bool {
        self.taken
            .iter()
            .all(|[l, t, r, b]| left >= r + GAP || right <= l - GAP || top >= b + GAP || bottom <= t - GAP)
    }
}

fn sides([x, y]: [f64; 2], width: f64) -> Sides {
    [x - 0.5 * width, y - 0.5 * HEIGHT, x + 0.5 * width, y + 0.5 * HEIGHT]
}

/// Width of words in px, rather too much than too little: viewers choose their own letters.
pub(super) fn width_of(text: &str, letters: f64) -> f64 {
    let each = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' | '(' | ')' | '·' => 0.36,
        'm' | 'w' | 'M' | 'W' | '%' | '—' => 0.95,
        c if c.is_ascii_digit() || c.is_lowercase() => 0.62,
        c if c >= '\u{2e80}' => 1.0,
        _ => 0.7,
    };
    letters * text.chars().map(each).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str, at: [f64; 2]) -> Label {
        Label { text: text.to_owned(), at, best: at }
    }

    #[test]
    fn labels_of_one_place_stand_apart_inside_the_panel() {
        let mut labels = Labels::new([600.0, 200.0]);
        for i in 0..30 {
            labels.place(&label(&format!("{i} · 1,234 kg"), [10.0, 5.0]));
        }
        let taken = labels.taken.clone();
        assert_eq!(taken.len(), 30);
        for (i, a) in taken.iter().enumerate() {
            assert!(a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= 600.0 && a[3] <= 200.0, "{a:?}");
            for b in &taken[..i] {
                assert!(a[0] >= b[2] || a[2] <= b[0] || a[1] >= b[3] || a[3] <= b[1], "{a:?} {b:?}");
            }
        }
        let (drawn, left_out) = labels.finish();
        assert!(left_out.is_empty());
        // The first stands where it belongs; others are tied to their place.
        assert!(drawn.matches("<path class=\"leader\"").count() >= 25);
    }

    #[test]
    fn a_label_with_room_stands_at_its_place_without_a_line() {
        let mut labels = Labels::new([600.0, 200.0]);
        labels.place(&label("1", [300.0, 100.0]));
        let (drawn, _) = labels.finish();
        assert!(!drawn.contains("leader") && drawn.contains("x=\"300.0\""), "{drawn}");
    }

    #[test]
    fn what_finds_no_room_is_named_elsewhere() {
        let mut labels = Labels::new([100.0, 30.0]);
        labels.place(&label("fits", [50.0, 15.0]));
        labels.place(&label("does not", [50.0, 15.0]));
        labels.place(&label("is far too long for a panel of this width", [50.0, 15.0]));
        assert_eq!(labels.finish().1.len(), 2);
    }

    #[test]
    fn names_from_files_cannot_break_a_label() {
        let mut labels = Labels::new([600.0, 200.0]);
        labels.place(&label("<a href=\"x\">&", [300.0, 100.0]));
        assert!(labels.finish().0.contains("&lt;a href=&quot;x&quot;&gt;&amp;"));
    }
}

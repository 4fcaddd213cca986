//! Figures and places in officers' words.

use pellucid_core::{Bilingual, Interval, PixelBox, Region};

/// `340–520 kg`, `1.6–2.9 t`, `约 2.1 t` / `about 2.1 t`, `至少 800 kg` / `at least 800 kg`.
pub(crate) fn mass(kg: Interval) -> Bilingual {
    let lo = kg.lo.max(0.0);
    let Some(hi) = kg.hi else {
        let text = one(lo);
        return Bilingual::new(format!("至少 {text}"), format!("at least {text}"));
    };
    let is_tonnes = hi >= 1000.0;
    let (a, b) = if is_tonnes { (tonnes(lo), tonnes(hi)) } else { (kilograms(lo), kilograms(hi)) };
    if a == b {
        let text = one(hi);
        return Bilingual::new(format!("约 {text}"), format!("about {text}"));
    }
    let unit = if is_tonnes { "t" } else { "kg" };
    let text = format!("{a}–{b} {unit}");
    Bilingual::new(text.clone(), text)
}

/// A figure after a Chinese word: digits are set off by a space, words are not.
pub(crate) fn after_word(zh: &str) -> String {
    if zh.starts_with(|c: char| c.is_ascii_digit()) { format!(" {zh}") } else { zh.to_owned() }
}

/// One mass: `20.1 t`, `850 kg`.
pub(crate) fn one(kg: f64) -> String {
    if kg >= 1000.0 { format!("{} t", tonnes(kg)) } else { format!("{} kg", kilograms(kg)) }
}

fn tonnes(kg: f64) -> String {
    format!("{:.1}", kg / 1000.0)
}

/// Rounded to what such a figure is worth: whole below 20, fives below 100, tens above.
fn kilograms(kg: f64) -> String {
    let step = if kg < 20.0 {
        1.0
    } else if kg < 100.0 {
        5.0
    } else {
        10.0
    };
    format!("{:.0}", (kg / step).round() * step)
}

/// Whole percent: `27%` / `27 %`.
pub(crate) fn percent(share: f64) -> Bilingual {
    let value = (share * 100.0).round();
    Bilingual::new(format!("{value:.0}%"), format!("{value:.0} %"))
}

/// Where a region lies in its box as drawn: left, middle, right; upper, middle, lower. Nothing for most of the box.
pub(crate) fn place(region: Region, container: Region) -> Option<Bilingual> {
    let share = |start: u32, length: u32, from: u32, whole: u32| {
        (f64::from(start) + f64::from(length) / 2.0 - f64::from(from)) / f64::from(whole.max(1))
    };
    let (r, c) = (region.px, container.px);
    let wide = f64::from(r.width) > 0.7 * f64::from(c.width);
    let tall = f64::from(r.height) > 0.6 * f64::from(c.height);
    let x = share(r.x, r.width, c.x, c.width);
    let y = share(r.y, r.height, c.y, c.height);
    let across = match x {
        _ if wide => None,
        x if x < 1.0 / 3.0 => Some(("左", "left")),
        x if x < 2.0 / 3.0 => Some(("中", "middle")),
        _ => Some(("右", "right")),
    };
    let up = match y {
        _ if tall => None,
        y if y < 1.0 / 3.0 => Some(("上", "upper")),
        y if y < 2.0 / 3.0 => None,
        _ => Some(("下", "lower")),
    };
    match (across, up) {
        (None, None) => None,
        (Some((zh, en)), None) => Some(Bilingual::new(format!("箱内{zh}部"), format!("{en} of the box"))),
        (None, Some((zh, en))) => Some(Bilingual::new(format!("箱内{zh}部"), format!("{en} part of the box"))),
        (Some((zx, ex)), Some((zy, ey))) => {
            Some(Bilingual::new(format!("箱内{zx}{zy}部"), format!("{ey} {ex} of the box")))
        }
    }
}

/// `，位于箱内左部` / `, left of the box`; empty when there is no place to name.
pub(crate) fn at(region: Option<Region>, container: Option<Region>) -> Bilingual {
    match region.zip(container).and_then(|(r, c)| place(r, c)) {
        Some(place) => Bilingual::new(format!("，位于{}", place.zh), format!(", {}", place.en)),
        None => Bilingual::new("", ""),
    }
}

/// The smallest box around all of them.
pub(crate) fn around(boxes: impl Iterator<Item = PixelBox>) -> Option<PixelBox> {
    boxes.reduce(PixelBox::union)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_read_as_people_write_them() {
        for (lo, hi, zh, en) in [
            (1_580.0, Some(2_940.0), "1.6–2.9 t", "1.6–2.9 t"),
            (342.0, Some(518.0), "340–520 kg", "340–520 kg"),
            (21.0, Some(34.0), "20–35 kg", "20–35 kg"),
            (2_110.0, Some(2_120.0), "约 2.1 t", "about 2.1 t"),
            (801.0, None, "至少 800 kg", "at least 800 kg"),
            (400.0, Some(1_300.0), "0.4–1.3 t", "0.4–1.3 t"),
            (-5.0, Some(3.2), "0–3 kg", "0–3 kg"),
        ] {
            let text = mass(Interval { lo, hi });
            assert_eq!((text.zh.as_str(), text.en.as_str()), (zh, en));
        }
    }

    #[test]
    fn places_are_named_as_drawn() {
        let container = Region { view: 0, px: PixelBox { x: 100, y: 50, width: 900, height: 300 } };
        let at = |x, y, width, height| {
            place(Region { view: 0, px: PixelBox { x, y, width, height } }, container).map(|p| p.en)
        };
        assert_eq!(at(110, 60, 100, 40).as_deref(), Some("upper left of the box"));
        assert_eq!(at(500, 60, 100, 280).as_deref(), Some("middle of the box"));
        assert_eq!(at(100, 300, 900, 40).as_deref(), Some("lower part of the box"));
        assert_eq!(at(100, 50, 900, 300), None);
    }
}

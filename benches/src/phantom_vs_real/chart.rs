//! Curves of real scans and phantoms as SVG, and sheets of phantoms as PNG: no pixel of a real scan leaves its folder.

use std::fmt::Write;

use pellucid_scan::{ScanError, png_gray8};

use super::pictures::Picture;

/// Told apart by all kinds of colour vision (Okabe and Ito 2008).
const COLOURS: [&str; 3] = ["#000000", "#d55e00", "#0072b2"];
const PANEL: [f64; 2] = [330.0, 190.0];
const GAP: f64 = 46.0;
/// Width of a picture in a sheet, px, and pictures side by side.
const WIDE: usize = 620;
const ABREAST: usize = 3;

/// One panel per title: curves of the same length, one per group, on a logarithmic scale from `lowest` up.
pub fn curves(groups: &[&str], panels: &[(String, Vec<Vec<f64>>)], x_words: &str, x_end: f64, lowest: f64) -> String {
    let across = 3.min(panels.len().max(1));
    let width = across as f64 * (PANEL[0] + GAP) + GAP;
    let height = panels.len().div_ceil(across) as f64 * (PANEL[1] + 2.0 * GAP) + GAP;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (g, (name, colour)) in groups.iter().zip(COLOURS).enumerate() {
        let x = GAP + 190.0 * g as f64;
        let _ = writeln!(svg, "<path d=\"M{x} 20h24\" stroke=\"{colour}\" stroke-width=\"2\"/>");
        let _ = writeln!(svg, "<text x=\"{}\" y=\"24\">{name}</text>", x + 30.0);
    }
    for (p, (title, lines)) in panels.iter().enumerate() {
        let left = GAP + (p % across) as f64 * (PANEL[0] + GAP);
        let top = 1.5 * GAP + (p / across) as f64 * (PANEL[1] + 2.0 * GAP);
        let most = lines.iter().flatten().copied().fold(lowest * 10.0, f64::max);
        let decades = (most / lowest).log10().max(1.0);
        let _ = writeln!(svg, "<text x=\"{left}\" y=\"{}\" font-weight=\"bold\">{title}</text>", top - 8.0);
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#999\"/>",
            PANEL[0], PANEL[1]
        );
        let _ = writeln!(svg, "<text x=\"{left}\" y=\"{}\">0</text>", top + PANEL[1] + 16.0);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{x_words} {x_end}</text>",
            left + PANEL[0],
            top + PANEL[1] + 16.0
        );
        for tick in 0..=decades as usize {
            let y = top + PANEL[1] * (1.0 - tick as f64 / decades);
            let value = lowest * 10.0_f64.powi(tick as i32);
            let _ = writeln!(
                svg,
                "<path d=\"M{left} {y:.1}h-4\" stroke=\"#999\"/><text x=\"{}\" y=\"{:.1}\" font-size=\"9\" \
                 text-anchor=\"end\">{value}</text>",
                left - 6.0,
                y + 3.0
            );
        }
        for (line, colour) in lines.iter().zip(COLOURS) {
            let mut path = String::new();
            for (i, value) in line.iter().enumerate() {
                let x = left + PANEL[0] * (i as f64 + 0.5) / line.len() as f64;
                let y = top + PANEL[1] * (1.0 - ((value.max(lowest) / lowest).log10() / decades).clamp(0.0, 1.0));
                let _ = write!(path, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
            }
            let _ = writeln!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\"/>");
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Pictures side by side, made smaller by means of whole pixels.
///
/// # Errors
/// The picture cannot be written.
pub fn sheet(pictures: &[Picture]) -> Result<Vec<u8>, ScanError> {
    let small: Vec<(Vec<f64>, usize)> = pictures.iter().map(smaller).collect();
    let tall = small.iter().map(|(grey, width)| grey.len() / width).max().unwrap_or(1);
    let (width, height) = (ABREAST * (WIDE + 4), small.len().div_ceil(ABREAST) * (tall + 4));
    let mut sheet = vec![90_u8; width * height];
    for (i, (grey, across)) in small.iter().enumerate() {
        let (x0, y0) = ((i % ABREAST) * (WIDE + 4), (i / ABREAST) * (tall + 4));
        for (y, row) in grey.chunks_exact(*across).enumerate() {
            for (x, value) in row.iter().enumerate() {
                sheet[(y0 + y) * width + x0 + x] = *value as u8;
            }
        }
    }
    png_gray8(width as u32, height as u32, &sheet)
}

fn smaller(picture: &Picture) -> (Vec<f64>, usize) {
    let Some(band) = picture.scan.views[0].bands.first() else { return (Vec::new(), 1) };
    let (width, height) = (band.counts.width(), band.counts.height());
    let step = width as f64 / WIDE as f64;
    let tall = (height as f64 / step) as usize;
    let end = |i: usize, n: usize| (((i + 1) as f64 * step) as usize).min(n);
    let mut out = Vec::with_capacity(WIDE * tall);
    for (y, x) in (0..tall).flat_map(|y| (0..WIDE).map(move |x| (x, y))).map(|(x, y)| (y, x)) {
        let rows = (y as f64 * step) as usize..end(y, height).max((y as f64 * step) as usize + 1).min(height);
        let columns = (x as f64 * step) as usize..end(x, width).max((x as f64 * step) as usize + 1).min(width);
        let count = (rows.len() * columns.len()).max(1);
        let sum: f64 = rows.flat_map(|y| columns.clone().map(move |x| f64::from(band.counts.row(y)[x]))).sum();
        out.push(sum / count as f64);
    }
    (out, WIDE)
}

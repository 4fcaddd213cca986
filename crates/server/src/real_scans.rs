//! Real vendor-processed scans with known container boxes: what the product says of them, as it is.

use std::path::Path;

use pellucid_core::{Declaration, PixelBox};
use pellucid_pipeline::{InspectionRequest, Toolbox, inspect};
use serde::Serialize;

use crate::failure::{Exit, Failure};

/// What was said of one real scan.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RealScan {
    pub(crate) file: String,
    /// Boxes drawn by people.
    pub(crate) boxes: usize,
    /// Boxes found.
    pub(crate) found: usize,
    /// Best intersection over union for each drawn box.
    pub(crate) iou: Vec<f64>,
    /// Least probability of being empty among the boxes found.
    pub(crate) empty_probability: Option<f64>,
    pub(crate) lane_declared_empty: String,
    pub(crate) score_declared_empty: f64,
    pub(crate) lane_declared_coffee: String,
    pub(crate) score_declared_coffee: f64,
}

/// All of them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RealReport {
    pub(crate) scans: Vec<RealScan>,
}

const EMPTY: &str = r#"{"number":"000000000000000001","stage":"full","items":[]}"#;
const COFFEE: &str = r#"{"number":"000000000000000002","stage":"full","gross_kg":19600,"packages":320,
    "package_type":"bag","items":[{"line":1,"hs":"0901110000","name":"咖啡豆 coffee beans","net_kg":19200}]}"#;

/// Judges every file that `boxes.csv` of the folder lists.
pub(crate) fn judge(toolbox: &Toolbox, folder: &Path, progress: &dyn Fn(String)) -> Result<RealReport, Failure> {
    let list = folder.join("boxes.csv");
    let text = std::fs::read_to_string(&list).map_err(|error| Failure::file("reading", &list, error))?;
    let empty: Declaration = serde_json::from_str(EMPTY)?;
    let coffee: Declaration = serde_json::from_str(COFFEE)?;
    let mut scans = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let (file, drawn) = parse(line)
            .ok_or_else(|| Failure::new(Exit::BadInput, format!("{}:{}: {line:?}", list.display(), number + 1)))?;
        let path = folder.join(&file);
        let bytes = std::fs::read(&path).map_err(|error| Failure::file("reading", &path, error))?;
        let request = InspectionRequest { now: jiff::Timestamp::now().to_string(), ..InspectionRequest::default() };
        let as_empty = inspect(toolbox, &bytes, &empty, &request)?;
        let as_coffee = inspect(toolbox, &bytes, &coffee, &request)?;
        let found: Vec<PixelBox> = as_empty.observation.containers.iter().map(|c| c.region.px).collect();
        let best = |drawn: &PixelBox| found.iter().map(|px| px.iou(*drawn)).fold(0.0, f64::max);
        let scan = RealScan {
            boxes: drawn.len(),
            found: found.len(),
            iou: drawn.iter().map(best).collect(),
            empty_probability: as_empty.observation.containers.iter().map(|c| c.empty_probability).reduce(f64::min),
            lane_declared_empty: as_empty.evaluation.lane.as_str().to_owned(),
            score_declared_empty: as_empty.evaluation.risk_score,
            lane_declared_coffee: as_coffee.evaluation.lane.as_str().to_owned(),
            score_declared_coffee: as_coffee.evaluation.risk_score,
            file,
        };
        progress(format!(
            "{}: {} of {} boxes, IoU {:?}, empty {:.2?}, declared empty {} {:.0}, coffee {} {:.0}",
            scan.file,
            scan.found,
            scan.boxes,
            scan.iou.iter().map(|iou| (iou * 100.0).round() / 100.0).collect::<Vec<_>>(),
            scan.empty_probability,
            scan.lane_declared_empty,
            scan.score_declared_empty,
            scan.lane_declared_coffee,
            scan.score_declared_coffee
        ));
        scans.push(scan);
    }
    Ok(RealReport { scans })
}

/// `file,width,height,boxes`; boxes are YOLO rows (class, centre x, centre y, width, height, relative), five numbers each.
fn parse(line: &str) -> Option<(String, Vec<PixelBox>)> {
    let mut fields = line.splitn(4, ',');
    let file = fields.next()?.to_owned();
    let width: f64 = fields.next()?.trim().parse().ok()?;
    let height: f64 = fields.next()?.trim().parse().ok()?;
    let numbers: Option<Vec<f64>> = fields
        .next()?
        .split(|c: char| c == ';' || c == '|' || c == '"' || c.is_whitespace())
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().ok())
        .collect();
    let numbers = numbers?;
    if !numbers.len().is_multiple_of(5) {
        return None;
    }
    let boxes = numbers.chunks_exact(5).map(|b| {
        let (x, y) = ((b[1] - b[3] / 2.0) * width, (b[2] - b[4] / 2.0) * height);
        PixelBox {
            x: x.max(0.0).round() as u32,
            y: y.max(0.0).round() as u32,
            width: (b[3] * width).round() as u32,
            height: (b[4] * height).round() as u32,
        }
    });
    Some((file, boxes.collect()))
}

/// The figures in Markdown.
pub(crate) fn markdown(report: &RealReport) -> String {
    let scans = &report.scans;
    let ious: Vec<f64> = scans.iter().flat_map(|scan| scan.iou.iter().copied()).collect();
    let above = |limit: f64| ious.iter().filter(|iou| **iou >= limit).count();
    let mean = if ious.is_empty() { 0.0 } else { ious.iter().sum::<f64>() / ious.len() as f64 };
    let called = |limit: f64| scans.iter().filter(|s| s.empty_probability.is_some_and(|p| p >= limit)).count();
    let lanes = |of: &dyn Fn(&RealScan) -> String| {
        ["green", "yellow", "red"].map(|lane| scans.iter().filter(|s| of(s) == lane).count())
    };
    let [eg, ey, er] = lanes(&|s| s.lane_declared_empty.clone());
    let [cg, cy, cr] = lanes(&|s| s.lane_declared_coffee.clone());
    format!(
        "| what | figure |\n|---|---|\n\
         | scans evaluated, no crash | {n} |\n\
         | container boxes drawn by people | {boxes} |\n\
         | found with IoU ≥ 0.5 / 0.75 / 0.9 | {a} / {b} / {c} |\n\
         | mean IoU of the best match | {mean:.3} |\n\
         | scans with the right number of boxes | {right} |\n\
         | called empty (probability ≥ 0.5 for every box) | {empty} |\n\
         | declared empty: green / yellow / red | {eg} / {ey} / {er} |\n\
         | declared coffee: green / yellow / red | {cg} / {cy} / {cr} |\n",
        n = scans.len(),
        boxes = ious.len(),
        a = above(0.5),
        b = above(0.75),
        c = above(0.9),
        right = scans.iter().filter(|s| s.found == s.boxes).count(),
        empty = called(0.5),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_of_a_list_are_read_with_either_separator() {
        let (file, boxes) = parse("000.jpg,200,100,0 0.5 0.5 0.5 0.5;0 0.25 0.5 0.1 1").unwrap();
        assert_eq!(file, "000.jpg");
        assert_eq!(boxes[0], PixelBox { x: 50, y: 25, width: 100, height: 50 });
        assert_eq!(boxes[1], PixelBox { x: 40, y: 0, width: 20, height: 100 });
        assert_eq!(parse("1.jpg,200,100,0 0.5 0.5 0.5 0.5 | 0 0.5 0.5 0.5 0.5").unwrap().1.len(), 2);
        assert!(parse("1.jpg,200,100,0 0.5 0.5").is_none());
    }
}

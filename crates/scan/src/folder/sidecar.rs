use pellucid_core::{ContainerRead, DetectorArm, Grade, ScanGeometry, ScannerIdentity};
use roxmltree::{Document, Node, ParsingOptions};
use serde_json::Map;

use super::described::warn_of_others;
use super::page_entry::{PageEntries, PageEntry, Pictures};
use super::{FolderAdapter, NamedEntry, has_extension, only};
use crate::profile::{
    self, BandDescription, Description, GeometryDescription, ReadDescription, ScannerDescription, ViewDescription,
};
use crate::{Decoded, Limits, PROFILE, PixelSink, ScanError};

/// Elements, attributes and texts of a sidecar, at the very most.
const MAX_NODES: u32 = 100_000;
/// Attributes of all elements of a sidecar.
const MAX_ATTRIBUTES: u64 = 10_000;
const ROOT: &str = "inspection";

/// The worked example of a vendor's folder: pictures of 16 bits and a sidecar in XML. It is the layout of no vendor; an
/// adapter for a real one differs in the names of elements and looks the same otherwise.
///
/// ```xml
/// <inspection vendor="…" model="…" serial="…" calibrated="2026-01-05" acquired="2026-02-03T04:05:06Z" site="…" lane="3">
///   <view name="side" dose_rows="0 4">
///     <band energy="high" endpoint_mev="6" file="high.png"> <dark>201 199 …</dark> <air>50012 49987 …</air> </band>
///     <band energy="low" endpoint_mev="3.5" file="low.png"> <dark>…</dark> <air>…</air> </band>
///     <geometry source_to_lane_mm="4000" source_height_mm="1200" column_pitch_mm="4.1"
///               arm_distance_mm="7000" arm_top_mm="5500" pitch_mm="4.6"/>
///   </view>
///   <container number="CSQU3054383" confidence="0.97" source="ocr"/>
/// </inspection>
/// ```
///
/// `dark` and `air` hold one count per row, `dose_rows` the first row and one past the last. A band may state its
/// `max_value`, the largest count, and that of an interlaced machine its `column_offset` in columns. One band is a scan of
/// single energy, two are of dual energy, high first; without `dark` and `air`, one band is of grade `processed`
/// (`energy="grey"`). A file with several pictures, such as a TIFF whose pixels are two counts, is named by each of its
/// bands with the number of its picture (`picture="1"`). Elements and attributes that are not listed are ignored. A
/// document type definition is refused, so entities cannot expand.
#[derive(Debug, Clone, Copy, Default)]
pub struct SidecarXml;

impl FolderAdapter for SidecarXml {
    fn name(&self) -> &'static str {
        "pictures with a sidecar in XML"
    }

    fn is_match(&self, entries: &[NamedEntry<'_>], _limits: &Limits) -> bool {
        entries.iter().any(|entry| has_extension(entry, "xml"))
    }

    fn decode(
        &self,
        entries: &[NamedEntry<'_>],
        limits: &Limits,
        sink: &mut dyn PixelSink,
    ) -> Result<Decoded, ScanError> {
        let sidecar = only(entries, "xml", "sidecars")?;
        let text = check_xml(sidecar.bytes, limits)?;
        let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options)
            .map_err(|source| ScanError::Codec { field: "sidecar".to_owned(), source: Box::new(source) })?;
        let root = document.root_element();
        if !root.has_tag_name(ROOT) {
            return Err(ScanError::unsupported("sidecar of", root.tag_name().name()));
        }
        let mut reader = Reader { pictures: Pictures::new(entries, limits), pages: PageEntries::default(), limits };
        let description = reader.description(root)?;
        let files = reader.pictures.files();
        let mut decoded = profile::decode(&reader.pages, description, limits, sink)?;
        warn_of_others(entries, files + 1, &mut decoded);
        Ok(decoded)
    }
}

/// Refuses XML that is too long, not text or nested too deep, before it is parsed.
fn check_xml<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, ScanError> {
    Limits::check("sidecar: bytes", bytes.len() as u64, limits.max_description_bytes)?;
    let text = std::str::from_utf8(bytes).map_err(|e| ScanError::malformed("sidecar", e.to_string()))?;
    // The parser compares every attribute of an element with every other.
    let attributes = text.bytes().filter(|byte| *byte == b'=').count() as u64;
    Limits::check("sidecar: attributes", attributes, MAX_ATTRIBUTES)?;
    // Tags inside comments and values count too: only a hostile file nests them as deep as this.
    let (mut depth, mut end) = (0_u64, 0);
    for (at, _) in text.match_indices('<') {
        match text.as_bytes().get(at + 1) {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) => {
                if end <= at {
                    end = text[at..].find('>').map_or(text.len(), |end| at + end);
                }
                depth += u64::from(!text[..end].ends_with('/'));
                Limits::check("sidecar: nesting", depth, limits.max_description_depth)?;
            }
        }
    }
    Ok(text)
}

struct Reader<'e, 'a> {
    pictures: Pictures<'e, 'a>,
    pages: PageEntries<'a>,
    limits: &'e Limits,
}

fn text(node: Node<'_, '_>, name: &str) -> Option<String> {
    node.attribute(name).map(str::to_owned).filter(|text| !text.is_empty())
}

fn required<'n>(node: Node<'n, '_>, name: &str) -> Result<&'n str, ScanError> {
    node.attribute(name)
        .ok_or_else(|| ScanError::malformed(format!("sidecar: {}: {name}", label(node)), "it is missing"))
}

fn label<'n>(node: Node<'n, '_>) -> &'n str {
    node.tag_name().name()
}

fn number<T: std::str::FromStr>(node: Node<'_, '_>, name: &str, value: &str) -> Result<T, ScanError> {
    let wrong = || ScanError::malformed(format!("sidecar: {}: {name}", label(node)), format!("it is {value:?}"));
    value.trim().parse().map_err(|_| wrong())
}

fn children<'n, 'd: 'n>(node: Node<'n, 'd>, name: &'static str) -> impl Iterator<Item = Node<'n, 'd>> {
    node.children().filter(move |child| child.has_tag_name(name))
}

impl Reader<'_, '_> {
    fn description(&mut self, root: Node<'_, '_>) -> Result<Description, ScanError> {
        let mut views = Vec::new();
        for view in children(root, "view") {
            views.push(self.view(view)?);
        }
        let names = |view: &ViewDescription| view.bands.iter().map(|band| band.name.clone()).collect::<Vec<_>>();
        let grade = match views.first().map(names).unwrap_or_default().as_slice() {
            [only] if only == "grey" => Grade::Processed,
            [_] => Grade::SingleEnergyRaw,
            _ => Grade::DualEnergyRaw,
        };
        let mut containers_read = Vec::new();
        for container in children(root, "container") {
            let confidence = container.attribute("confidence").unwrap_or("1");
            let read = ContainerRead {
                id: required(container, "number")?.to_owned(),
                confidence: number(container, "confidence", confidence)?,
                source: text(container, "source").unwrap_or_else(|| "sidecar".to_owned()),
            };
            containers_read.push(ReadDescription { read, unknown: Map::new() });
        }
        let identity = ScannerIdentity {
            vendor: text(root, "vendor").unwrap_or_default(),
            model: text(root, "model").unwrap_or_default(),
            serial: text(root, "serial").unwrap_or_default(),
            calibration_date: text(root, "calibrated"),
        };
        Ok(Description {
            profile: PROFILE.to_owned(),
            grade,
            views,
            geometry: None,
            dose_rows: None,
            scanner: Some(ScannerDescription { identity, unknown: Map::new() }),
            acquired_at: text(root, "acquired"),
            containers_read,
            site: text(root, "site"),
            lane: text(root, "lane"),
            unknown: Map::new(),
        })
    }

    fn view(&mut self, view: Node<'_, '_>) -> Result<ViewDescription, ScanError> {
        let mut bands = Vec::new();
        for band in children(view, "band") {
            bands.push(self.band(band)?);
        }
        let dose_rows = match view.attribute("dose_rows") {
            None => None,
            Some(rows) => {
                let [start, end] = rows.split_whitespace().collect::<Vec<_>>()[..] else {
                    return Err(ScanError::mismatch("sidecar: view: dose_rows", rows, "the first row and the end"));
                };
                Some([number(view, "dose_rows", start)?, number(view, "dose_rows", end)?])
            }
        };
        let geometry = children(view, "geometry").next().map(geometry).transpose()?;
        Ok(ViewDescription {
            name: text(view, "name").unwrap_or_default(),
            bands,
            geometry,
            dose_rows,
            unknown: Map::new(),
        })
    }

    fn band(&mut self, band: Node<'_, '_>) -> Result<BandDescription, ScanError> {
        let page = self.picture(band)?;
        let endpoint = band.attribute("endpoint_mev").map(|value| number(band, "endpoint_mev", value));
        let offset = band.attribute("column_offset").map(|value| number(band, "column_offset", value));
        let max_value = band.attribute("max_value").map(|value| number(band, "max_value", value));
        let mut row = |name: &'static str| -> Result<Option<u32>, ScanError> {
            let Some(node) = children(band, name).next() else { return Ok(None) };
            let values = node.text().unwrap_or_default().split_whitespace();
            let values: Result<Vec<u16>, _> = values.map(|value| number(band, name, value)).collect();
            self.pages.push(PageEntry::Values(values?), self.limits).map(Some)
        };
        Ok(BandDescription {
            name: required(band, "energy")?.to_owned(),
            endpoint_mev: endpoint.transpose()?,
            column_offset: offset.transpose()?,
            page,
            dark_page: row("dark")?,
            air_page: row("air")?,
            max_value: max_value.transpose()?,
            unknown: Map::new(),
        })
    }

    /// The picture that a band names: the only one of its file, or the one of that number.
    fn picture(&mut self, band: Node<'_, '_>) -> Result<u32, ScanError> {
        let file = required(band, "file")?;
        let pictures = self.pictures.of(file)?;
        let number: usize = band.attribute("picture").map_or(Ok(0), |value| number(band, "picture", value))?;
        let field = || format!("file {file:?}: pictures");
        if band.attribute("picture").is_none() && pictures.len() != 1 {
            return Err(ScanError::mismatch(field(), pictures.len(), "1, or a number of one in the sidecar"));
        }
        let picture = pictures.get(number);
        let picture =
            picture.ok_or_else(|| ScanError::mismatch(field(), pictures.len(), format!("more than {number}")))?;
        self.pages.push(picture.clone(), self.limits)
    }
}

/// What is missing is NaN, which makes the geometry one that is ignored with a warning.
fn geometry(node: Node<'_, '_>) -> Result<GeometryDescription, ScanError> {
    let value = |name: &str| node.attribute(name).map_or(Ok(f64::NAN), |value| number(node, name, value));
    let arm = if node.has_attribute("arm_distance_mm") {
        Some(DetectorArm {
            distance_mm: value("arm_distance_mm")?,
            top_mm: value("arm_top_mm")?,
            pitch_mm: value("pitch_mm")?,
        })
    } else {
        None
    };
    let geometry = ScanGeometry {
        source_to_lane_mm: value("source_to_lane_mm")?,
        source_height_mm: value("source_height_mm")?,
        column_pitch_mm: value("column_pitch_mm")?,
        arm,
        detectors: Vec::new(),
    };
    Ok(GeometryDescription::of(&geometry, Map::new()))
}

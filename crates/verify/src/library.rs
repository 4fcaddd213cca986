use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use pellucid_core::{Grade, HsCode};
use serde::{Deserialize, Serialize};

use crate::VerifyError;
use crate::density::Densities;
use crate::node::{CoverageState, Node};

/// Format that this software writes and reads.
pub const LIBRARY_FORMAT: &str = "pellucid-library/1";
/// Name of the node of packaging and dunnage, if the library has one.
pub const DUNNAGE: &str = "dunnage";

const COMPRESSED_LIMIT: usize = 64 << 20;
const DOCUMENT_LIMIT: usize = 256 << 20;
const DIMENSIONS_LIMIT: usize = 128;
const LEVEL: i32 = 9;

/// First part of a library file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryHeader {
    /// `pellucid-library/1`.
    pub format: String,
    /// Version of the library, as the folder is named.
    pub version: String,
    /// sha256 of the `cargo` model whose embeddings it holds.
    pub embedding_sha256: String,
    /// Grades that it has nodes for.
    pub grades: Vec<Grade>,
    /// Software that built it.
    pub software: String,
    /// When, RFC 3339.
    pub created: String,
}

/// Where a part of the library comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryProvenance {
    /// Suite, site or person.
    pub source: String,
    /// Shipments taken from it.
    pub shipments: u32,
    /// Seeds, commit, ranges: what is needed to make it again.
    pub note: String,
}

/// All nodes of one grade with what they share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeModel {
    /// Dimensions of the embedding.
    pub dims: usize,
    /// Covariance of patches within a shipment, pooled over headings (dimensions², row-major).
    pub within: Vec<f32>,
    /// Share of it that patches of one segment have in common, in [0, 1].
    pub correlation: f64,
    /// Middle of everything seen.
    pub outlier_mean: Vec<f32>,
    /// Covariance of the density of things that no node describes (dimensions², row-major).
    pub outlier_covariance: Vec<f32>,
    /// Nodes in the order of their headings.
    pub nodes: Vec<Node>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LibraryFile {
    header: LibraryHeader,
    provenance: Vec<LibraryProvenance>,
    grades: BTreeMap<Grade, GradeModel>,
}

/// The library of typical images (典型图像库), ready for use.
#[derive(Debug, Clone, PartialEq)]
pub struct Library {
    header: LibraryHeader,
    provenance: Vec<LibraryProvenance>,
    grades: BTreeMap<Grade, GradeModel>,
    densities: BTreeMap<Grade, Densities>,
}

/// One row of the coverage table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoverageRow {
    /// Grade.
    pub grade: Grade,
    /// Heading.
    pub heading: String,
    /// State; `indistinguishable` when `equivalents` is not empty.
    pub state: CoverageState,
    /// Shipments behind it.
    pub shipments: u32,
    /// Looks.
    pub prototypes: usize,
    /// Headings that look the same.
    pub equivalents: Vec<String>,
}

/// What the library says about a declared code at a grade.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lookup {
    /// State as reported.
    pub(crate) state: CoverageState,
    /// Whether only phantoms stand behind it.
    pub(crate) is_phantom_only: bool,
    /// Nodes that explain it, as a mixture of equal parts.
    pub(crate) nodes: Vec<usize>,
    /// Headings that may not accuse it: itself and its equivalents.
    pub(crate) group: BTreeSet<String>,
}

impl Library {
    pub(crate) fn assemble(
        header: LibraryHeader,
        provenance: Vec<LibraryProvenance>,
        grades: BTreeMap<Grade, GradeModel>,
    ) -> Result<Self, VerifyError> {
        let invalid = |fault: String| VerifyError::LibraryInvalid { fault };
        if header.grades.iter().copied().collect::<BTreeSet<_>>() != grades.keys().copied().collect() {
            return Err(invalid("header.grades: differs from the grades that have nodes".to_owned()));
        }
        let mut densities = BTreeMap::new();
        for (grade, model) in &grades {
            if let Some(fault) = fault_of(model) {
                return Err(invalid(format!("grades.{}.{fault}", grade.as_str())));
            }
            let prepared = Densities::new(model).ok_or_else(|| {
                invalid(format!("grades.{}.within: not a positive definite covariance", grade.as_str()))
            })?;
            densities.insert(*grade, prepared);
        }
        Ok(Self { header, provenance, grades, densities })
    }

    /// Opens the bytes of a `library.cbor.zst`.
    ///
    /// # Errors
    /// Another format, an oversize or damaged file, values that contradict each other.
    pub fn load(bytes: &[u8]) -> Result<Self, VerifyError> {
        if bytes.len() > COMPRESSED_LIMIT {
            return Err(VerifyError::LibraryTooLarge { what: "as stored", limit: COMPRESSED_LIMIT });
        }
        let decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(VerifyError::LibraryUnpack)?;
        let mut document = Vec::new();
        decoder.take(DOCUMENT_LIMIT as u64 + 1).read_to_end(&mut document).map_err(VerifyError::LibraryUnpack)?;
        if document.len() > DOCUMENT_LIMIT {
            return Err(VerifyError::LibraryTooLarge { what: "when unpacked", limit: DOCUMENT_LIMIT });
        }
        if let Some(found) = format_of(&document)
            && found != LIBRARY_FORMAT
        {
            return Err(VerifyError::LibraryFormat { found, expected: LIBRARY_FORMAT });
        }
        let file: LibraryFile = ciborium::from_reader(document.as_slice()).map_err(VerifyError::LibraryDocument)?;
        Self::assemble(file.header, file.provenance, file.grades)
    }

    /// The bytes of its `library.cbor.zst`; the same library gives the same bytes.
    ///
    /// # Errors
    /// Only when serialisation itself fails.
    pub fn save(&self) -> Result<Vec<u8>, VerifyError> {
        let file = LibraryFile {
            header: self.header.clone(),
            provenance: self.provenance.clone(),
            grades: self.grades.clone(),
        };
        let mut document = Vec::new();
        ciborium::into_writer(&file, &mut document)
            .map_err(|error| VerifyError::LibraryWrite { what: error.to_string() })?;
        zstd::stream::encode_all(document.as_slice(), LEVEL)
            .map_err(|error| VerifyError::LibraryWrite { what: error.to_string() })
    }

    /// Header.
    pub fn header(&self) -> &LibraryHeader {
        &self.header
    }

    /// Where its parts come from.
    pub fn provenance(&self) -> &[LibraryProvenance] {
        &self.provenance
    }

    /// All that is known at a grade.
    pub fn grade(&self, grade: Grade) -> Option<&GradeModel> {
        self.grades.get(&grade)
    }

    /// Coverage table: grades, then headings.
    pub fn coverage(&self) -> Vec<CoverageRow> {
        let mut rows = Vec::new();
        for (grade, model) in &self.grades {
            for node in &model.nodes {
                let state = match node.equivalents.is_empty() {
                    true => node.shipments.state(),
                    false => CoverageState::Indistinguishable,
                };
                rows.push(CoverageRow {
                    grade: *grade,
                    heading: node.heading.clone(),
                    state,
                    shipments: node.shipments.total(),
                    prototypes: node.prototypes.len(),
                    equivalents: node.equivalents.clone(),
                });
            }
        }
        rows
    }

    pub(crate) fn densities(&self, grade: Grade) -> Option<&Densities> {
        self.densities.get(&grade)
    }

    /// Finds what explains a declared code: its heading, else the other headings of its chapter (borrowed).
    pub(crate) fn look_up(&self, grade: Grade, hs: Option<&HsCode>) -> Lookup {
        let nothing = Lookup {
            state: CoverageState::NotCovered,
            is_phantom_only: false,
            nodes: Vec::new(),
            group: hs.and_then(HsCode::heading).map(str::to_owned).into_iter().collect(),
        };
        let (Some(model), Some(hs)) = (self.grades.get(&grade), hs) else { return nothing };
        let found = hs.heading().and_then(|heading| model.nodes.iter().position(|node| node.heading == heading));
        if let Some(index) = found {
            let node = &model.nodes[index];
            let base = node.shipments.state();
            let mut group: BTreeSet<String> = node.equivalents.iter().cloned().collect();
            let state = if group.is_empty() { base } else { CoverageState::Indistinguishable };
            group.insert(node.heading.clone());
            return Lookup { state, is_phantom_only: base == CoverageState::PhantomOnly, nodes: vec![index], group };
        }
        let siblings: Vec<usize> =
            (0..model.nodes.len()).filter(|i| model.nodes[*i].heading.get(..2) == Some(hs.chapter())).collect();
        if siblings.is_empty() {
            return nothing;
        }
        let mut group = nothing.group;
        for i in &siblings {
            group.insert(model.nodes[*i].heading.clone());
            group.extend(model.nodes[*i].equivalents.iter().cloned());
        }
        let is_phantom_only =
            siblings.iter().all(|i| model.nodes[*i].shipments.state() == CoverageState::PhantomOnly);
        Lookup { state: CoverageState::Borrowed, is_phantom_only, nodes: siblings, group }
    }
}

/// Reads `header.format` alone, so that a file of another version is named as such and not as damaged.
fn format_of(document: &[u8]) -> Option<String> {
    let value: ciborium::Value = ciborium::from_reader(document).ok()?;
    let get = |value: &ciborium::Value, key: &str| {
        let map = value.as_map()?;
        map.iter().find(|(k, _)| k.as_text() == Some(key)).map(|(_, v)| v.clone())
    };
    get(&get(&value, "header")?, "format")?.as_text().map(str::to_owned)
}

/// First contradiction in a grade's model, with its path.
fn fault_of(model: &GradeModel) -> Option<String> {
    let n = model.dims;
    if n == 0 || n > DIMENSIONS_LIMIT {
        return Some(format!("dims: must be within 1 and {DIMENSIONS_LIMIT}, got {n}"));
    }
    let shapes = [
        ("within", &model.within, n * n),
        ("outlier_covariance", &model.outlier_covariance, n * n),
        ("outlier_mean", &model.outlier_mean, n),
    ];
    for (name, values, length) in shapes {
        if let Some(fault) = vector_fault(values, length) {
            return Some(format!("{name}: {fault}"));
        }
    }
    if !(0.0..=1.0).contains(&model.correlation) {
        return Some(format!("correlation: must be within 0 and 1, got {}", model.correlation));
    }
    for (i, node) in model.nodes.iter().enumerate() {
        let is_code = node.heading.len() == 4 && node.heading.bytes().all(|c| c.is_ascii_digit());
        if !is_code && node.heading != DUNNAGE {
            return Some(format!("nodes[{i}].heading: four digits or {DUNNAGE:?}, got {:?}", node.heading));
        }
        if i > 0 && model.nodes[i - 1].heading >= node.heading {
            return Some(format!("nodes[{i}].heading: out of order or twice: {:?}", node.heading));
        }
        if node.prototypes.is_empty() {
            return Some(format!("nodes[{i}].prototypes: empty"));
        }
        if !(node.within_scale > 0.0 && node.within_scale.is_finite()) {
            return Some(format!("nodes[{i}].within_scale: must be positive, got {}", node.within_scale));
        }
        if !node.mass_opacity_slope.is_finite() {
            return Some(format!("nodes[{i}].mass_opacity_slope: must be finite"));
        }
        for (k, p) in node.prototypes.iter().enumerate() {
            for (name, values, length) in [("mean", &p.mean, n), ("between", &p.between, n * n)] {
                if let Some(fault) = vector_fault(values, length) {
                    return Some(format!("nodes[{i}].prototypes[{k}].{name}: {fault}"));
                }
            }
            if !(p.weight > 0.0 && p.weight <= 1.0) {
                return Some(format!("nodes[{i}].prototypes[{k}].weight: must be within 0 and 1, got {}", p.weight));
            }
        }
    }
    None
}

fn vector_fault(values: &[f32], length: usize) -> Option<String> {
    if values.len() != length {
        return Some(format!("must have {length} values, got {}", values.len()));
    }
    values.iter().any(|v| !v.is_finite()).then(|| "must be finite".to_owned())
}

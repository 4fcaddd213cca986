use pellucid_core::{ContainerRead, DetectorArm, DetectorPosition, Grade, ScanGeometry, ScannerIdentity};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The JSON of a file. Every level keeps the keys that it does not know.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) profile: String,
    pub(crate) grade: Grade,
    pub(crate) views: Vec<ViewDescription>,
    /// Geometry of every view that has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) geometry: Option<GeometryDescription>,
    /// Dose rows of every view that has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dose_rows: Option<[u32; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scanner: Option<ScannerDescription>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acquired_at: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) containers_read: Vec<ReadDescription>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lane: Option<String>,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ViewDescription {
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) bands: Vec<BandDescription>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) geometry: Option<GeometryDescription>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dose_rows: Option<[u32; 2]>,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BandDescription {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) endpoint_mev: Option<f64>,
    /// Columns; when it is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) column_offset: Option<f64>,
    pub(crate) page: u32,
    #[serde(default)]
    pub(crate) dark_page: Option<u32>,
    #[serde(default)]
    pub(crate) air_page: Option<u32>,
    /// Largest count, when it is not 65,535.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_value: Option<u16>,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

/// Geometry as written: what is missing is told from what is wrong only afterwards.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GeometryDescription {
    source_to_lane_mm: Option<f64>,
    source_height_mm: Option<f64>,
    column_pitch_mm: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pitch_mm: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arm: Option<ArmDescription>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    detectors: Vec<DetectorPosition>,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ArmDescription {
    distance_mm: Option<f64>,
    top_mm: Option<f64>,
    /// Some writers put the pitch here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pitch_mm: Option<f64>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ScannerDescription {
    #[serde(flatten)]
    pub(crate) identity: ScannerIdentity,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ReadDescription {
    #[serde(flatten)]
    pub(crate) read: ContainerRead,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

impl GeometryDescription {
    pub(crate) fn of(geometry: &ScanGeometry, unknown: Map<String, Value>) -> Self {
        Self {
            source_to_lane_mm: Some(geometry.source_to_lane_mm),
            source_height_mm: Some(geometry.source_height_mm),
            column_pitch_mm: Some(geometry.column_pitch_mm),
            pitch_mm: geometry.arm.map(|arm| arm.pitch_mm),
            arm: geometry.arm.map(|arm| ArmDescription {
                distance_mm: Some(arm.distance_mm),
                top_mm: Some(arm.top_mm),
                pitch_mm: None,
            }),
            detectors: geometry.detectors.clone(),
            unknown,
        }
    }

    /// The geometry of a view of `rows` rows, or why it cannot be true.
    pub(crate) fn geometry(&self, rows: usize) -> Result<ScanGeometry, String> {
        let arm = match &self.arm {
            None => None,
            Some(arm) => Some(DetectorArm {
                distance_mm: given("arm.distance_mm", arm.distance_mm)?,
                top_mm: given("arm.top_mm", arm.top_mm)?,
                pitch_mm: given("pitch_mm", arm.pitch_mm.or(self.pitch_mm))?,
            }),
        };
        let geometry = ScanGeometry {
            source_to_lane_mm: given("source_to_lane_mm", self.source_to_lane_mm)?,
            source_height_mm: given("source_height_mm", self.source_height_mm)?,
            column_pitch_mm: given("column_pitch_mm", self.column_pitch_mm)?,
            arm,
            detectors: self.detectors.clone(),
        };
        check_geometry(&geometry, rows)?;
        Ok(geometry)
    }
}

fn given(name: &str, value: Option<f64>) -> Result<f64, String> {
    value.ok_or_else(|| format!("{name} is missing"))
}

/// What no real lane can contradict: finite numbers, positive distances and pitches, one position per row.
pub(crate) fn check_geometry(geometry: &ScanGeometry, rows: usize) -> Result<(), String> {
    let positive = |name: &str, value: f64| {
        if value.is_finite() && value > 0.0 { Ok(()) } else { Err(format!("{name} is {value}")) }
    };
    let finite = |name: &str, value: f64| if value.is_finite() { Ok(()) } else { Err(format!("{name} is {value}")) };
    positive("source_to_lane_mm", geometry.source_to_lane_mm)?;
    positive("column_pitch_mm", geometry.column_pitch_mm)?;
    finite("source_height_mm", geometry.source_height_mm)?;
    if let Some(arm) = geometry.arm {
        positive("arm.distance_mm", arm.distance_mm)?;
        positive("pitch_mm", arm.pitch_mm)?;
        finite("arm.top_mm", arm.top_mm)?;
    }
    if !geometry.detectors.is_empty() && geometry.detectors.len() != rows {
        return Err(format!("it has {} detectors for {rows} rows", geometry.detectors.len()));
    }
    for (row, detector) in geometry.detectors.iter().enumerate() {
        positive(&format!("detectors[{row}].distance_mm"), detector.distance_mm)?;
        finite(&format!("detectors[{row}].height_mm"), detector.height_mm)?;
    }
    Ok(())
}

impl Description {
    /// Unknown keys of every level as one sparse tree of the description's own shape, such as
    /// `{"operator": …, "views": [{"bands": [{"filter": …}, {}]}]}`.
    pub(crate) fn take_unknown(&mut self) -> Map<String, Value> {
        let mut tree = std::mem::take(&mut self.unknown);
        let views = self.views.iter_mut().map(|view| {
            let mut tree = std::mem::take(&mut view.unknown);
            let bands = view.bands.iter_mut().map(|band| std::mem::take(&mut band.unknown));
            insert_list(&mut tree, "bands", bands.collect());
            insert_geometry(&mut tree, view.geometry.as_mut());
            tree
        });
        insert_list(&mut tree, "views", views.collect());
        insert_geometry(&mut tree, self.geometry.as_mut());
        let reads = self.containers_read.iter_mut().map(|read| std::mem::take(&mut read.unknown));
        insert_list(&mut tree, "containers_read", reads.collect());
        if let Some(scanner) = self.scanner.as_mut().filter(|scanner| !scanner.unknown.is_empty()) {
            tree.insert("scanner".to_owned(), Value::Object(std::mem::take(&mut scanner.unknown)));
        }
        tree
    }
}

fn insert_list(tree: &mut Map<String, Value>, key: &str, members: Vec<Map<String, Value>>) {
    if members.iter().any(|member| !member.is_empty()) {
        tree.insert(key.to_owned(), members.into_iter().map(Value::Object).collect());
    }
}

fn insert_geometry(tree: &mut Map<String, Value>, geometry: Option<&mut GeometryDescription>) {
    if let Some(geometry) = geometry.filter(|geometry| !geometry.unknown.is_empty()) {
        tree.insert("geometry".to_owned(), Value::Object(std::mem::take(&mut geometry.unknown)));
    }
}

/// The unknown keys of one level of such a tree: everything but the keys that the level knows.
pub(crate) fn unknown_of(tree: Option<&Value>, known: &[&str]) -> Map<String, Value> {
    let members = tree.and_then(Value::as_object).into_iter().flatten();
    members
        .filter(|(key, _)| !known.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

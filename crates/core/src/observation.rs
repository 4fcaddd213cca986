use serde::{Deserialize, Serialize};

use crate::{ContainerType, Grade, Interval, IsoSize, MaterialShares, PixelBox, Region};

/// Something wrong with a scan, with the figure that shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QualityIssue {
    /// Short code, such as `dead_detectors`, `saturated`, `penetration_limited`, `beam_off`, `noise`.
    pub code: String,
    /// The measured figure (a share in [0, 1] unless the code says otherwise).
    pub value: f64,
    /// The limit it was held against.
    pub limit: f64,
}

/// A figure of how well a scan shows things, whether good or bad.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QualityFigure {
    /// Short code: `noise_high`, `range_high`, `edge_width_x`, `penetration`, `contrast`, `wire` …
    pub code: String,
    /// Its value.
    pub value: f64,
    /// Unit of the value: `mm`, `px`, `%`, `g/cm2`, or `1` for a bare number.
    pub unit: String,
}

impl QualityFigure {
    /// A figure.
    pub fn new(code: &str, value: f64, unit: &str) -> Self {
        Self { code: code.to_owned(), value, unit: unit.to_owned() }
    }
}

/// How far a scan can be trusted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScanQuality {
    /// Whether conclusions can be drawn from it at all.
    pub is_usable: bool,
    /// What is wrong with it.
    pub issues: Vec<QualityIssue>,
    /// What its own noise and edges say of the machine: the same figures of every scan, so that a week of them shows a machine
    /// that is getting worse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<QualityFigure>,
}

impl ScanQuality {
    /// The value of a figure, if it could be measured.
    pub fn figure(&self, code: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.code == code).map(|figure| figure.value)
    }
}

/// What a mass interval is made of, in kg at the same level as the interval. They add in quadrature, but for what is
/// hidden, which only adds above.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MassBudget {
    /// Below and above, because nobody knows how near the load stands.
    pub depth_kg: [f64; 2],
    /// Either way, because its composition is only measured.
    pub composition_kg: f64,
    /// Either way, because the box's own steel is only known on average.
    pub structure_kg: f64,
    /// Above, because sheets seen edge-on hide mass between pixels.
    pub hidden_kg: f64,
}

/// A mass with its 90 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MassEstimate {
    /// Most likely value in kg, with cargo at mid-depth.
    pub best_kg: f64,
    /// Interval over depth, structure and composition; unbounded above where opaque.
    pub kg: Interval,
    /// The same where the composition is known to be the measured one: over depth and structure only.
    pub known_composition_kg: Interval,
    /// What `kg` is made of.
    pub budget: MassBudget,
    /// Share of the container's pixels that are penetration-limited, in [0, 1].
    pub opaque_share: f64,
}

/// A 16 x 16 cm cell of cargo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Patch {
    /// Column in the container's patch grid, from the left.
    pub col: u16,
    /// Row in the container's patch grid, from the top.
    pub row: u16,
    /// Where it is in the view.
    pub px: PixelBox,
    /// Cargo mass at mid-depth in kg (structure taken off); `None` for grade `processed`.
    pub best_kg: Option<f64>,
    /// Its interval over depth, noise and composition; `None` for grade `processed`.
    pub mass_kg: Option<Interval>,
    /// Sum of cargo attenuation over the patch in m²: what `processed` scans share out instead of kilograms.
    pub attenuation_area_m2: f64,
    /// Mean attenuation (structure taken off).
    pub mean_attenuation: f32,
    /// Share of pixels that are penetration-limited.
    pub opaque_share: f32,
    /// Shares of material.
    pub material: MaterialShares,
    /// Standard deviation of attenuation within the patch over its mean.
    pub texture: f32,
    /// Model embedding.
    pub embedding: Vec<f32>,
    /// Commodity probabilities in the order of `ContainerObservation::headings`.
    pub commodity: Vec<f32>,
    /// Largest probability of a concealed object in the patch.
    pub concealment: f32,
    /// Index of its segment; `None` for patches without cargo.
    pub segment: Option<u32>,
}

/// Connected patches that look alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Indices into `ContainerObservation::patches`.
    pub patches: Vec<u32>,
    /// Box around them in the view.
    pub px: PixelBox,
    /// Cargo mass at mid-depth in kg; `None` for grade `processed`.
    pub best_kg: Option<f64>,
    /// Its interval; `None` for grade `processed`.
    pub mass_kg: Option<Interval>,
    /// Sum of cargo attenuation in m².
    pub attenuation_area_m2: f64,
    /// Mean embedding, weighted by attenuation area.
    pub embedding: Vec<f32>,
    /// Variance of the embedding between its patches, per dimension.
    pub embedding_variance: Vec<f32>,
    /// Mean commodity probabilities, same weights.
    pub commodity: Vec<f32>,
    /// Shares of material, same weights.
    pub material: MaterialShares,
    /// Area seen from the side in m².
    pub area_m2: f64,
    /// Units seen in it, where they can be told apart along the box and upwards.
    pub units: Option<u32>,
}

/// Units of a load that repeat along the box, as seen from the side: what stands behind them is not counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UnitCount {
    /// Box around them in the view.
    pub px: PixelBox,
    /// Units along the box, at least 2.
    pub along: u32,
    /// Width of a unit along the box with its gap, mm.
    pub width_mm: f64,
    /// Layers on top of each other, where they can be told apart.
    pub layers: Option<u32>,
    /// Height of a layer at mid-depth, mm, where layers repeat.
    pub layer_mm: Option<f64>,
    /// How exactly they repeat, in [0, 1].
    pub regularity: f32,
}

/// A part of the box that differs from its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StructureDeviation {
    /// Which part: `front_wall`, `floor`, `roof`, `doors`, `frame`, `reefer_machinery`.
    pub part: String,
    /// Where.
    pub region: Region,
    /// Confidence in [0, 1].
    pub confidence: f32,
    /// Where in the box, mm: `[x0, y0, x1, y1]` from its left end and its underside, at mid-depth; `None` without scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub box_mm: Option<[f64; 4]>,
    /// Steel beyond that of the same box elsewhere, kg (what pixels resolve: a lower value); `None` for grade `processed` and
    /// for parts that are out of place rather than added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_kg: Option<f64>,
}

/// What was measured and predicted of one container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerObservation {
    /// The box in the view.
    pub region: Region,
    /// Confidence that this is a container, in [0, 1].
    pub confidence: f32,
    /// Recognised size; `None` when it fits no ISO size.
    pub size: Option<IsoSize>,
    /// Recognised type; `None` when a load or the picture hides what would tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_type: Option<ContainerType>,
    /// Length in mm along the lane; `None` without scale.
    pub length_mm: Option<f64>,
    /// Height in mm at mid-depth; `None` without scale.
    pub height_mm: Option<f64>,
    /// mm per pixel along x and y at mid-depth; `None` without scale.
    pub pitch_mm: Option<[f64; 2]>,
    /// Mass of cargo (structure taken off); `None` for grade `processed`.
    pub cargo_mass: Option<MassEstimate>,
    /// Share of patches that hold cargo, in [0, 1].
    pub fill_share: f64,
    /// Probability that the box is empty, in [0, 1].
    pub empty_probability: f64,
    /// Names of the commodity probabilities.
    pub headings: Vec<String>,
    /// Cells, row after row; cells without cargo are kept (their segment is `None`).
    pub patches: Vec<Patch>,
    /// Columns of the patch grid.
    pub patch_cols: u16,
    /// Rows of the patch grid.
    pub patch_rows: u16,
    /// Look-alike regions of cargo.
    pub segments: Vec<Segment>,
    /// Units that repeat along the box, one entry per stretch of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitCount>,
    /// Parts of the box that differ from its type.
    pub structure: Vec<StructureDeviation>,
    /// sha256 of the `cargo` model that made the embeddings.
    pub embedding_sha256: String,
}

impl ContainerObservation {
    /// Size and type in the words of ISO 6346 as far as they are known: `45R1`, `22??` (type unknown), `40 ft dry` (a picture
    /// that does not tell the height of long boxes), or `size unknown`.
    pub fn size_type(&self) -> String {
        let Some(size) = self.size else { return "size unknown".to_owned() };
        if self.height_mm.is_some() || size == IsoSize::Twenty {
            return match self.container_type {
                Some(container_type) => container_type.code(size),
                None => format!("{}??", &size.code()[..2]),
            };
        }
        let feet = if size == IsoSize::FortyFiveHigh { 45 } else { 40 };
        format!("{feet} ft {}", self.container_type.map_or("of unknown type", ContainerType::as_str))
    }
}

/// What was measured or predicted of a scan, before any declaration is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Grade of the scan.
    pub grade: Grade,
    /// How far the scan can be trusted.
    pub quality: ScanQuality,
    /// Containers from left to right.
    pub containers: Vec<ContainerObservation>,
}

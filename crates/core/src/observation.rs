use serde::{Deserialize, Serialize};

use crate::{Grade, Interval, IsoSize, MaterialShares, PixelBox, Region};

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

/// How far a scan can be trusted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScanQuality {
    /// Whether conclusions can be drawn from it at all.
    pub is_usable: bool,
    /// What is wrong with it.
    pub issues: Vec<QualityIssue>,
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
    /// Units counted, where they can be told apart.
    pub units: Option<u32>,
}

/// A part of the box that differs from its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StructureDeviation {
    /// Which part: `front_wall`, `floor`, `roof`, `doors`, `frame`.
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
    /// Parts of the box that differ from its type.
    pub structure: Vec<StructureDeviation>,
    /// sha256 of the `cargo` model that made the embeddings.
    pub embedding_sha256: String,
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

use pellucid_core::{LayoutOutput, PlaneStack};

use crate::session::SessionPool;
use crate::{Card, Classifier, ClassifyError, Meaning, ModelKind, ModelPackage, SessionOptions};

/// The classes of every `layout` model, in this order.
pub const LAYOUT_CLASSES: [&str; 5] = ["background", "container", "cab", "running_gear", "unreadable"];

/// Reads a whole scan, resampled to 160 rows: containers, cab, running gear, unreadable parts, corner castings.
#[derive(Debug)]
pub struct LayoutModel {
    pool: SessionPool,
    stride: usize,
    sha256: String,
}

impl LayoutModel {
    /// Makes the sessions of a checked package.
    ///
    /// # Errors
    /// A package of another kind or with other outputs than `classes` and `castings` at one stride; no ONNX Runtime; a
    /// provider that cannot run the whole model.
    pub fn load(package: &ModelPackage, options: &SessionOptions) -> Result<Self, ClassifyError> {
        let card = &package.card;
        let (classes, castings) = (card.output("classes")?, card.output("castings")?);
        let fits = card.kind == ModelKind::Layout
            && classes.meaning == Meaning::Softmax
            && classes.classes == LAYOUT_CLASSES
            && (castings.meaning, castings.channels) == (Meaning::Sigmoid, 1)
            && classes.stride == castings.stride;
        if !fits {
            return Err(ClassifyError::Card {
                name: card.name.clone(),
                fault: "it is not that of a layout model".into(),
            });
        }
        let stride = classes.stride;
        Ok(Self { pool: SessionPool::load(package, options)?, stride, sha256: package.sha256.clone() })
    }
}

impl Classifier for LayoutModel {
    type Output = LayoutOutput;

    fn card(&self) -> &Card {
        self.pool.card()
    }

    fn provider(&self) -> &str {
        self.pool.provider()
    }

    /// `valid_width` of each output is the whole grid: the caller who padded the scan to its bucket narrows it.
    fn run(&self, batch: &[PlaneStack]) -> Result<Vec<LayoutOutput>, ClassifyError> {
        let card = self.pool.card();
        let index = |tensor: &str| card.outputs.iter().position(|output| output.tensor == tensor).unwrap_or_default();
        let (classes, castings) = (index("classes"), index("castings"));
        let outputs = self.pool.run(batch)?;
        let outputs = outputs.into_iter().map(|mut stacks| {
            let classes = std::mem::replace(&mut stacks[classes], EMPTY);
            let castings = std::mem::replace(&mut stacks[castings], EMPTY);
            LayoutOutput {
                class_names: LAYOUT_CLASSES.map(String::from).to_vec(),
                valid_width: classes.width,
                classes,
                castings,
                stride: self.stride,
                model_sha256: self.sha256.clone(),
            }
        });
        Ok(outputs.collect())
    }
}

/// What is left where an output was taken.
pub(crate) const EMPTY: PlaneStack = PlaneStack { channels: 0, height: 0, width: 0, values: Vec::new() };

use pellucid_core::PlaneStack;

use crate::{Card, ClassifyError};

/// A model that reads planes. Every implementation passes `suite::run`.
pub trait Classifier: Send + Sync {
    /// What it says of one scan or container.
    type Output: PartialEq + std::fmt::Debug;

    /// Its card.
    fn card(&self) -> &Card;

    /// Where it really runs: `cpu` or `cuda`.
    fn provider(&self) -> &str;

    /// Reads a batch; results are in its order and equal to those of each scan alone.
    ///
    /// # Errors
    /// Planes of another shape than the card's or with unusable values; ONNX Runtime fails; outputs that the card does not
    /// allow. One bad scan fails the batch: callers that mix scans of different owners check them one by one.
    fn run(&self, batch: &[PlaneStack]) -> Result<Vec<Self::Output>, ClassifyError>;
}

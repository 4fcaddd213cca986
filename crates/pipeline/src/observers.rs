use pellucid_classify::{CargoModel, Classifier, ClassifyError, LayoutModel};
use pellucid_core::{CargoOutput, LayoutOutput, PlaneStack};

/// What reads a whole scan: the signed `layout` model, or a stand-in in tests.
pub trait LayoutReader: Send + Sync {
    /// One output per input, in order.
    ///
    /// # Errors
    /// When the model cannot run or its output fails a guard.
    fn run(&self, batch: &[PlaneStack]) -> Result<Vec<LayoutOutput>, ClassifyError>;
    /// sha256 of the model.
    fn sha256(&self) -> &str;
}

/// What reads one container: the signed `cargo` model, or a stand-in in tests.
pub trait CargoReader: Send + Sync {
    /// One output per input, in order.
    ///
    /// # Errors
    /// When the model cannot run or its output fails a guard.
    fn run(&self, batch: &[PlaneStack]) -> Result<Vec<CargoOutput>, ClassifyError>;
    /// sha256 of the model.
    fn sha256(&self) -> &str;
}

impl LayoutReader for LayoutModel {
    fn run(&self, batch: &[PlaneStack]) -> Result<Vec<LayoutOutput>, ClassifyError> {
        Classifier::run(self, batch)
    }
    fn sha256(&self) -> &str {
        &self.card().sha256
    }
}

impl CargoReader for CargoModel {
    fn run(&self, batch: &[PlaneStack]) -> Result<Vec<CargoOutput>, ClassifyError> {
        Classifier::run(self, batch)
    }
    fn sha256(&self) -> &str {
        &self.card().sha256
    }
}

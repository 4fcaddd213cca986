//! ONNX models: signed packages, cards, sessions, guarded outputs.
//!
//! The only crate that names `ort`. A model runs only when its card is signed by a trusted key and the model's sha256
//! is the card's; a scan scores the same alone and in a batch; the provider that runs is the one that is reported.
//! Declarations are not known here.

mod card;
mod cargo;
mod classifier;
mod graph;
mod keys;
mod layout;
mod outputs;
mod package;
mod runtime;
mod session;
pub mod suite;

mod error;

pub use card::{Card, CardCalibration, CardInput, CardOutput, CardTraining, Meaning, ModelKind};
pub use cargo::CargoModel;
pub use classifier::Classifier;
pub use error::ClassifyError;
pub use keys::{ModelSigningKey, TrustedKeys};
pub use layout::{LAYOUT_CLASSES, LayoutModel};
pub use package::{MAX_CARD_BYTES, MAX_MODEL_BYTES, ModelPackage, open_package, sign_package};
pub use runtime::find_library;
pub use session::{Provider, SessionOptions};

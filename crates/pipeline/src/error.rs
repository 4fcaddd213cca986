use pellucid_core::ErrorKind;

/// Why an inspection gave no evaluation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The file is no scan that can be read.
    #[error("decoding the scan")]
    Decode(#[source] pellucid_scan::ScanError),
    /// The engine failed.
    #[error("imaging the scan: {stage}")]
    Imaging {
        /// Which step.
        stage: &'static str,
        /// Why.
        #[source]
        source: pellucid_imaging::ImagingError,
    },
    /// A model failed.
    #[error("running the {model} model")]
    Model {
        /// Which model.
        model: &'static str,
        /// Why.
        #[source]
        source: pellucid_classify::ClassifyError,
    },
    /// A model answered with another number of outputs than it was asked for.
    #[error("running the {model} model: {inputs} inputs gave {outputs} outputs")]
    ModelOutputs {
        /// Which model.
        model: &'static str,
        /// Inputs.
        inputs: usize,
        /// Outputs.
        outputs: usize,
    },
    /// The planes could not be turned into an observation.
    #[error("observing the scan")]
    Observe(#[source] pellucid_observe::ObserveError),
    /// The declaration could not be held against the observation.
    #[error("verifying the declaration")]
    Verify(#[source] pellucid_verify::VerifyError),
    /// The store failed.
    #[error("keeping the inspection: {action}")]
    Store {
        /// What was attempted.
        action: &'static str,
        /// Why.
        #[source]
        source: pellucid_store::StoreError,
    },
    /// A document could not be written or read.
    #[error("{action}: the document does not fit")]
    Document {
        /// What was attempted.
        action: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The task that inspected panicked or was cancelled.
    #[error("inspecting: the task ended early")]
    Task(#[source] tokio::task::JoinError),
}

impl PipelineError {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Decode(error) => error.kind(),
            Self::Imaging { source, .. } => source.kind(),
            Self::Model { source, .. } => source.kind(),
            Self::Observe(error) => error.kind(),
            Self::Verify(error) => error.kind(),
            Self::Store { source, .. } => source.kind(),
            Self::ModelOutputs { .. } | Self::Document { .. } | Self::Task(_) => ErrorKind::Internal,
        }
    }

    /// Whether the same inspection may succeed later: a fault of the input stays one.
    pub fn is_worth_a_retry(&self) -> bool {
        !matches!(
            self.kind(),
            ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::TooLarge | ErrorKind::NotFound
        )
    }

    pub(crate) fn store(action: &'static str) -> impl Fn(pellucid_store::StoreError) -> Self {
        move |source| Self::Store { action, source }
    }
}

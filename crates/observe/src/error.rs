use pellucid_core::ErrorKind;

/// Why an observation could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObserveError {
    /// Containers and model outputs do not pair up.
    #[error("observe {containers} containers: {outputs} outputs of the cargo model were given")]
    Count {
        /// Containers given.
        containers: usize,
        /// Outputs given.
        outputs: usize,
    },
    /// A container lies in a view that the scan does not have.
    #[error("observe container {container}: view {view} of {views}")]
    View {
        /// Index of the container.
        container: usize,
        /// Its view.
        view: usize,
        /// Views of the scan.
        views: usize,
    },
    /// The grid of a model output is not that of the container's window.
    #[error(
        "observe container {container}: the model's grid is {cols} x {rows}, its window asks for {expected_cols} x {expected_rows}"
    )]
    Grid {
        /// Index of the container.
        container: usize,
        /// Columns of the embedding.
        cols: usize,
        /// Rows of the embedding.
        rows: usize,
        /// Columns of the window's patch grid.
        expected_cols: usize,
        /// Rows of the window's patch grid.
        expected_rows: usize,
    },
    /// The planes of a model output contradict each other.
    #[error("observe container {container}: {plane} has {found} values instead of {expected}")]
    Planes {
        /// Index of the container.
        container: usize,
        /// Which output.
        plane: &'static str,
        /// Values found.
        found: usize,
        /// Values expected.
        expected: usize,
    },
}

impl ObserveError {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Count { .. } | Self::View { .. } | Self::Grid { .. } | Self::Planes { .. } => ErrorKind::Internal,
        }
    }
}

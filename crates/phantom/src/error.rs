use pellucid_core::{ContainerNumberError, ErrorKind, HsCodeError, RasterError};

use crate::as_declared::Misfit;

/// What went wrong while a scene was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhantomError {
    /// A file is not the TOML it should be.
    #[error("reading {file}")]
    Toml {
        /// The file or preset.
        file: String,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A value is impossible.
    #[error("{file}: {key}: {reason}")]
    Value {
        /// The file, preset or recipe.
        file: String,
        /// Path of the key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No preset of that name.
    #[error("no {what} named {name:?}; there are {known}")]
    UnknownPreset {
        /// Kind of preset.
        what: &'static str,
        /// Name asked for.
        name: String,
        /// Names that exist.
        known: String,
    },
    /// A material that the catalogue lacks.
    #[error("material {name:?} is not in the catalogue")]
    UnknownMaterial {
        /// Name asked for.
        name: String,
    },
    /// A density no material has.
    #[error("material {name:?}: density must be within 0 and 25 g/cm³, got {density_g_per_cm3}")]
    Density {
        /// Material.
        name: String,
        /// Density asked for.
        density_g_per_cm3: f64,
    },
    /// The physics of a band could not be set up.
    #[error("setting up the response of a band: {reason}")]
    Physics {
        /// What the physics says.
        reason: String,
    },
    /// A raster of the wrong size.
    #[error("laying out a raster")]
    Raster(#[from] RasterError),
    /// A container number could not be made.
    #[error("making a container number")]
    ContainerNumber(#[from] ContainerNumberError),
    /// Goods are larger than the room they were given.
    #[error("the {what} needs {needs_mm:.0} mm, there are {room_mm:.0}")]
    NoRoom {
        /// Which measure of what.
        what: &'static str,
        /// The least it may be.
        needs_mm: f64,
        /// What there is.
        room_mm: f64,
    },
    /// No load can be what is declared.
    #[error("{0}")]
    Misfit(Misfit),
    /// An HS code of a goods file is malformed.
    #[error("reading an HS code")]
    HsCode(#[from] HsCodeError),
}

impl From<Misfit> for PhantomError {
    fn from(misfit: Misfit) -> Self {
        Self::Misfit(misfit)
    }
}

impl PhantomError {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Toml { .. }
            | Self::Value { .. }
            | Self::UnknownMaterial { .. }
            | Self::Density { .. }
            | Self::NoRoom { .. }
            | Self::Misfit(_)
            | Self::HsCode(_) => ErrorKind::InvalidInput,
            Self::UnknownPreset { .. } => ErrorKind::NotFound,
            Self::Physics { .. } | Self::Raster(_) | Self::ContainerNumber(_) => ErrorKind::Internal,
        }
    }

    /// The same fault, said of a file in place of the recipe of that name.
    #[must_use]
    pub fn in_file(self, name: &str, path: &str) -> Self {
        match self {
            Self::Value { file, key, reason } if file == name => Self::Value { file: path.to_owned(), key, reason },
            other => other,
        }
    }

    /// Goods that are too large, said where they were asked for; any other fault as it is.
    pub(crate) fn at(self, file: &str, key: &str, heading: &str) -> Self {
        match self {
            Self::NoRoom { .. } => Self::value(file, key, format!("{heading} does not fit: {self}")),
            other => other,
        }
    }

    /// A fault in a value of a file.
    pub(crate) fn value(file: &str, key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Value { file: file.to_owned(), key: key.into(), reason: reason.into() }
    }
}

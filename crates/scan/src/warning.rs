/// Damage or loss that a scan survived. Its text is for people; tests and callers match on the variant.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ScanWarning {
    /// The picture has colours (frames, arrows or a colour map burnt in); brightness was taken instead.
    Coloured {
        /// Coloured pixels.
        pixels: u64,
        /// Pixels in all.
        of: u64,
    },
    /// The picture has transparent pixels; their transparency was ignored.
    Transparent {
        /// Pixels that are not fully opaque.
        pixels: u64,
    },
    /// Pages of the file that nothing refers to were ignored.
    PagesIgnored {
        /// How many.
        pages: u64,
    },
    /// The picture has two bands, of which the first was taken: raw counts need their dark and air counts beside them.
    BandIgnored,
    /// Entries of the folder that nothing refers to were ignored.
    EntriesIgnored {
        /// How many.
        entries: u64,
    },
    /// The description's geometry cannot be true and was ignored, so scale-dependent statements are lost.
    GeometryIgnored {
        /// Index of the view.
        view: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The rows for the dose lie outside the view and were ignored.
    DoseRowsIgnored {
        /// Index of the view.
        view: usize,
        /// First row and one past the last.
        rows: [u32; 2],
        /// Rows of the view.
        height: u32,
    },
    /// Counts are larger than the largest value the description allows.
    CountsAboveMaximum {
        /// Index of the view.
        view: usize,
        /// Name of the band.
        band: &'static str,
        /// Pixels concerned.
        pixels: u64,
    },
    /// A reading of a container number has a confidence outside [0, 1] and was ignored.
    ReadingIgnored {
        /// Index in the list.
        index: usize,
    },
}

impl std::fmt::Display for ScanWarning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Coloured { pixels, of } => {
                write!(f, "{pixels} of {of} pixels are coloured: their brightness was taken")
            }
            Self::Transparent { pixels } => write!(f, "{pixels} pixels are transparent: transparency was ignored"),
            Self::PagesIgnored { pages } => write!(f, "{pages} pages belong to no view: ignored"),
            Self::BandIgnored => write!(
                f,
                "the second band was ignored: two bands need a description that states their dark and air counts"
            ),
            Self::EntriesIgnored { entries } => write!(f, "{entries} entries of the folder were ignored"),
            Self::GeometryIgnored { view, reason } => write!(f, "geometry of view {view} was ignored: {reason}"),
            Self::DoseRowsIgnored { view, rows: [start, end], height } => {
                write!(f, "dose rows {start}..{end} of view {view} were ignored: it has {height} rows")
            }
            Self::CountsAboveMaximum { view, band, pixels } => {
                write!(f, "{pixels} pixels of band {band} of view {view} exceed the stated largest value")
            }
            Self::ReadingIgnored { index } => {
                write!(f, "container reading {index} was ignored: its confidence is not between 0 and 1")
            }
        }
    }
}

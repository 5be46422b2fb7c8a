use std::fmt::Display;
use std::path::Path;

use tiff_reader::TiffError;

use crate::error::Error;

/// Why a raster cannot be read, before the file's name is added.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// The file cannot be opened, is no raster, or contradicts itself.
    Damaged(String),
    /// The file may be sound, but it uses this feature.
    Unsupported(String),
}

impl Fault {
    pub(super) fn damaged(reason: impl Display) -> Self {
        Self::Damaged(reason.to_string())
    }

    pub(super) fn in_file(self, path: &Path) -> Error {
        let path = path.to_path_buf();
        match self {
            Self::Damaged(reason) => Error::RasterRead { path, reason },
            Self::Unsupported(feature) => Error::RasterUnsupported { path, feature },
        }
    }
}

impl From<TiffError> for Fault {
    fn from(error: TiffError) -> Self {
        use TiffError as T;
        let reason = error.to_string();
        match error {
            T::UnsupportedCompression(_)
            | T::UnsupportedPredictor(_)
            | T::UnsupportedPlanarConfiguration(_)
            | T::UnsupportedBitsPerSample(_)
            | T::UnsupportedSampleFormat(_) => Self::Unsupported(reason),
            _ => Self::Damaged(reason),
        }
    }
}

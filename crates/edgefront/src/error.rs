use std::path::{Path, PathBuf};

/// What a command can end with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line asks for something that cannot be.
    #[error("{0}")]
    Usage(String),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A file holds something else than was expected.
    #[error("{}: {reason}", path.display())]
    Content { path: PathBuf, reason: String },
    #[error("{}: {source}", path.display())]
    Model {
        path: PathBuf,
        source: edgefront::graph::Error,
    },
    /// A study ran to its end and has nothing to show.
    #[error("{}: no trial is complete: {reason}", path.display())]
    NoTrial { path: PathBuf, reason: String },
    #[error(transparent)]
    Latency(#[from] edgefront::latency::Error),
    #[error(transparent)]
    Pareto(#[from] edgefront::pareto::Error),
    #[error(transparent)]
    Report(#[from] edgefront::report::Error),
    #[error(transparent)]
    Space(#[from] edgefront::space::Error),
    #[error(transparent)]
    Study(#[from] edgefront::study::Error),
    #[error(transparent)]
    Tiles(#[from] edgefront::tiles::Error),
    /// Work on whole rasters failed: there is no bad tile that could be left out.
    #[error(transparent)]
    Rasters(edgefront::tiles::Error),
}

impl Error {
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<'_> {
        move |source| Self::File {
            path: path.to_path_buf(),
            source,
        }
    }

    /// What the user might do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Tiles(edgefront::tiles::Error::AmbiguousLayout { .. }) => {
                Some("`--layout NAME` chooses a layout")
            }
            Self::Tiles(error) if error.is_of_tiles() => {
                Some("`--skip-bad` leaves such tiles out and lists them")
            }
            Self::Rasters(edgefront::tiles::Error::PixelSize { .. }) => {
                Some("resample it, or accept it as it is with `--any-pixel-size`")
            }
            Self::Rasters(edgefront::tiles::Error::NoPlace { lacks, .. })
                if lacks.contains("coordinate system") =>
            {
                Some("`--dem-crs`, `--image-crs`, `--crossings-crs` and `--roads-crs` say it")
            }
            Self::Rasters(edgefront::tiles::Error::TooLittleRoom { .. }) => {
                Some("lower `--negatives`, `--hard-negatives` or `--min-distance`")
            }
            _ => None,
        }
    }

    /// 2 for a fault of the command line, 1 for everything else. Names in study files are not of
    /// the command line: their errors come as the study's.
    pub fn exit_code(&self) -> u8 {
        use edgefront::{latency, space, tiles};
        match self {
            Self::Usage(_)
            | Self::Latency(latency::Error::UnknownDevice { .. })
            | Self::Space(space::Error::Unknown { .. })
            | Self::Tiles(
                tiles::Error::UnknownName { .. }
                | tiles::Error::Option { .. }
                | tiles::Error::Formula { .. }
                | tiles::Error::Channels(_),
            )
            | Self::Rasters(tiles::Error::UnknownName { .. } | tiles::Error::Option { .. }) => 2,
            _ => 1,
        }
    }
}

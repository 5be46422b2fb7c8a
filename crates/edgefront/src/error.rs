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
            Self::Tiles(error) if error.is_of_one_tile() => {
                Some("`--skip-bad` leaves such tiles out and lists them")
            }
            _ => None,
        }
    }

    /// 2 for a fault of the command line, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Usage(_)) { 2 } else { 1 }
    }
}

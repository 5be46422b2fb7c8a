use std::path::PathBuf;

use crate::memory::megabytes;

/// What can go wrong with a study.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Where.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The text is no study file.
    #[error("{}: {reason}", path.display())]
    Syntax {
        /// The study file.
        path: PathBuf,
        /// What is wrong, with line, column and a hint.
        reason: String,
    },
    /// A setting has a value that cannot be.
    #[error("{}: {key}: {reason}", path.display())]
    Setting {
        /// The study file.
        path: PathBuf,
        /// The setting, such as `folds.count`.
        key: String,
        /// The value, and what was expected.
        reason: String,
    },
    /// The directory holds a study with other settings.
    #[error(
        "{}: the study there was begun with {key} = {stored}, now it is {given}; \
         change it back, or choose another output directory",
        path.display()
    )]
    Changed {
        /// The study's directory.
        path: PathBuf,
        /// The setting that differs.
        key: String,
        /// Its value then.
        stored: String,
        /// Its value now.
        given: String,
    },
    /// There is no study in the directory.
    #[error("{}: there is no study here; run `edgefront search` first", .0.display())]
    Missing(PathBuf),
    /// A training does not fit into the memory that this run may take, though the machine has
    /// enough. What is done is kept, and a run with more memory goes on.
    #[error(
        "{}: {training} needs {} of memory, {} are available; free some or allow more \
         (`--memory`), and start again: what is done is kept",
        path.display(), megabytes(*needed), megabytes(*available)
    )]
    Memory {
        /// The study's directory.
        path: PathBuf,
        /// The trial and its fold.
        training: String,
        /// Bytes that it takes.
        needed: u64,
        /// Bytes that all trainings may take together.
        available: u64,
    },
    /// Another process works on the study.
    #[error("{}: another process is working on this study", .0.display())]
    Busy(PathBuf),
    /// The store was written by a newer program, or is broken.
    #[error("{}: {reason}", path.display())]
    Store {
        /// The store's file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file holds no trained network.
    #[error("{}: {source}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: edgefront_graph::Error,
    },
    /// The dataset was refused.
    #[error(transparent)]
    Tiles(#[from] edgefront_tiles::Error),
    /// The space was refused.
    #[error(transparent)]
    Space(#[from] edgefront_space::Error),
    /// A network was refused.
    #[error(transparent)]
    Graph(#[from] edgefront_graph::Error),
    /// A latency could not be predicted.
    #[error(transparent)]
    Latency(#[from] edgefront_latency::Error),
}

impl Error {
    pub(crate) fn setting(path: &std::path::Path, key: &str, reason: String) -> Self {
        Self::Setting {
            path: path.to_path_buf(),
            key: key.to_owned(),
            reason,
        }
    }

    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + use<'_> {
        move |source| Self::File {
            path: path.to_path_buf(),
            source,
        }
    }
}

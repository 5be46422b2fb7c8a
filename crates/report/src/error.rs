use std::io;
use std::path::PathBuf;

use thiserror::Error as ThisError;

/// What can go wrong between results and a report.
#[derive(Debug, ThisError)]
pub enum Error {
    /// A row does not fit the columns that the results declare.
    #[error("{row}: {found} {what}, expected {expected}")]
    Shape {
        /// The row, in words.
        row: String,
        /// What is too few or too many.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many the results declare.
        expected: usize,
    },
    /// The objective that folds repeat does not exist.
    #[error("fold values are of objective {index}, but there are only {objectives} objectives")]
    FoldObjective {
        /// The index given.
        index: usize,
        /// The number of objectives.
        objectives: usize,
    },
    /// The objectives cannot be analysed.
    #[error(transparent)]
    Objectives(#[from] edgefront_pareto::Error),
    /// A file or folder cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A figure cannot be drawn.
    #[error("figure `{name}` cannot be drawn: {reason}")]
    Figure {
        /// The figure.
        name: String,
        /// Why, in the words of the plotting library.
        reason: String,
    },
}

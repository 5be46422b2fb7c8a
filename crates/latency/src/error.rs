//! What can go wrong when a latency is predicted, a device read or a predictor fitted.

use std::io;
use std::path::PathBuf;

/// The errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be opened, read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    File {
        /// What was tried: `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },

    /// A file is larger than anything this crate is meant to read.
    #[error("`{}` is larger than {limit} bytes, the most that is read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        limit: u64,
    },

    /// Text is not an nn-meter-ir graph.
    #[error("`{origin}` is not an nn-meter-ir graph: {source}")]
    Json {
        /// The file or the line that the text came from.
        origin: String,
        /// What the parser met, with line and column.
        source: serde_json::Error,
    },

    /// A node of a graph contradicts the format or another node.
    #[error("node `{node}`: found {found}, expected {expected}")]
    Node {
        /// The node's name.
        node: String,
        /// What stands there.
        found: String,
        /// What should stand there.
        expected: &'static str,
    },

    /// The nodes do not form an acyclic graph.
    #[error("node `{node}` depends on itself, expected a graph without cycles")]
    Cycle {
        /// A node on a cycle or behind one.
        node: String,
    },

    /// A graph is so interwoven that matching its patterns takes too long.
    #[error(
        "pattern `{pattern}` is sought among more than {limit} edges, expected a network's graph"
    )]
    Pattern {
        /// The pattern.
        pattern: &'static str,
        /// The operators and edges that a search may look at.
        limit: usize,
    },

    /// A device has no file in the registry.
    #[error("unknown device `{name}`, expected one of {}", known.join(", "))]
    UnknownDevice {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },

    /// Text is not a file of nn-Meter's fusion rules.
    #[error("fusion rules `{origin}`: {reason}")]
    Rules {
        /// The file.
        origin: String,
        /// What is wrong, and what was expected.
        reason: String,
    },

    /// A folder does not hold an nn-Meter predictor.
    #[error("predictor `{}`: {reason}", path.display())]
    PredictorFolder {
        /// The folder, or a file in it.
        path: PathBuf,
        /// What is wrong, and what was expected.
        reason: String,
    },

    /// A device file is not what it says it is.
    #[error("device file `{origin}`: {reason}")]
    DeviceFile {
        /// The file, or the name of a built-in device.
        origin: String,
        /// What is wrong, and what was expected.
        reason: String,
    },

    /// A device file was changed after it was written.
    #[error("device file `{origin}`: found checksum {found}, expected {expected}")]
    Checksum {
        /// The file, or the name of a built-in device.
        origin: String,
        /// SHA-256 of the text, in hexadecimal.
        found: String,
        /// The checksum that the file states.
        expected: String,
    },

    /// A file of measurements cannot be decoded.
    #[error("`{}` line {line}: {reason}", path.display())]
    Measurements {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what was expected.
        reason: String,
    },

    /// A file of measurements holds too little about a device to fit it.
    #[error(
        "`{}` has {found} networks measured on `{column}`, expected at least {expected}",
        path.display()
    )]
    TooFewMeasurements {
        /// The file.
        path: PathBuf,
        /// The device's key in the file.
        column: String,
        /// The networks that have a latency there.
        found: usize,
        /// The fewest that a fit accepts.
        expected: usize,
    },

    /// Numbers that form no regression tree, or trees that form no forest.
    #[error("{reason}")]
    Forest {
        /// What is wrong, and what was expected.
        reason: String,
    },

    /// A pickle does not describe a random forest, or asks for more than that.
    #[error("pickle `{origin}`: {reason}")]
    Pickle {
        /// The file.
        origin: String,
        /// What is wrong, where, and what was expected.
        reason: String,
    },

    /// Prediction was asked of no device.
    #[error("no device was given, expected at least one")]
    NoDevice,
}

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

    /// Two files give a device of this name.
    #[error("device `{name}` is in {} and in {}; expected one of them", .files[0].display(), .files[1].display())]
    AmbiguousDevice {
        /// The name.
        name: String,
        /// The files.
        files: [PathBuf; 2],
    },

    /// A device is neither built in nor among the user's own.
    #[error("unknown device `{name}`, expected one of {}", known.join(", "))]
    UnknownDevice {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
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

    /// A new device cannot have this name.
    #[error("device name `{name}`: {reason}")]
    DeviceName {
        /// The name.
        name: String,
        /// What is wrong, and what was expected.
        reason: &'static str,
    },

    /// The environment does not say where the user's devices are kept.
    #[error("there is no folder for devices, expected EDGEFRONT_DEVICES or HOME to be set")]
    NoDeviceFolder,

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

    /// A runtime cannot load or run a model.
    #[error("runtime {runtime}: {reason}")]
    Runtime {
        /// The runtime.
        runtime: &'static str,
        /// What it says.
        reason: String,
    },

    /// Another process is calibrating into this journal.
    #[error("{}: another calibration is writing it; expected one at a time", .0.display())]
    JournalInUse(PathBuf),

    /// The record of a calibration is not of this calibration, or damaged.
    #[error("`{}` line {line}: {reason}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what was expected.
        reason: String,
    },

    /// Numbers that form no regression tree, or trees that form no forest.
    #[error("{reason}")]
    Forest {
        /// What is wrong, and what was expected.
        reason: String,
    },

    /// Published predictions are too few to fit a correction to some and judge it on others.
    #[error(
        "{found} networks with a published prediction for `{column}`, expected at least two of \
         different families"
    )]
    TooFewReferences {
        /// The device's key.
        column: String,
        /// The networks that have one.
        found: usize,
    },

    /// A pickle does not describe a random forest, or asks for more than that.
    #[error("pickle `{origin}`: {reason}")]
    Pickle {
        /// The file.
        origin: String,
        /// What is wrong, where, and what was expected.
        reason: String,
    },

    /// A budget was spent before enough had been measured to fit a device.
    #[error(
        "{found} of {expected} measurements fit into the budget, expected all; go on with more"
    )]
    Budget {
        /// What has been measured.
        found: usize,
        /// The fewest that a fit needs.
        expected: usize,
    },

    /// A network that is to be measured cannot be built.
    #[error(transparent)]
    Graph(#[from] edgefront_graph::Error),

    /// Prediction was asked of no device.
    #[error("no device was given, expected at least one")]
    NoDevice,
}

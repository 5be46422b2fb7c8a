//! What a fold hands on to the next one of its trial, where weights are carried: a file that is
//! durable before the fold is in the store, and is removed when the next fold is.

use std::path::Path;
use std::{fs, io};

use edgefront_engine::Checkpoint;
use edgefront_graph::Graph;

use crate::Error;
use crate::directory::write_whole;

/// Writes what a fold ended with.
pub(crate) fn save(path: &Path, end: &Checkpoint) -> Result<(), Error> {
    write_whole(path, &end.to_bytes())
}

/// Reads it back.
///
/// # Errors
/// If the file is missing or damaged, or belongs to another network.
pub(crate) fn load(path: &Path, graph: &Graph) -> Result<Checkpoint, Error> {
    let bytes = fs::read(path).map_err(Error::file(path))?;
    Checkpoint::from_bytes(&bytes, graph).map_err(|error| {
        let reason = format!("not what the fold before ended with: {error}");
        Error::file(path)(io::Error::new(io::ErrorKind::InvalidData, reason))
    })
}

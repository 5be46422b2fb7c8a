//! The trained networks on disk: those of the front, and of the baselines.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use edgefront_graph::{Folded, Graph, Weights, onnx, safetensors};

use crate::directory::{is_ours, write_whole};
use crate::{Directory, Error, Trial};

/// The form in which a trained network leaves its study. Batch norm is folded into the
/// convolutions in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModelFormat {
    /// The network and its weights, as the study keeps them.
    #[default]
    Onnx,
    /// The weights alone, by the names of torchvision's layers: those of a PyTorch module whose
    /// convolutions have biases.
    Safetensors,
}

impl ModelFormat {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::Onnx, Self::Safetensors];

    /// What it is called, which is the ending of its files' names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::Safetensors => "safetensors",
        }
    }

    /// A file of this format from one of ONNX.
    pub(crate) fn of_onnx(self, bytes: Vec<u8>) -> Result<Vec<u8>, edgefront_graph::Error> {
        match self {
            Self::Onnx => Ok(bytes),
            Self::Safetensors => {
                let onnx::Model {
                    graph,
                    weights,
                    metadata,
                } = onnx::Model::decode(&bytes)?;
                Ok(safetensors::encode(&graph, &weights, &metadata))
            }
        }
    }
}

/// Writes a trained network as ONNX, batch norm folded.
pub(crate) fn save(
    path: &Path,
    graph: &Graph,
    weights: &Weights,
    metadata: &[(String, String)],
) -> Result<(), Error> {
    let folded = Folded::new(graph)?;
    let weights = folded.weights(weights)?;
    let graph = folded.graph().clone();
    let model = onnx::Model {
        graph,
        weights,
        metadata: metadata.to_vec(),
    };
    write_whole(path, &model.encode())
}

/// Removes the networks of all trials but these, with what folds handed on and no fold needs.
///
/// A trial that is dominated once stays dominated, so what is removed is never missed.
pub(crate) fn keep<'a>(
    directory: &Directory,
    trials: impl Iterator<Item = &'a Trial>,
    folds: usize,
) -> Result<(), Error> {
    let mut kept = HashSet::new();
    for trial in trials {
        kept.extend((0..folds).map(|fold| directory.model(trial.id, fold)));
        // The next fold needs what the last one that is done handed on, and may be writing its
        // own. Nobody needs what the very last one ended with.
        let next = trial.folds.len();
        let carried = (next.saturating_sub(1)..=next).filter(|_| next < folds);
        kept.extend(carried.map(|fold| directory.carried(trial.id, fold)));
    }
    let models = directory.models();
    for entry in fs::read_dir(&models).map_err(Error::file(&models))? {
        let path = entry.map_err(Error::file(&models))?.path();
        // Whatever else lies there is not ours to remove.
        let ours = path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(is_ours);
        // Beside a file that is being written lies its file aside, which belongs to it.
        let aside = path
            .extension()
            .is_some_and(|extension| extension == "partial");
        let wanted = kept.contains(&path) || aside && kept.contains(&path.with_extension("onnx"));
        if ours && !wanted {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::file(path)(error)),
        _ => Ok(()),
    }
}

//! What a fold hands on to the next one of its trial, where weights are carried: a file that is
//! durable before the fold is in the store, and is removed when the next fold is.

use std::path::Path;
use std::{fs, io};

use edgefront_graph::{Graph, Weights, onnx};

use crate::Error;
use crate::directory::write_whole;

/// Writes the weights that a fold ended with: as ONNX, its batch norms not folded, which keeps
/// every bit of them.
pub(crate) fn save(path: &Path, graph: &Graph, weights: &Weights) -> Result<(), Error> {
    let (graph, weights) = (graph.clone(), weights.clone());
    let model = onnx::Model {
        graph,
        weights,
        metadata: Vec::new(),
    };
    write_whole(path, &model.encode())
}

/// Reads them back.
///
/// # Errors
/// If the file is missing or damaged, or holds another network.
pub(crate) fn load(path: &Path, graph: &Graph) -> Result<Weights, Error> {
    let bytes = fs::read(path).map_err(Error::file(path))?;
    let read = || {
        let model = onnx::Model::decode(&bytes)?;
        model.weights.check(graph)?;
        Ok(model.weights)
    };
    read().map_err(|error: edgefront_graph::Error| {
        let reason = format!("not the weights that the fold before ended with: {error}");
        Error::file(path)(io::Error::new(io::ErrorKind::InvalidData, reason))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use edgefront_engine::initial_weights;
    use edgefront_graph::ResNet;
    use edgefront_random::Key;

    #[test]
    fn every_bit_comes_back_and_only_to_its_own_network() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trial-0-fold-0.carried");
        let network = |classes| ResNet::resnet18(5, 32, classes).build().unwrap();
        let graph = network(2);
        let mut weights = initial_weights(&graph, Key::new(3));
        // As after a training, the running statistics are not those of the start.
        for id in graph.ids() {
            for tensor in weights.of_mut(id) {
                tensor
                    .data
                    .iter_mut()
                    .for_each(|x| *x = x.mul_add(0.7, 1e-3));
            }
        }
        save(&path, &graph, &weights).unwrap();
        assert_eq!(load(&path, &graph).unwrap(), weights);
        for (graph, bytes) in [(network(3), None), (graph, Some(b"nonsense"))] {
            if let Some(bytes) = bytes {
                fs::write(&path, bytes).unwrap();
            }
            let error = load(&path, &graph).unwrap_err().to_string();
            let start = format!("{}: not the weights", path.display());
            assert!(error.starts_with(&start), "{error}");
        }
    }
}

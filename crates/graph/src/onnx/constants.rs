use std::collections::HashMap;

use super::proto::{GraphProto, TensorProto};

/// The tensors of a file by name: its initializers, the values of its `Constant` nodes, and the
/// further names that `Identity` nodes give to either. PyTorch's exporter writes such names for
/// tensors that are equal.
pub(super) struct Constants<'a>(HashMap<&'a str, &'a TensorProto>);

impl<'a> Constants<'a> {
    pub fn of(graph: &'a GraphProto) -> Self {
        let mut tensors: HashMap<&str, &TensorProto> = graph
            .initializer
            .iter()
            .map(|tensor| (tensor.name.as_str(), tensor))
            .collect();
        for node in &graph.node {
            let tensor = match (node.op_type.as_str(), &node.input[..]) {
                ("Constant", []) => node
                    .attribute
                    .iter()
                    .find_map(|attribute| attribute.t.as_ref()),
                ("Identity", [from]) => tensors.get(from.as_str()).copied(),
                _ => None,
            };
            if let (Some(tensor), [to]) = (tensor, &node.output[..]) {
                tensors.insert(to, tensor);
            }
        }
        Self(tensors)
    }

    pub fn get(&self, name: &str) -> Option<&'a TensorProto> {
        self.0.get(name).copied()
    }
}

//! The nodes of a model in order of execution: names resolved, functions put in place of the nodes
//! that call them.

mod inline;
mod order;

use std::collections::HashMap;

use super::Attribute as Number;
use super::message::{Dimension, Model, ValueInfo, is_default};
use super::tensor::Tensor;
use super::wire::invalid;
use crate::Error;
use inline::Inliner;

/// A tensor's place in [`Network::names`].
pub(super) type TensorId = usize;

/// A model whose names are resolved.
#[derive(Debug)]
pub(super) struct Network<'a> {
    /// What the tensors are called; those of functions have the name that they have there.
    pub names: Vec<&'a str>,
    /// Each after those that it reads from.
    pub nodes: Vec<Node<'a>>,
    /// Tensors whose numbers the file holds.
    pub stored: Vec<(TensorId, Stored<'a>)>,
    /// The inputs that it must be given, in the file's order.
    pub inputs: Vec<(TensorId, ValueInfo<'a>)>,
    /// The outputs that it is run for.
    pub outputs: Vec<TensorId>,
    /// The shapes that the file says of tensors.
    pub declared: HashMap<TensorId, Vec<Dimension<'a>>>,
}

/// A tensor whose numbers the file holds.
#[derive(Clone, Debug)]
pub(super) enum Stored<'a> {
    Tensor(Tensor<'a>),
    /// The numbers of a `Constant` that has them in an attribute.
    Number(Number),
}

/// A node whose names are resolved.
#[derive(Debug)]
pub(super) struct Node<'a> {
    /// Unique in the network.
    pub name: String,
    /// The operator, with its domain in front if that is not ONNX's own.
    pub kind: String,
    pub attributes: Vec<(&'a str, Number)>,
    /// A tensor in an attribute: that of `ConstantOfShape`.
    pub tensor: Option<Tensor<'a>>,
    /// None where an optional one is left out.
    pub inputs: Vec<Option<TensorId>>,
    pub outputs: Vec<Option<TensorId>>,
}

impl Node<'_> {
    /// The error that names this node.
    pub fn error(&self, reason: impl Into<String>) -> Error {
        Error::UnsupportedOnnx {
            node: self.name.clone(),
            op_type: self.kind.clone(),
            reason: reason.into(),
        }
    }
}

/// The oldest set of ONNX's operators that is understood: from it on, shapes are broadcast as in
/// NumPy.
const OLDEST_OPSET: i64 = 7;

impl<'a> Network<'a> {
    /// Resolves the names of a model.
    pub fn new(model: &Model<'a>) -> Result<Self, Error> {
        if model.opset < OLDEST_OPSET {
            return Err(invalid(format!(
                "operator set {}, expected {OLDEST_OPSET} or later",
                model.opset
            )));
        }
        let graph = &model.graph;
        let mut inliner = Inliner::new(model);
        let mut scope = HashMap::new();
        let mut stored = Vec::new();
        for tensor in &graph.initializers {
            let id = inliner.define(&mut scope, tensor.name);
            stored.push((id, Stored::Tensor(tensor.clone())));
        }
        let mut inputs = Vec::new();
        for input in &graph.inputs {
            // Files of the first versions list their initializers among the inputs.
            if !scope.contains_key(input.name) {
                inputs.push((inliner.define(&mut scope, input.name), input.clone()));
            }
        }
        inliner.inline(&graph.nodes, &mut scope)?;
        if graph.outputs.is_empty() {
            return Err(invalid("a graph without outputs"));
        }
        let outputs = graph
            .outputs
            .iter()
            .map(|output| {
                let id = scope.get(output.name);
                id.copied().flatten().ok_or_else(|| {
                    invalid(format!("the output `{}` comes from no node", output.name))
                })
            })
            .collect::<Result<_, _>>()?;
        let declared = graph
            .between
            .iter()
            .chain(&graph.outputs)
            .filter_map(|info| Some(((*scope.get(info.name)?)?, info.shape.clone()?)))
            .collect();
        let inlined = inliner.finish();
        stored.extend(inlined.constants);
        let given = inputs
            .iter()
            .map(|(id, _)| *id)
            .chain(stored.iter().map(|(id, _)| *id));
        let nodes = order::sort(inlined.nodes, &inlined.names, given)?;
        Ok(Self {
            names: inlined.names,
            nodes,
            stored,
            inputs,
            outputs,
            declared,
        })
    }
}

/// An operator's name, with its domain in front if that is not ONNX's own.
fn full_kind(domain: &str, kind: &str) -> String {
    if is_default(domain) {
        kind.to_owned()
    } else {
        format!("{domain}.{kind}")
    }
}

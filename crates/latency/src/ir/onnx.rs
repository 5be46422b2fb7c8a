//! From an ONNX model to the operators that a device runs.

mod layout;

use std::collections::HashMap;

use edgefront_graph::onnx::{Attribute, Operand, Operator, Outline, Source};

use self::layout::{Layout, moves_nothing};
use super::{Attributes, Dimensions, Ir, IrNode};

/// Operators that pass their first input on when a network is used.
const PASSED_ON: &[&str] = &["Identity", "Dropout", "Cast", "CastLike"];

impl Ir {
    /// The operators of this model as they are deployed.
    ///
    /// Nodes have ONNX's types and names, images are NHWC, weights stand after the data. Batch
    /// norms are folded into the convolutions before them, biases into matrix products;
    /// identities, dropouts, casts, and transpositions between ONNX's order of dimensions and the
    /// devices' are no nodes. Slices of the same tensor are one node with all their outputs.
    ///
    /// A first dimension other than the batch, as of a transformer's windows, is one behind it.
    #[must_use]
    pub fn from_onnx(outline: &Outline) -> Self {
        let mut import = Import::new(outline.operators());
        for index in 0..outline.operators().len() {
            import.add(index);
        }
        Self {
            nodes: import.nodes,
        }
    }
}

/// What stands for an output of an operator.
#[derive(Clone, Copy)]
struct Value {
    /// The node that gives it; none of the network's input, or what is passed on from there.
    node: Option<usize>,
    layout: Layout,
}

/// The state of an import.
struct Import<'a> {
    operators: &'a [Operator],
    /// For each operator, how many operands read any of its outputs.
    readers: Vec<usize>,
    /// The first dimension of the network's input.
    batch: usize,
    nodes: Vec<IrNode>,
    /// For each operator so far what stands for its outputs: all of them are of one node.
    values: Vec<Value>,
    /// The node that stands for the slices of an output of an operator.
    slices: HashMap<(usize, usize), usize>,
}

impl<'a> Import<'a> {
    fn new(operators: &'a [Operator]) -> Self {
        let mut readers = vec![0; operators.len()];
        let operands = || operators.iter().flat_map(|operator| &operator.inputs);
        for operand in operands() {
            if let Source::Operator { index, .. } = operand.source {
                readers[index] += 1;
            }
        }
        let input = operands().find(|operand| operand.source == Source::Input);
        Self {
            operators,
            readers,
            batch: input
                .and_then(|operand| operand.shape.first().copied())
                .unwrap_or(1),
            nodes: Vec::new(),
            values: Vec::with_capacity(operators.len()),
            slices: HashMap::new(),
        }
    }

    /// Makes a node of an operator, or has its input stand for it.
    fn add(&mut self, index: usize) {
        let operator = &self.operators[index];
        let mut computed = operator
            .inputs
            .iter()
            .filter_map(|operand| self.value(operand));
        let first = computed.next().unwrap_or(Value {
            node: None,
            layout: Layout::First,
        });
        let layout = Layout::of_output(operator, first.layout);
        if self.vanishes(operator, first.layout) {
            self.values.push(Value { layout, ..first });
            return;
        }
        let outputs = operator.outputs.iter();
        let outputs: Vec<Dimensions> = outputs
            .map(|shape| self.dimensions(shape, layout))
            .collect();
        if operator.kind == "Slice"
            && let Some(&Operand {
                source: Source::Operator { index, output },
                ..
            }) = operator.inputs.first()
        {
            if let Some(&node) = self.slices.get(&(index, output)) {
                self.nodes[node].outputs.extend(outputs);
                self.values.push(Value {
                    node: Some(node),
                    layout,
                });
                return;
            }
            self.slices.insert((index, output), self.nodes.len());
        }
        let node = IrNode {
            name: operator.name.clone(),
            kind: operator.kind.clone(),
            outputs,
            inputs: self.inputs(operator),
            attributes: attributes(operator),
            inbounds: self.inbounds(operator),
        };
        self.values.push(Value {
            node: Some(self.nodes.len()),
            layout,
        });
        self.nodes.push(node);
    }

    /// Whether nothing is left of an operator in the network that a device runs.
    fn vanishes(&self, operator: &Operator, layout: Layout) -> bool {
        match operator.kind.as_str() {
            "BatchNormalization" => self.only_reads(operator, "Conv"),
            "Add" => self.only_reads(operator, "MatMul") && operator.inputs.iter().any(is_bias),
            "Transpose" => moves_nothing(operator, layout),
            kind => PASSED_ON.contains(&kind),
        }
    }

    /// Whether this operator reads a single one, of this kind and with weights, and is its only
    /// reader.
    fn only_reads(&self, operator: &Operator, kind: &str) -> bool {
        let mut computed = operator
            .inputs
            .iter()
            .filter_map(|operand| match operand.source {
                Source::Operator { index, .. } => Some(index),
                _ => None,
            });
        match (computed.next(), computed.next()) {
            (Some(index), None) => {
                let read = &self.operators[index];
                let weighted = read
                    .inputs
                    .iter()
                    .any(|operand| operand.source == Source::Weight);
                read.kind == kind && weighted && self.readers[index] == 1
            }
            _ => false,
        }
    }

    /// What stands for a computed operand or the network's input.
    fn value(&self, operand: &Operand) -> Option<Value> {
        match operand.source {
            Source::Operator { index, .. } => Some(self.values[index]),
            Source::Input => Some(Value {
                node: None,
                layout: Layout::First,
            }),
            Source::Weight | Source::Constant(_) | Source::Absent => None,
        }
    }

    fn inputs(&self, operator: &Operator) -> Vec<Dimensions> {
        let present = operator
            .inputs
            .iter()
            .filter(|operand| operand.source != Source::Absent);
        present
            .map(|operand| match self.value(operand) {
                Some(value) => self.dimensions(&operand.shape, value.layout),
                None => Layout::First.dimensions(&operand.shape),
            })
            .collect()
    }

    fn inbounds(&self, operator: &Operator) -> Vec<String> {
        let values = operator
            .inputs
            .iter()
            .filter_map(|operand| self.value(operand));
        values
            .filter_map(|value| value.node)
            .map(|node| self.nodes[node].name.clone())
            .collect()
    }

    /// The dimensions of a computed tensor as a device has them, the batch first.
    fn dimensions(&self, shape: &[usize], layout: Layout) -> Dimensions {
        let dimensions = layout.dimensions(shape);
        match dimensions.first() {
            Some(&first) if first != self.batch => [1].into_iter().chain(dimensions).collect(),
            _ => dimensions,
        }
    }
}

/// Whether this is a vector of weights.
fn is_bias(operand: &Operand) -> bool {
    operand.source == Source::Weight && operand.shape.len() == 1
}

fn attributes(operator: &Operator) -> Attributes {
    let pair = |name: &str| match operator.attributes.get(name) {
        Some(Attribute::Ints(values)) => window(values.iter().map(|&v| usize::try_from(v).ok())),
        _ => None,
    };
    let windowed = matches!(operator.kind.as_str(), "Conv" | "MaxPool" | "AveragePool");
    let weights = || {
        let shape = operator.inputs.get(1)?.shape.get(2..)?;
        window(shape.iter().map(|&dimension| Some(dimension)))
    };
    Attributes {
        kernel: pair("kernel_shape").or_else(|| windowed.then(weights).flatten()),
        strides: pair("strides").or(windowed.then_some([1, 1])),
        group: match operator.attributes.get("group") {
            Some(&Attribute::Int(groups)) => usize::try_from(groups).ok().filter(|&g| g > 0),
            _ => (operator.kind == "Conv").then_some(1),
        },
    }
}

/// Rows and columns of a window over an image.
fn window(values: impl Iterator<Item = Option<usize>>) -> Option<[usize; 2]> {
    let values: Option<Vec<usize>> = values.collect();
    values?.try_into().ok()
}

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
    /// identities, dropouts, casts, concats of one tensor, and transpositions between ONNX's order of dimensions and the
    /// devices' are no nodes. Slices of the same tensor are one node with all their outputs.
    ///
    /// A first dimension other than the batch, as of a transformer's windows, is one behind it.
    #[must_use]
    pub fn from_onnx(outline: &Outline) -> Self {
        Self::from_operators(outline.operators())
    }

    fn from_operators(operators: &[Operator]) -> Self {
        let mut import = Import::new(operators);
        for index in 0..operators.len() {
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
            // Of one tensor.
            "Concat" => operator.inputs.len() == 1,
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
        let present = operator.inputs.iter();
        let present = present.filter(|operand| operand.source != Source::Absent);
        present
            .map(|operand| match self.value(operand) {
                // Whatever they stand for, a product sums over the last dimension of ONNX.
                Some(_) if operator.kind == "MatMul" => {
                    self.dimensions(&operand.shape, Layout::Last)
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Family, Kernel, Rules, detect};

    /// A model, operator by operator; the network's input is 1 x 16 x 8 x 6 in ONNX's order.
    #[derive(Default)]
    struct Model {
        operators: Vec<Operator>,
    }

    /// What an operator of a [`Model`] reads.
    #[derive(Clone, Copy)]
    enum From {
        Input,
        /// The first output of the operator of this place.
        Node(usize),
        /// Another output.
        Output(usize, usize),
        Weight(&'static [usize]),
    }

    const IMAGE: &[usize] = &[1, 16, 8, 6];

    impl Model {
        fn push(&mut self, kind: &str, reads: &[From], output: &[usize]) -> usize {
            let operand = |from: &From| {
                let computed = |index: usize, output: usize| Operand {
                    source: Source::Operator { index, output },
                    shape: self.operators[index].outputs[output].clone(),
                };
                match *from {
                    From::Input => Operand {
                        source: Source::Input,
                        shape: IMAGE.to_vec(),
                    },
                    From::Node(index) => computed(index, 0),
                    From::Output(index, output) => computed(index, output),
                    From::Weight(shape) => Operand {
                        source: Source::Weight,
                        shape: shape.to_vec(),
                    },
                }
            };
            self.operators.push(Operator {
                name: format!("{kind}{}", self.operators.len()),
                kind: kind.to_owned(),
                attributes: [].into(),
                inputs: reads.iter().map(operand).collect(),
                outputs: vec![output.to_vec()],
                macs: 0,
            });
            self.operators.len() - 1
        }

        fn with(&mut self, name: &str, value: Attribute) {
            let last = self.operators.last_mut().unwrap();
            last.attributes.insert(name.to_owned(), value);
        }

        fn transpose(&mut self, axes: &[i64], reads: usize, output: &[usize]) -> usize {
            let index = self.push("Transpose", &[From::Node(reads)], output);
            self.with("perm", Attribute::Ints(axes.to_vec()));
            index
        }

        /// A convolution with windows of 3 x 3 that keeps the image's size.
        fn conv(&mut self, reads: From) -> usize {
            let weights = From::Weight(&[16, 16, 3, 3]);
            self.push("Conv", &[reads, weights, From::Weight(&[16])], IMAGE)
        }

        fn ir(&self) -> Ir {
            Ir::from_operators(&self.operators)
        }

        fn kernels(&self) -> Vec<Kernel> {
            detect(&self.ir(), &Rules::cortex_a76_cpu()).unwrap()
        }

        fn ops(&self) -> Vec<String> {
            self.kernels().into_iter().map(|kernel| kernel.op).collect()
        }
    }

    #[test]
    fn images_are_channels_last_and_weights_follow_the_data() {
        let mut model = Model::default();
        model.conv(From::Input);
        let ir = model.ir();
        let conv = &ir.nodes()[0];
        assert_eq!(conv.inputs, [&[1, 8, 6, 16][..], &[16, 3, 3, 16], &[16]]);
        assert_eq!(conv.outputs, [[1, 8, 6, 16]]);
        // What the file leaves out is what ONNX says of it.
        assert_eq!(
            conv.attributes,
            Attributes {
                kernel: Some([3, 3]),
                strides: Some([1, 1]),
                group: Some(1),
            }
        );
    }

    #[test]
    fn a_batch_norm_is_folded_where_only_it_reads_the_convolution() {
        let mut model = Model::default();
        let conv = model.conv(From::Input);
        let norm = model.push("BatchNormalization", &[From::Node(conv)], IMAGE);
        let relu = model.push("Relu", &[From::Node(norm)], IMAGE);
        model.push("Dropout", &[From::Node(relu)], IMAGE);
        assert_eq!(model.ops(), ["conv-relu"]);
        model.push("Add", &[From::Node(conv), From::Node(relu)], IMAGE);
        assert_eq!(model.ops(), ["conv-bn-relu", "add"]);
    }

    #[test]
    fn what_passes_its_input_on_is_no_node() {
        let mut model = Model::default();
        let identity = model.push("Identity", &[From::Input], IMAGE);
        let conv = model.conv(From::Node(identity));
        let cast = model.push("Cast", &[From::Node(conv)], IMAGE);
        let dropout = model.push("Dropout", &[From::Node(cast)], IMAGE);
        model.push("Relu", &[From::Node(dropout)], IMAGE);
        let ir = model.ir();
        assert_eq!(ir.nodes().len(), 2);
        assert!(ir.nodes()[0].inbounds.is_empty());
        assert_eq!(ir.nodes()[1].inbounds, ["Conv1"]);
    }

    /// A block of `ConvNeXt`: between the transpositions the channels are last in the file, too.
    #[test]
    fn transpositions_to_the_devices_order_move_nothing() {
        let last: &[usize] = &[1, 8, 6, 16];
        let wide: &[usize] = &[1, 8, 6, 64];
        let mut model = Model::default();
        let conv = model.conv(From::Input);
        let turned = model.transpose(&[0, 2, 3, 1], conv, last);
        let norm = model.push("LayerNormalization", &[From::Node(turned)], last);
        let product = model.push("MatMul", &[From::Node(norm), From::Weight(&[16, 64])], wide);
        let biased = model.push("Add", &[From::Weight(&[64]), From::Node(product)], wide);
        let active = model.push("Gelu", &[From::Node(biased)], wide);
        let narrow = model.push(
            "MatMul",
            &[From::Node(active), From::Weight(&[64, 16])],
            last,
        );
        let back = model.transpose(&[0, 3, 1, 2], narrow, IMAGE);
        model.push("Add", &[From::Node(back), From::Node(conv)], IMAGE);
        assert_eq!(
            model.ops(),
            [
                "conv",
                "LayerNormalization",
                "linear",
                "Gelu",
                "linear",
                "add"
            ]
        );
        let kernels = model.kernels();
        assert_eq!(kernels[2].macs, 16.0 * 64.0 * 48.0);
        assert_eq!(kernels[2].weights, 16.0 * 64.0);
        assert_eq!((kernels[3].input_channels, kernels[5].height), (64, 8));
        let known: Vec<bool> = kernels.iter().map(|k| k.family.is_some()).collect();
        assert_eq!(known, [true, false, true, true, true, true]);
        let approximate = kernels.iter().filter(|kernel| kernel.is_approximate());
        assert_eq!(
            approximate.map(|k| &k.op).collect::<Vec<_>>(),
            ["linear", "Gelu", "linear"]
        );
    }

    #[test]
    fn slices_of_a_tensor_are_one_split() {
        let half: &[usize] = &[1, 8, 8, 6];
        let mut model = Model::default();
        let conv = model.conv(From::Input);
        let left = model.push("Slice", &[From::Node(conv)], half);
        let right = model.push("Slice", &[From::Node(conv)], half);
        let relu = model.push("Relu", &[From::Node(right)], half);
        model.push("Concat", &[From::Node(left), From::Node(relu)], IMAGE);
        let ir = model.ir();
        assert_eq!(ir.nodes()[1].outputs, [[1, 8, 6, 8]; 2]);
        assert_eq!(ir.nodes()[2].inbounds, ["Slice1"]);
        assert_eq!(model.ops(), ["conv", "split", "relu", "concat"]);
        // Of different outputs they are different ones.
        let mut model = Model::default();
        let split = model.push("Split", &[From::Input], half);
        model.operators[split].outputs.push(half.to_vec());
        let quarter: &[usize] = &[1, 4, 8, 6];
        for output in [0, 1] {
            let slice = model.push("Slice", &[From::Output(split, output)], quarter);
            model.push("Relu", &[From::Node(slice)], quarter);
        }
        assert_eq!(model.ir().nodes().len(), 5);
    }

    /// Attention multiplies what it computes: no weights, and nothing that any device has measured.
    #[test]
    fn a_product_of_computed_matrices_is_no_fully_connected_layer() {
        let mut model = Model::default();
        let conv = model.conv(From::Input);
        let tokens = model.push("Reshape", &[From::Node(conv)], &[1, 16, 48]);
        let rows = model.transpose(&[0, 2, 1], tokens, &[1, 48, 16]);
        let heads = model.push("Reshape", &[From::Node(rows)], &[1, 48, 2, 8]);
        let queries = model.transpose(&[0, 2, 1, 3], heads, &[1, 2, 48, 8]);
        let keys = model.transpose(&[0, 2, 3, 1], heads, &[1, 2, 8, 48]);
        let reads = [From::Node(queries), From::Node(keys)];
        model.push("MatMul", &reads, &[1, 2, 48, 48]);
        let kernels = model.kernels();
        let last = kernels.last().unwrap();
        assert_eq!((last.op.as_str(), last.family), ("MatMul", None));
        assert_eq!((last.macs, last.weights), (8.0 * 48.0 * 48.0 * 2.0, 0.0));
    }

    /// Windows of a transformer stand in the first dimension, where others have the batch.
    #[test]
    fn a_first_dimension_that_is_not_the_batch_counts() {
        let windows: &[usize] = &[4, 12, 16];
        let mut model = Model::default();
        let conv = model.conv(From::Input);
        let cut = model.push("Reshape", &[From::Node(conv)], &[1, 12, 16, 4]);
        let turned = model.transpose(&[3, 1, 2, 0], cut, &[4, 12, 16, 1]);
        let flat = model.push("Reshape", &[From::Node(turned)], windows);
        model.push(
            "MatMul",
            &[From::Node(flat), From::Weight(&[16, 16])],
            windows,
        );
        let ir = model.ir();
        assert_eq!(ir.nodes().last().unwrap().outputs, [[1, 4, 12, 16]]);
        let kernels = model.kernels();
        assert_eq!(kernels.last().unwrap().macs, 16.0 * 16.0 * 48.0);
        assert_eq!(kernels.last().unwrap().family, Some(Family::Convolution));
    }
}

//! What an ONNX model computes, without its weights.

mod call;
mod cost;
mod fold;
mod infer;
mod message;
mod network;
mod shape;
#[cfg(test)]
mod sketch;
mod tensor;
mod wire;

use std::collections::BTreeMap;

use crate::Error;

/// What an ONNX model computes, without its weights: the operators in order of execution, the
/// shapes between them, and what they cost.
///
/// Any model will do whose operators have a rule in `shape.rs` here, or whose file says the shapes
/// that they give. The weights' bytes are never touched, so a file that is mapped into memory is
/// outlined as fast as its graph alone; they may as well be missing, or lie in another file.
///
/// ```no_run
/// use edgefront_graph::onnx::{Outline, OutlineOptions};
///
/// let file = std::fs::read("resnet18.onnx")?;
/// let outline = Outline::decode(&file, &OutlineOptions::default())?;
/// println!("{} MACs, {} parameters", outline.macs(), outline.parameters());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    operators: Vec<Operator>,
    macs: u64,
    parameters: u64,
}

/// What a file leaves open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutlineOptions {
    /// Shapes of graph inputs, batch included, where the file has symbolic dimensions beyond the
    /// batch: the input's name, or none for the only one. They must agree with the dimensions
    /// that the file does state.
    pub input_shapes: Vec<(Option<String>, Vec<usize>)>,
}

/// One operator that runs when the network does.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    /// Unique in the outline: the node's name; else the operator's name and its first output.
    pub name: String,
    /// The ONNX operator, `Conv`; one of another domain than ONNX's own has it in front,
    /// `com.microsoft.FusedConv`.
    pub kind: String,
    /// The attributes that are numbers, lists of numbers or text.
    pub attributes: BTreeMap<String, Attribute>,
    /// As in the file: weights and constants stand after the data.
    pub inputs: Vec<Operand>,
    /// Shapes in ONNX's order (images: batch, channels, rows, columns), none of them with a
    /// dimension of zero. An output that the file leaves out at the end is not listed, one in
    /// between is empty.
    pub outputs: Vec<Vec<usize>>,
    /// Multiply-accumulate operations: convolutions, matrix products. Zero for all else.
    pub macs: u64,
}

/// What an operator reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Where it comes from.
    pub source: Source,
    /// Its shape; of an absent one, empty.
    pub shape: Vec<usize>,
}

/// Where an operand comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// An output of an operator that runs before.
    Operator {
        /// Its place in [`Outline::operators`].
        index: usize,
        /// Which of its outputs.
        output: usize,
    },
    /// An input of the network.
    Input,
    /// Numbers that the file holds, or that follow from such alone.
    Weight,
    /// A few numbers that are known, in row-major order: settings, and what follows from shapes.
    Constant(Vec<f64>),
    /// An optional input that is left out.
    Absent,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f32),
    /// Whole numbers.
    Ints(Vec<i64>),
    /// Numbers.
    Floats(Vec<f32>),
    /// Text.
    Text(String),
}

impl Outline {
    /// Reads a model. Of each graph input, a symbolic first dimension is the batch, which is one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOnnx`] for bytes that are no model, [`Error::UnsupportedOnnx`] for a node
    /// whose shapes cannot be told: with a setting out of range, an input that does not fit, a
    /// cycle, or an operator without a rule whose shapes the file does not say either.
    pub fn decode(bytes: &[u8], options: &OutlineOptions) -> Result<Self, Error> {
        let model = message::Model::parse(bytes)?;
        let network = network::Network::new(&model)?;
        infer::infer(&network, options)
    }

    /// The operators that run, each after those that it reads from. What merely computes shapes,
    /// or from constants and weights alone, is not among them.
    #[must_use]
    pub fn operators(&self) -> &[Operator] {
        &self.operators
    }

    /// Multiply-accumulate operations of all operators.
    #[must_use]
    pub fn macs(&self) -> u64 {
        self.macs
    }

    /// Trained numbers: elements of the float tensors in the file that operators read, each tensor
    /// once. A batch norm's running mean and variance are not trained, scalars are settings, and
    /// neither counts: for a network of PyTorch whose batch norms are kept, it is the number of
    /// its parameters.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.parameters
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::sketch::{body, int, list, model, node, part, value, weight};
    use super::*;

    fn decode(graph: &[Vec<u8>]) -> Result<Outline, Error> {
        Outline::decode(&model(graph, &[]), &OutlineOptions::default())
    }

    fn fault(graph: &[Vec<u8>]) -> String {
        decode(graph).unwrap_err().to_string()
    }

    /// A convolution, a flatten whose shape is computed from the batch, and a product.
    fn network() -> Vec<Vec<u8>> {
        vec![
            node(
                "Conv",
                &["x", "w", "b"],
                &["c"],
                &[("pads", &[1; 4]), ("strides", &[2, 2])],
            ),
            node("Relu", &["c"], &["r"], &[]),
            node("Shape", &["r"], &["s"], &[]),
            node("Slice", &["s", "zero", "one"], &["batch"], &[]),
            node("Concat", &["batch", "rest"], &["wanted"], &[("axis", &[])]),
            node("Reshape", &["r", "wanted"], &["flat"], &[]),
            node("Transpose", &["fc"], &["turned"], &[]),
            node("MatMul", &["flat", "turned"], &["y"], &[]),
            node("Relu", &["y"], &["unused"], &[]),
            weight("w", &[4, 3, 3, 3]),
            weight("b", &[4]),
            weight("fc", &[5, 100]),
            list("zero", &[0]),
            list("one", &[1]),
            list("rest", &[-1]),
            value(11, "x", &[-1, 3, 10, 10]),
            value(12, "y", &[-1, 5]),
        ]
    }

    /// `network`, with the axis of its concat as one number.
    fn complete() -> Vec<Vec<u8>> {
        let mut graph = network();
        let axis = part(5, [part(1, "axis"), int(3, 0), int(20, 2)].concat());
        graph[4] = part(
            1,
            [body("Concat", &["batch", "rest"], &["wanted"], &[]), axis].concat(),
        );
        graph
    }

    #[test]
    fn what_computes_shapes_is_folded_away() {
        let outline = decode(&complete()).unwrap();
        let kinds: Vec<_> = outline
            .operators()
            .iter()
            .map(|op| op.kind.as_str())
            .collect();
        assert_eq!(kinds, ["Conv", "Relu", "Reshape", "MatMul"]);
        let [conv, relu, reshape, product] = outline.operators() else {
            unreachable!("four operators");
        };
        assert_eq!(conv.outputs, [[1, 4, 5, 5]]);
        assert_eq!(conv.macs, 4 * 25 * 27);
        assert_eq!(
            relu.inputs[0].source,
            Source::Operator {
                index: 0,
                output: 0
            }
        );
        assert_eq!(reshape.inputs[1].source, Source::Constant(vec![1.0, -1.0]));
        assert_eq!(
            product.inputs[1],
            Operand {
                source: Source::Weight,
                shape: vec![100, 5]
            }
        );
        assert_eq!(product.outputs, [[1, 5]]);
        assert_eq!(outline.macs(), 4 * 25 * 27 + 500);
        assert_eq!(outline.parameters(), 4 * 27 + 4 + 500);
    }

    #[test]
    fn nodes_may_stand_in_any_order_and_have_no_names() {
        let mut graph = complete();
        graph.reverse();
        let outline = decode(&graph).unwrap();
        let names: Vec<_> = outline
            .operators()
            .iter()
            .map(|op| op.name.as_str())
            .collect();
        assert_eq!(names, ["Conv_c", "Relu_r", "Reshape_flat", "MatMul_y"]);
        assert_eq!(outline.parameters(), 4 * 27 + 4 + 500);
    }

    #[test]
    fn names_that_collide_are_told_apart() {
        let named = |kind: &str, input: &str, output: &str, name: &str| {
            part(
                1,
                [body(kind, &[input], &[output], &[]), part(3, name)].concat(),
            )
        };
        let outline = decode(&[
            value(11, "x", &[1, 2]),
            named("Relu", "x", "a", "n"),
            named("Relu", "a", "b", "n_2"),
            named("Relu", "b", "c", "n"),
            named("Relu", "c", "d", "n"),
            value(12, "d", &[]),
        ])
        .unwrap();
        let names: Vec<_> = outline
            .operators()
            .iter()
            .map(|op| op.name.as_str())
            .collect();
        assert_eq!(names, ["n", "n_2", "n_3", "n_4"]);
        let twice = fault(&[
            value(11, "x", &[1, 2]),
            node("Relu", &["x"], &["y"], &[]),
            node("Tanh", &["x"], &["y"], &[]),
            value(12, "y", &[]),
        ]);
        assert!(twice.contains("two tensors are named `y`"), "{twice}");
    }

    #[test]
    fn functions_stand_in_for_the_nodes_that_call_them() {
        let attribute = |name: &str| part(5, [part(1, name), part(21, "by"), int(20, 7)].concat());
        let inner = [
            body("Unsqueeze", &["in"], &["wide"], &[]),
            attribute("axes"),
        ]
        .concat();
        let function = [
            part(1, "Widen"),
            part(4, "in"),
            part(5, "out"),
            part(6, "by"),
            part(7, inner),
            part(7, body("Relu", &["wide"], &["out"], &[])),
            part(10, "own"),
        ]
        .concat();
        let call = |input: &str, output: &str, by: &[i64]| {
            let call = body("Widen", &[input], &[output], &[("by", by)]);
            part(1, [call, part(7, "own")].concat())
        };
        let graph = [
            value(11, "x", &[2, 3]),
            call("x", "a", &[1]),
            call("a", "y", &[0, 4]),
            value(12, "y", &[]),
        ];
        let bytes = model(&graph, &[function]);
        let outline = Outline::decode(&bytes, &OutlineOptions::default()).unwrap();
        let last = outline.operators().last().unwrap();
        assert_eq!(last.outputs, [[1, 2, 1, 3, 1]]);
        assert_eq!(last.name, "Widen_y/Relu_out");
        assert_eq!(outline.operators().len(), 4);
    }

    #[test]
    fn functions_that_never_end_are_refused() {
        let calls = |kind: &str, times: usize| {
            let node = [body(kind, &["in"], &[], &[]), part(7, "own")].concat();
            vec![part(7, node); times].concat()
        };
        let function = |name: &str, calls: Vec<u8>| {
            [part(1, name), part(4, "in"), calls, part(10, "own")].concat()
        };
        let graph = [
            value(11, "x", &[1]),
            part(1, [body("f0", &["x"], &[], &[]), part(7, "own")].concat()),
            value(12, "x", &[]),
        ];
        let decode = |functions: &[Vec<u8>]| {
            let bytes = model(&graph, functions);
            Outline::decode(&bytes, &OutlineOptions::default())
                .unwrap_err()
                .to_string()
        };
        let itself = decode(&[function("f0", calls("f0", 1))]);
        assert!(itself.contains("calls itself"), "{itself}");
        // Ten to the twentieth nodes, if they were unfolded.
        let name = |depth: usize| format!("f{depth}");
        let many: Vec<_> = (0..20)
            .map(|d| function(&name(d), calls(&name(d + 1), 10)))
            .collect();
        let many = decode(&many);
        assert!(many.contains("too many nodes"), "{many}");
    }

    #[test]
    fn shapes_that_the_file_leaves_open_can_be_given() {
        let graph = [
            value(11, "x", &[-1, 3, -2, -2]),
            node("GlobalAveragePool", &["x"], &["y"], &[]),
            value(12, "y", &[]),
        ];
        let open = fault(&graph);
        assert!(
            open.contains("`x`") && open.contains("--input-shape"),
            "{open}"
        );
        let with = |name: Option<&str>, shape: &[usize]| {
            let input_shapes = vec![(name.map(str::to_owned), shape.to_vec())];
            Outline::decode(&model(&graph, &[]), &OutlineOptions { input_shapes })
        };
        let outline = with(None, &[2, 3, 8, 8]).unwrap();
        assert_eq!(outline.operators()[0].inputs[0].shape, [2, 3, 8, 8]);
        assert_eq!(outline.operators()[0].outputs, [[2, 3, 1, 1]]);
        assert!(with(Some("x"), &[1, 4, 8, 8]).is_err());
        assert!(with(Some("x"), &[1, 3, 8]).is_err());
        assert!(with(Some("x"), &[1, 3, 0, 8]).is_err());
        assert!(
            with(Some("z"), &[1, 3, 8, 8])
                .unwrap_err()
                .to_string()
                .contains("`z`")
        );
    }

    #[test]
    fn an_unknown_operator_has_the_shape_that_the_file_says() {
        let mut graph = vec![
            value(11, "x", &[-1, 4]),
            part(
                1,
                [body("Magic", &["x"], &["m"], &[]), part(7, "own")].concat(),
            ),
            node("Relu", &["m"], &["y"], &[]),
            value(12, "y", &[]),
        ];
        let unknown = fault(&graph);
        assert!(
            unknown.contains("Magic_m") && unknown.contains("own.Magic"),
            "{unknown}"
        );
        graph.push(value(13, "m", &[-1, 7]));
        let outline = decode(&graph).unwrap();
        assert_eq!(outline.operators()[1].outputs, [[1, 7]]);
    }

    #[test]
    fn impossible_models_name_the_node() {
        let one = |input: &[i64], node: Vec<u8>| {
            fault(&[
                value(11, "x", input),
                weight("w", &[4, 3, 3, 3]),
                weight("bare", &[2]),
                list("wide", &[1 << 40, 1]),
                node,
                value(12, "y", &[]),
            ])
        };
        let image = [1, 3, 8, 8];
        for (input, node, part) in [
            (
                &image[..],
                node("Conv", &["x", "w"], &["y"], &[("pads", &[-9; 4])]),
                "Conv_y",
            ),
            (
                &image,
                node("Conv", &["x", "w"], &["y"], &[("strides", &[0, 1])]),
                "zero",
            ),
            (
                &image,
                node("Conv", &["x", "w"], &["y"], &[("dilations", &[1 << 40; 2])]),
                "fit",
            ),
            (
                &image,
                node(
                    "Conv",
                    &["x", "w"],
                    &["y"],
                    &[("dilations", &[i64::MAX; 2])],
                ),
                "fit",
            ),
            (
                &image,
                node("Conv", &["x", "w"], &["y"], &[("pads", &[i64::MAX; 4])]),
                "Conv_y",
            ),
            (&image, node("Conv", &["x", "bare"], &["y"], &[]), "weights"),
            (&image, node("Conv", &["x"], &["y"], &[]), "missing"),
            (
                &image,
                node("Expand", &["x", "wide"], &["y"], &[]),
                "Expand_y",
            ),
            (
                &image,
                node("Reshape", &["x", "bare"], &["y"], &[]),
                "not in the file",
            ),
            (&image, node("Relu", &["y"], &["y"], &[]), "cycle"),
            (&image, node("Relu", &["z"], &["y"], &[]), "`z`"),
            (&image, node("Relu", &["x"], &["y", "z"], &[]), "outputs"),
            (
                &[1, 4, 8, 8],
                node("Conv", &["x", "w"], &["y"], &[]),
                "4 channels",
            ),
            (&[1, 3, 0, 8], node("Relu", &["x"], &["y"], &[]), "zero"),
            (
                &[1, 3, 1 << 40, 8],
                node("Relu", &["x"], &["y"], &[]),
                "2^40",
            ),
            (
                &[1, 3, i64::MAX, 8],
                node("Relu", &["x"], &["y"], &[]),
                "2^40",
            ),
        ] {
            let error = one(input, node);
            assert!(error.contains(part), "expected {part}: {error}");
        }
        let dims = [1 << 20, 3, 1 << 10, 1 << 9];
        let huge = fault(&[weight("huge", &dims), value(12, "huge", &dims)]);
        assert!(huge.contains("`huge`") && huge.contains("2^40"), "{huge}");
    }

    #[test]
    fn bytes_of_something_else_are_refused() {
        for bytes in [
            &b""[..],
            b"PK\x03\x04 a zip file",
            b"\x3a\xff\xff\xff\xff\x0f",
        ] {
            let error = Outline::decode(bytes, &OutlineOptions::default()).unwrap_err();
            assert!(matches!(error, Error::InvalidOnnx(_)), "{error}");
        }
    }

    proptest! {
        #[test]
        fn damaged_models_never_panic(
            place in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            end in any::<prop::sample::Index>(),
        ) {
            let mut bytes = model(&complete(), &[]);
            let place = place.index(bytes.len());
            bytes[place] = byte;
            let _ = Outline::decode(&bytes, &OutlineOptions::default());
            bytes.truncate(end.index(bytes.len()));
            let _ = Outline::decode(&bytes, &OutlineOptions::default());
        }
    }
}

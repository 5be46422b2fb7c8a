use prost::Message;

use super::proto::{
    Attribute, Dimension, Extent, GraphProto, ModelProto, NodeProto, OperatorSetId, StringEntry,
    TensorProto, TensorShape, TensorType, TypeProto, ValueInfo,
};
use super::{Model, OPSET};
use crate::op::BatchNorm;
use crate::{Graph, Node, NodeId, Op, Window};

/// ONNX's version of the file format itself; 8 is that of opset 17.
const IR_VERSION: i64 = 8;
const BATCH: &str = "N";

impl Model {
    /// The bytes of the ONNX file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let tensors = initializers(&self.graph, |id| {
            let bytes = |data: &[f32]| data.iter().flat_map(|x| x.to_le_bytes()).collect();
            self.weights
                .of(id)
                .iter()
                .map(|tensor| bytes(&tensor.data))
                .collect()
        });
        model_proto(&self.graph, tensors, &self.metadata).encode_to_vec()
    }
}

/// The size in bytes of the file that [`Model::encode`] would write for this graph, whatever its
/// weights: they are counted, not made.
#[must_use]
pub fn encoded_len(graph: &Graph, metadata: &[(String, String)]) -> usize {
    // A length-delimited field of protobuf: a tag of one byte, the length, the content.
    let field = |content: usize| 1 + prost::length_delimiter_len(content) + content;
    let tensors: usize = initializers(graph, |id| vec![Vec::new(); graph.parameters(id).len()])
        .iter()
        .map(|tensor| {
            let numbers: i64 = tensor.dims.iter().product();
            field(tensor.encoded_len() + field(4 * numbers as usize))
        })
        .sum();
    let mut model = model_proto(graph, Vec::new(), metadata);
    let nodes = model.graph.take().map_or(0, |graph| graph.encoded_len());
    model.encoded_len() + field(nodes + tensors)
}

fn model_proto(
    graph: &Graph,
    mut initializer: Vec<TensorProto>,
    metadata: &[(String, String)],
) -> ModelProto {
    initializer.extend(graph.nodes().iter().flat_map(settings));
    let node = graph
        .ids()
        .skip(1)
        .map(|id| node_proto(graph, id))
        .collect();
    let input = graph.input_shape();
    let image = [input.channels, input.height, input.width];
    let logits = [graph.output_shape().channels];
    ModelProto {
        ir_version: IR_VERSION,
        producer_name: "edgefront".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(GraphProto {
            node,
            name: "edgefront".to_owned(),
            initializer,
            input: vec![value_info(&value_name(graph, graph.input()), &image)],
            output: vec![value_info(&value_name(graph, graph.output()), &logits)],
        }),
        opset_import: vec![OperatorSetId {
            domain: String::new(),
            version: OPSET,
        }],
        metadata_props: metadata
            .iter()
            .map(|(key, value)| StringEntry {
                key: key.clone(),
                value: value.clone(),
            })
            .collect(),
    }
}

/// The name of a node's output.
fn value_name(graph: &Graph, id: NodeId) -> String {
    if id == graph.output() {
        "logits".to_owned()
    } else {
        graph.node(id).name.clone()
    }
}

fn value_info(name: &str, dims: &[usize]) -> ValueInfo {
    let batch = Dimension {
        extent: Some(Extent::Symbol(BATCH.to_owned())),
    };
    let fixed = dims.iter().map(|&n| Dimension {
        extent: Some(Extent::Value(n as i64)),
    });
    let shape = TensorShape {
        dim: std::iter::once(batch).chain(fixed).collect(),
    };
    let tensor = TensorType {
        element: TensorProto::FLOAT,
        shape: Some(shape),
    };
    ValueInfo {
        name: name.to_owned(),
        kind: Some(TypeProto {
            tensor: Some(tensor),
        }),
    }
}

/// Every parameter as a tensor with its bytes, which `raw` gives for each node.
fn initializers(graph: &Graph, raw: impl Fn(NodeId) -> Vec<Vec<u8>>) -> Vec<TensorProto> {
    let mut tensors = Vec::new();
    for id in graph.ids() {
        for (parameter, raw_data) in graph.parameters(id).into_iter().zip(raw(id)) {
            tensors.push(TensorProto {
                dims: parameter.dims.iter().map(|&n| n as i64).collect(),
                data_type: TensorProto::FLOAT,
                name: graph.node(id).parameter_name(&parameter),
                raw_data,
                ..TensorProto::default()
            });
        }
    }
    tensors
}

/// The settings of an operator that ONNX has as inputs: name and value, after the parameters.
fn constants(op: &Op) -> Vec<(&'static str, f32)> {
    match op {
        Op::Relu6(_) => vec![("min", 0.0), ("max", 6.0)],
        Op::Dropout(dropout) => vec![("ratio", dropout.probability)],
        _ => Vec::new(),
    }
}

/// The tensors, without a dimension, of a node's [`constants`].
fn settings(node: &Node) -> impl Iterator<Item = TensorProto> {
    constants(&node.op)
        .into_iter()
        .map(|(name, value)| TensorProto {
            data_type: TensorProto::FLOAT,
            name: format!("{}.{name}", node.name),
            raw_data: value.to_le_bytes().to_vec(),
            ..TensorProto::default()
        })
}

fn node_proto(graph: &Graph, id: NodeId) -> NodeProto {
    let node = graph.node(id);
    let values = node.inputs.iter().map(|&input| value_name(graph, input));
    let own = graph.parameters(id);
    let parameters = own.iter().map(|parameter| node.parameter_name(parameter));
    let settings = settings(node).map(|tensor| tensor.name);
    NodeProto {
        input: values.chain(parameters).chain(settings).collect(),
        output: vec![value_name(graph, id)],
        name: node.name.clone(),
        op_type: node.op.operator().onnx_name().to_owned(),
        attribute: attributes(&node.op),
    }
}

fn attributes(op: &Op) -> Vec<Attribute> {
    match op {
        Op::Conv2d(conv) => {
            let mut attributes = window(&conv.window);
            attributes.push(int("group", conv.groups as i64));
            attributes
        }
        Op::MaxPool(pool) => window(&pool.window),
        Op::AveragePool(pool) => {
            let mut attributes = window(&pool.window);
            attributes.push(int("count_include_pad", pool.count_include_pad.into()));
            attributes
        }
        Op::Concat(_) => vec![int("axis", 1)],
        Op::BatchNorm(_) => vec![float("epsilon", BatchNorm::EPSILON)],
        // Y = X W^T + b: the weight lies as PyTorch has it, (out, in).
        Op::Linear(_) => vec![int("transB", 1)],
        Op::Input(_)
        | Op::Relu(_)
        | Op::Relu6(_)
        | Op::HardSwish(_)
        | Op::GlobalAveragePool(_)
        | Op::Flatten(_)
        | Op::Add(_)
        | Op::Dropout(_) => Vec::new(),
    }
}

fn window(window: &Window) -> Vec<Attribute> {
    let Window {
        kernel,
        stride,
        padding,
    } = window;
    let pads = [padding.top, padding.left, padding.bottom, padding.right];
    vec![
        ints("kernel_shape", kernel),
        ints("strides", stride),
        ints("pads", &pads),
    ]
}

fn int(name: &str, value: i64) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: Attribute::INT,
        i: value,
        ..Attribute::default()
    }
}

fn float(name: &str, value: f32) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: Attribute::FLOAT,
        f: value,
        ..Attribute::default()
    }
}

fn ints(name: &str, values: &[usize]) -> Attribute {
    let ints = values.iter().map(|&n| n as i64).collect();
    Attribute {
        name: name.to_owned(),
        kind: Attribute::INTS,
        ints,
        ..Attribute::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Folded, ResNet, Shape, Stem, Weights};

    fn size(net: &ResNet) -> f64 {
        let graph = net.build().unwrap();
        encoded_len(Folded::new(&graph).unwrap().graph(), &[]) as f64 / 1e6
    }

    /// The sizes that the drainage-crossing study publishes, in units of 1e6 bytes.
    #[test]
    fn sizes_of_the_study() {
        for bands in [5, 7] {
            let baseline = ResNet::resnet18(bands, 100, 2);
            assert!(
                (44.71..44.75).contains(&size(&baseline)),
                "{}",
                size(&baseline)
            );
            let stem = |kernel, pool| Stem {
                kernel,
                stride: 2,
                padding: 1,
                pool,
            };
            let net = |width, stem| ResNet {
                width,
                stem,
                relu_after_add: false,
                ..baseline
            };
            for pool in [None, Some((3, 2))] {
                let small = size(&net(32, stem(3, pool)));
                assert!((11.175..11.185).contains(&small), "{small}");
            }
            let large = size(&net(64, stem(5, Some((3, 2)))));
            assert!((44.69..44.71).contains(&large), "{large}");
        }
    }

    #[test]
    fn the_size_is_known_before_the_weights() {
        let graph = ResNet {
            input: Shape::new(4, 33, 40),
            width: 4,
            ..ResNet::resnet18(4, 33, 3)
        }
        .build()
        .unwrap();
        let metadata = vec![("bands".to_owned(), "R,G,B,NIR".to_owned())];
        let weights = Weights::build(&graph, |id, parameter| {
            crate::Tensor::filled(&parameter.dims, id.index() as f32)
        });
        let bytes = Model {
            graph: graph.clone(),
            weights,
            metadata: metadata.clone(),
        }
        .encode();
        assert_eq!(bytes.len(), encoded_len(&graph, &metadata));
    }
}

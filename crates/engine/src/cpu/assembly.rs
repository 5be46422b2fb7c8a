use std::ops::Range;

use edgefront_graph::{Graph, NodeId, Op};

use super::layer::{
    ActivationLayer, AddLayer, AveragePoolLayer, ConcatLayer, ConvLayer, DropoutLayer,
    FlattenLayer, GlobalAveragePoolLayer, Layer, LinearLayer, MaxPoolLayer, NormLayer,
};
use crate::Error;
use crate::kernels::{Activation, ConvShape, Kernels, LinearShape, PoolShape};
use crate::layout::Layout;

/// A value of the network: the output of the graph's node with this index. Values inside a fused
/// layer do not exist.
pub(crate) type Value = usize;

/// A layer in its place.
pub(crate) struct Stage {
    pub layer: Box<dyn Layer>,
    /// The node that its tensors belong to.
    pub node: NodeId,
    pub inputs: Vec<Value>,
    pub output: Value,
    /// Its part of the network's parameters.
    pub parameters: Range<usize>,
}

/// The layers of a network in the order in which they run.
pub(crate) struct Assembly {
    pub stages: Vec<Stage>,
    /// The layout of each value.
    pub layouts: Vec<Layout>,
    /// Whether a value depends on parameters, so that its gradient is wanted.
    pub trains: Vec<bool>,
    pub input: Value,
    pub output: Value,
    pub parameter_len: usize,
}

/// A layer before its layout is known.
struct Piece {
    node: NodeId,
    inputs: Vec<Value>,
    output: Value,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// The operator of the node alone.
    Single,
    /// A batch norm and what follows it.
    Norm {
        residual: bool,
        activation: Activation,
    },
}

impl Assembly {
    pub fn new(
        graph: &Graph,
        images: usize,
        kernels: &dyn Kernels,
        threads: usize,
    ) -> Result<Self, Error> {
        let output = graph.output();
        if graph.output_shape().positions() != 1 {
            return Err(Error::Unsupported {
                node: graph.node(output).name.clone(),
                reason: format!(
                    "a network must end in a vector, this one ends in maps of {}",
                    graph.output_shape()
                ),
            });
        }
        let pieces = fuse(graph);
        let trains = trains(graph);
        let layouts = layouts(graph, &pieces, &trains);
        check_batch(graph, &layouts, images)?;
        let mut parameter_len = 0;
        let mut stages = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let layer = build(graph, &piece, &layouts, images, kernels, threads)?;
            let start = parameter_len;
            parameter_len += layer.parameter_len();
            stages.push(Stage {
                layer,
                node: piece.node,
                inputs: piece.inputs,
                output: piece.output,
                parameters: start..parameter_len,
            });
        }
        Ok(Self {
            stages,
            layouts,
            trains,
            input: graph.input().index(),
            output: output.index(),
            parameter_len,
        })
    }
}

/// The activation that an operator is, if it is one.
fn activation(op: &Op) -> Option<Activation> {
    match op {
        Op::Relu(_) => Some(Activation::Relu),
        Op::Relu6(_) => Some(Activation::Relu6),
        Op::HardSwish(_) => Some(Activation::HardSwish),
        _ => None,
    }
}

/// The graph's nodes as layers: a batch norm takes in the addition and the activation after it, if
/// nobody else reads what lies between.
fn fuse(graph: &Graph) -> Vec<Piece> {
    let uses = graph.uses();
    let only_reader = |id: NodeId| {
        let reads = |reader: &NodeId| graph.node(*reader).inputs.contains(&id);
        (uses[id.index()] == 1)
            .then(|| graph.ids().find(reads))
            .flatten()
    };
    let mut fused = vec![false; graph.nodes().len()];
    let mut pieces = Vec::new();
    for id in graph.ids().skip(1) {
        if fused[id.index()] {
            continue;
        }
        let node = graph.node(id);
        let mut inputs: Vec<Value> = node.inputs.iter().map(|input| input.index()).collect();
        let mut end = id;
        let mut kind = Kind::Single;
        if let Op::BatchNorm(_) = node.op {
            let (mut residual, mut activation) = (false, Activation::None);
            while let Some(reader) = only_reader(end)
                && !fused[reader.index()]
                && activation == Activation::None
            {
                let op = &graph.node(reader).op;
                match (op, self::activation(op)) {
                    (_, Some(next)) if !residual || next.slope_by_output() => activation = next,
                    (Op::Add(_), _) if !residual => {
                        residual = true;
                        let others = graph.node(reader).inputs.iter();
                        inputs.extend(others.filter(|&&other| other != end).map(|o| o.index()));
                    }
                    _ => break,
                }
                fused[reader.index()] = true;
                end = reader;
            }
            kind = Kind::Norm {
                residual,
                activation,
            };
        }
        pieces.push(Piece {
            node: id,
            inputs,
            output: end.index(),
            kind,
        });
    }
    // A fused layer runs where its last node stood: by then its residual has been computed.
    pieces.sort_by_key(|piece| piece.output);
    pieces
}

fn trains(graph: &Graph) -> Vec<bool> {
    let mut trains = vec![false; graph.nodes().len()];
    for id in graph.ids() {
        let own = graph
            .parameters(id)
            .iter()
            .any(|parameter| parameter.trainable);
        let inputs = &graph.node(id).inputs;
        trains[id.index()] = own || inputs.iter().any(|input| trains[input.index()]);
    }
    trains
}

fn layouts(graph: &Graph, pieces: &[Piece], trains: &[bool]) -> Vec<Layout> {
    let mut borders = vec![0usize; graph.nodes().len()];
    for piece in pieces {
        if let Op::Conv2d(conv) = &graph.node(piece.node).op {
            let (input, output) = (piece.inputs[0], piece.output);
            borders[input] = borders[input].max(ConvShape::forward_border(&conv.window));
            if trains[input] {
                let shapes = [input, output].map(|value| graph.nodes()[value].shape);
                let backward = ConvShape::backward_border(&conv.window, shapes[0], shapes[1]);
                borders[output] = borders[output].max(backward);
            }
        }
    }
    // What an elementwise layer reads and writes has one layout: spread the widest border until
    // nothing changes.
    let elementwise = |piece: &&Piece| {
        let op = &graph.node(piece.node).op;
        matches!(op, Op::BatchNorm(_) | Op::Add(_) | Op::Dropout(_)) || activation(op).is_some()
    };
    let mut changed = true;
    while changed {
        changed = false;
        for piece in pieces.iter().filter(elementwise) {
            let values = || piece.inputs.iter().chain([&piece.output]).copied();
            let widest = values().map(|value| borders[value]).max().unwrap_or(0);
            for value in values() {
                changed |= borders[value] != widest;
                borders[value] = widest;
            }
        }
    }
    // Only dense convolutions read any number of channels at a time.
    let mut padded = vec![true; borders.len()];
    padded[graph.input().index()] = pieces.iter().any(|piece| {
        let reads = piece.inputs.contains(&graph.input().index());
        reads && !matches!(&graph.node(piece.node).op, Op::Conv2d(conv) if conv.groups == 1)
    });
    (graph.nodes().iter().zip(borders).zip(padded))
        .map(|((node, border), padded)| {
            if padded {
                Layout::padded(node.shape, border)
            } else {
                Layout::exact(node.shape, border)
            }
        })
        .collect()
}

/// Refuses a batch whose maps do not fit into the 32 bits that kernels keep their places in.
fn check_batch(graph: &Graph, layouts: &[Layout], images: usize) -> Result<(), Error> {
    for (node, layout) in graph.nodes().iter().zip(layouts) {
        let numbers = layout.image_stride().checked_mul(images);
        if numbers.is_none_or(|numbers| u32::try_from(numbers).is_err()) {
            return Err(Error::Unsupported {
                node: node.name.clone(),
                reason: format!(
                    "the maps of a batch of {images} images, expected under 2^32 numbers"
                ),
            });
        }
    }
    Ok(())
}

fn build(
    graph: &Graph,
    piece: &Piece,
    layouts: &[Layout],
    images: usize,
    kernels: &dyn Kernels,
    threads: usize,
) -> Result<Box<dyn Layer>, Error> {
    let node = graph.node(piece.node);
    let unsupported = |reason: String| Error::Unsupported {
        node: node.name.clone(),
        reason,
    };
    let (input, output) = (layouts[piece.inputs[0]], layouts[piece.output]);
    if let Kind::Norm {
        residual,
        activation,
    } = piece.kind
    {
        return Ok(Box::new(NormLayer::new(
            output, residual, activation, images,
        )));
    }
    Ok(match &node.op {
        Op::Conv2d(conv) => {
            let shape = ConvShape {
                input,
                output,
                window: conv.window,
                groups: conv.groups,
            };
            let convolution = kernels.convolution(shape, images, threads);
            Box::new(ConvLayer::new(shape, conv.bias, convolution))
        }
        Op::MaxPool(pool) => {
            if pool.window.taps() > PoolShape::MAX_TAPS {
                return Err(unsupported(format!(
                    "a max-pool over {} positions, expected at most {}",
                    pool.window.taps(),
                    PoolShape::MAX_TAPS
                )));
            }
            let shape = PoolShape {
                input,
                output,
                window: pool.window,
            };
            Box::new(MaxPoolLayer::new(shape, images))
        }
        Op::Relu(_) => Box::new(ActivationLayer(Activation::Relu)),
        Op::Relu6(_) => Box::new(ActivationLayer(Activation::Relu6)),
        Op::HardSwish(_) => Box::new(ActivationLayer(Activation::HardSwish)),
        Op::Add(_) => Box::new(AddLayer),
        Op::AveragePool(pool) => Box::new(AveragePoolLayer {
            shape: PoolShape {
                input,
                output,
                window: pool.window,
            },
            whole: pool.count_include_pad,
        }),
        Op::Concat(_) => {
            let inputs = piece.inputs.iter().map(|&value| layouts[value]);
            Box::new(ConcatLayer::new(inputs, output))
        }
        Op::Dropout(dropout) => Box::new(DropoutLayer {
            layout: output,
            probability: dropout.probability,
            node: piece.node.index(),
        }),
        Op::GlobalAveragePool(_) => Box::new(GlobalAveragePoolLayer { input, output }),
        Op::Flatten(_) => Box::new(FlattenLayer { input, output }),
        Op::Linear(_) => Box::new(LinearLayer {
            shape: LinearShape { input, output },
        }),
        Op::Input(_) | Op::BatchNorm(_) => {
            unreachable!("the input is no layer, and batch norms were built above")
        }
    })
}

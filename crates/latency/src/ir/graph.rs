//! From a graph of this workspace to the operators that its exported file would have.

use edgefront_graph::{Graph, Node, Op, Window};

use super::{Attributes, Dimensions, Ir, IrNode};

impl Ir {
    /// The operators of this graph as they are deployed: batch norms folded into the convolutions
    /// before them, no dropouts, the input no operator, shapes with a batch of one.
    ///
    /// The operators have the names of their ONNX types, and so this is what nn-Meter makes of the
    /// exported ONNX file.
    #[must_use]
    pub fn from_graph(graph: &Graph) -> Self {
        let uses = graph.uses();
        let mut nodes = Vec::new();
        // What stands for each node of the graph: its operator's name and its output's dimensions.
        let mut values: Vec<(Option<String>, Dimensions)> = Vec::new();
        for node in graph.nodes() {
            let shape = node.shape;
            let sources = || node.inputs.iter().map(|input| &values[input.index()]);
            let maps = vec![1, shape.height, shape.width, shape.channels];
            let output = match node.op {
                Op::Input(_) => {
                    values.push((None, maps));
                    continue;
                }
                Op::Dropout(_) => {
                    values.push(values[node.inputs[0].index()].clone());
                    continue;
                }
                Op::BatchNorm(_) if folds(graph, node, &uses) => {
                    values.push(values[node.inputs[0].index()].clone());
                    continue;
                }
                Op::Flatten(_) | Op::Linear(_) => vec![1, shape.channels],
                // Without a window or a layout of its own, it keeps the layout of its input.
                Op::BatchNorm(_) | Op::Relu(_) | Op::Relu6(_) | Op::HardSwish(_) | Op::Add(_) => {
                    sources()
                        .next()
                        .map_or(maps, |(_, dimensions)| dimensions.clone())
                }
                // Vectors that are joined stay vectors.
                Op::Concat(_) => match sources().next() {
                    Some((_, dimensions)) if dimensions.len() == 2 => vec![1, shape.channels],
                    _ => maps,
                },
                Op::Conv2d(_) | Op::MaxPool(_) | Op::AveragePool(_) | Op::GlobalAveragePool(_) => {
                    maps
                }
            };
            nodes.push(IrNode {
                name: node.name.clone(),
                kind: node.op.operator().onnx_name().to_owned(),
                inputs: sources()
                    .map(|(_, dimensions)| dimensions.clone())
                    .collect(),
                outputs: vec![output.clone()],
                attributes: attributes(&node.op),
                inbounds: sources().filter_map(|(name, _)| name.clone()).collect(),
            });
            values.push((Some(node.name.clone()), output));
        }
        Self { nodes }
    }
}

/// Whether this batch norm is folded when the network is exported: it is the only reader of a
/// convolution.
fn folds(graph: &Graph, norm: &Node, uses: &[usize]) -> bool {
    let source = norm.inputs[0];
    matches!(graph.node(source).op, Op::Conv2d(_)) && uses[source.index()] == 1
}

fn attributes(op: &Op) -> Attributes {
    let window = |window: &Window, group| Attributes {
        kernel: Some(window.kernel),
        strides: Some(window.stride),
        group,
    };
    match op {
        Op::Conv2d(conv) => window(&conv.window, Some(conv.groups)),
        Op::MaxPool(pool) => window(&pool.window, None),
        Op::AveragePool(pool) => window(&pool.window, None),
        Op::Input(_)
        | Op::BatchNorm(_)
        | Op::Relu(_)
        | Op::Relu6(_)
        | Op::HardSwish(_)
        | Op::GlobalAveragePool(_)
        | Op::Flatten(_)
        | Op::Add(_)
        | Op::Concat(_)
        | Op::Dropout(_)
        | Op::Linear(_) => Attributes::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Family;
    use edgefront_graph::op::{
        AveragePool, BatchNorm, Concat, Conv2d, Dropout, Flatten, GlobalAveragePool, HardSwish,
        Linear, Relu6,
    };
    use edgefront_graph::{ResNet, Shape};

    #[test]
    fn a_resnet_exports_without_batch_norms() {
        let graph = ResNet::resnet18(5, 100, 2).build().unwrap();
        let ir = Ir::from_graph(&graph);
        let count = |kind| ir.nodes().iter().filter(|n| n.kind == kind).count();
        assert_eq!(
            [count("Conv"), count("Relu"), count("MaxPool"), count("Add")],
            [20, 17, 1, 8]
        );
        assert_eq!([count("BatchNormalization"), count("Gemm")], [0, 1]);
        let stem = &ir.nodes()[0];
        assert_eq!(stem.inputs, [[1, 100, 100, 5]]);
        assert_eq!(stem.outputs, [[1, 50, 50, 64]]);
        assert_eq!(stem.attributes.kernel, Some([7, 7]));
        assert!(stem.inbounds.is_empty());
        assert_eq!(ir.nodes()[1].inbounds, *std::slice::from_ref(&stem.name));
        let last = ir.nodes().last().unwrap();
        assert_eq!(
            (&last.inputs, &last.outputs),
            (&vec![vec![1, 512]], &vec![vec![1, 2]])
        );
    }

    /// What the kernels of a mobile network are called, and what takes no time.
    #[test]
    fn the_operators_of_mobile_networks_have_nn_meters_names() {
        let mut graph = Graph::new(Shape::new(8, 20, 12)).unwrap();
        let input = graph.input();
        let depthwise = Conv2d {
            groups: 8,
            ..Conv2d::new(8, Window::square(3, 1, 1))
        };
        let pool = AveragePool::new(Window::square(3, 1, 1));
        let push = |graph: &mut Graph, op: Op, inputs: &[_]| {
            let name = format!("{}", graph.nodes().len());
            graph.push(name, op, inputs).unwrap()
        };
        let mut x = push(&mut graph, depthwise.into(), &[input]);
        x = push(&mut graph, BatchNorm.into(), &[x]);
        x = push(&mut graph, Relu6.into(), &[x]);
        let mean = push(&mut graph, pool.into(), &[x]);
        let swish = push(&mut graph, HardSwish.into(), &[x]);
        x = push(&mut graph, Concat { inputs: 2 }.into(), &[mean, swish]);
        x = push(&mut graph, GlobalAveragePool.into(), &[x]);
        x = push(&mut graph, Flatten.into(), &[x]);
        x = push(&mut graph, Dropout { probability: 0.2 }.into(), &[x]);
        push(&mut graph, Linear { out_features: 2 }.into(), &[x]);

        let ir = Ir::from_graph(&graph);
        let kernels = crate::detect(&ir, &crate::Rules::cortex_a76_cpu()).unwrap();
        let found: Vec<_> = kernels.iter().map(|k| (k.op.as_str(), k.family)).collect();
        assert_eq!(
            found,
            [
                ("dwconv-relu", Some(Family::Depthwise)),
                ("avgpool", Some(Family::AveragePool)),
                ("hswish", Some(Family::HardSwish)),
                ("concat", Some(Family::Concat)),
                ("gap", Some(Family::GlobalPool)),
                ("fc", Some(Family::FullyConnected)),
            ]
        );
        assert_eq!(kernels[0].macs, 9.0 * 8.0 * 240.0);
        assert_eq!(
            (kernels[1].kernel, kernels[3].output_channels),
            ([3, 3], 16)
        );
        assert_eq!(kernels[5].input_channels, 16);
    }
}

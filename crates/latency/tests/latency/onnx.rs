//! ONNX files against the graphs that they were written from.

use std::fmt::Debug;

use edgefront_graph::onnx::{Model, Outline, OutlineOptions};
use edgefront_graph::op::{
    AveragePool, BatchNorm, Concat, Conv2d, Dropout, Flatten, GlobalAveragePool, HardSwish, Linear,
    Relu6,
};
use edgefront_graph::{Graph, NodeId, Op, ResNet, Shape, Weights, Window};
use edgefront_latency::{Ir, Kernel, Rules, detect};
use proptest::prelude::*;

fn encode(graph: &Graph) -> Vec<u8> {
    let model = Model {
        graph: graph.clone(),
        weights: Weights::zeros(graph),
        metadata: Vec::new(),
    };
    model.encode()
}

fn outline(graph: &Graph) -> Outline {
    let options = OutlineOptions::default();
    Outline::decode(&encode(graph), &options).expect("a model that can be read")
}

/// What a latency depends on, kernel by kernel. The file has names of its own and says the weights'
/// shapes, too.
fn kernels(ir: &Ir, rules: &Rules) -> Vec<impl PartialEq + Debug> {
    let kernels = detect(ir, rules).expect("a valid network");
    let facts = |kernel: Kernel| {
        let Kernel { height, width, .. } = kernel;
        let channels = [kernel.input_channels, kernel.output_channels];
        let elements = [kernel.input_elements, kernel.output_elements];
        (
            (kernel.op, kernel.family),
            ([height, width], channels, kernel.kernel, kernel.stride),
            (elements, kernel.macs, kernel.weights),
        )
    };
    kernels.into_iter().map(facts).collect()
}

/// Depthwise and grouped convolutions, everything that our graphs may hold beside a ResNet's.
fn mobile() -> Graph {
    let mut graph = Graph::new(Shape::new(8, 20, 12)).unwrap();
    let input = graph.input();
    let mut push = |op: Op, inputs: &[NodeId]| {
        let name = format!("node{}", graph.nodes().len());
        graph.push(name, op, inputs).unwrap()
    };
    let conv = |groups| Conv2d {
        groups,
        ..Conv2d::new(8, Window::square(3, 1, 1))
    };
    let mut x = push(conv(8).into(), &[input]);
    x = push(BatchNorm.into(), &[x]);
    x = push(Relu6.into(), &[x]);
    let mean = push(AveragePool::new(Window::square(3, 1, 1)).into(), &[x]);
    let swish = push(HardSwish.into(), &[x]);
    x = push(Concat { inputs: 2 }.into(), &[mean, swish]);
    x = push(conv(4).into(), &[x]);
    let normed = push(BatchNorm.into(), &[x]);
    x = push(Concat { inputs: 2 }.into(), &[x, normed]);
    x = push(GlobalAveragePool.into(), &[x]);
    x = push(Flatten.into(), &[x]);
    x = push(Dropout { probability: 0.2 }.into(), &[x]);
    push(Linear { out_features: 2 }.into(), &[x]);
    graph
}

#[test]
fn a_file_has_the_kernels_of_its_graph() {
    let resnet = ResNet::resnet18(7, 100, 2);
    let mut graphs: Vec<Graph> = [false, true]
        .map(|relu_after_add| ResNet {
            relu_after_add,
            ..resnet
        })
        .iter()
        .map(|resnet| resnet.build().unwrap())
        .collect();
    graphs.push(mobile());
    for graph in graphs {
        let (file, ours) = (Ir::from_onnx(&outline(&graph)), Ir::from_graph(&graph));
        for rules in [
            Rules::cortex_a76_cpu(),
            Rules::adreno_gpu(),
            Rules::myriad_vpu(),
        ] {
            assert_eq!(kernels(&file, &rules), kernels(&ours, &rules));
        }
    }
}

#[test]
fn the_file_says_what_the_graph_costs() {
    for graph in [ResNet::resnet18(5, 100, 2).build().unwrap(), mobile()] {
        let outline = outline(&graph);
        let expected: u64 = graph.macs();
        assert_eq!(outline.macs(), expected);
        let kernels = detect(&Ir::from_onnx(&outline), &Rules::myriad_vpu()).unwrap();
        let macs: f64 = kernels.iter().map(|kernel| kernel.macs).sum();
        assert_eq!(macs, expected as f64);
    }
}

proptest! {
    /// Whatever is still read of a damaged file has an error or kernels, and costs no less than
    /// nothing.
    #[test]
    fn a_damaged_file_has_an_error_or_kernels(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = encode(&mobile());
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let Ok(outline) = Outline::decode(&bytes, &OutlineOptions::default()) else {
            return Ok(());
        };
        if let Ok(kernels) = detect(&Ir::from_onnx(&outline), &Rules::adreno_gpu()) {
            prop_assert!(kernels.iter().all(|kernel| kernel.macs >= 0.0));
        }
    }
}

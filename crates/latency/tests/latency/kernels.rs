//! Which kernels a network becomes on which device.

use std::collections::BTreeMap;

use edgefront_graph::ResNet;
use edgefront_latency::{Branching, Family, Ir, Rules, detect};

use proptest::prelude::*;

use crate::network::Network;

fn chain(kinds: &[&str]) -> Network {
    Network::default().chain(kinds, None)
}

#[test]
fn the_root_takes_up_what_its_own_pairs_allow() {
    let network = chain(&["Conv", "BatchNormalization", "Relu", "MaxPool"]);
    for rules in [
        Rules::cortex_a76_cpu(),
        Rules::adreno_gpu(),
        Rules::myriad_vpu(),
    ] {
        assert_eq!(network.kernels(&rules), ["conv-bn-relu", "maxpool"]);
    }
    // The pair (bn, relu) does not help where the kernel starts with a convolution.
    let mut rules = Rules::cortex_a76_cpu();
    rules.chains.clear();
    rules.pairs.remove(&("conv".to_owned(), "relu".to_owned()));
    assert_eq!(network.kernels(&rules), ["conv-bn", "relu", "maxpool"]);
}

#[test]
fn only_the_vpu_keeps_batch_norm_and_activation_apart() {
    let network = chain(&["MaxPool", "BatchNormalization", "Relu", "Gemm"]);
    let fused = ["maxpool", "bn-relu", "fc"];
    let apart = ["maxpool", "bn", "relu", "fc"];
    let network_of_vectors = |rules: &Rules| network.kernels(rules);
    assert_eq!(network_of_vectors(&Rules::cortex_a76_cpu()), fused);
    assert_eq!(network_of_vectors(&Rules::adreno_gpu()), fused);
    assert_eq!(network_of_vectors(&Rules::myriad_vpu()), apart);
}

#[test]
fn no_device_takes_an_activation_into_a_fully_connected_layer() {
    let network = chain(&["MatMul", "Relu"]);
    for rules in [
        Rules::cortex_a76_cpu(),
        Rules::adreno_gpu(),
        Rules::myriad_vpu(),
    ] {
        assert_eq!(network.kernels(&rules), ["fc", "relu"]);
    }
}

/// What nn-Meter's documentation lists of the GPUs: additions and what follows them join the
/// convolution before them, since the kernel goes by its first operator.
#[test]
fn the_kernels_that_nn_meter_lists_of_its_gpus_are_found() {
    for kernel in [
        "conv-bn-relu",
        "conv-bn-add",
        "conv-bn-add-relu",
        "conv-bn-add-add",
        "conv-bn-add-bn-relu",
        "conv-bn-add-add-bn-relu",
        "add-add",
        "add-relu",
        "bn-relu",
    ] {
        let mut network = Network::default().op("stem", "MaxPool", &[]);
        let mut last = "stem".to_owned();
        for (at, kind) in kernel.split('-').enumerate() {
            let name = format!("{at}");
            let (kind, reads) = match kind {
                "conv" => ("Conv2D", vec![last.as_str()]),
                "bn" => ("FusedBatchNormV3", vec![last.as_str()]),
                "relu" => ("Relu", vec![last.as_str()]),
                _ => ("Add", vec![last.as_str(), "stem"]),
            };
            network = network.op(&name, kind, &reads);
            last = name;
        }
        let network = network.op("end", "MaxPool", &[&last]);
        assert_eq!(
            network.kernels(&Rules::adreno_gpu()).concat(),
            format!("maxpool{kernel}maxpool")
        );
    }
}

/// Both convolutions could take up the addition: the one that comes first does.
#[test]
fn an_addition_joins_the_first_of_its_producers_on_the_gpu() {
    let network = Network::default()
        .op("stem", "MaxPool", &[])
        .op("left", "Conv", &["stem"])
        .op("right", "Conv", &["stem"])
        .op("sum", "Add", &["right", "left"])
        .op("relu", "Relu", &["sum"]);
    let gpu = detect(&network.ir(), &Rules::adreno_gpu()).unwrap();
    let gpu: Vec<(&str, &str)> = gpu
        .iter()
        .map(|k| (k.name.as_str(), k.op.as_str()))
        .collect();
    assert_eq!(
        gpu,
        [
            ("stem", "maxpool"),
            ("left", "conv-add-relu"),
            ("right", "conv")
        ]
    );
    assert_eq!(
        network.kernels(&Rules::cortex_a76_cpu()),
        ["maxpool", "conv", "conv", "add-relu"]
    );
}

#[test]
fn branching_decides_what_becomes_of_an_operator_with_two_readers() {
    let network = Network::default()
        .op("conv", "Conv", &[])
        .op("one", "Relu", &["conv"])
        .op("two", "Relu", &["conv"])
        .op("sum", "Concat", &["one", "two"]);
    let kernels = |branching| {
        let rules = Rules {
            branching,
            ..Rules::cortex_a76_cpu()
        };
        network.kernels(&rules)
    };
    assert_eq!(
        kernels(Branching::Never),
        ["conv", "relu", "relu", "concat"]
    );
    // "First" means one at a time: what remains is asked again.
    assert_eq!(kernels(Branching::First), ["conv-relu-relu", "concat"]);
    assert_eq!(kernels(Branching::All), ["conv-relu-relu", "concat"]);
}

#[test]
fn a_global_pool_takes_the_flattening_along() {
    for kind in ["Mean", "ReduceMean", "GlobalAveragePool"] {
        let network = chain(&["Conv", kind, "Flatten", "Gemm"]);
        assert_eq!(network.kernels(&Rules::myriad_vpu()), ["conv", "gap", "fc"]);
    }
}

#[test]
fn a_hard_swish_is_one_kernel_however_it_is_spelt() {
    for last in ["Mul", "Div"] {
        let network = Network::default()
            .op("conv", "Conv", &[])
            .op("plus", "Add", &["conv"])
            .op("clip", "Relu6", &["plus"])
            .op("sixth", last, &["clip"])
            .op("times", "Mul", &["sixth", "conv"])
            .op("pool", "MaxPool", &["times"]);
        assert_eq!(
            network.kernels(&Rules::cortex_a76_cpu()),
            ["conv", "hswish", "maxpool"]
        );
        // The VPU takes it into the convolution, which only the fused operator reads.
        assert_eq!(
            network.kernels(&Rules::myriad_vpu()),
            ["conv-hswish", "maxpool"]
        );
    }
}

/// The block of TensorFlow's `MobileNetV3`, with the hard sigmoid in parts.
fn squeeze_and_excitation() -> Network {
    Network::default()
        .op("x", "Conv", &[])
        .op("pool", "AvgPool", &["x"])
        .op("squeeze", "Conv2D", &["pool"])
        .op("bias1", "BiasAdd", &["squeeze"])
        .op("relu", "Relu", &["bias1"])
        .op("excite", "Conv2D", &["relu"])
        .op("bias2", "BiasAdd", &["excite"])
        .op("plus", "Add", &["bias2"])
        .op("clip", "Relu6", &["plus"])
        .op("sixth", "Mul", &["clip"])
        .op("scale", "Mul", &["sixth", "x"])
        .op("after", "MaxPool", &["scale"])
}

#[test]
fn squeeze_and_excitation_is_one_kernel() {
    let network = squeeze_and_excitation();
    for rules in [
        Rules::cortex_a76_cpu(),
        Rules::adreno_gpu(),
        Rules::myriad_vpu(),
    ] {
        assert_eq!(network.kernels(&rules), ["conv", "se", "maxpool"]);
    }
    let kernels = detect(&network.ir(), &Rules::cortex_a76_cpu()).unwrap();
    assert_eq!(kernels[1].family, Some(Family::SqueezeExcite));
    // Its two convolutions are counted.
    assert_eq!(kernels[1].weights, 2.0 * 9.0 * 16.0 * 16.0);

    let onnx = Network::default()
        .op("x", "Conv", &[])
        .op("pool", "GlobalAveragePool", &["x"])
        .op("squeeze", "Conv", &["pool"])
        .op("relu", "Relu", &["squeeze"])
        .op("excite", "Conv", &["relu"])
        .op("gate", "HardSigmoid", &["excite"])
        .op("scale", "Mul", &["gate", "x"])
        .op("last", "Relu", &["scale"]);
    assert_eq!(onnx.kernels(&Rules::cortex_a76_cpu()), ["conv", "se-relu"]);
}

/// The gate of `RegNet` is a sigmoid, `EfficientNet` has one in place of the rectifier, too.
#[test]
fn a_gate_of_a_sigmoid_is_squeeze_and_excitation() {
    let regnet = Network::default()
        .op("x", "Conv", &[])
        .op("pool", "ReduceMean", &["x"])
        .op("squeeze", "Conv", &["pool"])
        .op("relu", "Relu", &["squeeze"])
        .op("excite", "Conv", &["relu"])
        .op("gate", "Sigmoid", &["excite"])
        .op("scale", "Mul", &["gate", "x"]);
    assert_eq!(regnet.kernels(&Rules::cortex_a76_cpu()), ["conv", "se"]);
    let efficientnet = Network::default()
        .op("conv", "Conv", &[])
        .op("sigmoid", "Sigmoid", &["conv"])
        .op("x", "Mul", &["conv", "sigmoid"])
        .op("pool", "GlobalAveragePool", &["x"])
        .op("squeeze", "Conv", &["pool"])
        .op("gate1", "Sigmoid", &["squeeze"])
        .op("times1", "Mul", &["squeeze", "gate1"])
        .op("excite", "Conv", &["times1"])
        .op("gate2", "Sigmoid", &["excite"])
        .op("scale", "Mul", &["gate2", "x"])
        .op("last", "Conv", &["scale"]);
    assert_eq!(
        efficientnet.kernels(&Rules::cortex_a76_cpu()),
        ["conv", "silu", "se", "conv"]
    );
}

/// What exporters make of them before ONNX has operators for them.
#[test]
fn activations_and_norms_in_parts_are_one_kernel() {
    let hard = Network::default()
        .op("x", "Conv", &[])
        .op("gate", "HardSigmoid", &["x"])
        .op("times", "Mul", &["x", "gate"]);
    assert_eq!(hard.kernels(&Rules::cortex_a76_cpu()), ["conv", "hswish"]);
    let gelu = Network::default()
        .op("x", "Conv", &[])
        .op("scaled", "Div", &["x"])
        .op("erf", "Erf", &["scaled"])
        .op("plus", "Add", &["erf"])
        .op("times", "Mul", &["x", "plus"])
        .op("half", "Mul", &["times"]);
    assert_eq!(gelu.kernels(&Rules::cortex_a76_cpu()), ["conv", "gelu"]);
    let halved_first = Network::default()
        .op("x", "Conv", &[])
        .op("scaled", "Div", &["x"])
        .op("erf", "Erf", &["scaled"])
        .op("plus", "Add", &["erf"])
        .op("half", "Mul", &["x"])
        .op("times", "Mul", &["half", "plus"]);
    let kernels = halved_first.kernels(&Rules::cortex_a76_cpu());
    assert_eq!(kernels, ["conv", "gelu"]);
    let norm = [Some("pool"), None].map(|ends| {
        let network = Network::default()
            .op("x", "Conv", &[])
            .op("mean", "channel mean", &["x"])
            .op("centred", "Sub", &["x", "mean"])
            .op("squared", "Pow", &["centred"])
            .op("variance", "channel mean", &["squared"])
            .op("plus", "Add", &["variance"])
            .op("deviation", "Sqrt", &["plus"])
            .op("normed", "Div", &["centred", "deviation"])
            .op("scaled", "Mul", &["normed"])
            .op("shifted", "Add", &["scaled"]);
        match ends {
            Some(name) => network.op(name, "MaxPool", &["shifted"]),
            None => network,
        }
    });
    for network in norm {
        let kernels = detect(&network.ir(), &Rules::cortex_a76_cpu()).unwrap();
        assert_eq!(kernels[1].op, "LayerNormalization");
        assert_eq!(kernels[1].family, None);
    }
}

/// A sigmoid was never measured; a hard swish stands for it, and that is said.
#[test]
fn operators_of_about_the_same_work_stand_for_each_other() {
    let network = chain(&["Conv", "Sigmoid", "LeakyRelu", "Relu", "Softmax"]);
    let kernels = detect(&network.ir(), &Rules::cortex_a76_cpu()).unwrap();
    let found: Vec<_> = kernels
        .iter()
        .map(|kernel| (kernel.op.as_str(), kernel.family, kernel.is_approximate()))
        .collect();
    assert_eq!(
        found,
        [
            ("conv", Some(Family::Convolution), false),
            ("Sigmoid", Some(Family::HardSwish), true),
            ("LeakyRelu", Some(Family::Relu), true),
            ("relu", Some(Family::Relu), false),
            ("Softmax", None, false),
        ]
    );
}

/// An extra edge between two operators of a block makes it another block.
#[test]
fn a_pattern_has_exactly_its_edges() {
    let network = squeeze_and_excitation().op("other", "Add", &["after", "bias1"]);
    assert!(
        network
            .kernels(&Rules::myriad_vpu())
            .contains(&"se".to_owned())
    );
    let twisted = Network::default()
        .op("x", "Conv", &[])
        .op("pool", "GlobalAveragePool", &["x"])
        .op("squeeze", "Conv", &["pool"])
        .op("relu", "Relu", &["squeeze"])
        .op("excite", "Conv", &["relu", "pool"])
        .op("gate", "HardSigmoid", &["excite"])
        .op("scale", "Mul", &["gate", "x"]);
    assert!(
        !twisted
            .kernels(&Rules::myriad_vpu())
            .contains(&"se".to_owned())
    );
}

#[test]
fn a_channel_shuffle_is_one_kernel() {
    let network = Network::default()
        .op("join", "Concat", &[])
        .op("apart", "Reshape", &["join"])
        .op("turn", "Transpose", &["apart"])
        .op("together", "Reshape", &["turn"])
        .op("cut", "Split", &["together"]);
    assert_eq!(
        network.kernels(&Rules::cortex_a76_cpu()),
        ["concat", "channelshuffle", "split"]
    );
}

#[test]
fn values_are_no_kernels_and_unknown_operators_are_kernels_of_no_family() {
    let network = chain(&["Placeholder", "Conv", "LSTM"]);
    let kernels = detect(&network.ir(), &Rules::cortex_a76_cpu()).unwrap();
    let kinds: Vec<_> = kernels.iter().map(|k| (k.op.as_str(), k.family)).collect();
    assert_eq!(kinds, [("conv", Some(Family::Convolution)), ("LSTM", None)]);
}

fn inventory(relu_after_add: bool, rules: &Rules) -> BTreeMap<String, usize> {
    let graph = ResNet {
        relu_after_add,
        ..ResNet::resnet18(7, 100, 2)
    }
    .build()
    .unwrap();
    let mut counts = BTreeMap::new();
    for kernel in detect(&Ir::from_graph(&graph), rules).unwrap() {
        *counts.entry(kernel.op).or_default() += 1;
    }
    counts
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|&(op, n)| (op.to_owned(), n)).collect()
}

/// ResNet-18 as exported: 20 convolutions, 17 activations, 8 additions.
#[test]
fn a_residual_network_on_each_kind_of_device() {
    let separate = counts(&[
        ("conv-relu", 9),
        ("conv", 11),
        ("maxpool", 1),
        ("add-relu", 8),
        ("gap", 1),
        ("fc", 1),
    ]);
    assert_eq!(inventory(true, &Rules::cortex_a76_cpu()), separate);
    assert_eq!(inventory(true, &Rules::myriad_vpu()), separate);
    // Each addition joins one convolution: of the three shortcuts the one that comes first.
    let joined = counts(&[
        ("conv-relu", 9),
        ("conv-add-relu", 8),
        ("conv", 3),
        ("maxpool", 1),
        ("gap", 1),
        ("fc", 1),
    ]);
    assert_eq!(inventory(true, &Rules::adreno_gpu()), joined);
}

/// The study's blocks have no activation after the addition.
#[test]
fn a_network_of_the_study_on_each_kind_of_device() {
    let cpu = inventory(false, &Rules::cortex_a76_cpu());
    assert_eq!((cpu["add"], cpu["conv"]), (8, 11));
    let gpu = inventory(false, &Rules::adreno_gpu());
    assert_eq!((gpu["conv-add"], gpu["conv"]), (8, 3));
}

/// Operators of all rules and patterns, each reading up to two of those before it.
fn any_network() -> impl Strategy<Value = Vec<(&'static str, usize, usize)>> {
    let kinds = prop::sample::select(vec![
        "Conv",
        "BatchNormalization",
        "Relu",
        "Add",
        "Mul",
        "Div",
        "GlobalAveragePool",
        "Reshape",
        "Transpose",
        "HardSigmoid",
        "MatMul",
    ]);
    prop::collection::vec((kinds, 1..6_usize, 0..6_usize), 2..40)
}

proptest! {
    /// Fusion neither loses nor doubles work, and finds an order for whatever has one.
    #[test]
    fn fusion_keeps_the_multiplications(
        operators in any_network(),
        branching in prop::sample::select(vec![Branching::Never, Branching::First, Branching::All]),
    ) {
        let mut network = Network::default();
        let name = |index: usize| format!("n{index}");
        for (index, &(kind, first, second)) in operators.iter().enumerate() {
            let reads: Vec<String> = [first, second]
                .iter()
                .filter(|&&back| back > 0 && back <= index)
                .map(|back| name(index - back))
                .collect();
            let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
            network = network.op(&name(index), kind, &reads);
        }
        let read: Vec<bool> = {
            let ir = network.ir();
            let reads = |node: &str| ir.nodes().iter().any(|n| n.inbounds.iter().any(|i| i == node));
            let edges = |n: &edgefront_latency::IrNode| !n.inbounds.is_empty() || reads(&n.name);
            ir.nodes().iter().map(edges).collect()
        };
        // A graph without edges is refused.
        prop_assume!(read.contains(&true));
        let expected: f64 = operators
            .iter()
            .zip(&read)
            .filter(|(_, connected)| **connected)
            .map(|((kind, ..), _)| match *kind {
                "Conv" => 9.0 * 16.0 * 16.0 * 64.0,
                "MatMul" => 16.0 * 16.0,
                _ => 0.0,
            })
            .sum();
        for rules in [Rules::cortex_a76_cpu(), Rules::adreno_gpu(), Rules::myriad_vpu()] {
            let rules = Rules { branching, ..rules };
            let kernels = detect(&network.ir(), &rules).unwrap();
            prop_assert_eq!(kernels.iter().map(|k| k.macs).sum::<f64>(), expected);
        }
    }
}

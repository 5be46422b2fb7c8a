//! The built-in devices on the study's networks.

use edgefront_graph::{ResNet, Stem};
use edgefront_latency::{
    Family, Ir, Kernel, Prediction, Predictor, Summary, builtin_devices, device, predict_all,
};
use proptest::prelude::*;

use crate::network::Network;

fn predict(network: &ResNet) -> Vec<Prediction> {
    let ir = Ir::from_graph(&network.build().unwrap());
    predict_all(&ir, builtin_devices().iter().map(|d| d as &dyn Predictor)).unwrap()
}

/// A network of the search space.
fn study(bands: usize, kernel: usize, stride: usize, padding: usize, width: usize) -> ResNet {
    ResNet {
        stem: Stem {
            kernel,
            stride,
            padding,
            pool: Some((3, 2)),
        },
        width,
        relu_after_add: false,
        ..ResNet::resnet18(bands, 100, 2)
    }
}

/// The 180 architectures of the space (a pool without use is one), for 5 and 7 bands.
fn all_of_the_study() -> Vec<ResNet> {
    let pools = [None, Some((2, 1)), Some((2, 2)), Some((3, 1)), Some((3, 2))];
    let mut all = Vec::new();
    for bands in [5, 7] {
        for kernel in [3, 5] {
            for stride in [1, 2] {
                for padding in [1, 2, 3] {
                    for width in [32, 48, 64] {
                        for pool in pools {
                            let mut network = study(bands, kernel, stride, padding, width);
                            network.stem.pool = pool;
                            all.push(network);
                        }
                    }
                }
            }
        }
    }
    all
}

/// The study's baseline rows: ResNet-18, mean of nn-Meter's predictions for the four devices.
#[test]
fn the_baseline_is_near_the_published_latency() {
    for (bands, published) in [(5, 31.91), (7, 32.46)] {
        let predictions = predict(&ResNet::resnet18(bands, 100, 2));
        let summary = Summary::of(&predictions).unwrap();
        let latencies: Vec<f64> = predictions.iter().map(|p| p.milliseconds).collect();
        println!("{bands} bands: {summary:?} of {latencies:?}, published {published}");
        assert!((summary.mean / published - 1.0).abs() < 0.25, "{summary:?}");
        assert!(summary.std > 0.0 && summary.max > summary.mean);
    }
}

#[test]
fn every_kernel_of_the_study_is_known_and_none_is_negative() {
    for network in all_of_the_study() {
        for prediction in predict(&network) {
            assert_eq!(prediction.unknown, Vec::<String>::new());
            assert_eq!(prediction.coverage.kernels, 1.0);
            assert_eq!(prediction.coverage.macs, 1.0);
            assert!(prediction.accuracy.is_some());
            let sum: f64 = prediction
                .kernels
                .iter()
                .filter_map(|k| k.milliseconds)
                .sum();
            assert_eq!(sum, prediction.milliseconds);
            assert!(
                prediction
                    .kernels
                    .iter()
                    .all(|k| k.milliseconds >= Some(0.0))
            );
            assert!(prediction.milliseconds > 1.0, "{network:?}");
        }
    }
}

/// More channels, window or map take more time on every device, and more bands never less.
#[test]
fn latency_grows_with_the_network() {
    let compare = |smaller: &ResNet, larger: &ResNet, strictly: bool| {
        for (less, more) in predict(smaller).iter().zip(&predict(larger)) {
            assert!(
                less.milliseconds < more.milliseconds
                    || !strictly && less.milliseconds == more.milliseconds,
                "{}: {} is not below {}: {smaller:?} {larger:?}",
                less.device,
                less.milliseconds,
                more.milliseconds
            );
        }
    };
    let grows = |smaller: &ResNet, larger: &ResNet| compare(smaller, larger, true);
    for stride in [1, 2] {
        for padding in [1, 2] {
            for width in [32, 48] {
                let of = |bands, kernel, width| study(bands, kernel, stride, padding, width);
                let base = of(5, 3, width);
                grows(&base, &of(5, 3, width + 16));
                // Five and seven bands are eight to a device that fills blocks of eight.
                compare(&base, &of(7, 3, width), false);
                // The stem of one band is a convolution like any other.
                compare(&of(1, 3, width), &of(2, 3, width), false);
                grows(&base, &of(9, 3, width));
                // The same output map needs one more row of padding on each side.
                grows(&base, &study(5, 5, stride, padding + 1, width));
                let mut unpooled = base;
                unpooled.stem.pool = None;
                grows(&base, &unpooled);
            }
        }
    }
    for width in [32, 48, 64] {
        grows(&study(7, 3, 2, 1, width), &study(7, 3, 1, 1, width));
    }
    for size in [64, 100, 128, 200] {
        let of = |size| ResNet::resnet18(7, size, 2);
        grows(&of(size), &of(size + 32));
    }
}

#[test]
fn an_unknown_kernel_is_named_and_not_covered() {
    let network = Network::default()
        .op("conv", "Conv", &[])
        .op("odd", "LSTM", &["conv"])
        .op("shuffle", "Split", &["odd"]);
    let gpu = device("adreno640gpu")
        .unwrap()
        .predict(&network.ir())
        .unwrap();
    // ShuffleNet was not measured on the GPUs, so that they know no split.
    assert_eq!(gpu.unknown, ["LSTM (odd)", "split (shuffle)"]);
    assert_eq!(gpu.coverage.kernels, 1.0 / 3.0);
    assert_eq!(gpu.coverage.macs, 1.0);
    assert_eq!(gpu.kernels[1].milliseconds, None);
    let cpu = device("cortexA76cpu")
        .unwrap()
        .predict(&network.ir())
        .unwrap();
    assert_eq!(cpu.unknown, ["LSTM (odd)"]);
}

/// A convolution that keeps the size of the map but for its stride.
fn convolution(size: usize, channels: [usize; 2], window: [usize; 2], stride: usize) -> Kernel {
    let [input, output] = channels;
    let weights = (input * output * window[0] * window[1]) as f64;
    let side = size.div_ceil(stride);
    let positions = (side * side) as f64;
    Kernel {
        inputs: Vec::new(),
        op: "conv-bn-relu".to_owned(),
        name: "conv".to_owned(),
        family: Some(Family::Convolution),
        height: size,
        width: size,
        input_channels: input,
        output_channels: output,
        kernel: window,
        stride: [stride, stride],
        input_elements: (size * size * input) as f64,
        output_elements: positions * output as f64,
        macs: positions * weights,
        weights,
    }
}

/// The depthwise convolution of as many channels.
fn depthwise(size: usize, channels: usize, window: [usize; 2], stride: usize) -> Kernel {
    let weights = (channels * window[0] * window[1]) as f64;
    let dense = convolution(size, [channels, channels], window, stride);
    Kernel {
        family: Some(Family::Depthwise),
        macs: dense.macs / channels as f64,
        weights,
        ..dense
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Far beyond the study's maps and windows, and those that were measured.
    #[test]
    fn a_convolution_never_costs_less_for_more_channels_map_or_window(
        size in 1_usize..300,
        (input, output) in (1_usize..1200, 1_usize..1200),
        (rows, columns) in (1_usize..12, 1_usize..12),
        stride in 1_usize..5,
        (more_size, more_input, more_output) in (0_usize..50, 0_usize..100, 0_usize..100),
        (more_rows, more_columns) in (0_usize..7, 0_usize..7),
    ) {
        let window = [rows, columns];
        let larger = [rows + more_rows, columns + more_columns];
        let dense = convolution(size, [input, output], window, stride);
        let denser = [
            convolution(size + more_size, [input, output], window, stride),
            convolution(size, [input + more_input, output], window, stride),
            convolution(size, [input, output + more_output], window, stride),
            convolution(size, [input, output], larger, stride),
        ];
        let thin = depthwise(size, input, window, stride);
        let thicker = [
            depthwise(size + more_size, input, window, stride),
            depthwise(size, input + more_input, window, stride),
            depthwise(size, input, larger, stride),
        ];
        for device in builtin_devices() {
            let time = |kernel: &Kernel| device.kernel_milliseconds(kernel).unwrap();
            let grows = |less: &Kernel, more: &Kernel| {
                // Sums of many terms in floating point.
                0.0 <= time(less) && time(less) <= time(more) * (1.0 + 1e-12)
            };
            for more in &denser {
                let (from, to) = (time(&dense), time(more));
                prop_assert!(grows(&dense, more), "{}: {} {}, {:?}", device.name(), from, to, more);
            }
            for more in &thicker {
                let (from, to) = (time(&thin), time(more));
                prop_assert!(grows(&thin, more), "{}: {} {}, {:?}", device.name(), from, to, more);
            }
        }
    }
}

/// Every map of the study's networks (and those of larger images) in every window, and the two
/// places where coefficients of their own for each window once made the larger one cheaper.
#[test]
fn larger_windows_cost_more_on_the_maps_of_the_study() {
    for device in builtin_devices() {
        for size in [4, 7, 13, 25, 28, 50, 56, 100, 112, 224] {
            for channels in [
                [3, 32],
                [5, 64],
                [5, 256],
                [7, 48],
                [64, 64],
                [384, 32],
                [512, 512],
            ] {
                for stride in [1, 2] {
                    let times: Vec<f64> = [1, 3, 5, 7, 11]
                        .map(|window| convolution(size, channels, [window; 2], stride))
                        .iter()
                        .map(|kernel| device.kernel_milliseconds(kernel).unwrap())
                        .collect();
                    let name = device.name();
                    assert!(times[0] > 0.0, "{name}: {size} {channels:?} {times:?}");
                    assert!(times.is_sorted(), "{name}: {size} {channels:?} {times:?}");
                }
            }
        }
    }
}

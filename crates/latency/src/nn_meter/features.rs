//! What nn-Meter's forests see of a kernel.

use crate::kernel::Kernel;

/// How many channels of the inputs of a concatenation are features.
const CONCATENATED: usize = 4;

/// The name of the predictor that nn-Meter asks about a kernel, and the features that it gives it;
/// `None` of a kernel that nn-Meter has no features for, or that lacks the shapes for them.
///
/// The first line that fits the kernel's [`op`](Kernel::op) counts. Names are sought as parts of it,
/// so that `conv-bn-add` goes to the predictor of convolutions, and `transpose`, which holds an
/// `se`, to one that no device has. `h` are rows of the first input, `c` the last dimension of a
/// shape, `k` and `s` the window's columns and their step:
///
/// | the op holds | features |
/// |---|---|
/// | `conv` | h, c in, c out, k, s, FLOPs / 2e6, weights / 1e6 (padding ignored, nothing rounded) |
/// | `fc` | c in, c out, f / 2e6, f / 1e6 with f = (2 c in + 1) c out |
/// | `pool` without `global` | h, c in, c out, k, s |
/// | `global-pool`, `global-avgpool`, `gap` | 1, c in, whatever the rows |
/// | `channelshuffle`, `split` | h, c in |
/// | `se`, `SE` | the last two dimensions of the last input |
/// | `concat` | h, inputs, c of each, up to 4; with more inputs the second is 6 |
/// | `hswish`, alone | h, c in; of vectors h is the batch |
/// | `bn`, `relu`, `bn-relu`, alone | h, c in; of vectors h is the batch |
/// | `add`, `add-relu`, alone | h, c of the first input, c of the second |
#[must_use]
pub fn features(kernel: &Kernel) -> Option<(&str, Vec<f64>)> {
    let features = values(kernel)?;
    Some((predictor(&kernel.op), features))
}

/// The predictor of kernels that fuse these operators.
fn predictor(op: &str) -> &str {
    match op {
        _ if op.contains("dwconv") => "dwconv-bn-relu",
        _ if op.contains("conv") => "conv-bn-relu",
        "fc-relu" => "fc",
        "max-pool" => "maxpool",
        "avg-pool" => "avgpool",
        "global-pool" | "gap" => "global-avgpool",
        "channel_shuffle" => "channelshuffle",
        "bn-relu" => "bnrelu",
        "add-relu" => "addrelu",
        "SE" | "SE-relu" | "se-relu" => "se",
        _ => op,
    }
}

fn values(kernel: &Kernel) -> Option<Vec<f64>> {
    let op = kernel.op.as_str();
    let holds = |parts: &[&str]| parts.iter().any(|part| op.contains(part));
    let first = kernel.inputs.first().map(Vec::as_slice);
    let channels_in = kernel.input_channels as f64;
    let channels_out = kernel.output_channels as f64;
    let window = kernel.kernel[1] as f64;
    let stride = kernel.stride[1] as f64;
    // Rows and channels of a map; other shapes have none.
    let map = |shape: Option<&[usize]>| match shape {
        Some(&[_, height, _, channels]) => Some([height as f64, channels as f64]),
        _ => None,
    };
    Some(if holds(&["conv"]) {
        let [height, _] = map(first)?;
        let fan_in = if holds(&["dwconv"]) { 1.0 } else { channels_in };
        let weights = channels_out * (window * window * fan_in + 1.0);
        // In nn-Meter's order, which decides the last bit.
        let flops = 2.0 * height / stride * height / stride * weights;
        let (flops, weights) = (flops / 2e6, weights / 1e6);
        vec![
            height,
            channels_in,
            channels_out,
            window,
            stride,
            flops,
            weights,
        ]
    } else if holds(&["fc"]) {
        let flops = (2.0 * channels_in + 1.0) * channels_out;
        vec![channels_in, channels_out, flops / 2e6, flops / 1e6]
    } else if holds(&["pool"]) && !holds(&["global"]) {
        let [height, _] = map(first)?;
        vec![height, channels_in, channels_out, window, stride]
    } else if holds(&["global-pool", "global-avgpool", "gap"]) {
        vec![1.0, channels_in]
    } else if holds(&["channelshuffle", "split"]) {
        map(first)?.to_vec()
    } else if holds(&["se", "SE"]) {
        let [.., rows, channels] = kernel.inputs.last()?.as_slice() else {
            return None;
        };
        vec![*rows as f64, *channels as f64]
    } else if holds(&["concat"]) {
        let height = *first?.get(1)? as f64;
        let inputs = kernel.inputs.len();
        let counted = if inputs > CONCATENATED {
            CONCATENATED + 2
        } else {
            inputs
        };
        let mut features = vec![height, counted as f64];
        for shape in kernel.inputs.iter().take(CONCATENATED) {
            features.push(*shape.last()? as f64);
        }
        features.resize(2 + CONCATENATED, 0.0);
        features
    } else {
        match op {
            "hswish" => match first? {
                [batch, channels] => vec![*batch as f64, *channels as f64],
                [_, height, .., channels] => vec![*height as f64, *channels as f64],
                _ => return None,
            },
            "bn" | "relu" | "bn-relu" => match first? {
                [_, height, _, channels] => vec![*height as f64, *channels as f64],
                [batch, second, ..] => vec![*batch as f64, *second as f64],
                _ => return None,
            },
            "add" | "add-relu" => {
                let [height, channels] = map(first)?;
                let [_, others] = map(kernel.inputs.get(1).map(Vec::as_slice))?;
                vec![height, channels, others]
            }
            _ => return None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kernel with a window of 5 columns and steps of 2, from 24 channels to 40.
    fn kernel(op: &str, inputs: &[&[usize]]) -> Kernel {
        Kernel {
            op: op.to_owned(),
            name: "node".to_owned(),
            family: None,
            inputs: inputs.iter().map(|shape| shape.to_vec()).collect(),
            height: 0,
            width: 0,
            input_channels: inputs[0].last().copied().unwrap_or(1),
            output_channels: 40,
            kernel: [3, 5],
            stride: [1, 2],
            input_elements: 0.0,
            output_elements: 0.0,
            macs: 0.0,
            weights: 0.0,
        }
    }

    const MAP: &[usize] = &[8, 15, 14, 24];
    const VECTOR: &[usize] = &[8, 24];

    fn asked(op: &str, inputs: &[&[usize]]) -> Option<(String, Vec<f64>)> {
        let kernel = kernel(op, inputs);
        features(&kernel).map(|(name, features)| (name.to_owned(), features))
    }

    #[test]
    fn convolutions_count_flops_without_padding_or_rounding() {
        let dense = [
            15.0,
            24.0,
            40.0,
            5.0,
            2.0,
            2.0 * 7.5 * 7.5 * 24_040.0 / 2e6,
            24_040.0 / 1e6,
        ];
        for op in [
            "conv",
            "conv-relu",
            "conv-bn-add-relu",
            "convtrans",
            "relu-conv",
        ] {
            assert_eq!(
                asked(op, &[MAP]),
                Some(("conv-bn-relu".into(), dense.to_vec()))
            );
        }
        let depthwise = [
            15.0,
            24.0,
            40.0,
            5.0,
            2.0,
            2.0 * 7.5 * 7.5 * 1_040.0 / 2e6,
            1_040.0 / 1e6,
        ];
        for op in ["dwconv", "dwconv-bn-relu"] {
            assert_eq!(
                asked(op, &[MAP]),
                Some(("dwconv-bn-relu".into(), depthwise.to_vec()))
            );
        }
        assert_eq!(asked("conv", &[VECTOR]), None);
    }

    /// An operator, its inputs, its predictor and its features.
    type Case = (
        &'static str,
        &'static [&'static [usize]],
        &'static str,
        &'static [f64],
    );

    #[test]
    fn the_other_kernels_have_features_of_their_own() {
        const FLOPS: f64 = 49.0 * 40.0;
        const NARROW: &[usize] = &[8, 15, 14, 6];
        let cases: &[Case] = &[
            (
                "fc",
                &[VECTOR],
                "fc",
                &[24.0, 40.0, FLOPS / 2e6, FLOPS / 1e6],
            ),
            (
                "fc-relu",
                &[VECTOR],
                "fc",
                &[24.0, 40.0, FLOPS / 2e6, FLOPS / 1e6],
            ),
            ("maxpool", &[MAP], "maxpool", &[15.0, 24.0, 40.0, 5.0, 2.0]),
            ("max-pool", &[MAP], "maxpool", &[15.0, 24.0, 40.0, 5.0, 2.0]),
            ("avgpool", &[MAP], "avgpool", &[15.0, 24.0, 40.0, 5.0, 2.0]),
            ("gap", &[MAP], "global-avgpool", &[1.0, 24.0]),
            ("global-pool", &[MAP], "global-avgpool", &[1.0, 24.0]),
            ("global-avgpool", &[MAP], "global-avgpool", &[1.0, 24.0]),
            ("channelshuffle", &[MAP], "channelshuffle", &[15.0, 24.0]),
            ("split", &[MAP], "split", &[15.0, 24.0]),
            ("se", &[MAP], "se", &[14.0, 24.0]),
            ("se-relu", &[MAP, NARROW], "se", &[14.0, 6.0]),
            ("SE", &[VECTOR], "se", &[8.0, 24.0]),
            ("hswish", &[MAP], "hswish", &[15.0, 24.0]),
            ("hswish", &[VECTOR], "hswish", &[8.0, 24.0]),
            ("hswish", &[&[8, 15, 24]], "hswish", &[15.0, 24.0]),
            ("bn", &[MAP], "bn", &[15.0, 24.0]),
            ("relu", &[MAP], "relu", &[15.0, 24.0]),
            ("relu", &[VECTOR], "relu", &[8.0, 24.0]),
            ("bn-relu", &[&[8, 15, 24]], "bnrelu", &[8.0, 15.0]),
            ("add", &[MAP, NARROW], "add", &[15.0, 24.0, 6.0]),
            ("add-relu", &[MAP, MAP], "addrelu", &[15.0, 24.0, 24.0]),
            (
                "concat",
                &[MAP, NARROW],
                "concat",
                &[15.0, 2.0, 24.0, 6.0, 0.0, 0.0],
            ),
            (
                "concat",
                &[MAP; 4],
                "concat",
                &[15.0, 4.0, 24.0, 24.0, 24.0, 24.0],
            ),
            // More inputs than four: the first four, and their number is six.
            (
                "concat",
                &[MAP; 5],
                "concat",
                &[15.0, 6.0, 24.0, 24.0, 24.0, 24.0],
            ),
            (
                "concat",
                &[VECTOR; 3],
                "concat",
                &[24.0, 3.0, 24.0, 24.0, 24.0, 0.0],
            ),
        ];
        for (op, inputs, name, expected) in cases {
            let found = asked(op, inputs);
            assert_eq!(found, Some(((*name).to_owned(), expected.to_vec())), "{op}");
        }
    }

    /// Features without a forest that could be asked: the name has none on any device.
    #[test]
    fn parts_of_names_decide_as_in_nn_meter() {
        assert_eq!(asked("transpose", &[MAP]).unwrap().0, "transpose");
        assert_eq!(asked("fc-add", &[VECTOR]).unwrap().0, "fc-add");
        assert_eq!(asked("concat-relu", &[MAP]).unwrap().0, "concat-relu");
    }

    #[test]
    fn what_has_no_features_is_not_guessed() {
        for op in [
            "softmax",
            "add-add",
            "relu-relu",
            "hswish-relu",
            "mul",
            "reshape",
        ] {
            assert_eq!(asked(op, &[MAP, MAP]), None, "{op}");
        }
        assert_eq!(asked("add", &[VECTOR, VECTOR]), None);
        assert_eq!(asked("add", &[MAP]), None);
        assert_eq!(asked("split", &[VECTOR]), None);
        assert_eq!(asked("bn", &[&[8]]), None);
    }
}

//! The terms of the additive model: what a kernel's time is proportional to.

mod term;
mod tiling;
mod variant;

use crate::kernel::{Family, Kernel};

pub use term::{Quantity, Term};
pub use variant::{Variant, Variants};

/// Quantities are counted in millions, so that coefficients are of the order of one.
const MILLION: f64 = 1e6;

/// Has the terms of all elementwise operators but the hard swish.
const ELEMENTWISE: Family = Family::Relu;

/// The terms of a kernel, with their values in the units of [`Quantity`].
///
/// Each is non-negative and none falls as channels, map or window grow, so neither does a sum of
/// them with non-negative coefficients. `None` of a kernel of no known family.
///
/// `variants` are the windows that the coefficients were fitted for: a kernel is given the terms of
/// the nearest of its family, or its own if the family has none.
#[must_use]
pub fn terms(kernel: &Kernel, variants: &Variants) -> Option<Vec<(Term, f64)>> {
    let family = kernel.family?;
    Some(match family {
        Family::Convolution => convolution(kernel, variants),
        Family::Depthwise => depthwise(kernel, variants),
        Family::MaxPool | Family::AveragePool => pool(kernel, family),
        Family::FullyConnected => general(
            family,
            [
                (Quantity::Weights, kernel.weights / MILLION),
                (Quantity::Count, 1.0),
            ],
        ),
        Family::Concat => general(
            family,
            [
                (Quantity::Output, kernel.output_elements / MILLION),
                (Quantity::Count, 1.0),
            ],
        ),
        Family::SqueezeExcite => general(
            family,
            [
                (Quantity::Input, kernel.input_elements / MILLION),
                (Quantity::Weights, kernel.weights / MILLION),
                (Quantity::Count, 1.0),
            ],
        ),
        Family::View => Vec::new(),
        // Each of these was measured in two or three architectures, on maps of a few sizes: alone,
        // none would say what it costs elsewhere. They all read maps and write one, so they share
        // what they cost.
        Family::Add
        | Family::AddRelu
        | Family::BatchNorm
        | Family::BatchNormRelu
        | Family::Relu => general(
            ELEMENTWISE,
            [
                (Quantity::Input, kernel.input_elements / MILLION),
                (Quantity::Count, 1.0),
            ],
        ),
        Family::GlobalPool | Family::Split | Family::ChannelShuffle | Family::HardSwish => general(
            family,
            [
                (Quantity::Input, kernel.input_elements / MILLION),
                (Quantity::Count, 1.0),
            ],
        ),
    })
}

fn general<const N: usize>(family: Family, values: [(Quantity, f64); N]) -> Vec<(Term, f64)> {
    let term = |(quantity, value)| (Term::general(family, quantity), value);
    values.into_iter().map(term).collect()
}

fn convolution(kernel: &Kernel, variants: &Variants) -> Vec<(Term, f64)> {
    let family = Family::Convolution;
    let window = variants.nearest(family, Variant::of(kernel));
    let size = window.any_stride();
    let mac = kernel.macs / MILLION;
    // Runtimes work on blocks of four or eight channels and fill the last block up.
    let padded = |block: usize| {
        let fill =
            |channels: usize| channels.next_multiple_of(block) as f64 / channels.max(1) as f64;
        mac * fill(kernel.input_channels) * fill(kernel.output_channels)
    };
    let patches = mac / kernel.output_channels.max(1) as f64;
    let output = kernel.output_elements / MILLION;
    let input = kernel.input_elements / MILLION;
    let of = |variant, quantity| Term {
        family,
        variant: Some(variant),
        quantity,
    };
    let mut terms = vec![
        (Term::general(family, Quantity::Macs), mac),
        (Term::general(family, Quantity::Output), output),
        (of(size, Quantity::MacsPadded4), padded(4)),
        (of(size, Quantity::MacsPadded8), padded(8)),
        (
            of(size, Quantity::MacsOutgrown),
            (mac / 100.0).powi(3).sqrt(),
        ),
        (of(size, Quantity::Patches), patches),
        (of(size, Quantity::Output), output),
        (of(size, Quantity::Input), input),
        (of(size, Quantity::Weights), kernel.weights / MILLION),
        (of(window, Quantity::Macs), mac),
        (
            of(size, Quantity::Depth),
            kernel.input_channels as f64 * area(kernel) / MILLION,
        ),
        (
            of(window, Quantity::ArrayCycles),
            tiling::array_cycles(kernel) / MILLION,
        ),
        (
            of(size, Quantity::InputSplit),
            if tiling::splits_input(kernel) {
                input
            } else {
                0.0
            },
        ),
        (
            of(size, Quantity::WeightsReread),
            (tiling::output_tiles(kernel) - 1.0) * kernel.weights / MILLION,
        ),
    ];
    // Starting a large window costs what a small one costs and more: a size that has been measured
    // in few networks cannot come out cheaper.
    let sizes = Variant::SIZES.iter().filter(|&&size| size <= window.kernel);
    terms.extend(sizes.map(|&kernel| {
        let size = Variant {
            kernel,
            stride: None,
        };
        (of(size, Quantity::Count), 1.0)
    }));
    terms
}

fn depthwise(kernel: &Kernel, variants: &Variants) -> Vec<(Term, f64)> {
    let family = Family::Depthwise;
    let window = variants.nearest(family, Variant::of(kernel));
    let mac = kernel.macs / MILLION;
    let output = kernel.output_elements / MILLION;
    let input = kernel.input_elements / MILLION;
    let of = |quantity| Term {
        family,
        variant: Some(window),
        quantity,
    };
    vec![
        (Term::general(family, Quantity::Macs), mac),
        (Term::general(family, Quantity::Output), output),
        (
            Term::general(family, Quantity::Weights),
            kernel.weights / MILLION,
        ),
        (Term::general(family, Quantity::Count), 1.0),
        (of(Quantity::Macs), mac),
        (of(Quantity::Output), output),
        (of(Quantity::Input), input),
        (of(Quantity::Count), 1.0),
    ]
}

/// Windows of pools are not told apart: each size and step occurs in one or two places of a few
/// families, where its cost could not be told from that of its surroundings.
fn pool(kernel: &Kernel, family: Family) -> Vec<(Term, f64)> {
    // Each output looks at a window of inputs, as a convolution's multiplications do.
    general(
        family,
        [
            (
                Quantity::Macs,
                area(kernel) * kernel.output_elements / MILLION,
            ),
            (Quantity::Input, kernel.input_elements / MILLION),
            (Quantity::Count, 1.0),
        ],
    )
}

/// The inputs that a window covers in one channel.
fn area(kernel: &Kernel) -> f64 {
    kernel.kernel[0] as f64 * kernel.kernel[1] as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A convolution that keeps the size of the map but for its stride.
    fn kernel(size: usize, input: usize, output: usize, window: usize, stride: usize) -> Kernel {
        let side = size.div_ceil(stride);
        let positions = (side * side) as f64;
        let weights = (input * output * window * window) as f64;
        Kernel {
            op: "conv-relu".to_owned(),
            name: "conv".to_owned(),
            family: Some(Family::Convolution),
            height: size,
            width: size,
            input_channels: input,
            output_channels: output,
            kernel: [window, window],
            stride: [stride, stride],
            input_elements: (size * size * input) as f64,
            output_elements: positions * output as f64,
            macs: positions * weights,
            weights,
        }
    }

    proptest! {
        /// What a sum with non-negative coefficients needs to be non-negative and not to fall.
        #[test]
        fn no_term_falls_as_channels_map_or_window_grow(
            (size, input, output) in (1_usize..300, 1_usize..1200, 1_usize..1200),
            (more_size, more_input, more_output) in (0_usize..40, 0_usize..80, 0_usize..80),
            // Windows of one class share their coefficients: 4 counts as 5, and so on.
            (window, larger) in prop::sample::select(vec![(1, 1), (3, 3), (4, 5), (6, 7), (8, 11)]),
            stride in 1_usize..4,
        ) {
            let small = kernel(size, input, output, window, stride);
            for large in [
                kernel(size + more_size, input, output, window, stride),
                kernel(size, input + more_input, output, window, stride),
                kernel(size, input, output + more_output, window, stride),
                kernel(size, input, output, larger, stride),
            ] {
                let windows = Variants::default();
                let less = terms(&small, &windows).unwrap();
                let more = terms(&large, &windows).unwrap();
                for ((term, less), (same, more)) in less.into_iter().zip(more) {
                    prop_assert_eq!(term, same);
                    let room = 1e-12 * more;
                    prop_assert!(0.0 <= less && less <= more + room, "{}: {} {}", term, less, more);
                }
            }
        }
    }
}

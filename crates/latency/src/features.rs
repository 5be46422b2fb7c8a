//! The terms of the additive model: what a kernel's time is proportional to.

mod configuration;
mod term;
mod tiling;
mod variant;

use crate::kernel::{Family, Kernel};

pub use configuration::Configuration;
use term::ELEMENTWISE;
pub use term::{Quantity, Term};
pub use variant::{Variant, Variants};

/// Quantities are counted in millions, so that coefficients are of the order of one.
const MILLION: f64 = 1e6;

/// The terms of a kernel, with their values in the units of [`Quantity`].
///
/// Each is non-negative and none falls as channels, map or window grow, so neither does a sum of
/// them with non-negative coefficients: a window has the terms of all smaller sizes, too, with the
/// values of a window cut to that size, so it costs what a smaller one costs and more. `None` of a kernel of no known family.
///
/// `variants` are the windows that the coefficients were fitted for: a step that the kernel's
/// family was never measured with counts as the nearest that it was.
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

/// The term of a convolution's map rounded up to tiles, for devices that are calibrated.
///
/// The published networks have maps whose sides nearly all are multiples of 7, which cannot tell
/// it from the multiplications; so it is none of [`terms`]. Maps are taken as square.
#[must_use]
pub fn tiled(kernel: &Kernel, variants: &Variants) -> Option<(Term, f64)> {
    let family = kernel.family.filter(|&f| f == Family::Convolution)?;
    let area = kernel.output_elements / kernel.output_channels.max(1) as f64;
    let side = 4.0 * (area.sqrt() / 4.0).ceil();
    let fill = side * side / area.max(1.0);
    let term = Term {
        family,
        variant: Some(variants.nearest(family, Variant::of(kernel))),
        quantity: Quantity::MacsTiled,
    };
    Some((term, kernel.macs / MILLION * fill))
}

fn general<const N: usize>(family: Family, values: [(Quantity, f64); N]) -> Vec<(Term, f64)> {
    let term = |(quantity, value)| (Term::general(family, quantity), value);
    values.into_iter().map(term).collect()
}

fn particular<const N: usize>(
    family: Family,
    window: Variant,
    values: [(Quantity, f64); N],
) -> impl Iterator<Item = (Term, f64)> {
    let term = move |(quantity, value)| {
        let term = Term {
            family,
            variant: Some(window),
            quantity,
        };
        (term, value)
    };
    values.into_iter().map(term)
}

fn convolution(kernel: &Kernel, variants: &Variants) -> Vec<(Term, f64)> {
    let family = Family::Convolution;
    // Runtimes work on blocks of four or eight channels and fill the last block up.
    let fill = |block: usize| {
        let of = |channels: usize| channels.next_multiple_of(block) as f64 / channels.max(1) as f64;
        of(kernel.input_channels) * of(kernel.output_channels)
    };
    let (fill4, fill8) = (fill(4), fill(8));
    let output = kernel.output_elements / MILLION;
    let input = kernel.input_elements / MILLION;
    let output_channels = kernel.output_channels.max(1) as f64;
    let tiles_again = tiling::output_tiles(kernel) - 1.0;
    let mut terms = general(
        family,
        [
            (Quantity::Macs, kernel.macs / MILLION),
            (Quantity::Output, output),
        ],
    );
    for class in variants.nearest(family, Variant::of(kernel)).contained() {
        let window = class.within(kernel.kernel);
        let share = area(window) / area(kernel.kernel);
        let mac = share * kernel.macs / MILLION;
        let weights = share * kernel.weights / MILLION;
        let depth = kernel.input_channels as f64 * area(window) / MILLION;
        let split = if tiling::splits_input(kernel, window) {
            input
        } else {
            0.0
        };
        let cycles = tiling::array_cycles(kernel, window) / MILLION;
        terms.extend(particular(
            family,
            class.any_stride(),
            [
                (Quantity::MacsPadded4, mac * fill4),
                (Quantity::MacsPadded8, mac * fill8),
                (Quantity::MacsOutgrown, (mac / 100.0).powi(3).sqrt()),
                (Quantity::Patches, mac / output_channels),
                (Quantity::Depth, depth),
                (Quantity::InputSplit, split),
                (Quantity::WeightsReread, tiles_again * weights),
                (Quantity::Input, input),
                (Quantity::Output, output),
                (Quantity::Weights, weights),
                (Quantity::Count, 1.0),
            ],
        ));
        terms.extend(particular(
            family,
            class,
            [(Quantity::Macs, mac), (Quantity::ArrayCycles, cycles)],
        ));
    }
    terms
}

fn depthwise(kernel: &Kernel, variants: &Variants) -> Vec<(Term, f64)> {
    let family = Family::Depthwise;
    let mac = kernel.macs / MILLION;
    let output = kernel.output_elements / MILLION;
    let mut terms = general(
        family,
        [
            (Quantity::Macs, mac),
            (Quantity::Output, output),
            (Quantity::Weights, kernel.weights / MILLION),
            (Quantity::Count, 1.0),
        ],
    );
    for class in variants.nearest(family, Variant::of(kernel)).contained() {
        let share = area(class.within(kernel.kernel)) / area(kernel.kernel);
        terms.extend(particular(
            family,
            class,
            [
                (Quantity::Macs, share * mac),
                (Quantity::Input, kernel.input_elements / MILLION),
                (Quantity::Output, output),
                (Quantity::Count, 1.0),
            ],
        ));
    }
    terms
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
                area(kernel.kernel) * kernel.output_elements / MILLION,
            ),
            (Quantity::Input, kernel.input_elements / MILLION),
            (Quantity::Count, 1.0),
        ],
    )
}

/// The inputs that a window covers in one channel.
fn area(window: [usize; 2]) -> f64 {
    window[0].max(1) as f64 * window[1].max(1) as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// A convolution that keeps the size of the map but for its stride.
    fn kernel(size: usize, input: usize, output: usize, window: usize, stride: usize) -> Kernel {
        let side = size.div_ceil(stride);
        let positions = (side * side) as f64;
        let weights = (input * output * window * window) as f64;
        Kernel {
            inputs: Vec::new(),
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
            (window, more_window) in (1_usize..12, 0_usize..6),
            stride in 1_usize..5,
            family in prop::sample::select(vec![Family::Convolution, Family::Depthwise]),
        ) {
            let terms = |size, input, output, window| {
                let kernel = Kernel {
                    family: Some(family),
                    ..kernel(size, input, output, window, stride)
                };
                let terms = terms(&kernel, &Variants::default()).unwrap();
                let count = terms.len();
                let terms: BTreeMap<Term, f64> = terms.into_iter().collect();
                assert_eq!(terms.len(), count, "a term occurs twice");
                terms
            };
            let small = terms(size, input, output, window);
            for large in [
                terms(size + more_size, input, output, window),
                terms(size, input + more_input, output, window),
                terms(size, input, output + more_output, window),
                terms(size, input, output, window + more_window),
            ] {
                for (term, &less) in &small {
                    let more = large[term] * (1.0 + 1e-12);
                    prop_assert!(0.0 <= less && less <= more, "{}: {} {}", term, less, more);
                }
                prop_assert!(large.values().all(|&value| value >= 0.0));
            }
        }
    }
}

//! The terms of the additive model: what a kernel's time is proportional to.

mod configuration;
mod term;
mod variant;

use crate::kernel::{Family, Kernel};

pub use configuration::Configuration;
pub use term::{Quantity, Term};
pub use variant::{Variant, Variants};

/// Quantities are counted in millions, so that coefficients are of the order of one.
const MILLION: f64 = 1e6;

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
        Family::GlobalPool
        | Family::Add
        | Family::AddRelu
        | Family::BatchNorm
        | Family::BatchNormRelu
        | Family::Relu
        | Family::Split
        | Family::ChannelShuffle
        | Family::HardSwish => general(
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
    let taps = kernel.kernel[0] as f64 * kernel.kernel[1] as f64;
    general(
        family,
        [
            (Quantity::Macs, taps * kernel.output_elements / MILLION),
            (Quantity::Input, kernel.input_elements / MILLION),
            (Quantity::Count, 1.0),
        ],
    )
}

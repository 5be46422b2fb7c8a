//! The names of terms: `conv3.s1.mac`.

use std::fmt;
use std::str::FromStr;

use super::Variant;
use crate::kernel::Family;

/// Has the terms of all elementwise operators but the hard swish.
pub(super) const ELEMENTWISE: Family = Family::Relu;

/// A term of the additive model: a quantity, of all kernels of a family or of those whose windows
/// contain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// The kernels it belongs to.
    pub family: Family,
    /// The smallest window of those kernels; `None` for all of the family.
    pub variant: Option<Variant>,
    /// What is counted.
    pub quantity: Quantity,
}

impl Term {
    /// The term of a whole family.
    #[must_use]
    pub fn general(family: Family, quantity: Quantity) -> Self {
        Self {
            family,
            variant: None,
            quantity,
        }
    }
}

/// What a term counts, in millions unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// Multiply-accumulates; of a pooling the inputs looked at.
    Macs,
    /// Multiply-accumulates if both channel counts were multiples of 4.
    MacsPadded4,
    /// Multiply-accumulates if both channel counts were multiples of 8.
    MacsPadded8,
    /// Multiply-accumulates if the map's sides were multiples of 4: Winograd's convolution works on
    /// tiles, and so do blocked products.
    MacsTiled,
    /// Hundreds of millions of multiply-accumulates, to the power of 3/2: a kernel that outgrows the
    /// memory on the chip takes more than its share.
    MacsOutgrown,
    /// Elements of the matrix of patches that turns a convolution into a product.
    Patches,
    /// Products that are summed up for one output, one after the other: what a thread of its own
    /// for each output takes, however many there are.
    Depth,
    /// Steps of an array of 256 multipliers that serves a power of two of input channels at a time.
    ArrayCycles,
    /// Elements read, if the rows that a window spans exceed the memory of the multipliers.
    InputSplit,
    /// Weights read again because the output does not fit into the memory on the chip at once.
    WeightsReread,
    /// Elements read.
    Input,
    /// Elements written.
    Output,
    /// Weights.
    Weights,
    /// Kernels, one by one: the cost of starting one.
    Count,
}

impl Quantity {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Macs, "mac"),
        (Self::MacsPadded4, "macpad4"),
        (Self::MacsPadded8, "macpad8"),
        (Self::MacsTiled, "mactile4"),
        (Self::MacsOutgrown, "macpow"),
        (Self::Patches, "im2col"),
        (Self::Depth, "depth"),
        (Self::ArrayCycles, "cycle"),
        (Self::InputSplit, "insplit"),
        (Self::WeightsReread, "wreread"),
        (Self::Input, "in"),
        (Self::Output, "out"),
        (Self::Weights, "w"),
        (Self::Count, "n"),
    ];
}

/// The family as terms spell it.
fn name(family: Family) -> &'static str {
    match family {
        ELEMENTWISE => "elementwise",
        other => other.name(),
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name(self.family))?;
        if let Some(Variant { kernel, stride }) = self.variant {
            write!(f, "{kernel}")?;
            if let Some(stride) = stride {
                write!(f, ".s{stride}")?;
            }
        }
        let mut names = Quantity::NAMES.iter();
        let name = names.find(|(quantity, _)| *quantity == self.quantity);
        write!(f, ".{}", name.map_or("", |(_, name)| name))
    }
}

impl FromStr for Term {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| {
            format!(
                "unknown term `{text}`, expected family, window and quantity as in `conv3.s1.mac`"
            )
        })
    }
}

fn parse(text: &str) -> Option<Term> {
    let mut parts = text.split('.');
    let head = parts.next()?;
    let last = parts.next_back()?;
    let stride = match parts.next() {
        None => None,
        Some(part) => Some(part.strip_prefix('s')?.parse().ok()?),
    };
    if parts.next().is_some() {
        return None;
    }
    let named = head.trim_end_matches(|c: char| c.is_ascii_digit());
    let family = *Family::ALL.iter().find(|family| name(**family) == named)?;
    let (quantity, _) = *Quantity::NAMES.iter().find(|(_, name)| *name == last)?;
    let variant = match &head[named.len()..] {
        "" if stride.is_some() => return None,
        "" => None,
        digits => Some(Variant {
            kernel: digits.parse().ok()?,
            stride,
        }),
    };
    Some(Term {
        family,
        variant,
        quantity,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for name in [
            "conv3.s1.mac",
            "dwconv9.s2.n",
            "conv.out",
            "conv7.im2col",
            "conv5.macpow",
            "fc.w",
            "gap.in",
            "elementwise.in",
        ] {
            assert_eq!(name.parse::<Term>().unwrap().to_string(), name);
        }
        for &family in Family::ALL {
            for &(quantity, _) in Quantity::NAMES {
                let term = Term::general(family, quantity);
                assert_eq!(term.to_string().parse(), Ok(term));
            }
        }
    }

    #[test]
    fn other_names_are_errors() {
        for name in [
            "",
            "conv",
            "conv.s1.mac",
            "conv3.s1.s2.mac",
            "conv3.x.mac",
            "what.mac",
            "conv.x",
        ] {
            let error = name.parse::<Term>().unwrap_err();
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
    }
}

//! Classes of windows: kernels of one class share their coefficients.

use std::collections::BTreeSet;

use super::Term;
use crate::kernel::{Family, Kernel};

/// A class of windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variant {
    /// Columns of the window: 1, 2, 3, 5, 7 (4 counts as 5, 6 as 7) or [`Variant::LARGE`].
    pub kernel: u8,
    /// Horizontal step: 1, 2 or 4, which stands for all from 3; `None` for any.
    pub stride: Option<u8>,
}

impl Variant {
    /// Stands for every window of more than 7 columns.
    pub const LARGE: u8 = 9;

    /// The sizes that convolutions are told apart by.
    pub const SIZES: &[u8] = &[1, 3, 5, 7, Self::LARGE];

    /// The class of the kernel's window.
    #[must_use]
    pub fn of(kernel: &Kernel) -> Self {
        let size = match kernel.kernel[1] {
            0 | 1 => 1,
            2 => 2,
            3 => 3,
            4 | 5 => 5,
            6 | 7 => 7,
            _ => Self::LARGE,
        };
        let stride = match kernel.stride[1] {
            0 | 1 => 1,
            2 => 2,
            _ => 4,
        };
        Self {
            kernel: size,
            stride: Some(stride),
        }
    }

    /// The class of the same size and any stride.
    #[must_use]
    pub fn any_stride(self) -> Self {
        Self {
            stride: None,
            ..self
        }
    }
}

/// The windows that a device was measured with, by family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variants(BTreeSet<(Family, Variant)>);

impl Variants {
    /// Those that these terms name.
    pub fn of<'a>(terms: impl IntoIterator<Item = &'a Term>) -> Self {
        let window = |term: &Term| term.variant.map(|variant| (term.family, variant));
        let windows = terms.into_iter().filter_map(window);
        Self(windows.filter(|(_, v)| v.stride.is_some()).collect())
    }

    /// This class if it is among the family's, else the nearest of them by size, then by stride,
    /// then the larger; this class if the family has none.
    #[must_use]
    pub fn nearest(&self, family: Family, variant: Variant) -> Variant {
        if self.0.contains(&(family, variant)) {
            return variant;
        }
        let step = |variant: Variant| variant.stride.unwrap_or(1);
        let distance = |other: &Variant| {
            let size = other.kernel.abs_diff(variant.kernel);
            let stride = step(*other).abs_diff(step(variant));
            (size, stride, u8::MAX - other.kernel)
        };
        let of_family = self.0.iter().filter(|(of, _)| *of == family);
        let nearest = of_family.map(|&(_, known)| known).min_by_key(distance);
        nearest.unwrap_or(variant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Quantity;

    #[test]
    fn windows_never_measured_take_the_nearest() {
        let window = |kernel, stride| Variant {
            kernel,
            stride: Some(stride),
        };
        let terms = [(3, 2), (5, 1), (7, 1)].map(|(kernel, stride)| Term {
            family: Family::Depthwise,
            variant: Some(window(kernel, stride)),
            quantity: Quantity::Count,
        });
        let measured = Variants::of(&terms);
        let nearest = |kernel, stride| measured.nearest(Family::Depthwise, window(kernel, stride));
        assert_eq!(nearest(3, 2), window(3, 2));
        assert_eq!(nearest(3, 1), window(3, 2));
        assert_eq!(nearest(9, 4), window(7, 1));
        let unmeasured = window(3, 1);
        assert_eq!(
            measured.nearest(Family::Convolution, unmeasured),
            unmeasured
        );
    }
}

//! Classes of windows: kernels of one class have the same terms.

use std::collections::BTreeSet;

use super::Term;
use crate::kernel::{Family, Kernel};

/// A class of windows; of a term, this class and those of the same step that contain it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variant {
    /// The longer side of the window: 1, 3, 5, 7 (2 counts as 3, and so on) or
    /// [`Variant::LARGE`].
    pub kernel: u8,
    /// Horizontal step: 1, 2 or 4, which stands for all from 3; `None` for any.
    pub stride: Option<u8>,
}

impl Variant {
    /// Stands for every window of more than 7 columns or rows.
    pub const LARGE: u8 = 9;

    /// The sizes that windows are told apart by, ascending.
    pub const SIZES: &[u8] = &[1, 3, 5, 7, Self::LARGE];

    /// The class of the kernel's window.
    #[must_use]
    pub fn of(kernel: &Kernel) -> Self {
        let [rows, columns] = kernel.kernel;
        let size = match rows.max(columns) {
            0 | 1 => 1,
            2 | 3 => 3,
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

    /// The classes of the same step up to this one.
    pub(super) fn contained(self) -> impl Iterator<Item = Self> {
        let sizes = Self::SIZES
            .iter()
            .take_while(move |&&size| size <= self.kernel);
        sizes.map(move |&kernel| Self { kernel, ..self })
    }

    /// Rows and columns of the window, cut to the size of this class.
    pub(super) fn within(self, window: [usize; 2]) -> [usize; 2] {
        let size = usize::from(self.kernel);
        window.map(|side| match self.kernel {
            Self::LARGE => side,
            _ => side.min(size),
        })
    }
}

/// The steps of the windows that a device was measured with, by family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variants(BTreeSet<(Family, u8)>);

impl Variants {
    /// Those that these terms name.
    pub fn of<'a>(terms: impl IntoIterator<Item = &'a Term>) -> Self {
        let step = |term: &Term| Some((term.family, term.variant?.stride?));
        Self(terms.into_iter().filter_map(step).collect())
    }

    /// This class with the nearest step that the family was measured with, the larger of two; with
    /// its own if the family has none.
    ///
    /// The size stays as it is, measured or not: were it to change the step, a larger window could
    /// come out cheaper.
    #[must_use]
    pub fn nearest(&self, family: Family, variant: Variant) -> Variant {
        let own = variant.stride.unwrap_or(1);
        let of_family = self.0.iter().filter(|(of, _)| *of == family);
        let steps = of_family.map(|&(_, step)| step);
        let nearest = steps.min_by_key(|step| (step.abs_diff(own), u8::MAX - step));
        Variant {
            stride: nearest.or(variant.stride),
            ..variant
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Quantity;

    fn window(kernel: u8, stride: u8) -> Variant {
        Variant {
            kernel,
            stride: Some(stride),
        }
    }

    #[test]
    fn steps_never_measured_take_the_nearest() {
        let terms = [(3, 1), (5, 4)].map(|(kernel, stride)| Term {
            family: Family::Depthwise,
            variant: Some(window(kernel, stride)),
            quantity: Quantity::Count,
        });
        let measured = Variants::of(&terms);
        let nearest = |kernel, stride| measured.nearest(Family::Depthwise, window(kernel, stride));
        assert_eq!(nearest(3, 1), window(3, 1));
        assert_eq!(nearest(5, 2), window(5, 1));
        assert_eq!(nearest(9, 4), window(9, 4));
        let unmeasured = window(3, 2);
        assert_eq!(
            measured.nearest(Family::Convolution, unmeasured),
            unmeasured
        );
    }

    #[test]
    fn a_window_contains_the_smaller_ones_of_its_step() {
        let contained: Vec<Variant> = window(5, 2).contained().collect();
        assert_eq!(contained, [window(1, 2), window(3, 2), window(5, 2)]);
        let largest = window(Variant::LARGE, 1).contained();
        assert_eq!(largest.count(), Variant::SIZES.len());
        assert_eq!(window(5, 2).within([7, 3]), [5, 3]);
        assert_eq!(window(Variant::LARGE, 2).within([11, 3]), [11, 3]);
    }
}

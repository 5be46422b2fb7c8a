//! Where the channels of a tensor stand, so that shapes can be told as the devices hold them.

use edgefront_graph::onnx::{Attribute, Operator};

use crate::ir::Dimensions;

/// Where the channels of a tensor stand in ONNX's order of dimensions.
///
/// ONNX's images have them behind the batch, what layer norms and products of matrices work on has
/// them last. The devices have them last always, so that a transposition from the one to the other
/// moves nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Behind the batch.
    First,
    /// At the end.
    Last,
}

impl Layout {
    /// The layout of an operator's outputs, given that of its first operand that is computed.
    pub(super) fn of_output(operator: &Operator, input: Self) -> Self {
        match operator.kind.as_str() {
            "Conv" | "ConvTranspose" | "BatchNormalization" | "MaxPool" | "AveragePool"
            | "GlobalAveragePool" | "GlobalMaxPool" | "Resize" => Self::First,
            "MatMul" | "LayerNormalization" => Self::Last,
            "Transpose" => match permutation(operator) {
                Some(permutation) if permutation.len() > 2 => input.permuted(&permutation),
                _ => input,
            },
            _ => input,
        }
    }

    fn permuted(self, permutation: &[usize]) -> Self {
        let last = permutation.len() - 1;
        let channels = match self {
            Self::First => 1,
            Self::Last => last,
        };
        match permutation.iter().position(|&axis| axis == channels) {
            Some(1) => Self::First,
            Some(place) if place == last => Self::Last,
            _ => self,
        }
    }

    /// Which dimension of ONNX stands where on the device, by place.
    fn order(self, rank: usize) -> Vec<usize> {
        match (self, rank) {
            (Self::First, 3 | 4) => [0].into_iter().chain(2..rank).chain([1]).collect(),
            _ => (0..rank).collect(),
        }
    }

    /// The dimensions as the device has them.
    pub(super) fn dimensions(self, shape: &[usize]) -> Dimensions {
        let order = self.order(shape.len());
        order.into_iter().map(|axis| shape[axis]).collect()
    }
}

/// Whether this transposition, of a tensor in this layout, leaves the elements where the device
/// has them.
pub(super) fn moves_nothing(operator: &Operator, input: Layout) -> bool {
    let Some(permutation) = permutation(operator) else {
        return false;
    };
    let rank = permutation.len();
    let output = Layout::of_output(operator, input);
    let moved = output
        .order(rank)
        .into_iter()
        .map(|place| permutation[place]);
    moved.eq(input.order(rank))
}

/// The permutation of a transposition: each output dimension's place in the input.
fn permutation(operator: &Operator) -> Option<Vec<usize>> {
    if operator.kind != "Transpose" {
        return None;
    }
    let rank = operator.outputs.first()?.len();
    let stated = match operator.attributes.get("perm") {
        Some(Attribute::Ints(axes)) => axes
            .iter()
            .map(|&axis| usize::try_from(axis).ok())
            .collect(),
        _ => Some((0..rank).rev().collect::<Vec<_>>()),
    };
    stated.filter(|axes| axes.len() == rank && axes.iter().all(|&axis| axis < rank))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn transpose(axes: &[i64]) -> Operator {
        Operator {
            name: "t".to_owned(),
            kind: "Transpose".to_owned(),
            attributes: BTreeMap::from([("perm".to_owned(), Attribute::Ints(axes.to_vec()))]),
            inputs: Vec::new(),
            outputs: vec![vec![1; axes.len()]],
            macs: 0,
        }
    }

    #[test]
    fn channels_are_followed_through_transpositions() {
        for (axes, input, output, free) in [
            (&[0, 2, 3, 1][..], Layout::First, Layout::Last, true),
            (&[0, 3, 1, 2], Layout::Last, Layout::First, true),
            (&[0, 2, 1], Layout::First, Layout::Last, true),
            // Rows and columns change places.
            (&[0, 1, 3, 2], Layout::First, Layout::First, false),
            (&[0, 2, 1, 3], Layout::Last, Layout::Last, false),
            // A channel shuffle's, of groups of channels.
            (&[0, 2, 1, 3, 4], Layout::First, Layout::First, false),
            (&[1, 0], Layout::Last, Layout::Last, false),
        ] {
            let operator = transpose(axes);
            assert_eq!(Layout::of_output(&operator, input), output, "{axes:?}");
            assert_eq!(moves_nothing(&operator, input), free, "{axes:?}");
        }
    }

    #[test]
    fn images_and_sequences_have_their_channels_last() {
        assert_eq!(
            Layout::First.dimensions(&[1, 3, 224, 200]),
            [1, 224, 200, 3]
        );
        assert_eq!(Layout::First.dimensions(&[1, 768, 196]), [1, 196, 768]);
        assert_eq!(Layout::Last.dimensions(&[1, 56, 50, 96]), [1, 56, 50, 96]);
        assert_eq!(Layout::First.dimensions(&[1, 512]), [1, 512]);
    }
}

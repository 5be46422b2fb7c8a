use edgefront_graph::Shape;
use edgefront_random::Stream;
use serde::{Deserialize, Serialize};

/// How training images are varied from epoch to epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Augment {
    /// Not at all.
    #[default]
    None,
    /// One of the eight flips and quarter turns of the square, at random: an overhead image has no
    /// upper side. An image that is not square has only the four that keep its shape.
    Dihedral,
}

impl Augment {
    /// Appends the image (row, column, band), varied as the stream says.
    pub(crate) fn apply(
        self,
        image: &[f32],
        shape: Shape,
        stream: &mut Stream,
        out: &mut Vec<f32>,
    ) {
        match self {
            Self::None => out.extend_from_slice(image),
            Self::Dihedral => {
                let square = shape.height == shape.width;
                let element = stream.below(if square { 8 } else { 4 });
                dihedral(image, shape, element, out);
            }
        }
    }
}

/// Appends the image under an element of the dihedral group: bit 0 flips the columns, bit 1 the
/// rows, bit 2 transposes (of a square) before that.
fn dihedral(image: &[f32], shape: Shape, element: usize, out: &mut Vec<f32>) {
    let Shape {
        channels,
        height,
        width,
    } = shape;
    for row in 0..height {
        for column in 0..width {
            let mut from = (row, column);
            if element & 1 != 0 {
                from.1 = width - 1 - from.1;
            }
            if element & 2 != 0 {
                from.0 = height - 1 - from.0;
            }
            if element & 4 != 0 {
                from = (from.1, from.0);
            }
            let start = (from.0 * width + from.1) * channels;
            out.extend_from_slice(&image[start..start + channels]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use edgefront_random::Key;

    use super::*;

    #[test]
    fn the_eight_elements_differ_and_keep_every_position_whole() {
        let shape = Shape::new(2, 3, 3);
        let image: Vec<f32> = (0..18).map(|value| value as f32).collect();
        let mut seen = BTreeSet::new();
        for element in 0..8 {
            let mut out = Vec::new();
            dihedral(&image, shape, element, &mut out);
            // Bands stay together.
            assert!(out.chunks(2).all(|pair| pair[1] == pair[0] + 1.0));
            // Distances along rows and columns stay, as only the symmetries of the square keep them.
            let place = |position: usize| {
                let found = out.iter().position(|&value| value == 2.0 * position as f32);
                let at = found.expect("every position is there") / 2;
                [at / 3, at % 3]
            };
            let distance = |a: [usize; 2], b: [usize; 2]| a[0].abs_diff(b[0]) + a[1].abs_diff(b[1]);
            for (a, b) in (0..9).flat_map(|a| (0..a).map(move |b| (a, b))) {
                let before = distance([a / 3, a % 3], [b / 3, b % 3]);
                assert_eq!(distance(place(a), place(b)), before);
            }
            seen.insert(out.iter().map(|&value| value as usize).collect::<Vec<_>>());
        }
        assert_eq!(seen.len(), 8);
    }

    #[test]
    fn an_oblong_image_keeps_its_shape() {
        let shape = Shape::new(1, 2, 3);
        let image = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let mut stream = Key::new(1).stream();
        for _ in 0..50 {
            let mut out = Vec::new();
            Augment::Dihedral.apply(&image, shape, &mut stream, &mut out);
            let first = [out[0], out[1], out[2]];
            let rows = [
                [0.0, 1.0, 2.0],
                [2.0, 1.0, 0.0],
                [3.0, 4.0, 5.0],
                [5.0, 4.0, 3.0],
            ];
            assert!(rows.contains(&first), "{first:?}");
        }
    }
}

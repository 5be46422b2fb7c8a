use edgefront_random::Key;

use super::Real;
use crate::layout::Layout;

/// Sets numbers to zero with this probability and divides the others by that of staying, in place:
/// of values as of gradients.
///
/// What becomes of a number depends on the key and on the number's image, row, column and channel,
/// and on nothing else: not on layouts, nor on who comes first.
pub(crate) fn dropout<T: Real>(
    layout: &Layout,
    images: usize,
    key: Key,
    probability: f32,
    values: &mut [T],
) {
    let probability = f64::from(probability);
    let factor = T::from_f64(1.0 / (1.0 - probability));
    let bound = (probability * 2f64.powi(32)) as u32; // below 2^32, as the probability is below 1
    for image in 0..images {
        let image_key = key.with("image", image as u64);
        for (row, range) in layout.rows(image).enumerate() {
            let mut stream = image_key.with("row", row as u64).stream();
            for position in values[range].chunks_exact_mut(layout.pitch) {
                for value in &mut position[..layout.channels] {
                    *value = if stream.next_u32() < bound {
                        T::default()
                    } else {
                        *value * factor
                    };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use edgefront_graph::Shape;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient, dot};

    #[test]
    fn gradients_are_finite_differences() {
        let maps = Maps::new(Layout::padded(Shape::new(5, 4, 3), 1), 2);
        let (x, cotangent) = (maps.draw(1), maps.draw(2));
        let run = |x: &[f64]| {
            let mut out = x.to_vec();
            dropout(&maps.layout, 2, Key::new(7), 0.3, &mut out);
            out
        };
        let value = |x: &[f64]| dot(&run(x), &cotangent);
        assert_gradient(value, &x, &run(&cotangent), maps.inside());
    }

    #[test]
    fn as_many_are_dropped_as_are_to_be() {
        let maps = Maps::new(Layout::padded(Shape::new(9, 50, 40), 0), 4);
        let count = maps.inside().count() as f64;
        for probability in [0.0f32, 0.2, 0.9] {
            let mut values = vec![1.0; maps.layout.len(4)];
            dropout(&maps.layout, 4, Key::new(1), probability, &mut values);
            let dropped = maps.inside().filter(|&at| values[at] == 0.0).count() as f64;
            let mean = maps.inside().map(|at| values[at]).sum::<f64>() / count;
            let expected = f64::from(probability);
            assert!((dropped / count - expected).abs() < 0.01, "{dropped}");
            assert!((mean - 1.0).abs() < 0.05, "{mean}");
        }
    }

    /// The mask belongs to the places of the numbers, however they lie in memory, and to the key.
    #[test]
    fn a_mask_is_a_function_of_key_and_place() {
        let shape = Shape::new(5, 4, 3);
        let mask = |border, images, key| {
            let maps = Maps::new(Layout::padded(shape, border), images);
            let mut values = vec![1.0f32; maps.layout.len(images)];
            dropout(&maps.layout, images, key, 0.5, &mut values);
            maps.inside().map(|at| values[at]).collect::<Vec<_>>()
        };
        let two = mask(0, 2, Key::new(1));
        assert_eq!(two, mask(2, 2, Key::new(1)));
        assert_eq!(two[..60], mask(1, 1, Key::new(1)));
        assert_ne!(two[..60], two[60..]);
        assert_ne!(two, mask(0, 2, Key::new(2)));
    }
}

use super::Real;
use crate::layout::Layout;

/// Where the maps of one input lie in the joined maps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConcatPart {
    pub part: Layout,
    pub whole: Layout,
    /// The first of its channels in the joined maps.
    pub start: usize,
}

impl ConcatPart {
    /// Calls `visit(index in the part, index in the whole)` for each position.
    #[inline(always)]
    fn for_each_position(&self, images: usize, mut visit: impl FnMut(usize, usize)) {
        for image in 0..images {
            for row in 0..self.part.height {
                for column in 0..self.part.width {
                    let part = self.part.at(image, row, column);
                    visit(part, self.whole.at(image, row, column));
                }
            }
        }
    }
}

/// Writes the part's channels of the joined maps; the last part also what fills their pitch.
#[inline(always)]
pub(crate) fn forward<T: Real>(place: &ConcatPart, images: usize, x: &[T], y: &mut [T]) {
    let ConcatPart { part, whole, start } = *place;
    let end = start + part.channels;
    place.for_each_position(images, |x_at, y_at| {
        let y = &mut y[y_at..y_at + whole.pitch];
        y[start..end].copy_from_slice(&x[x_at..x_at + part.channels]);
        if end == whole.channels {
            y[end..].fill(T::default());
        }
    });
}

/// The gradient of the part, written or added.
#[inline(always)]
pub(crate) fn backward<T: Real>(
    place: &ConcatPart,
    images: usize,
    dy: &[T],
    dx: &mut [T],
    accumulate: bool,
) {
    let ConcatPart { part, start, .. } = *place;
    place.for_each_position(images, |x_at, y_at| {
        let dy = &dy[y_at + start..y_at + start + part.channels];
        let (dx, surplus) = dx[x_at..x_at + part.pitch].split_at_mut(part.channels);
        if accumulate {
            for (&dy, dx) in dy.iter().zip(dx) {
                *dx += dy;
            }
        } else {
            dx.copy_from_slice(dy);
            surplus.fill(T::default());
        }
    });
}

#[cfg(test)]
pub(super) mod tests {
    use edgefront_graph::Shape;
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient, dot};

    /// A few maps to join, each with a border of its own.
    pub(in crate::kernels) fn parts() -> impl Strategy<Value = (Vec<ConcatPart>, usize)> {
        let maps = prop::collection::vec((1usize..20, 0usize..3), 1..5);
        let size = (1usize..5, 1usize..6, 0usize..3);
        (maps, size, 1usize..4).prop_map(|(maps, (height, width, border), images)| {
            let layout =
                |channels, border| Layout::padded(Shape::new(channels, height, width), border);
            let whole = layout(maps.iter().map(|(channels, _)| channels).sum(), border);
            let mut start = 0;
            let parts = maps.into_iter().map(|(channels, border)| {
                start += channels;
                ConcatPart {
                    part: layout(channels, border),
                    whole,
                    start: start - channels,
                }
            });
            (parts.collect(), images)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn gradients_are_finite_differences((parts, images) in parts()) {
            let whole = Maps::new(parts[0].whole, images);
            let cotangent = whole.draw(1);
            let inputs: Vec<Vec<f64>> = (parts.iter().zip(2..))
                .map(|(place, seed)| Maps::new(place.part, images).draw(seed))
                .collect();
            let join = |inputs: &[Vec<f64>]| {
                let mut y = vec![f64::NAN; cotangent.len()];
                whole.layout.clear_border(&mut y, images);
                for (place, x) in parts.iter().zip(inputs) {
                    forward(place, images, x, &mut y);
                }
                y
            };
            let joined = join(&inputs);
            let sum: f64 = inputs.iter().flatten().sum();
            prop_assert!((joined.iter().sum::<f64>() - sum).abs() < 1e-9, "surplus is zero");
            for (index, place) in parts.iter().enumerate() {
                let mut dx = vec![f64::NAN; inputs[index].len()];
                backward(place, images, &cotangent, &mut dx, false);
                let value = |x: &[f64]| {
                    let mut inputs = inputs.clone();
                    inputs[index].copy_from_slice(x);
                    dot(&join(&inputs), &cotangent)
                };
                let maps = Maps::new(place.part, images);
                let step = maps.inside().count().div_ceil(20);
                assert_gradient(value, &inputs[index], &dx, maps.inside().step_by(step));

                let mut twice = dx.clone();
                backward(place, images, &cotangent, &mut twice, true);
                for index in maps.inside() {
                    prop_assert_eq!(twice[index], 2.0 * dx[index]);
                }
            }
        }
    }

    #[test]
    fn channels_stand_one_after_the_other() {
        let layout = |channels| Layout::padded(Shape::new(channels, 1, 1), 0);
        let whole = layout(3);
        let mut y = vec![f32::NAN; whole.len(1)];
        for (channels, start, values) in [(1, 0, [1.0, 0.0]), (2, 1, [2.0, 3.0])] {
            let part = layout(channels);
            let mut x = vec![0.0; part.len(1)];
            x[..2].copy_from_slice(&values);
            forward(&ConcatPart { part, whole, start }, 1, &x, &mut y);
        }
        assert_eq!(y[..3], [1.0, 2.0, 3.0]);
        assert!(y[3..].iter().all(|&surplus| surplus == 0.0));
    }
}

//! What the tests of the kernels share: drawn maps, and gradients by finite differences.

use edgefront_random::Key;

use crate::layout::Layout;

/// A batch of maps to test with.
pub(crate) struct Maps {
    pub layout: Layout,
    pub images: usize,
}

impl Maps {
    pub fn new(layout: Layout, images: usize) -> Self {
        Self { layout, images }
    }

    /// Normal numbers inside the maps, zeros in the border and in surplus channels.
    pub fn draw(&self, seed: u64) -> Vec<f64> {
        let mut stream = Key::new(seed).stream();
        let mut data = vec![0.0; self.layout.len(self.images)];
        for index in self.inside() {
            data[index] = stream.normal();
        }
        data
    }

    /// The same in single precision.
    pub fn draw_single(&self, seed: u64) -> Vec<f32> {
        self.draw(seed)
            .into_iter()
            .map(|value| value as f32)
            .collect()
    }

    /// The indices of the numbers that are neither border nor surplus.
    pub fn inside(&self) -> impl Iterator<Item = usize> {
        let layout = self.layout;
        (0..self.images)
            .flat_map(move |image| layout.rows(image))
            .flat_map(move |row| row.step_by(layout.pitch))
            .flat_map(move |position| position..position + layout.channels)
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Asserts that `gradient` is the slope of `value` at `x` along each of these axes.
pub(crate) fn assert_gradient(
    value: impl Fn(&[f64]) -> f64,
    x: &[f64],
    gradient: &[f64],
    axes: impl Iterator<Item = usize>,
) {
    const STEP: f64 = 1e-5;
    let mut x = x.to_vec();
    for axis in axes {
        let centre = x[axis];
        let mut at = |offset| {
            x[axis] = centre + offset;
            value(&x)
        };
        let slope = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        x[axis] = centre;
        let tolerance = 1e-6 * (1.0 + slope.abs());
        assert!(
            (slope - gradient[axis]).abs() < tolerance,
            "axis {axis}: the slope is {slope}, the gradient {}",
            gradient[axis]
        );
    }
}

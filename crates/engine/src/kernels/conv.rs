use edgefront_graph::{Shape, Window};

use super::instructions::InstructionSet;
use super::{Finish, Real};
use crate::layout::Layout;
use crate::threads::Threads;

/// A convolution's geometry.
///
/// Weights of a dense convolution come in panels of sixteen outputs, the lanes of a vector; a panel
/// is ordered (kernel row, kernel column, input pitch, output). Those of one in groups are ordered
/// (kernel row, kernel column, [fan-in](Self::fan_in), output pitch). Weights are zero at the
/// channels that only fill a pitch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConvShape {
    pub input: Layout,
    pub output: Layout,
    pub window: Window,
    /// Groups of channels that know nothing of each other.
    pub groups: usize,
}

impl ConvShape {
    pub fn weight_len(&self) -> usize {
        self.window.taps() * self.fan_in() * self.output.pitch
    }

    /// Whether each input channel makes one output channel.
    pub fn is_depthwise(&self) -> bool {
        let channels = [self.input.channels, self.output.channels];
        self.groups > 1 && channels == [self.groups; 2] && self.input.pitch == self.output.pitch
    }

    /// Weights between one tap and one output: the channels of a group, or with a single group
    /// the input's whole pitch.
    pub fn fan_in(&self) -> usize {
        match self.groups {
            1 => self.input.pitch,
            groups => self.input.channels / groups,
        }
    }

    /// Numbers of a panel of weights of a dense convolution.
    pub fn panel_len(&self) -> usize {
        self.window.taps() * self.input.pitch * Layout::LANES
    }

    /// Index of a weight: of a tap, an input within its group, and an output.
    pub fn weight_at(&self, tap: usize, input: usize, output: usize) -> usize {
        let row = tap * self.fan_in() + input;
        if self.groups == 1 {
            let panel = output / Layout::LANES * self.panel_len();
            panel + row * Layout::LANES + output % Layout::LANES
        } else {
            row * self.output.pitch + output
        }
    }

    /// The border that the input needs: no kernel reads farther than this from an edge.
    pub fn forward_border(window: &Window) -> usize {
        let p = window.padding;
        p.top.max(p.left).max(p.bottom).max(p.right)
    }

    /// Whether the gradient of the input can be asked for.
    pub fn has_backward_border(&self) -> bool {
        let shape = |layout: &Layout| Shape::new(layout.channels, layout.height, layout.width);
        let (input, output) = (shape(&self.input), shape(&self.output));
        self.output.border >= Self::backward_border(&self.window, input, output)
    }

    /// The border that the gradient of the output needs, so that [`Phase`]s never look for an edge.
    pub fn backward_border(window: &Window, input: Shape, output: Shape) -> usize {
        let axes = [(input.height, output.height), (input.width, output.width)];
        let mut border = 0;
        for (axis, (size, outputs)) in axes.into_iter().enumerate() {
            for position in 0..size {
                let reach = Phase::of(window, axis, position);
                if let Some(before_first) = (reach.taps).checked_sub(reach.newest + 1) {
                    border = border.max(before_first);
                }
                if reach.taps > 0 {
                    border = border.max((reach.newest + 1).saturating_sub(outputs));
                }
            }
        }
        border
    }
}

/// Which outputs a position of the input contributes to, along one axis: `taps` of them in a row,
/// the last at `newest`. It does so through the kernel positions `first`, `first + stride`, ...,
/// the first of them at `newest` and each further one an output earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Phase {
    pub first: usize,
    pub taps: usize,
    pub newest: usize,
}

impl Phase {
    pub fn of(window: &Window, axis: usize, position: usize) -> Self {
        let padding = [window.padding.top, window.padding.left][axis];
        let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
        let first = (position + padding) % stride;
        Self {
            first,
            taps: kernel.saturating_sub(first).div_ceil(stride),
            newest: (position + padding) / stride,
        }
    }
}

/// A convolution made ready for its geometry: one algorithm in one set of kernels.
#[allow(clippy::too_many_arguments, reason = "the operands of a convolution")]
pub(crate) trait Convolution: Send + Sync {
    /// Bytes of tables.
    fn table_bytes(&self) -> usize;

    /// Numbers of the weights as [packed](Self::pack) for the forward pass; 0 if that reads them
    /// as they are.
    fn packed_len(&self) -> usize {
        0
    }

    /// Transforms weights for the forward pass. It is apart from that, because at inference it is
    /// done once.
    fn pack(&self, _threads: &Threads, _weights: &[f32], _packed: &mut [f32]) {}

    /// Numbers of scratch space that the forward pass needs.
    fn forward_scratch_len(&self) -> usize {
        0
    }

    /// Numbers of scratch space that either backward pass needs.
    fn backward_scratch_len(&self) -> usize {
        0
    }

    /// Writes the output, finished.
    fn forward(
        &self,
        threads: &Threads,
        images: usize,
        x: &[f32],
        weights: &[f32],
        packed: &[f32],
        finish: Finish<'_>,
        y: &mut [f32],
        scratch: &mut [f32],
    );

    /// Writes the gradient of the input, or adds to it. `dy` has a border as
    /// [`ConvShape::backward_border`] says.
    fn backward_data(
        &self,
        threads: &Threads,
        images: usize,
        dy: &[f32],
        weights: &[f32],
        dx: &mut [f32],
        accumulate: bool,
        scratch: &mut [f32],
    );

    /// Writes the gradient of the weights.
    fn backward_weights(
        &self,
        threads: &Threads,
        images: usize,
        x: &[f32],
        dy: &[f32],
        dw: &mut [f32],
        scratch: &mut [f32],
    );
}

/// The scalar form: sums as the definition writes them. It tests for edges instead of relying on
/// the border, so that it is a reference for the kernels that do rely on it.
///
/// It is compiled for a set of instructions, too, for convolutions in a few groups.
pub(crate) struct Reference<I>(pub ConvShape, pub I);

impl<I: InstructionSet> Convolution for Reference<I> {
    fn table_bytes(&self) -> usize {
        0
    }

    fn forward(
        &self,
        _: &Threads,
        images: usize,
        x: &[f32],
        weights: &[f32],
        _: &[f32],
        finish: Finish<'_>,
        y: &mut [f32],
        _: &mut [f32],
    ) {
        self.1.run(
            #[inline(always)]
            || {
                forward(&self.0, images, x, weights, y);
                finish.in_place(&self.0.output, images, y);
            },
        );
    }

    fn backward_data(
        &self,
        _: &Threads,
        images: usize,
        dy: &[f32],
        weights: &[f32],
        dx: &mut [f32],
        accumulate: bool,
        _: &mut [f32],
    ) {
        self.1.run(
            #[inline(always)]
            || backward_data(&self.0, images, dy, weights, dx, accumulate),
        );
    }

    fn backward_weights(
        &self,
        _: &Threads,
        images: usize,
        x: &[f32],
        dy: &[f32],
        dw: &mut [f32],
        _: &mut [f32],
    ) {
        self.1.run(
            #[inline(always)]
            || backward_weights(&self.0, images, x, dy, dw),
        );
    }
}

/// Calls `visit(x index, y index, weight index, outputs)` wherever an input meets outputs that are
/// side by side in the weights, for all pairs of positions that a tap of the kernel connects, in a
/// fixed order.
#[inline(always)]
fn for_each_run(
    shape: &ConvShape,
    images: usize,
    mut visit: impl FnMut(usize, usize, usize, usize),
) {
    let ConvShape {
        input,
        output,
        window,
        groups,
    } = shape;
    let [rows, columns] = window.kernel;
    // Outputs side by side: a panel, or a group.
    let (fan_in, run) = match groups {
        1 => (input.pitch, Layout::LANES),
        groups => (shape.fan_in(), output.channels / groups),
    };
    let runs = if *groups == 1 {
        output.pitch / run
    } else {
        *groups
    };
    for image in 0..images {
        for oy in 0..output.height {
            for ox in 0..output.width {
                let y_at = output.at(image, oy, ox);
                for ky in 0..rows {
                    for kx in 0..columns {
                        let iy = (oy * window.stride[0] + ky).wrapping_sub(window.padding.top);
                        let ix = (ox * window.stride[1] + kx).wrapping_sub(window.padding.left);
                        if iy >= input.height || ix >= input.width {
                            continue;
                        }
                        let x_at = input.at(image, iy, ix);
                        for index in 0..runs {
                            let group = if *groups == 1 { 0 } else { index };
                            for channel in 0..fan_in {
                                let w_at = shape.weight_at(ky * columns + kx, channel, index * run);
                                let x_at = x_at + group * fan_in + channel;
                                visit(x_at, y_at + index * run, w_at, run);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `y = x * w`.
#[inline(always)]
pub(crate) fn forward<T: Real>(shape: &ConvShape, images: usize, x: &[T], w: &[T], y: &mut [T]) {
    for image in 0..images {
        for row in shape.output.rows(image) {
            y[row].fill(T::default());
        }
    }
    for_each_run(shape, images, |x_at, y_at, w_at, run| {
        let x = x[x_at];
        for (y, &w) in y[y_at..y_at + run].iter_mut().zip(&w[w_at..w_at + run]) {
            *y += x * w;
        }
    });
}

/// The gradient of `x`, written or added.
#[inline(always)]
pub(crate) fn backward_data<T: Real>(
    shape: &ConvShape,
    images: usize,
    dy: &[T],
    w: &[T],
    dx: &mut [T],
    accumulate: bool,
) {
    if !accumulate {
        for image in 0..images {
            for row in shape.input.rows(image) {
                dx[row].fill(T::default());
            }
        }
    }
    for_each_run(shape, images, |x_at, y_at, w_at, run| {
        for (&dy, &w) in dy[y_at..y_at + run].iter().zip(&w[w_at..w_at + run]) {
            dx[x_at] += dy * w;
        }
    });
}

/// The gradient of `w`.
#[inline(always)]
pub(crate) fn backward_weights<T: Real>(
    shape: &ConvShape,
    images: usize,
    x: &[T],
    dy: &[T],
    dw: &mut [T],
) {
    dw.fill(T::default());
    for_each_run(shape, images, |x_at, y_at, w_at, run| {
        let x = x[x_at];
        for (&dy, dw) in dy[y_at..y_at + run].iter().zip(&mut dw[w_at..w_at + run]) {
            *dw += x * dy;
        }
    });
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient, dot};

    /// Inputs, outputs and groups of a convolution, and whether the input's channels are exact.
    fn channels() -> impl Strategy<Value = (usize, usize, usize, bool)> {
        prop_oneof![
            2 => (1usize..20, 1usize..40, any::<bool>())
                .prop_map(|(inputs, outputs, exact)| (inputs, outputs, 1, exact)),
            1 => (2usize..50).prop_map(|channels| (channels, channels, channels, false)),
            1 => (2usize..6, 1usize..6, 1usize..6)
                .prop_map(|(groups, inputs, outputs)| {
                    (groups * inputs, groups * outputs, groups, false)
                }),
        ]
    }

    /// A convolution of small maps: any kernel, stride and padding, even uneven ones, steps beyond
    /// the window and windows beyond the map; dense, in groups or depthwise. The input's channels
    /// are padded or, as an image's, exact.
    pub(in crate::kernels) fn convolutions() -> impl Strategy<Value = (ConvShape, usize)> {
        let axis = || (1usize..8, 1usize..9, 0usize..5, 0usize..5, 1usize..12);
        (axis(), axis(), channels(), 1usize..4)
            .prop_filter(
                "the window is larger than the padded map",
                |(rows, columns, ..)| {
                    [rows, columns]
                        .iter()
                        .all(|axis| axis.2 + axis.3 + axis.4 >= axis.0)
                },
            )
            .prop_map(
                |(rows, columns, (inputs, outputs, groups, exact), images)| {
                    let window = Window {
                        kernel: [rows.0, columns.0],
                        stride: [rows.1, columns.1],
                        padding: edgefront_graph::Padding {
                            top: rows.2,
                            left: columns.2,
                            bottom: rows.3,
                            right: columns.3,
                        },
                    };
                    let input = Shape::new(inputs, rows.4, columns.4);
                    let shape = ConvShape {
                        groups,
                        ..conv_shape(window, input, outputs, exact)
                    };
                    (shape, images)
                },
            )
    }

    /// The geometry with the borders that it needs.
    pub(in crate::kernels) fn conv_shape(
        window: Window,
        input: Shape,
        channels: usize,
        exact: bool,
    ) -> ConvShape {
        let (rows, columns) = window.output(input).expect("the window fits");
        let output = Shape::new(channels, rows, columns);
        let border = ConvShape::forward_border(&window);
        ConvShape {
            input: if exact {
                Layout::exact(input, border)
            } else {
                Layout::padded(input, border)
            },
            output: Layout::padded(output, ConvShape::backward_border(&window, input, output)),
            window,
            groups: 1,
        }
    }

    /// Weights, zero where channels only fill a pitch.
    pub(in crate::kernels) fn weights(shape: &ConvShape) -> Maps {
        Maps::new(
            Layout {
                height: shape.window.taps(),
                width: shape.fan_in(),
                channels: shape.output.channels,
                pitch: shape.output.pitch,
                border: 0,
            },
            1,
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn gradients_are_finite_differences((shape, images) in convolutions()) {
            let (input, output) = (Maps::new(shape.input, images), Maps::new(shape.output, images));
            let kernel = weights(&shape);
            let (x, w, cotangent) = (input.draw(1), kernel.draw(2), output.draw(3));
            let value = |x: &[f64], w: &[f64]| {
                let mut y = vec![f64::NAN; cotangent.len()];
                shape.output.clear_border(&mut y, images);
                forward(&shape, images, x, w, &mut y);
                dot(&y, &cotangent)
            };
            let (mut dx, mut dw) = (vec![1.0; x.len()], vec![0.0; w.len()]);
            backward_data(&shape, images, &cotangent, &w, &mut dx, false);
            backward_weights(&shape, images, &x, &cotangent, &mut dw);
            // Linear in both: a few places are as good as all.
            let step = input.inside().count().div_ceil(40);
            assert_gradient(|x| value(x, &w), &x, &dx, input.inside().step_by(step));
            let step = kernel.inside().count().div_ceil(40);
            assert_gradient(|w| value(&x, w), &w, &dw, kernel.inside().step_by(step));
        }
    }

    #[test]
    fn phases_of_a_strided_kernel() {
        let window = Window::square(3, 2, 1);
        let phase = |position| Phase::of(&window, 0, position);
        // Row 0 lies under tap 1 of output 0; row 1 under tap 2 of output 0 and tap 0 of output 1.
        assert_eq!(
            phase(0),
            Phase {
                first: 1,
                taps: 1,
                newest: 0
            }
        );
        assert_eq!(
            phase(1),
            Phase {
                first: 0,
                taps: 2,
                newest: 1
            }
        );
        let (input, output) = (Shape::new(1, 7, 7), Shape::new(1, 4, 4));
        assert_eq!(ConvShape::backward_border(&window, input, output), 0);
        let window = Window::square(3, 1, 1);
        assert_eq!(ConvShape::backward_border(&window, input, input), 1);
    }
}

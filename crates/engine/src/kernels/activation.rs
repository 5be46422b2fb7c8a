use super::Real;
use super::instructions::InstructionSet;

/// What a layer may put its output through, number by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Activation {
    #[default]
    None,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `x * min(max(x + 3, 0), 6) / 6`.
    HardSwish,
}

impl Activation {
    /// The value at `x`. A NaN goes through, so that it reaches the loss and stops the training.
    #[inline(always)]
    pub fn apply<T: Real>(self, x: T) -> T {
        let (zero, six) = (T::default(), T::from_f64(6.0));
        match self {
            Self::None => x,
            Self::Relu => at_least(x, zero),
            Self::Relu6 => at_most(at_least(x, zero), six),
            Self::HardSwish => {
                let share = at_most(at_least(x + T::from_f64(3.0), zero), six);
                x * share * T::from_f64(1.0 / 6.0)
            }
        }
    }

    /// The values of a vector, as [`apply`](Self::apply) has them.
    #[inline(always)]
    pub fn apply_vector<I: InstructionSet>(self, set: I, x: I::Vector) -> I::Vector {
        let (zero, six) = (set.splat(0.0), set.splat(6.0));
        match self {
            Self::None => x,
            Self::Relu => set.at_least(x, zero),
            Self::Relu6 => set.at_most(set.at_least(x, zero), six),
            Self::HardSwish => {
                let share = set.at_least(set.add(x, set.splat(3.0)), zero);
                let share = set.at_most(share, six);
                set.mul(set.mul(x, share), set.splat(1.0 / 6.0))
            }
        }
    }

    /// The gradient of the input, from that of the output. `x` is the input, or the output if
    /// [that is enough](Self::slope_by_output). Where the function has a corner, the slope is zero
    /// (of hard-swish at 3: one).
    #[inline(always)]
    pub fn gate<T: Real>(self, x: T, gradient: T) -> T {
        let zero = T::default();
        match self {
            Self::None => gradient,
            Self::Relu => {
                if x <= zero {
                    zero
                } else {
                    gradient
                }
            }
            Self::Relu6 => {
                if x <= zero || x >= T::from_f64(6.0) {
                    zero
                } else {
                    gradient
                }
            }
            Self::HardSwish => {
                let middle = x * T::from_f64(1.0 / 3.0) + T::from_f64(0.5);
                let three = T::from_f64(3.0);
                let slope = if x >= three { T::from_f64(1.0) } else { middle };
                gradient * if x <= zero - three { zero } else { slope }
            }
        }
    }

    /// Whether the output tells the slope. A hard-swish falls before it rises: it does not.
    pub fn slope_by_output(self) -> bool {
        self != Self::HardSwish
    }
}

/// A NaN stays one.
#[inline(always)]
fn at_least<T: Real>(x: T, bound: T) -> T {
    if x < bound { bound } else { x }
}

/// A NaN stays one.
#[inline(always)]
fn at_most<T: Real>(x: T, bound: T) -> T {
    if x > bound { bound } else { x }
}

/// Evaluates `$body` with `$known` the activation, as a constant that the compiler sees: a loop in
/// it has no branches.
macro_rules! with_activation {
    ($activation:expr, |$known:ident| $body:expr) => {
        match $activation {
            Activation::None => {
                let $known = Activation::None;
                $body
            }
            Activation::Relu => {
                let $known = Activation::Relu;
                $body
            }
            Activation::Relu6 => {
                let $known = Activation::Relu6;
                $body
            }
            Activation::HardSwish => {
                let $known = Activation::HardSwish;
                $body
            }
        }
    };
}
pub(crate) use with_activation;

/// Writes the values.
#[inline(always)]
pub(crate) fn forward<T: Real>(activation: Activation, x: &[T], out: &mut [T]) {
    with_activation!(activation, |known| {
        for (&x, out) in x.iter().zip(out) {
            *out = known.apply(x);
        }
    });
}

/// Turns the gradient of the output into that of the input; `x` as in [`Activation::gate`].
#[inline(always)]
pub(crate) fn backward<T: Real>(activation: Activation, x: &[T], gradient: &mut [T]) {
    with_activation!(activation, |known| {
        for (&x, gradient) in x.iter().zip(gradient) {
            *gradient = known.gate(x, *gradient);
        }
    });
}

#[cfg(test)]
pub(super) mod tests {
    use edgefront_graph::Shape;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient, dot};
    use crate::layout::Layout;

    pub(in crate::kernels) const ALL: [Activation; 4] = [
        Activation::None,
        Activation::Relu,
        Activation::Relu6,
        Activation::HardSwish,
    ];

    #[test]
    fn gradients_are_finite_differences() {
        let maps = Maps::new(Layout::padded(Shape::new(5, 4, 3), 1), 2);
        // Wide enough to reach beyond every corner.
        let x: Vec<f64> = maps.draw(1).iter().map(|x| 4.0 * x).collect();
        assert!(x.iter().any(|&x| x < -3.0) && x.iter().any(|&x| x > 6.0));
        let cotangent = maps.draw(2);
        for activation in ALL {
            let run = |x: &[f64]| {
                let mut out = vec![0.0; x.len()];
                forward(activation, x, &mut out);
                out
            };
            let mut gradient = cotangent.clone();
            backward(activation, &x, &mut gradient);
            let value = |x: &[f64]| dot(&run(x), &cotangent);
            assert_gradient(value, &x, &gradient, maps.inside());
            if activation.slope_by_output() {
                let mut by_output = cotangent.clone();
                backward(activation, &run(&x), &mut by_output);
                assert_eq!(by_output, gradient, "{activation:?}");
            }
        }
    }

    #[test]
    fn values_are_those_of_the_definitions() {
        let x = [-4.0f32, -3.0, -1.5, 0.0, 3.0, 6.0, 7.0];
        for (activation, expected) in [
            (Activation::None, x),
            (Activation::Relu, [0.0, 0.0, 0.0, 0.0, 3.0, 6.0, 7.0]),
            (Activation::Relu6, [0.0, 0.0, 0.0, 0.0, 3.0, 6.0, 6.0]),
            (
                Activation::HardSwish,
                [0.0, 0.0, -0.375, 0.0, 3.0, 6.0, 7.0],
            ),
        ] {
            let mut out = [0.0; 7];
            forward(activation, &x, &mut out);
            for (got, expected) in out.iter().zip(expected) {
                assert!((got - expected).abs() < 1e-6, "{activation:?}: {out:?}");
            }
        }
    }

    #[test]
    fn a_nan_goes_through() {
        for activation in ALL {
            let mut out = [0.0f32; 1];
            forward(activation, &[f32::NAN], &mut out);
            assert!(out[0].is_nan(), "{activation:?}");
        }
    }
}

use super::Real;

/// The constants of a step of stochastic gradient descent, ready for single precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SgdStep<T> {
    pub rate: T,
    /// Decay of the velocity; 0 if there is none.
    pub momentum: T,
    /// Whether the step looks ahead by one decay of the velocity.
    pub nesterov: bool,
    /// Times the weight, added to its gradient.
    pub weight_decay: T,
}

impl<T: Real> SgdStep<T> {
    pub fn new(learning_rate: f64, momentum: f64, nesterov: bool, weight_decay: f64) -> Self {
        Self {
            rate: T::from_f64(learning_rate),
            momentum: T::from_f64(momentum),
            nesterov,
            weight_decay: T::from_f64(weight_decay),
        }
    }
}

/// Changes the weights and their velocities in one pass.
#[inline(always)]
pub(crate) fn momentum<T: Real>(
    step: &SgdStep<T>,
    weights: &mut [T],
    gradients: &[T],
    velocities: &mut [T],
) {
    for ((weight, gradient), velocity) in weights.iter_mut().zip(gradients).zip(velocities) {
        let g = *gradient + step.weight_decay * *weight;
        *velocity = step.momentum * *velocity + g;
        let direction = if step.nesterov {
            g + step.momentum * *velocity
        } else {
            *velocity
        };
        *weight = *weight - step.rate * direction;
    }
}

/// Changes the weights, which have no velocities.
#[inline(always)]
pub(crate) fn descend<T: Real>(step: &SgdStep<T>, weights: &mut [T], gradients: &[T]) {
    for (weight, gradient) in weights.iter_mut().zip(gradients) {
        let g = *gradient + step.weight_decay * *weight;
        *weight = *weight - step.rate * g;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weight 1 with the gradient 0.5 twice, by hand. The first velocity is the gradient, the
    /// second 0.9 of it and the gradient again.
    #[test]
    fn the_second_step_has_the_momentum_of_the_first() {
        for (nesterov, expected) in [(false, 1.0 - 0.05 - 0.095), (true, 1.0 - 0.095 - 0.1355)] {
            let step = SgdStep::<f64>::new(0.1, 0.9, nesterov, 0.0);
            let (mut weight, mut velocity) = ([1.0], [0.0]);
            for _ in 0..2 {
                momentum(&step, &mut weight, &[0.5], &mut velocity);
            }
            assert!((weight[0] - expected).abs() < 1e-12, "{}", weight[0]);
        }
    }

    #[test]
    fn without_momentum_a_step_is_the_rate_times_the_decayed_gradient() {
        let step = SgdStep::<f64>::new(0.1, 0.0, false, 0.2);
        let mut weight = [2.0];
        descend(&step, &mut weight, &[0.5]);
        assert!((weight[0] - (2.0 - 0.1 * 0.9)).abs() < 1e-12);
    }
}

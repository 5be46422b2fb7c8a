use super::Real;
use crate::optimizer::Adam;

/// One step's constants of Adam (Kingma and Ba, 2015), ready for single precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep<T> {
    /// Decay of the mean of the gradient, and one minus it.
    pub beta1: (T, T),
    /// Decay of the mean of the squared gradient, and one minus it.
    pub beta2: (T, T),
    /// Learning rate over the bias correction of the first mean.
    pub rate: T,
    /// One over the root of the bias correction of the second mean.
    pub root_correction: T,
    pub epsilon: T,
    /// Times the weight, added to its gradient (L2, as in PyTorch's `Adam`).
    pub weight_decay: T,
    /// Times the weight before the step (decoupled, as in PyTorch's `AdamW`).
    pub shrink: T,
}

impl<T: Real> AdamStep<T> {
    /// The constants of step `number`, which counts from 1. A decay that is `decoupled` shrinks
    /// the weights, any other adds to their gradients.
    pub fn new(learning_rate: f64, constants: &Adam, decoupled: bool, number: u64) -> Self {
        let &Adam {
            beta1,
            beta2,
            epsilon,
            weight_decay,
        } = constants;
        let number = number as f64;
        let (weight_decay, shrink) = if decoupled {
            (0.0, 1.0 - learning_rate * weight_decay)
        } else {
            (weight_decay, 1.0)
        };
        Self {
            beta1: (T::from_f64(beta1), T::from_f64(1.0 - beta1)),
            beta2: (T::from_f64(beta2), T::from_f64(1.0 - beta2)),
            rate: T::from_f64(learning_rate / (1.0 - beta1.powf(number))),
            root_correction: T::from_f64(1.0 / (1.0 - beta2.powf(number)).sqrt()),
            epsilon: T::from_f64(epsilon),
            weight_decay: T::from_f64(weight_decay),
            shrink: T::from_f64(shrink),
        }
    }
}

/// Changes the weights and the two running means in one pass.
#[inline(always)]
pub(crate) fn adam<T: Real>(
    step: &AdamStep<T>,
    weights: &mut [T],
    gradients: &[T],
    means: &mut [T],
    squares: &mut [T],
) {
    for (((weight, gradient), mean), square) in
        (weights.iter_mut().zip(gradients).zip(means)).zip(squares)
    {
        let w = step.shrink * *weight;
        let g = *gradient + step.weight_decay * w;
        *mean = step.beta1.0 * *mean + step.beta1.1 * g;
        *square = step.beta2.0 * *square + step.beta2.1 * (g * g);
        let root = square.square_root() * step.root_correction + step.epsilon;
        *weight = w - step.rate * *mean / root;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first step of Adam moves every weight by the learning rate against the gradient's sign.
    #[test]
    fn the_first_step_is_the_learning_rate() {
        let constants = Adam {
            epsilon: 1e-12,
            ..Adam::default()
        };
        let step = AdamStep::<f64>::new(0.01, &constants, false, 1);
        let mut weights = [1.0, 1.0, 1.0];
        let gradients = [4.0, -0.001, 0.0];
        adam(
            &step,
            &mut weights,
            &gradients,
            &mut [0.0; 3],
            &mut [0.0; 3],
        );
        for (weight, expected) in weights.iter().zip([0.99, 1.01, 1.0]) {
            assert!((weight - expected).abs() < 1e-9, "{weight}");
        }
    }

    /// The weight 1 with the gradient 0.5 twice, by hand: the decay adds to the gradient or
    /// shrinks the weight, and both means are corrected by the number of the step.
    #[test]
    fn the_second_step_decays_and_corrects() {
        let constants = Adam {
            weight_decay: 0.1,
            ..Adam::default()
        };
        for (decoupled, expected) in [(false, 0.800_047_340), (true, 0.781_100_004)] {
            let (mut weight, mut mean, mut square) = ([1.0], [0.0], [0.0]);
            for number in [1, 2] {
                let step = AdamStep::<f64>::new(0.1, &constants, decoupled, number);
                adam(&step, &mut weight, &[0.5], &mut mean, &mut square);
            }
            assert!((weight[0] - expected).abs() < 1e-8, "{}", weight[0]);
        }
    }
}

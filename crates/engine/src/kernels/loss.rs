use super::Real;
use crate::layout::Layout;

/// The mean softmax cross-entropy of a batch, and its gradient with respect to the logits.
pub(crate) fn softmax_cross_entropy<T: Real>(
    layout: &Layout,
    logits: &[T],
    labels: &[usize],
    gradient: &mut [T],
) -> f64 {
    let share = 1.0 / labels.len() as f64;
    let mut loss = 0.0;
    gradient[..layout.len(labels.len())].fill(T::default());
    for (image, &label) in labels.iter().enumerate() {
        let start = layout.at(image, 0, 0);
        let logits = &logits[start..start + layout.channels];
        let gradient = &mut gradient[start..start + layout.channels];
        let mut probabilities: Vec<f64> = logits.iter().map(|logit| logit.to_f64()).collect();
        loss += cross_entropy(&mut probabilities, label);
        for (class, (gradient, probability)) in gradient.iter_mut().zip(probabilities).enumerate() {
            let wanted = if class == label { 1.0 } else { 0.0 };
            *gradient = T::from_f64((probability - wanted) * share);
        }
    }
    loss * share
}

/// Turns logits into probabilities (softmax) and gives the cross-entropy of `label`, in nats.
pub(crate) fn cross_entropy(logits: &mut [f64], label: usize) -> f64 {
    let wanted = logits[label];
    let (largest, sum) = softmax(logits);
    largest + sum.ln() - wanted
}

/// Turns logits into probabilities; gives the largest logit and the sum of the exponentials of
/// the differences to it.
pub(crate) fn softmax(logits: &mut [f64]) -> (f64, f64) {
    // A NaN must come out as one, and `f64::max` would drop it: the sum brings it back.
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for logit in &mut *logits {
        *logit = (*logit - largest).exp();
    }
    let sum: f64 = logits.iter().sum();
    for probability in &mut *logits {
        *probability /= sum;
    }
    (largest, sum)
}

#[cfg(test)]
mod tests {
    use edgefront_graph::Shape;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient};

    #[test]
    fn gradients_are_finite_differences() {
        let maps = Maps::new(Layout::padded(Shape::vector(3), 0), 4);
        let logits = maps.draw(1);
        let labels = [0, 2, 1, 2];
        let mut gradient = vec![f64::NAN; logits.len()];
        softmax_cross_entropy(&maps.layout, &logits, &labels, &mut gradient);
        let value = |logits: &[f64]| {
            softmax_cross_entropy(&maps.layout, logits, &labels, &mut vec![0.0; logits.len()])
        };
        assert_gradient(value, &logits, &gradient, maps.inside());
    }

    #[test]
    fn probabilities_sum_to_one_far_from_zero() {
        let mut logits = [1000.0, 1001.0, 999.0];
        let loss = cross_entropy(&mut logits, 1);
        assert!((logits.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((loss + logits[1].ln()).abs() < 1e-9);
    }

    #[test]
    fn a_nan_reaches_the_loss() {
        assert!(cross_entropy(&mut [f64::NAN, 0.0], 1).is_nan());
        assert!(cross_entropy(&mut [f64::NAN, 0.0], 0).is_nan());
    }
}

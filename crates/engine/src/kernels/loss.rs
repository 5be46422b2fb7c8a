use super::Real;
use crate::layout::Layout;
use crate::loss::LossOptions;

/// The mean loss of a batch in nats, as [`LossOptions`] define it, and its gradient with respect
/// to the logits.
pub(crate) fn softmax_cross_entropy<T: Real>(
    layout: &Layout,
    logits: &[T],
    labels: &[usize],
    options: &LossOptions,
    gradient: &mut [T],
) -> f64 {
    let share = 1.0 / options.total(labels);
    let smooth = options.label_smoothing / layout.channels as f64;
    let mut loss = 0.0;
    gradient[..layout.len(labels.len())].fill(T::default());
    let mut wanted = vec![0.0; layout.channels];
    for (image, &label) in labels.iter().enumerate() {
        let start = layout.at(image, 0, 0);
        let logits = &logits[start..start + layout.channels];
        let gradient = &mut gradient[start..start + layout.channels];
        // What each class's logarithm counts.
        for (class, wanted) in wanted.iter_mut().enumerate() {
            *wanted = smooth * options.weight(class);
        }
        wanted[label] += (1.0 - options.label_smoothing) * options.weight(label);
        let all: f64 = wanted.iter().sum();

        let values: Vec<f64> = logits.iter().map(|logit| logit.to_f64()).collect();
        let mut probabilities = values.clone();
        let (largest, sum) = softmax(&mut probabilities);
        let logarithm = largest + sum.ln();
        for (class, &wanted) in wanted.iter().enumerate() {
            // A class that counts nothing may be infinitely far away.
            if wanted != 0.0 {
                loss += wanted * (logarithm - values[class]);
            }
            gradient[class] = T::from_f64((all * probabilities[class] - wanted) * share);
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

    fn options() -> [LossOptions; 3] {
        let weights = Some(vec![0.5, 1.0, 3.0]);
        [(None, 0.0), (weights.clone(), 0.0), (weights, 0.2)].map(
            |(class_weights, label_smoothing)| LossOptions {
                class_weights,
                label_smoothing,
            },
        )
    }

    #[test]
    fn gradients_are_finite_differences() {
        for options in options() {
            let maps = Maps::new(Layout::padded(Shape::vector(3), 0), 4);
            let logits = maps.draw(1);
            let labels = [0, 2, 1, 2];
            let value = |logits: &[f64], gradient: &mut [f64]| {
                softmax_cross_entropy(&maps.layout, logits, &labels, &options, gradient)
            };
            let mut gradient = vec![f64::NAN; logits.len()];
            value(&logits, &mut gradient);
            let value = |logits: &[f64]| value(logits, &mut vec![0.0; logits.len()]);
            assert_gradient(value, &logits, &gradient, maps.inside());
        }
    }

    /// Weights and smoothing leave the loss of equal logits: the logarithm of their number.
    #[test]
    fn a_network_that_knows_nothing_has_the_loss_of_a_guess() {
        let layout = Layout::padded(Shape::vector(3), 0);
        for options in &options()[..2] {
            let mut gradient = vec![0.0; layout.len(2)];
            let logits = vec![0.0; gradient.len()];
            let loss = softmax_cross_entropy(&layout, &logits, &[1, 2], options, &mut gradient);
            assert!((loss - 3f64.ln()).abs() < 1e-12, "{loss}");
        }
    }

    #[test]
    fn losses_are_those_of_pytorch() {
        let fixture: serde_json::Value =
            serde_json::from_str(include_str!("../../fixtures/training.json")).unwrap();
        let numbers = |value: &serde_json::Value| -> Vec<f64> {
            serde_json::from_value(value.clone()).unwrap()
        };
        let labels: Vec<usize> = serde_json::from_value(fixture["labels"].clone()).unwrap();
        let maps = Maps::new(Layout::padded(Shape::vector(3), 0), labels.len());
        let mut logits = vec![0.0; maps.layout.len(labels.len())];
        for (place, logit) in maps.inside().zip(numbers(&fixture["logits"])) {
            logits[place] = logit;
        }
        for case in fixture["losses"].as_array().unwrap() {
            let options = LossOptions {
                class_weights: serde_json::from_value(case["class_weights"].clone()).unwrap(),
                label_smoothing: case["label_smoothing"].as_f64().unwrap(),
            };
            let mut gradient = vec![f64::NAN; logits.len()];
            let loss =
                softmax_cross_entropy(&maps.layout, &logits, &labels, &options, &mut gradient);
            let expected = case["loss"].as_f64().unwrap();
            assert!(
                (loss - expected).abs() < 1e-12,
                "{options:?}: {loss} is not {expected}"
            );
            for (place, expected) in maps.inside().zip(numbers(&case["gradient"])) {
                assert!((gradient[place] - expected).abs() < 1e-12, "{options:?}");
            }
        }
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

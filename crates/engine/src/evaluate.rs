use edgefront_graph::{Graph, Weights};
use serde::{Deserialize, Serialize};

use crate::kernels::softmax;
use crate::{Backend, Confusion, Error, Network, Samples};

/// What a network says of one sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Index of the sample.
    pub index: usize,
    /// Its label.
    pub label: usize,
    /// The most probable class; of equal ones the first.
    pub predicted: usize,
    /// A probability for each class (the softmax of the outputs), which sum to 1.
    pub probabilities: Vec<f64>,
}

/// How well a network does on some samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// What was taken for what.
    pub confusion: Confusion,
    /// One prediction for each sample, in their order.
    pub predictions: Vec<Prediction>,
}

impl Evaluation {
    /// The share of right predictions, in 0 to 1; 0 without samples.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.confusion.accuracy().unwrap_or(0.0)
    }
}

/// Runs a trained network on the samples with these indices, `batch_size` at a time.
///
/// # Errors
/// If the network, its weights and the samples do not belong together, or an index names no
/// sample.
pub fn evaluate(
    backend: &dyn Backend,
    graph: &Graph,
    weights: &Weights,
    samples: &Samples<'_>,
    indices: &[usize],
    batch_size: usize,
) -> Result<Evaluation, Error> {
    check_shapes(graph, samples)?;
    samples.check_indices(indices)?;
    let mut network = backend.prepare(graph, batch_size)?;
    network.load(weights)?;
    evaluate_network(network.as_mut(), samples, indices, batch_size)
}

/// The class probabilities of images in the order (image, row, column, band), image by image.
///
/// # Errors
/// If the network and its weights do not belong together, or the images are not a whole number
/// of inputs.
pub fn predict(
    backend: &dyn Backend,
    graph: &Graph,
    weights: &Weights,
    images: &[f32],
    batch_size: usize,
) -> Result<Vec<Vec<f64>>, Error> {
    let mut network = backend.prepare(graph, batch_size)?;
    network.load(weights)?;
    let mut logits = Vec::new();
    for batch in images.chunks(batch_size * graph.input_shape().elements()) {
        network.logits(batch, &mut logits)?;
    }
    let classes = graph.output_shape().channels;
    Ok(logits.chunks(classes).map(probabilities).collect())
}

/// The probabilities of the classes, which sum to 1, from a network's outputs for one image: their
/// softmax.
#[must_use]
pub fn probabilities(logits: &[f32]) -> Vec<f64> {
    let mut values: Vec<f64> = logits.iter().map(|&logit| f64::from(logit)).collect();
    softmax(&mut values);
    values
}

pub(crate) fn evaluate_network(
    network: &mut dyn Network,
    samples: &Samples<'_>,
    indices: &[usize],
    batch_size: usize,
) -> Result<Evaluation, Error> {
    let classes = samples.classes();
    let mut loss = 0.0;
    let mut confusion = Confusion::new(classes);
    let mut predictions = Vec::with_capacity(indices.len());
    let (mut images, mut logits) = (Vec::new(), Vec::new());
    for batch in indices.chunks(batch_size) {
        images.clear();
        logits.clear();
        for &index in batch {
            images.extend_from_slice(samples.image(index));
        }
        samples.scale(&mut images);
        network.logits(&images, &mut logits)?;
        for (&index, logits) in batch.iter().zip(logits.chunks(classes)) {
            let label = samples.label(index);
            let mut values: Vec<f64> = logits.iter().map(|&logit| f64::from(logit)).collect();
            loss += crate::kernels::cross_entropy(&mut values, label);
            let mut predicted = 0;
            for class in 1..classes {
                if values[class] > values[predicted] {
                    predicted = class;
                }
            }
            confusion.add(label, predicted);
            predictions.push(Prediction {
                index,
                label,
                predicted,
                probabilities: values,
            });
        }
    }
    Ok(Evaluation {
        loss: loss / indices.len().max(1) as f64,
        confusion,
        predictions,
    })
}

pub(crate) fn check_shapes(graph: &Graph, samples: &Samples<'_>) -> Result<(), Error> {
    if graph.input_shape() != samples.shape() {
        return Err(Error::InputShape {
            network: graph.input_shape(),
            samples: samples.shape(),
        });
    }
    let output = graph.output_shape();
    if output.positions() != 1 || output.channels != samples.classes() {
        return Err(Error::OutputShape {
            network: output,
            classes: samples.classes(),
        });
    }
    Ok(())
}

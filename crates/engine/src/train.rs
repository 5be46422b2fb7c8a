use std::ops::ControlFlow;

use edgefront_graph::{Graph, Weights};
use edgefront_random::Key;
use serde::{Deserialize, Serialize};

use crate::evaluate::{check_shapes, evaluate_network};
use crate::{Augment, Backend, Error, Optimizer, OptimizerStep, Prediction, Samples, Schedule};

/// How a network is trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainOptions {
    /// Passes over the training samples.
    pub epochs: usize,
    /// Samples per step; the last batch of an epoch may be smaller.
    pub batch_size: usize,
    /// How gradients change the weights.
    pub optimizer: Optimizer,
    /// How the learning rate changes, step by step over all epochs.
    pub schedule: Schedule,
    /// How training images are varied.
    pub augment: Augment,
}

impl Default for TrainOptions {
    /// The drainage-crossing study's setting: five epochs of Adam at 1e-3, in batches of 16.
    fn default() -> Self {
        Self {
            epochs: 5,
            batch_size: 16,
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            augment: Augment::default(),
        }
    }
}

impl TrainOptions {
    /// Checks that every value makes sense.
    ///
    /// # Errors
    /// If one does not.
    pub fn check(&self) -> Result<(), Error> {
        for (option, value) in [("epochs", self.epochs), ("batch_size", self.batch_size)] {
            if value == 0 {
                return Err(Error::TrainOption {
                    option,
                    value: value.to_string(),
                    expected: "at least 1",
                });
            }
        }
        self.optimizer.check()
    }
}

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Mean cross-entropy over the epoch's training samples, each as it was met, in nats.
    pub train_loss: f64,
    /// Mean cross-entropy of the test samples after the epoch, in nats; 0 without any.
    pub test_loss: f64,
    /// Share of the test samples that are classified rightly after the epoch, in 0 to 1; 0
    /// without any.
    pub test_accuracy: f64,
    /// Learning rate of the epoch's last step.
    pub learning_rate: f64,
}

/// A training's outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The weights after the last epoch.
    pub weights: Weights,
    /// One report for each epoch.
    pub epochs: Vec<EpochReport>,
    /// What the network says of each test sample after the last epoch.
    pub predictions: Vec<Prediction>,
}

/// Trains a network on the samples `train`, with the samples `test` as its measure after each
/// epoch. `observe` sees each epoch's report and may stop there.
///
/// The outcome is a function of the arguments: the order of the samples and their variations are
/// drawn from `key`, per epoch, and what dropouts leave out, per step.
///
/// # Errors
/// If the options make no sense, network, weights and samples do not belong together, the backend
/// does not run the network, or the loss ceases to be finite.
#[allow(clippy::too_many_arguments, reason = "each is a thing of its own")]
pub fn train(
    backend: &dyn Backend,
    graph: &Graph,
    initial: &Weights,
    samples: &Samples<'_>,
    train: &[usize],
    test: &[usize],
    options: &TrainOptions,
    key: Key,
    observe: &mut dyn FnMut(&EpochReport) -> ControlFlow<()>,
) -> Result<Trained, Error> {
    options.check()?;
    check_shapes(graph, samples)?;
    samples.check_indices(train)?;
    samples.check_indices(test)?;
    if train.is_empty() {
        return Err(Error::NoTrainingSamples);
    }
    let mut network = backend.prepare(graph, options.batch_size)?;
    network.load(initial)?;

    let steps_per_epoch = train.len().div_ceil(options.batch_size);
    let steps = steps_per_epoch * options.epochs;
    let mut step = 0;
    let mut reports = Vec::new();
    let mut predictions = Vec::new();
    let (mut images, mut labels) = (Vec::new(), Vec::new());
    for epoch in 0..options.epochs {
        let mut order = train.to_vec();
        key.with("shuffle", epoch as u64)
            .stream()
            .shuffle(&mut order);
        let mut augment = key.with("augment", epoch as u64).stream();
        let mut train_loss = 0.0;
        let mut learning_rate = 0.0;
        for (number, batch) in order.chunks(options.batch_size).enumerate() {
            images.clear();
            labels.clear();
            for &index in batch {
                let image = samples.image(index);
                options
                    .augment
                    .apply(image, samples.shape(), &mut augment, &mut images);
                labels.push(samples.label(index));
            }
            learning_rate =
                options.optimizer.learning_rate() * options.schedule.factor(step, steps);
            step += 1;
            let loss = network.train_step(
                &images,
                &labels,
                &OptimizerStep {
                    optimizer: options.optimizer,
                    learning_rate,
                    number: step as u64,
                    key: key.with("step", step as u64),
                },
            )?;
            if !loss.is_finite() {
                return Err(Error::NonFiniteLoss {
                    epoch: epoch + 1,
                    step: number + 1,
                });
            }
            train_loss += f64::from(loss) * batch.len() as f64;
        }
        let evaluation = evaluate_network(network.as_mut(), samples, test, options.batch_size)?;
        if !evaluation.loss.is_finite() {
            return Err(Error::NonFiniteTestLoss { epoch: epoch + 1 });
        }
        let report = EpochReport {
            epoch: epoch + 1,
            train_loss: train_loss / train.len() as f64,
            test_loss: evaluation.loss,
            test_accuracy: evaluation.accuracy(),
            learning_rate,
        };
        predictions = evaluation.predictions;
        let stop = observe(&report).is_break();
        reports.push(report);
        if stop {
            break;
        }
    }
    Ok(Trained {
        weights: network.weights(),
        epochs: reports,
        predictions,
    })
}

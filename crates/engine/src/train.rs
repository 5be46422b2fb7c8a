mod options;

use std::ops::ControlFlow;

use edgefront_graph::{Graph, Weights};
use edgefront_random::Key;
use serde::{Deserialize, Serialize};

use crate::checkpoint::Fingerprint;
use crate::evaluate::{check_shapes, evaluate_network};
use crate::validation::hold_back;
use crate::{
    Backend, Checkpoint, Error, Evaluation, LossOptions, Network, Prediction, Samples, TrainStep,
};

pub use options::TrainOptions;

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Mean loss over the epoch's training samples, each as it was met, in nats: what is
    /// minimised, with the weights of the classes and the smoothing of the labels.
    pub train_loss: f64,
    /// What the samples that were held back say after the epoch; `None` without any.
    pub validation: Option<Quality>,
    /// What the test samples say after the epoch; zeros without any.
    pub test: Quality,
    /// Learning rate of the epoch's last step.
    pub learning_rate: f64,
}

/// How well a network does on samples that it does not learn from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Mean cross-entropy in nats, without weights of classes or smoothing.
    pub loss: f64,
    /// Share of the samples that are classified rightly, in 0 to 1.
    pub accuracy: f64,
}

impl From<&Evaluation> for Quality {
    fn from(evaluation: &Evaluation) -> Self {
        Self {
            loss: evaluation.loss,
            accuracy: evaluation.accuracy(),
        }
    }
}

/// The network after one epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The weights after it.
    pub weights: Weights,
    /// What the network then says of each test sample.
    pub predictions: Vec<Prediction>,
}

/// A training's outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// One report for each epoch.
    pub epochs: Vec<EpochReport>,
    /// The epoch with the least loss on the samples that were held back, of equal ones the first;
    /// the last epoch without any. Test samples have no say in it.
    pub best: Snapshot,
    /// The last epoch.
    pub last: Snapshot,
}

/// Where a training begins.
#[derive(Clone, Debug)]
pub enum Start<'a> {
    /// At the first epoch, from these weights.
    Weights(&'a Weights),
    /// After the epoch at whose end the checkpoint was taken.
    Checkpoint(Box<Checkpoint>),
    /// At the first epoch, from the network that another training ended with: its weights, and its
    /// optimiser as it was, which goes on counting its steps.
    Carried(Box<Checkpoint>),
}

impl<'a> From<&'a Weights> for Start<'a> {
    fn from(weights: &'a Weights) -> Self {
        Self::Weights(weights)
    }
}

impl From<Checkpoint> for Start<'_> {
    fn from(checkpoint: Checkpoint) -> Self {
        Self::Checkpoint(Box::new(checkpoint))
    }
}

/// What an observer sees at the end of an epoch.
#[derive(Clone, Copy)]
pub struct EpochEnd<'a> {
    /// What the epoch came to.
    pub report: &'a EpochReport,
    fingerprint: Fingerprint,
    network: &'a dyn Network,
    steps: u64,
    course: &'a Course,
}

impl EpochEnd<'_> {
    /// All that is needed to go on from here later. Copies the weights and the optimiser's state;
    /// an observer that does not ask pays nothing.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            fingerprint: self.fingerprint,
            network: self.network.state(),
            steps: self.steps,
            course: self.course.clone(),
        }
    }
}

/// What a training has come to so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Course {
    pub epochs: Vec<EpochReport>,
    /// The best epoch by the samples that were held back, if there are any.
    pub best: Option<Snapshot>,
}

impl Course {
    /// Whether the last report is better than all before it.
    fn improves(&self) -> bool {
        let loss = |report: &EpochReport| report.validation.map(|quality| quality.loss);
        self.epochs.split_last().is_some_and(|(last, before)| {
            let least = before.iter().filter_map(loss).reduce(f64::min);
            loss(last).is_some_and(|loss| least.is_none_or(|least| loss < least))
        })
    }

    /// Whether so many epochs have gone by since the best one.
    fn is_exhausted(&self, patience: Option<usize>) -> bool {
        let best = self.best.as_ref().map(|best| best.epoch);
        (patience.zip(best)).is_some_and(|(patience, best)| self.epochs.len() >= best + patience)
    }
}

/// Trains a network on the samples `train`, with the samples `test` as its measure after each
/// epoch. `observe` sees each epoch's end, may take a checkpoint, and may stop there.
///
/// The outcome is a function of the arguments: the order of the samples and their variations are
/// drawn from `key`, per epoch, and what dropouts leave out, per step. From a checkpoint it is, bit
/// by bit, that of the training that the checkpoint was taken of.
///
/// # Errors
/// If the options make no sense, network, weights and samples do not belong together, the backend
/// does not run the network, the checkpoint is one of another training, or a loss ceases to be
/// finite.
#[allow(clippy::too_many_arguments, reason = "each is a thing of its own")]
pub fn train<'a>(
    backend: &dyn Backend,
    graph: &Graph,
    start: impl Into<Start<'a>>,
    samples: &Samples<'_>,
    train: &[usize],
    test: &[usize],
    options: &TrainOptions,
    key: Key,
    observe: &mut dyn FnMut(&EpochEnd<'_>) -> ControlFlow<()>,
) -> Result<Trained, Error> {
    options.check()?;
    check_shapes(graph, samples)?;
    samples.check_indices(train)?;
    samples.check_indices(test)?;
    if train.is_empty() {
        return Err(Error::NoTrainingSamples);
    }
    let (learn, validation) = hold_back(samples, train, options.validation, key)?;
    let labels = learn.iter().map(|&index| samples.label(index));
    let mut lessons = Lessons {
        loss: options.loss(labels, samples.classes())?,
        samples,
        learn,
        options,
        key,
        steps_before: 0,
    };
    let fingerprint = Fingerprint::new(graph, samples, train, test, options, key);

    let mut network = backend.prepare(graph, options.batch_size)?;
    let mut course = match start.into() {
        Start::Weights(weights) => {
            network.load(weights)?;
            Course::default()
        }
        Start::Checkpoint(checkpoint) => {
            checkpoint.check(fingerprint)?;
            network.restore(&checkpoint.network)?;
            let course = checkpoint.course;
            let own = lessons.steps(course.epochs.len());
            let before = checkpoint.steps.checked_sub(own);
            lessons.steps_before = before.ok_or(Error::ForeignCheckpoint)?;
            course
        }
        Start::Carried(checkpoint) => {
            network.restore(&checkpoint.network)?;
            lessons.steps_before = checkpoint.steps;
            Course::default()
        }
    };
    let mut predictions = None;
    while course.epochs.len() < options.epochs && !course.is_exhausted(options.patience) {
        let epoch = course.epochs.len();
        let (train_loss, learning_rate) = lessons.epoch(network.as_mut(), epoch)?;
        let mut evaluate = |name, indices: &[usize]| {
            let network = network.as_mut();
            let evaluation = evaluate_network(network, samples, indices, options.batch_size)?;
            if evaluation.loss.is_finite() {
                Ok(evaluation)
            } else {
                Err(Error::NonFiniteEvaluation {
                    samples: name,
                    epoch: epoch + 1,
                })
            }
        };
        let validation = if validation.is_empty() {
            None
        } else {
            Some(Quality::from(&evaluate("validation", &validation)?))
        };
        let test = evaluate("test", test)?;
        course.epochs.push(EpochReport {
            epoch: epoch + 1,
            train_loss,
            validation,
            test: Quality::from(&test),
            learning_rate,
        });
        if course.improves() {
            course.best = Some(Snapshot {
                epoch: epoch + 1,
                weights: network.weights(),
                predictions: test.predictions.clone(),
            });
        }
        predictions = Some(test.predictions);
        let end = EpochEnd {
            report: &course.epochs[epoch],
            fingerprint,
            network: network.as_ref(),
            steps: lessons.steps_before + lessons.steps(epoch + 1),
            course: &course,
        };
        if observe(&end).is_break() {
            break;
        }
    }
    let predictions = match predictions {
        Some(predictions) => predictions,
        // The checkpoint was that of the last epoch: the same network says the same again.
        None => evaluate_network(network.as_mut(), samples, test, options.batch_size)?.predictions,
    };
    let last = Snapshot {
        epoch: course.epochs.len(),
        weights: network.weights(),
        predictions,
    };
    Ok(Trained {
        best: course.best.unwrap_or_else(|| last.clone()),
        last,
        epochs: course.epochs,
    })
}

/// What a network learns from.
struct Lessons<'a> {
    samples: &'a Samples<'a>,
    learn: Vec<usize>,
    options: &'a TrainOptions,
    loss: LossOptions,
    key: Key,
    /// Steps that the optimiser took in trainings before this one.
    steps_before: u64,
}

impl Lessons<'_> {
    /// The steps of so many epochs.
    fn steps(&self, epochs: usize) -> u64 {
        (self.learn.len().div_ceil(self.options.batch_size) * epochs) as u64
    }

    /// Trains for one epoch, counted from 0. Gives the mean loss and the last learning rate.
    fn epoch(&self, network: &mut dyn Network, epoch: usize) -> Result<(f64, f64), Error> {
        let Self {
            samples,
            options,
            key,
            ..
        } = self;
        let mut order = self.learn.clone();
        key.with("shuffle", epoch as u64)
            .stream()
            .shuffle(&mut order);
        let mut augment = key.with("augment", epoch as u64).stream();
        let steps_per_epoch = order.len().div_ceil(options.batch_size);
        let (mut loss_sum, mut weight_sum) = (0.0, 0.0);
        let mut learning_rate = 0.0;
        let (mut images, mut labels) = (Vec::new(), Vec::new());
        for (number, batch) in order.chunks(options.batch_size).enumerate() {
            images.clear();
            labels.clear();
            for &index in batch {
                let image = samples.image(index);
                let shape = samples.shape();
                options
                    .augment
                    .apply(image, shape, &mut augment, &mut images);
                labels.push(samples.label(index));
            }
            samples.scale(&mut images);
            let step = epoch * steps_per_epoch + number;
            let steps = options.epochs * steps_per_epoch;
            learning_rate = options.learning_rate * options.schedule.factor(step, steps);
            let loss = network.train_step(
                &images,
                &labels,
                &TrainStep {
                    optimizer: options.optimizer,
                    learning_rate,
                    number: self.steps_before + step as u64 + 1,
                    key: key.with("step", step as u64),
                    loss: &self.loss,
                },
            )?;
            if !loss.is_finite() {
                return Err(Error::NonFiniteLoss {
                    epoch: epoch + 1,
                    step: number + 1,
                });
            }
            let weight = self.loss.total(&labels);
            loss_sum += f64::from(loss) * weight;
            weight_sum += weight;
        }
        Ok((loss_sum / weight_sum, learning_rate))
    }
}

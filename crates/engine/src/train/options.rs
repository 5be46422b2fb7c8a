use serde::{Deserialize, Serialize};

use crate::optimizer::demand;
use crate::{Augment, ClassWeights, Error, LossOptions, Optimizer, Schedule};

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainOptions {
    /// Passes over the training samples, at most; at least 1.
    pub epochs: usize,
    /// Samples per step, at least 1; the last batch of an epoch may be smaller.
    pub batch_size: usize,
    /// How gradients change the weights.
    pub optimizer: Optimizer,
    /// The learning rate that the schedule scales, above 0.
    pub learning_rate: f64,
    /// How the learning rate changes, step by step over all epochs.
    pub schedule: Schedule,
    /// How the classes weigh in the loss.
    pub class_weights: ClassWeights,
    /// The share of a label that is spread over all classes, in [0, 1).
    pub label_smoothing: f64,
    /// How training images are varied.
    pub augment: Augment,
    /// The share of the training samples that is held back from learning, in [0, 1): the epoch
    /// with the least loss on them is the best one. Each class gives its share.
    pub validation: f64,
    /// Epochs without a new best one after which a training stops early, at least 1; `None` to
    /// go on. Needs a validation share: to stop by the test samples would be to learn from them.
    pub patience: Option<usize>,
}

impl Default for TrainOptions {
    /// The drainage-crossing study's setting: five epochs of Adam at 1e-3, in batches of 16.
    fn default() -> Self {
        Self {
            epochs: 5,
            batch_size: 16,
            optimizer: Optimizer::default(),
            learning_rate: 1e-3,
            schedule: Schedule::default(),
            class_weights: ClassWeights::default(),
            label_smoothing: 0.0,
            augment: Augment::default(),
            validation: 0.0,
            patience: None,
        }
    }
}

impl TrainOptions {
    /// Checks that every value makes sense.
    ///
    /// # Errors
    /// If one does not.
    pub fn check(&self) -> Result<(), Error> {
        let count = |option, value: usize| demand(option, value as f64, value > 0, "at least 1");
        count("epochs", self.epochs)?;
        count("batch_size", self.batch_size)?;
        self.optimizer.check()?;
        demand(
            "learning_rate",
            self.learning_rate,
            self.learning_rate.is_finite() && self.learning_rate > 0.0,
            "a positive number",
        )?;
        self.class_weights.check()?;
        let share = |option, value: f64| {
            let holds = (0.0..1.0).contains(&value);
            demand(option, value, holds, "at least 0 and below 1")
        };
        share("label_smoothing", self.label_smoothing)?;
        share("validation", self.validation)?;
        if let Some(patience) = self.patience {
            count("patience", patience)?;
            demand(
                "validation",
                self.validation,
                self.validation > 0.0,
                "above 0 where there is a patience",
            )?;
        }
        Ok(())
    }

    /// The loss of a training on samples with these labels.
    ///
    /// # Errors
    /// If the weights are not as many as the classes.
    pub(crate) fn loss(
        &self,
        labels: impl Iterator<Item = usize>,
        classes: usize,
    ) -> Result<LossOptions, Error> {
        let loss = LossOptions {
            class_weights: self.class_weights.of(labels, classes),
            label_smoothing: self.label_smoothing,
        };
        loss.check(classes)?;
        Ok(loss)
    }
}

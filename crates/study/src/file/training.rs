use edgefront_engine::{
    Adam, Augment, ClassWeights, Error, Optimizer, Schedule, Sgd, TrainOptions,
};
use serde::{Deserialize, Serialize};

/// Section `[training]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Training {
    /// Passes over the training tiles, at least 1.
    pub epochs: usize,
    /// Tiles per step, where the space has no parameter `batch_size`; at least 1.
    pub batch_size: usize,
    /// `adam`, `adamw` or `sgd`.
    pub optimizer: OptimizerName,
    /// The learning rate that the schedule scales, above 0.
    pub learning_rate: f64,
    /// Of `sgd`: how much of a step the next one keeps, at least 0 and below 1; default 0.9.
    pub momentum: Option<f64>,
    /// Of `sgd`: whether the momentum looks ahead; default false.
    pub nesterov: Option<bool>,
    /// How fast weights decay, at least 0. `adam` and `sgd` add it to the gradient, times the
    /// weight; `adamw` shrinks the weights by it, times the learning rate.
    pub weight_decay: f64,
    /// `constant`, `cosine`: from the rate down to 0 over all steps, or `one-cycle`: up to the rate
    /// and down again.
    pub schedule: Schedule,
    /// How the classes weigh in the loss: `none`, `balanced`, or a list of one number per class.
    pub class_weights: ClassWeights,
    /// The share of a label that is spread over all classes, at least 0 and below 1.
    pub label_smoothing: f64,
    /// `none`, or `dihedral`: flips and quarter turns, drawn anew for each tile and epoch.
    pub augment: Augment,
    /// The share of each fold's training tiles that is held back to choose the best epoch by, at
    /// least 0 and below 1; with 0 the last epoch counts. Each class gives its share: by whole
    /// groups with `grouped` and `region` folds, by whole blocks with `blocks`, else tile by tile.
    pub validation: f64,
    /// Epochs without a better one after which a fold ends early, at least 1; needs `validation`.
    /// Default: never.
    pub patience: Option<usize>,
}

/// The optimisers by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerName {
    /// Adam.
    #[default]
    Adam,
    /// Adam with decoupled decay.
    AdamW,
    /// Stochastic gradient descent with momentum.
    Sgd,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch_size: 16,
            optimizer: OptimizerName::Adam,
            learning_rate: 1e-3,
            momentum: None,
            nesterov: None,
            weight_decay: 0.0,
            schedule: Schedule::Cosine,
            class_weights: ClassWeights::None,
            label_smoothing: 0.0,
            augment: Augment::Dihedral,
            validation: 0.0,
            patience: None,
        }
    }
}

/// What `sgd` keeps of a step where the study file does not say.
const MOMENTUM: f64 = 0.9;

impl Training {
    /// The momentum of `sgd`.
    #[must_use]
    pub fn momentum(&self) -> f64 {
        self.momentum.unwrap_or(MOMENTUM)
    }

    /// The same for the engine.
    ///
    /// # Errors
    /// If a value makes no sense, or not with the others.
    pub(crate) fn options(&self) -> Result<TrainOptions, Error> {
        let weight_decay = self.weight_decay;
        let adam = Adam {
            weight_decay,
            ..Adam::default()
        };
        let optimizer = match self.optimizer {
            OptimizerName::Adam => Optimizer::Adam(adam),
            OptimizerName::AdamW => Optimizer::AdamW(adam),
            OptimizerName::Sgd => Optimizer::Sgd(Sgd {
                momentum: self.momentum(),
                nesterov: self.nesterov.unwrap_or(false),
                weight_decay,
            }),
        };
        if self.optimizer != OptimizerName::Sgd {
            let momentum = self.momentum.map(|value| ("momentum", value.to_string()));
            let nesterov = self.nesterov.map(|value| ("nesterov", value.to_string()));
            if let Some((option, value)) = momentum.or(nesterov) {
                return Err(Error::TrainOption {
                    option,
                    value,
                    expected: "none unless optimizer is `sgd`",
                });
            }
        }
        let options = TrainOptions {
            epochs: self.epochs,
            batch_size: self.batch_size,
            optimizer,
            learning_rate: self.learning_rate,
            schedule: self.schedule,
            class_weights: self.class_weights.clone(),
            label_smoothing: self.label_smoothing,
            augment: self.augment,
            validation: self.validation,
            patience: self.patience,
        };
        options.check()?;
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str) -> Result<TrainOptions, String> {
        let training: Training = toml::from_str(text).map_err(|e| e.message().to_owned())?;
        training.options().map_err(|error| error.to_string())
    }

    #[test]
    fn every_setting_reaches_the_engine() {
        let text = "epochs = 3
            batch_size = 4
            optimizer = 'sgd'
            learning_rate = 0.1
            nesterov = true
            weight_decay = 0.2
            schedule = 'one-cycle'
            class_weights = [1, 2.5]
            label_smoothing = 0.3
            augment = 'none'
            validation = 0.4
            patience = 5";
        let expected = TrainOptions {
            epochs: 3,
            batch_size: 4,
            optimizer: Optimizer::Sgd(Sgd {
                momentum: 0.9,
                nesterov: true,
                weight_decay: 0.2,
            }),
            learning_rate: 0.1,
            schedule: Schedule::OneCycle,
            class_weights: ClassWeights::List(vec![1.0, 2.5]),
            label_smoothing: 0.3,
            augment: Augment::None,
            validation: 0.4,
            patience: Some(5),
        };
        assert_eq!(options(text), Ok(expected));
        let adamw = options("optimizer = 'adamw'\nweight_decay = 0.01").unwrap();
        let constants = Adam {
            weight_decay: 0.01,
            ..Adam::default()
        };
        assert_eq!(adamw.optimizer, Optimizer::AdamW(constants));
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        for (text, expected) in [
            (
                "momentum = 0.9",
                "momentum is 0.9, expected none unless optimizer is `sgd`",
            ),
            (
                "optimizer = 'adamw'\nnesterov = false",
                "nesterov is false, expected none unless optimizer is `sgd`",
            ),
            (
                "optimizer = 'rmsprop'",
                "unknown variant `rmsprop`, expected one of `adam`, `adamw`, `sgd`",
            ),
            (
                "class_weights = 'even'",
                "invalid value: string \"even\", expected `none`, `balanced`, or a list of one \
                 number per class",
            ),
            (
                "patience = 3",
                "validation is 0, expected above 0 where there is a patience",
            ),
        ] {
            assert_eq!(options(text).unwrap_err(), expected);
        }
    }
}

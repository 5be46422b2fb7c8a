use serde::{Deserialize, Serialize};

use crate::Error;

/// How gradients change the weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Optimizer {
    /// Adam (Kingma and Ba, 2015), in the form of PyTorch's `torch.optim.Adam`.
    Adam {
        /// The largest step of a weight, roughly; what the schedule starts from.
        #[serde(default = "learning_rate")]
        learning_rate: f64,
        /// Decay of the running mean of the gradient.
        #[serde(default = "beta1")]
        beta1: f64,
        /// Decay of the running mean of the squared gradient.
        #[serde(default = "beta2")]
        beta2: f64,
        /// Added to the root of the squared mean.
        #[serde(default = "epsilon")]
        epsilon: f64,
        /// Times the weight, added to its gradient (L2 regularisation).
        #[serde(default)]
        weight_decay: f64,
    },
}

fn learning_rate() -> f64 {
    1e-3
}

fn beta1() -> f64 {
    0.9
}

fn beta2() -> f64 {
    0.999
}

fn epsilon() -> f64 {
    1e-8
}

impl Default for Optimizer {
    /// Adam with PyTorch's constants.
    fn default() -> Self {
        Self::Adam {
            learning_rate: learning_rate(),
            beta1: beta1(),
            beta2: beta2(),
            epsilon: epsilon(),
            weight_decay: 0.0,
        }
    }
}

impl Optimizer {
    /// The learning rate that the schedule starts from.
    #[must_use]
    pub fn learning_rate(&self) -> f64 {
        let Self::Adam { learning_rate, .. } = self;
        *learning_rate
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let Self::Adam {
            learning_rate,
            beta1,
            beta2,
            epsilon,
            weight_decay,
        } = *self;
        let demand = |option, value: f64, holds, expected| {
            if holds {
                Ok(())
            } else {
                Err(Error::TrainOption {
                    option,
                    value: value.to_string(),
                    expected,
                })
            }
        };
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let decay = |value: f64| (0.0..1.0).contains(&value);
        demand(
            "learning_rate",
            learning_rate,
            positive(learning_rate),
            "a positive number",
        )?;
        demand("beta1", beta1, decay(beta1), "at least 0 and below 1")?;
        demand("beta2", beta2, decay(beta2), "at least 0 and below 1")?;
        // The kernels divide by it in single precision where a gradient has always been zero.
        demand(
            "epsilon",
            epsilon,
            epsilon.is_finite() && epsilon >= f64::from(f32::MIN_POSITIVE),
            "at least 1.2e-38, a positive number in single precision",
        )?;
        demand(
            "weight_decay",
            weight_decay,
            weight_decay.is_finite() && weight_decay >= 0.0,
            "zero or a positive number",
        )
    }
}

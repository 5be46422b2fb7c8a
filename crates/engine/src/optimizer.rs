use serde::{Deserialize, Serialize};

use crate::Error;

/// How gradients change the weights. The learning rate comes with each
/// [step](crate::TrainStep::learning_rate).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Optimizer {
    /// Adam (Kingma and Ba, 2015), in the form of PyTorch's `torch.optim.Adam`: the decay of the
    /// weights is added to the gradient (L2 regularisation).
    Adam(Adam),
    /// Adam with decoupled decay (Loshchilov and Hutter, "Decoupled Weight Decay
    /// Regularization", 2019), in the form of `torch.optim.AdamW`: each step first shrinks the
    /// weights by the learning rate times the decay.
    AdamW(Adam),
    /// Stochastic gradient descent, in the form of `torch.optim.SGD`.
    Sgd(Sgd),
}

/// The constants of Adam and `AdamW`; the defaults are those of PyTorch's Adam.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adam {
    /// Decay of the running mean of the gradient, in [0, 1).
    pub beta1: f64,
    /// Decay of the running mean of the squared gradient, in [0, 1).
    pub beta2: f64,
    /// Added to the root of the squared mean; above 0.
    pub epsilon: f64,
    /// Decay of the weights, at least 0.
    pub weight_decay: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
        }
    }
}

/// The constants of SGD; the defaults are those of PyTorch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sgd {
    /// Decay of the velocity, the running sum of the gradients, in [0, 1). With 0 there is none.
    pub momentum: f64,
    /// Whether a step looks ahead by one decay of the velocity (Nesterov's momentum, as in
    /// Sutskever et al., "On the importance of initialization and momentum", 2013). Needs a
    /// momentum.
    pub nesterov: bool,
    /// Times the weight, added to its gradient (L2 regularisation); at least 0.
    pub weight_decay: f64,
}

impl Default for Optimizer {
    /// Adam with PyTorch's constants.
    fn default() -> Self {
        Self::Adam(Adam::default())
    }
}

impl Optimizer {
    /// Numbers that a training keeps for each parameter, beside the parameter itself.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Adam(_) | Self::AdamW(_) => 2,
            Self::Sgd(sgd) => usize::from(sgd.momentum != 0.0),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let decay = |option, value: f64| {
            let holds = (0.0..1.0).contains(&value);
            demand(option, value, holds, "at least 0 and below 1")
        };
        let weight_decay = match *self {
            Self::Adam(adam) | Self::AdamW(adam) => {
                decay("beta1", adam.beta1)?;
                decay("beta2", adam.beta2)?;
                // The kernels divide by it in single precision where a gradient has always been
                // zero.
                demand(
                    "epsilon",
                    adam.epsilon,
                    adam.epsilon.is_finite() && adam.epsilon >= f64::from(f32::MIN_POSITIVE),
                    "at least 1.2e-38, a positive number in single precision",
                )?;
                adam.weight_decay
            }
            Self::Sgd(sgd) => {
                decay("momentum", sgd.momentum)?;
                let holds = !sgd.nesterov || sgd.momentum > 0.0;
                demand("momentum", sgd.momentum, holds, "above 0 with nesterov")?;
                sgd.weight_decay
            }
        };
        demand(
            "weight_decay",
            weight_decay,
            weight_decay.is_finite() && weight_decay >= 0.0,
            "zero or a positive number",
        )
    }
}

/// Refuses the value of an option unless it `holds`.
pub(crate) fn demand(
    option: &'static str,
    value: f64,
    holds: bool,
    expected: &'static str,
) -> Result<(), Error> {
    if holds {
        Ok(())
    } else {
        Err(Error::TrainOption {
            option,
            value: value.to_string(),
            expected,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_that_make_no_sense_are_named() {
        let adam = Adam::default();
        let sgd = Sgd::default();
        for (optimizer, expected) in [
            (
                Optimizer::AdamW(Adam { beta2: 1.0, ..adam }),
                "beta2 is 1, expected at least 0 and below 1",
            ),
            (
                Optimizer::Adam(Adam {
                    weight_decay: f64::NAN,
                    ..adam
                }),
                "weight_decay is NaN, expected zero or a positive number",
            ),
            (
                Optimizer::Sgd(Sgd {
                    momentum: 1.5,
                    ..sgd
                }),
                "momentum is 1.5, expected at least 0 and below 1",
            ),
            (
                Optimizer::Sgd(Sgd {
                    nesterov: true,
                    ..sgd
                }),
                "momentum is 0, expected above 0 with nesterov",
            ),
        ] {
            assert_eq!(optimizer.check().unwrap_err().to_string(), expected);
        }
    }
}

//! A device whose kernels are predicted by random forests.

use std::collections::BTreeMap;

use super::features;
use crate::detect::detect;
use crate::error::Error;
use crate::forest::Forest;
use crate::ir::Ir;
use crate::kernel::{Family, Kernel};
use crate::predict::{KernelTime, Prediction, Predictor};
use crate::rules::Rules;

/// A device in the manner of nn-Meter: the latency of a network is the sum of its kernels' times,
/// and a forest gives each of them.
///
/// nn-Meter counts a kernel without a forest as zero and does not say so. The sum here is the same,
/// but the kernel is named among the [unknown](Prediction::unknown), and is missing from the
/// [coverage](Prediction::coverage).
#[derive(Clone, Debug, PartialEq)]
pub struct ForestDevice {
    name: String,
    version: String,
    rules: Rules,
    forests: BTreeMap<String, Forest>,
}

/// Predictors, and how many features nn-Meter gives each of them.
const PREDICTORS: &[(&str, usize)] = &[
    ("conv-bn-relu", 7),
    ("dwconv-bn-relu", 7),
    ("fc", 4),
    ("maxpool", 5),
    ("avgpool", 5),
    ("global-avgpool", 2),
    ("channelshuffle", 2),
    ("split", 2),
    ("se", 2),
    ("concat", 6),
    ("hswish", 2),
    ("bn", 2),
    ("relu", 2),
    ("bnrelu", 2),
    ("add", 3),
    ("addrelu", 3),
];

impl ForestDevice {
    /// A device of this name, in milliseconds, with a forest for each of nn-Meter's predictors that
    /// it has, by their names.
    ///
    /// # Errors
    /// [`Error::Forest`] where a forest is of a predictor that nn-Meter asks of nothing, or takes
    /// another number of features than nn-Meter gives it.
    pub fn new(
        name: String,
        version: String,
        rules: Rules,
        forests: BTreeMap<String, Forest>,
    ) -> Result<Self, Error> {
        for (predictor, forest) in &forests {
            Self::check(predictor, forest)?;
        }
        Ok(Self {
            name,
            version,
            rules,
            forests,
        })
    }

    /// Whether nn-Meter would ask this forest under this name.
    pub(crate) fn check(predictor: &str, forest: &Forest) -> Result<(), Error> {
        let reason = match PREDICTORS.iter().find(|(name, _)| *name == predictor) {
            None => {
                let names: Vec<&str> = PREDICTORS.iter().map(|(name, _)| *name).collect();
                format!(
                    "unknown predictor `{predictor}`, expected one of {}",
                    names.join(", ")
                )
            }
            Some(&(_, expected)) if forest.features() != expected => format!(
                "predictor `{predictor}` takes {} features, expected {expected}",
                forest.features()
            ),
            Some(_) => return Ok(()),
        };
        Err(Error::Forest { reason })
    }

    /// The same device under another name.
    #[must_use]
    pub fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// The version of the forests.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How it fuses operators into kernels.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The forests by the names of nn-Meter's predictors.
    #[must_use]
    pub fn forests(&self) -> &BTreeMap<String, Forest> {
        &self.forests
    }

    /// The time of a kernel in milliseconds; `None` where no forest knows it.
    #[must_use]
    pub fn kernel_milliseconds(&self, kernel: &Kernel) -> Option<f64> {
        if kernel.family == Some(Family::View) {
            return Some(0.0);
        }
        let (predictor, features) = features(kernel)?;
        Some(self.forests.get(predictor)?.predict(&features))
    }
}

impl Predictor for ForestDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn predict(&self, network: &Ir) -> Result<Prediction, Error> {
        let timed = |kernel: Kernel| KernelTime {
            milliseconds: self.kernel_milliseconds(&kernel),
            kernel,
        };
        let kernels = detect(network, &self.rules)?;
        let kernels = kernels.into_iter().map(timed).collect();
        Ok(Prediction::of_kernels(&self.name, kernels, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::{Node, Tree};
    use edgefront_graph::ResNet;

    fn constant(features: usize, milliseconds: f64) -> Forest {
        let tree = Tree::new(vec![Node::Leaf(milliseconds)]).unwrap();
        Forest::new(features, [tree]).unwrap()
    }

    fn device(forests: &[(&str, Forest)]) -> Result<ForestDevice, Error> {
        let forests = forests
            .iter()
            .map(|(name, forest)| ((*name).to_owned(), forest.clone()))
            .collect();
        let rules = Rules::cortex_a76_cpu();
        ForestDevice::new("board".into(), "1.0".into(), rules, forests)
    }

    #[test]
    fn forests_are_summed_and_what_has_none_is_named() {
        let device = device(&[
            ("conv-bn-relu", constant(7, 2.0)),
            ("maxpool", constant(5, 0.5)),
        ])
        .unwrap();
        let network = Ir::from_graph(&ResNet::resnet18(7, 100, 2).build().unwrap());
        let prediction = device.predict(&network).unwrap();
        assert_eq!(prediction.milliseconds, 20.0 * 2.0 + 0.5);
        // Eight additions with their activations, the global pool, the fully connected layer.
        assert_eq!(prediction.unknown.len(), 10);
        let fc = prediction.unknown.last().unwrap();
        assert!(fc.starts_with("fc ("), "{fc}");
        assert_eq!(prediction.coverage.kernels, 21.0 / 31.0);
        assert!(prediction.coverage.macs > 0.99 && prediction.coverage.macs < 1.0);
    }

    #[test]
    fn only_forests_that_nn_meter_could_ask_are_taken() {
        let reason = |name, features| {
            let result = device(&[(name, constant(features, 1.0))]);
            result.unwrap_err().to_string()
        };
        assert!(reason("conv", 7).contains("unknown predictor `conv`, expected one of conv-bn"));
        assert_eq!(
            reason("concat", 5),
            "predictor `concat` takes 5 features, expected 6"
        );
    }
}

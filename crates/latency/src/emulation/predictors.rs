//! nn-Meter's predictors: of which kernels, on which processors, and how their forests are grown.

use serde::{Deserialize, Serialize};

use super::growing::Growth;
use crate::kernel::Family;

/// What nn-Meter tells devices apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Processor {
    /// A CPU that runs TensorFlow Lite.
    Cpu,
    /// A GPU that runs TensorFlow Lite.
    Gpu,
    /// A vision processor that runs OpenVINO.
    Vpu,
}

/// How a forest is grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) trees: usize,
    pub(crate) growth: Growth,
}

/// One of nn-Meter's predictors.
#[derive(Debug)]
pub(crate) struct KernelPredictor {
    /// Its name, as [`features`](crate::features) gives it.
    pub(crate) name: &'static str,
    /// The operators of the kernels that it is built from.
    pub(crate) op: &'static str,
    /// Their family.
    pub(crate) family: Family,
    /// How many configurations are timed at first.
    pub(crate) samples: usize,
    /// Depth, trees and features of its forest on a CPU, a GPU, a VPU; no trees where the published
    /// predictors lack it.
    forests: [(u32, usize, usize); 3],
}

const NONE: (u32, usize, usize) = (0, 0, 0);

const fn predictor(
    name: &'static str,
    op: &'static str,
    family: Family,
    samples: usize,
    forests: [(u32, usize, usize); 3],
) -> KernelPredictor {
    KernelPredictor {
        name,
        op,
        family,
        samples,
        forests,
    }
}

/// All of them, as nn-Meter 2.0 sets them up.
#[rustfmt::skip]
const PREDICTORS: &[KernelPredictor] = &[
    predictor("conv-bn-relu", "conv-bn-relu", Family::Convolution, 10_000, [(70, 320, 6), (80, 550, 5), (100, 500, 5)]),
    predictor("dwconv-bn-relu", "dwconv-bn-relu", Family::Depthwise, 5_000, [(50, 240, 6), (40, 240, 7), (100, 650, 5)]),
    predictor("fc", "fc", Family::FullyConnected, 3_000, [(50, 370, 2), NONE, (70, 330, 4)]),
    predictor("channelshuffle", "channelshuffle", Family::ChannelShuffle, 3_000, [(50, 370, 2), NONE, (50, 370, 2)]),
    predictor("se", "se", Family::SqueezeExcite, 3_000, [(20, 290, 2), (50, 190, 2), (50, 110, 2)]),
    predictor("maxpool", "maxpool", Family::MaxPool, 3_000, [(50, 210, 5), (50, 370, 5), (50, 370, 5)]),
    predictor("avgpool", "avgpool", Family::AveragePool, 3_000, [(50, 370, 5), (50, 370, 5), (50, 390, 5)]),
    predictor("global-avgpool", "gap", Family::GlobalPool, 3_000, [(70, 370, 2), NONE, NONE]),
    predictor("hswish", "hswish", Family::HardSwish, 3_000, [(50, 190, 2), (50, 190, 2), (50, 110, 2)]),
    predictor("bnrelu", "bn-relu", Family::BatchNormRelu, 3_000, [(50, 370, 2), (50, 190, 2), (50, 570, 2)]),
    predictor("relu", "relu", Family::Relu, 3_000, [(50, 370, 2), (50, 190, 2), (50, 190, 2)]),
    predictor("bn", "bn", Family::BatchNorm, 3_000, [(50, 370, 2), (50, 190, 2), (50, 390, 2)]),
    predictor("concat", "concat", Family::Concat, 3_000, [(100, 690, 5), (100, 690, 5), NONE]),
    predictor("add", "add", Family::Add, 3_000, [(50, 570, 3), NONE, NONE]),
    predictor("addrelu", "add-relu", Family::AddRelu, 3_000, [(50, 570, 3), NONE, (50, 570, 3)]),
    predictor("split", "split", Family::Split, 3_000, [(50, 190, 2), NONE, NONE]),
];

impl Processor {
    /// The predictor of this name and how its forest is grown; `None` where nn-Meter has none for
    /// the processor and counts such kernels as zero.
    pub(crate) fn predictor(self, name: &str) -> Option<(&'static KernelPredictor, Settings)> {
        let predictor = PREDICTORS.iter().find(|predictor| predictor.name == name)?;
        let (depth, trees, features) = predictor.forests[self as usize];
        let growth = Growth { depth, features };
        (trees > 0).then_some((predictor, Settings { trees, growth }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulation::configuration::Configuration;
    use crate::nn_meter::features;

    #[test]
    fn each_is_asked_about_the_kernels_that_it_is_built_from() {
        for predictor in PREDICTORS {
            let kernel = Configuration::plain(14, 32).kernel(predictor.op, predictor.family);
            let (name, features) = features(&kernel).unwrap();
            assert_eq!(name, predictor.name);
            for (_, _, drawn) in predictor.forests {
                assert!(drawn <= features.len(), "{name}");
            }
        }
    }

    /// The predictors that nn-Meter publishes for each processor.
    #[test]
    fn processors_lack_what_their_published_sets_lack() {
        let lacking = |processor: Processor| -> Vec<&str> {
            let names = PREDICTORS.iter().map(|predictor| predictor.name);
            names
                .filter(|name| processor.predictor(name).is_none())
                .collect()
        };
        assert_eq!(lacking(Processor::Cpu), [""; 0]);
        let gpu = [
            "fc",
            "channelshuffle",
            "global-avgpool",
            "add",
            "addrelu",
            "split",
        ];
        assert_eq!(lacking(Processor::Gpu), gpu);
        assert_eq!(
            lacking(Processor::Vpu),
            ["global-avgpool", "concat", "add", "split"]
        );
    }
}

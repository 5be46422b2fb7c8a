//! nn-Meter's settings: which kernels it has forests for, and how they are grown.

use super::growing::Growth;
use crate::kernel::Family;

/// What nn-Meter tells devices apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Processor {
    Cpu,
    Gpu,
    Vpu,
}

/// The forest of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) growth: Growth,
    pub(crate) trees: usize,
}

impl Processor {
    /// How the family's forest is grown (nn-Meter 2.0, `model_hyperparameters`); `None` where
    /// the published predictors of the processor have none.
    pub(crate) fn settings(self, family: Family) -> Option<Settings> {
        // Depth, trees, features: CPU, GPU, VPU.
        const NONE: (u32, usize, usize) = (0, 0, 0);
        let row = match family {
            Family::Convolution => [(70, 320, 6), (80, 550, 5), (100, 500, 5)],
            Family::Depthwise => [(50, 240, 6), (40, 240, 7), (100, 650, 5)],
            Family::FullyConnected => [(50, 370, 2), NONE, (70, 330, 4)],
            Family::ChannelShuffle => [(50, 370, 2), NONE, (50, 370, 2)],
            Family::SqueezeExcite => [(20, 290, 2), (50, 190, 2), (50, 110, 2)],
            Family::MaxPool => [(50, 210, 5), (50, 370, 5), (50, 370, 5)],
            Family::AveragePool => [(50, 370, 5), (50, 370, 5), (50, 390, 5)],
            Family::GlobalPool => [(70, 370, 2), NONE, NONE],
            Family::HardSwish => [(50, 190, 2), (50, 190, 2), (50, 110, 2)],
            Family::BatchNormRelu => [(50, 370, 2), (50, 190, 2), (50, 570, 2)],
            Family::Relu => [(50, 370, 2), (50, 190, 2), (50, 190, 2)],
            Family::BatchNorm => [(50, 370, 2), (50, 190, 2), (50, 390, 2)],
            Family::Concat => [(100, 690, 5), (100, 690, 5), NONE],
            Family::Add => [(50, 570, 3), NONE, NONE],
            Family::AddRelu => [(50, 570, 3), NONE, (50, 570, 3)],
            Family::Split => [(50, 190, 2), NONE, NONE],
            Family::View => [NONE; 3],
        };
        let (depth, trees, features) = row[self as usize];
        let growth = Growth { depth, features };
        (trees > 0).then_some(Settings { growth, trees })
    }
}

/// How many configurations of a family are timed at first.
pub(crate) fn prior_samples(family: Family) -> usize {
    match family {
        Family::Convolution => 10_000,
        Family::Depthwise => 5_000,
        _ => 3_000,
    }
}

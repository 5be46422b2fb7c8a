//! From a kernel to its time, by forests that are grown when they are first asked.

use std::collections::BTreeMap;
use std::sync::Mutex;

use edgefront_random::Key;

use super::builder;
use super::configuration::Configuration;
use super::correction::{Correction, Part};
use super::growing::GrowingForest;
use super::predictors::Processor;
use crate::detect::detect;
use crate::device::Device;
use crate::error::Error;
use crate::ir::Ir;
use crate::kernel::Kernel;
use crate::nn_meter::features;
use crate::predict::Predictor;

/// Chooses the samples and the forests of all devices.
const SEED: u64 = 0;

/// The forests of a device.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) device: Device,
    pub(crate) processor: Processor,
    pub(crate) correction: Correction,
    grown: Mutex<Grown>,
}

/// What has been asked so far. It is a function of what was asked, so that answers are not.
#[derive(Debug, Default)]
struct Grown {
    /// By predictor; `None` where the device knows none of its kernels.
    forests: BTreeMap<&'static str, Option<GrowingForest>>,
    /// Milliseconds by predictor and the bits of the features.
    times: BTreeMap<(&'static str, Vec<u64>), f64>,
}

impl Pipeline {
    pub(crate) fn new(device: Device, processor: Processor, correction: Correction) -> Self {
        Self {
            device,
            processor,
            correction,
            grown: Mutex::default(),
        }
    }

    /// What nn-Meter would say of a kernel, in milliseconds; `None` where it has no predictor.
    pub(crate) fn kernel_milliseconds(&self, kernel: &Kernel) -> Option<f64> {
        let (name, features) = features(kernel)?;
        let (predictor, settings) = self.processor.predictor(name)?;
        let asked = (
            predictor.name,
            features.iter().map(|value| value.to_bits()).collect(),
        );
        let mut grown = self.grown.lock().expect("growing does not panic");
        let Grown { forests, times } = &mut *grown;
        if let Some(time) = times.get(&asked) {
            return Some(*time);
        }
        let forest = forests.entry(predictor.name).or_insert_with(|| {
            let key = Key::new(SEED).with(self.device.name(), 0).with(name, 0);
            let time = |kernel: &Kernel| {
                let own = self.device.kernel_milliseconds(kernel)?;
                Some(self.correction.apply(kernel, own))
            };
            builder::build(predictor, settings, key, &time)
        });
        let time = forest.as_mut()?.predict(&features);
        times.insert(asked, time);
        Some(time)
    }

    /// The parts of all kernels of a network, each grown or shrunk by what the forests make of it.
    pub(crate) fn parts(&self, network: &Ir) -> Result<Vec<(Part, f64)>, Error> {
        let mut parts = Vec::new();
        for kernel in detect(network, self.device.rules())? {
            let (Some(family), Some(time)) = (kernel.family, self.kernel_milliseconds(&kernel))
            else {
                continue;
            };
            let seen = Configuration::of(&kernel).kernel(&kernel.op, family);
            let own = self.device.kernel_milliseconds(&seen).unwrap_or(0.0);
            let ratio = if own > 0.0 { time / own } else { 1.0 };
            let of_kernel = Correction::parts(&seen, own).into_iter();
            parts.extend(of_kernel.map(|(part, amount)| (part, amount * ratio)));
        }
        Ok(parts)
    }
}

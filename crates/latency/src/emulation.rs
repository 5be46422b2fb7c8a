//! nn-Meter's pipeline, emulated.
#![allow(missing_docs)]
mod builder;
mod configuration;
mod correction;
mod features;
mod growing;
mod sampling;
mod settings;
mod zoo;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Mutex;

use edgefront_random::Key;

use crate::detect::detect;
use crate::device::Device;
use crate::error::Error;
use crate::ir::Ir;
use crate::kernel::{Family, Kernel};
use crate::predict::{KernelTime, Prediction, Predictor};
use configuration::Configuration;
use correction::Correction;
use growing::GrowingForest;
use settings::Processor;

pub struct NnMeter {
    device: Device,
    processor: Processor,
    correction: Correction,
    forests: Mutex<BTreeMap<Family, Option<GrowingForest>>>,
}

impl NnMeter {
    pub fn new(device: &Device, references: &[(Ir, Option<f64>)]) -> Self {
        let processor = match device.name() {
            "cortexA76cpu" => Processor::Cpu,
            "myriadvpu" => Processor::Vpu,
            _ => Processor::Gpu,
        };
        let mut rows = Vec::new();
        for (ir, p) in references {
            let Some(p) = p else { continue };
            let mut parts = Vec::new();
            for k in detect(ir, device.rules()).unwrap() {
                let Some(f) = k.family else { continue };
                if processor.settings(f).is_none() { continue }
                let s = Configuration::of(&k).kernel(f);
                if let Some(ms) = device.kernel_milliseconds(&s) { parts.extend(Correction::parts(&s, ms)); }
            }
            rows.push((parts, *p));
        }
        let correction = Correction::fit(rows.iter().map(|(a, b)| (a.as_slice(), *b)));
        eprintln!("{} {correction:?}", device.name());
        Self {
            device: device.clone(),
            processor, correction,
            forests: Mutex::default(),
        }
    }

    pub fn kernel_milliseconds(&self, kernel: &Kernel) -> Option<f64> {
        let family = kernel.family?;
        let settings = self.processor.settings(family)?;
        let mut forests = self.forests.lock().unwrap();
        let forest = match forests.entry(family) {
            Entry::Occupied(e) => e.into_mut(),
            Entry::Vacant(e) => {
                let key = Key::new(0).with(self.device.name(), 0).with(family.name(), 0);
                e.insert(builder::build(family, settings, key, &|k| Some(self.correction.apply(k, self.device.kernel_milliseconds(k)?))))
            }
        };
        Some(forest.as_mut()?.predict(&features::features(kernel)?))
    }
}

impl Predictor for NnMeter {
    fn name(&self) -> &str {
        self.device.name()
    }

    fn predict(&self, network: &Ir) -> Result<Prediction, Error> {
        let timed = |kernel: Kernel| KernelTime {
            milliseconds: self.kernel_milliseconds(&kernel),
            kernel,
        };
        let kernels = detect(network, self.device.rules())?
            .into_iter()
            .map(timed)
            .collect();
        Ok(Prediction::of_kernels(self.device.name(), kernels, None))
    }
}

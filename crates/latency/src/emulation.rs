//! What nn-Meter would say: its pipeline, run on kernels whose times come from a [`Device`].
//!
//! nn-Meter (Zhang et al., `MobiSys` 2021) times thousands of kernels on a device, grows a random
//! forest for each kind of them, and sums the forests' answers over the kernels of a network. Its
//! forests, gigabytes of them, are not here, and neither are the devices. What stands in for a
//! device is its additive model, with a small correction fitted to the
//! latencies that nn-Meter publishes for 31 networks. The rest is nn-Meter's: what kernels are
//! timed (`sampling`), where more of them are needed (`builder`), what a forest sees of a kernel
//! (`features` of `nn_meter`), how it is grown (`predictors`), and which kernels have none and
//! count as zero.
//!
//! Nothing of this is kept in files: forests grow where they are asked (`growing`).

mod builder;
mod configuration;
mod correction;
mod file;
pub mod growing;
mod pipeline;
mod predictors;
mod references;
mod sampling;
mod zoo;

use crate::detect::detect;
use crate::device::Device;
use crate::error::Error;
use crate::fit::HeldOut;
use crate::ir::Ir;
use crate::kernel::Kernel;
use crate::predict::{KernelTime, Prediction, Predictor};
use correction::{Correction, Part};
use pipeline::Pipeline;

pub use file::nn_meter_devices;
pub use predictors::Processor;
pub use references::Reference;

/// A device as nn-Meter would predict it.
///
/// A kernel that nn-Meter has no predictor for adds nothing to the sum, as there; but it is named
/// among the [unknown](Prediction::unknown) and missing from the coverage. The error that a
/// prediction carries is that from nn-Meter's published predictions, not from measured latencies.
#[derive(Debug)]
pub struct NnMeter {
    pipeline: Pipeline,
    held_out: HeldOut,
}

/// A network with the latency that nn-Meter publishes for it.
struct Published<'a> {
    family: &'a str,
    parts: Vec<(Part, f64)>,
    milliseconds: f64,
}

impl NnMeter {
    /// Fits the correction of a device to published predictions.
    ///
    /// Its error is judged on each family of networks with a correction fitted to the others. What
    /// the forests make of a kernel's time is taken, as a ratio, from forests grown without a
    /// correction: growing them anew for each family would give nearly the same.
    ///
    /// # Errors
    /// As [`Predictor::predict`]; [`Error::TooFewReferences`] where fewer than two families have a
    /// latency of this device.
    pub fn fit(
        device: &Device,
        processor: Processor,
        references: &[Reference],
    ) -> Result<Self, Error> {
        let plain = Pipeline::new(device.clone(), processor, Correction::default());
        let column = &device.source().column;
        let mut networks: Vec<Published<'_>> = Vec::new();
        for reference in references {
            if let Some(Some(published)) = reference.predicted.get(column) {
                networks.push(Published {
                    family: reference.family(),
                    parts: plain.parts(&reference.graph)?,
                    milliseconds: *published,
                });
            }
        }
        if networks
            .iter()
            .all(|network| network.family == networks[0].family)
        {
            return Err(Error::TooFewReferences {
                column: column.clone(),
                found: networks.len(),
            });
        }
        let fit_without = |family: Option<&str>| {
            let kept = networks
                .iter()
                .filter(|network| Some(network.family) != family);
            Correction::fit(kept.map(|network| (network.parts.as_slice(), network.milliseconds)))
        };
        let errors = networks.iter().map(|network| {
            let judged = fit_without(Some(network.family)).sum(&network.parts);
            (network.family, judged / network.milliseconds - 1.0)
        });
        let held_out = HeldOut::of(errors);
        Ok(Self {
            pipeline: Pipeline::new(device.clone(), processor, fit_without(None)),
            held_out,
        })
    }

    /// The device whose times its kernels are given.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.pipeline.device
    }

    /// What nn-Meter takes it for.
    #[must_use]
    pub fn processor(&self) -> Processor {
        self.pipeline.processor
    }

    /// How far it is from published predictions of families that the correction was not fitted to.
    #[must_use]
    pub fn held_out(&self) -> &HeldOut {
        &self.held_out
    }
}

impl Predictor for NnMeter {
    fn name(&self) -> &str {
        self.pipeline.device.name()
    }

    fn predict(&self, network: &Ir) -> Result<Prediction, Error> {
        let timed = |kernel: Kernel| KernelTime {
            milliseconds: self.pipeline.kernel_milliseconds(&kernel),
            kernel,
        };
        let kernels = detect(network, self.device().rules())?
            .into_iter()
            .map(timed)
            .collect();
        let accuracy = Some(self.held_out.overall);
        Ok(Prediction::of_kernels(self.name(), kernels, accuracy))
    }
}

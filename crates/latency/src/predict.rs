//! What a device says of a network.

use crate::error::Error;
use crate::fit::Accuracy;
use crate::ir::Ir;
use crate::kernel::Kernel;

/// Something that knows how long a network takes.
///
/// The extension point of this crate: a device fitted to measurements ([`Device`](crate::Device)),
/// an imported predictor, a runtime that measures.
pub trait Predictor: Send + Sync {
    /// The name of the device.
    fn name(&self) -> &str;

    /// The latency of one image through the network.
    ///
    /// # Errors
    /// [`Error::Node`], [`Error::Cycle`] or [`Error::Pattern`] of a graph without kernels. A kernel
    /// that the device does not know is no error: the prediction names it.
    fn predict(&self, network: &Ir) -> Result<Prediction, Error>;
}

/// The predicted latency of a network on a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The device's name.
    pub device: String,
    /// The sum over the known kernels; a lower bound where [`Prediction::unknown`] names others.
    pub milliseconds: f64,
    /// How much of the network the device knows.
    pub coverage: Coverage,
    /// The kernels that the device does not know, each as `op (name)`.
    pub unknown: Vec<String>,
    /// Every kernel with its time, in the order of execution.
    pub kernels: Vec<KernelTime>,
    /// How far the device was off on networks held out of its fit, if it was judged.
    pub accuracy: Option<Accuracy>,
}

/// How much of a network a device has a model for, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Share of the kernels.
    pub kernels: f64,
    /// Share of the multiply-accumulates.
    pub macs: f64,
}

/// A kernel and its time.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelTime {
    /// What runs.
    pub kernel: Kernel,
    /// How long; `None` where the device does not know the kernel.
    pub milliseconds: Option<f64>,
}

impl Prediction {
    /// Sums up the kernels of a network.
    #[must_use]
    pub fn of_kernels(device: &str, kernels: Vec<KernelTime>, accuracy: Option<Accuracy>) -> Self {
        let known = || kernels.iter().filter(|k| k.milliseconds.is_some());
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 1.0 };
        let macs: f64 = kernels.iter().map(|k| k.kernel.macs).sum();
        let coverage = Coverage {
            kernels: share(known().count() as f64, kernels.len() as f64),
            macs: share(known().map(|k| k.kernel.macs).sum(), macs),
        };
        let unknown = kernels
            .iter()
            .filter(|k| k.milliseconds.is_none())
            .map(|k| format!("{} ({})", k.kernel.op, k.kernel.name))
            .collect();
        Self {
            device: device.to_owned(),
            milliseconds: kernels.iter().filter_map(|k| k.milliseconds).sum(),
            coverage,
            unknown,
            kernels,
            accuracy,
        }
    }
}

/// What each of these devices says of the network, in their order.
///
/// # Errors
/// As [`Predictor::predict`].
pub fn predict_all<'a>(
    network: &Ir,
    devices: impl IntoIterator<Item = &'a dyn Predictor>,
) -> Result<Vec<Prediction>, Error> {
    devices
        .into_iter()
        .map(|device| device.predict(network))
        .collect()
}

//! How long a network takes on a device, predicted from its kernels.
//!
//! A device does not run the operators of a graph one by one: it fuses them into *kernels* (a
//! convolution with its batch norm and activation). The prediction follows the same way:
//!
//! 1. a network becomes an [`Ir`], the operator-level graph in the layout of nn-Meter;
//! 2. [`detect`] brings the operators' names to one form and fuses them by the device's [`Rules`]
//!    into [`Kernel`]s;
//! 3. a [`Predictor`] gives each kernel its time. The built-in [`Device`]s are additive: the time
//!    of a kernel is a sum of non-negative terms (multiplications, tensor sizes, a constant), whose
//!    coefficients [`fit()`] finds from whole networks measured on the device.
//!
//! A [`Prediction`] is never a bare number: it says which kernels the device has no term for, which
//! share of the work was covered, and how far off the device was on networks held out of its fit.
//!
//! ```
//! use edgefront_graph::ResNet;
//! use edgefront_latency::{Ir, Predictor, Summary, builtin_devices, predict_all};
//!
//! let network = Ir::from_graph(&ResNet::resnet18(7, 100, 2).build()?);
//! let devices = builtin_devices().iter().map(|device| device as &dyn Predictor);
//! let predictions = predict_all(&network, devices)?;
//! assert!(predictions.iter().all(|prediction| prediction.unknown.is_empty()));
//! let summary = Summary::of(&predictions)?;
//! println!("{:.1} ms, standard deviation {:.1} ms", summary.mean, summary.std);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The method is nn-Meter's (Zhang et al., "nn-Meter: towards accurate latency prediction of
//! deep-learning model inference on diverse edge devices", `MobiSys` 2021) up to the kernels; the
//! additive model in place of its forests is ours. [`Method::NnMeter`] emulates the forests, too: what
//! nn-Meter would say, for figures that were published with it.

mod calibrate;
mod detect;
mod device;
mod emulation;
mod error;
mod features;
mod file;
mod fit;
mod forest;
mod fusion;
mod ir;
mod kernel;
mod measure;
mod method;
mod nn_meter;
mod nnls;
mod normalize;
mod operator;
mod pattern;
mod predict;
mod robust;
mod rules;
mod summary;

pub use calibrate::{
    Bench, Calibration, CalibrationProgress, Journal, Phase, Verified, calibrate, verify,
};
pub use detect::detect;
pub use device::{
    DEVICES_VARIABLE, Device, Library, LibraryDevice, Model, Origin, Source, builtin_devices,
    device,
};
pub use emulation::{NnMeter, Processor, Reference, growing, nn_meter_devices};
pub use error::Error;
pub use features::{Configuration, Quantity, Term, Variant, Variants, terms, tiled};
pub use fit::{Accuracy, FitOptions, FitProgress, HeldOut, Target, fit, fit_targets};
pub use forest::{Forest, Node, Tree};
pub use ir::{Attributes, Dimensions, Ir, IrNode};
pub use kernel::{Family, Kernel};
pub use measure::{Effort, ModelFile, Noise, Runtime, Session, Timing, measure, model_of};
pub use method::Method;
pub use nn_meter::{ForestDevice, Imported, features as nn_meter_features, read_forest};
pub use predict::{Coverage, KernelTime, Prediction, Predictor, predict_all};
pub use rules::{Branching, Rules};
pub use summary::Summary;

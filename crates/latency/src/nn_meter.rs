//! nn-Meter's own way from a kernel to its time: a feature vector and a random forest.
//!
//! Zhang et al., "nn-Meter: towards accurate latency prediction of deep-learning model inference on
//! diverse edge devices", `MobiSys` 2021; the behaviour is that of its version 2.0, quirks included.

mod device;
mod features;
mod file;
mod folder;
mod pickle;
mod scikit_learn;

pub use device::ForestDevice;
pub use features::features;
pub use folder::Imported;
pub use scikit_learn::read_forest;

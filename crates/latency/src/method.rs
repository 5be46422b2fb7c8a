//! The two ways in which the built-in devices predict.

use serde::{Deserialize, Serialize};

/// How the built-in devices predict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Fitted to measured networks: [`builtin_devices`](crate::builtin_devices).
    #[default]
    Measured,
    /// What nn-Meter would say: [`nn_meter_devices`](crate::nn_meter_devices).
    NnMeter,
}

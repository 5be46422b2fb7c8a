//! The two ways in which the built-in devices predict.

use serde::{Deserialize, Serialize};

use crate::device::{builtin_devices, device};
use crate::emulation::nn_meter_devices;
use crate::error::Error;
use crate::predict::Predictor;

/// How the built-in devices predict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Fitted to measured networks: [`builtin_devices`].
    #[default]
    Measured,
    /// What nn-Meter would say: [`nn_meter_devices`].
    NnMeter,
}

impl Method {
    /// All devices, in the same order by either method.
    #[must_use]
    pub fn devices(self) -> Vec<&'static dyn Predictor> {
        match self {
            Self::Measured => builtin_devices().iter().map(|device| device as _).collect(),
            Self::NnMeter => nn_meter_devices()
                .iter()
                .map(|device| device as _)
                .collect(),
        }
    }

    /// The device of this name.
    ///
    /// # Errors
    /// [`Error::UnknownDevice`], with the names there are.
    pub fn device(self, name: &str) -> Result<&'static dyn Predictor, Error> {
        let measured = device(name)?;
        let of_name = |device: &&dyn Predictor| device.name() == measured.name();
        Ok(self.devices().into_iter().find(of_name).unwrap_or(measured))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_methods_know_the_same_devices() {
        let names = |method: Method| -> Vec<&str> {
            method
                .devices()
                .iter()
                .map(|device| device.name())
                .collect()
        };
        assert_eq!(names(Method::Measured), names(Method::NnMeter));
        for name in names(Method::Measured) {
            assert_eq!(Method::NnMeter.device(name).unwrap().name(), name);
        }
        assert!(matches!(
            Method::NnMeter.device("myriad").err(),
            Some(Error::UnknownDevice { .. })
        ));
    }
}

//! The devices that a command line can name.

use std::path::Path;

use edgefront::latency::{Device, ForestDevice, Predictor, Rules, device};

use crate::error::Error;

/// A device that was asked for.
pub enum Named {
    /// One that comes with the program.
    BuiltIn(&'static Device),
    /// One that was imported from nn-Meter.
    Imported(Box<ForestDevice>),
}

impl Named {
    /// The built-in device of this name, or the one in this file.
    pub fn open(name: &str) -> Result<Self, Error> {
        let path = Path::new(name);
        if path
            .extension()
            .is_some_and(|ending| ending == ForestDevice::FILE_ENDING)
        {
            return Ok(Self::Imported(Box::new(ForestDevice::read(path)?)));
        }
        Ok(Self::BuiltIn(device(name)?))
    }

    pub fn predictor(&self) -> &dyn Predictor {
        match self {
            Self::BuiltIn(device) => *device,
            Self::Imported(device) => device.as_ref(),
        }
    }

    pub fn rules(&self) -> &Rules {
        match self {
            Self::BuiltIn(device) => device.rules(),
            Self::Imported(device) => device.rules(),
        }
    }
}

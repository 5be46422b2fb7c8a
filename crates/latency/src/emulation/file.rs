//! The file of a correction, and those that come with the program.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::correction::Correction;
use super::pipeline::Pipeline;
use super::{NnMeter, Processor};
use crate::device::device;
use crate::error::Error;
use crate::fit::HeldOut;
use crate::predict::Predictor;

/// The version of the layout that is written and read.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    format: u32,
    device: String,
    processor: Processor,
    coefficients: BTreeMap<String, f64>,
    held_out: HeldOut,
}

/// The corrections of the built-in devices; `edgefront device emulate` writes them.
const FILES: &[(&str, &str)] = &[
    (
        "cortexA76cpu",
        include_str!("../../corrections/cortexA76cpu.toml"),
    ),
    (
        "adreno640gpu",
        include_str!("../../corrections/adreno640gpu.toml"),
    ),
    (
        "adreno630gpu",
        include_str!("../../corrections/adreno630gpu.toml"),
    ),
    (
        "myriadvpu",
        include_str!("../../corrections/myriadvpu.toml"),
    ),
];

static DEVICES: LazyLock<Vec<NnMeter>> = LazyLock::new(|| {
    let parse = |&(name, text): &(&str, &str)| {
        NnMeter::from_toml(text, name).expect("the built-in corrections are tested")
    };
    FILES.iter().map(parse).collect()
});

/// The devices that come with the program, as nn-Meter would predict them.
#[must_use]
pub fn nn_meter_devices() -> &'static [NnMeter] {
    &DEVICES
}

impl NnMeter {
    /// Writes the file of its correction.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        crate::file::write(path, self.to_toml().as_bytes())
    }

    pub(crate) fn to_toml(&self) -> String {
        let layout = Layout {
            format: FORMAT,
            device: self.device().name().to_owned(),
            processor: self.pipeline.processor,
            coefficients: self.pipeline.correction.to_names(),
            held_out: self.held_out.clone(),
        };
        toml::to_string(&layout).expect("text, numbers and tables are always TOML")
    }

    /// Parses the file of a correction of a built-in device; `origin` names it in errors.
    fn from_toml(text: &str, origin: &str) -> Result<Self, Error> {
        let fault = |reason: String| Error::DeviceFile {
            origin: origin.to_owned(),
            reason,
        };
        let layout: Layout = toml::from_str(text).map_err(|error| fault(error.to_string()))?;
        if layout.format != FORMAT {
            return Err(fault(format!(
                "format {}, expected {FORMAT}",
                layout.format
            )));
        }
        let correction = Correction::from_names(layout.coefficients).map_err(fault)?;
        let device = device(&layout.device)?.clone();
        Ok(Self {
            pipeline: Pipeline::new(device, layout.processor, correction),
            held_out: layout.held_out,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::builtin_devices;

    #[test]
    fn every_device_has_a_correction_of_its_name() {
        let names: Vec<&str> = nn_meter_devices().iter().map(Predictor::name).collect();
        let devices: Vec<&str> = builtin_devices().iter().map(Predictor::name).collect();
        assert_eq!(names, devices);
    }

    #[test]
    fn a_file_gives_back_the_correction() {
        for (device, (name, text)) in nn_meter_devices().iter().zip(FILES) {
            let again = NnMeter::from_toml(&device.to_toml(), name).unwrap();
            assert_eq!(again.pipeline.correction, device.pipeline.correction);
            assert_eq!(again.held_out, device.held_out);
            assert_eq!(device.to_toml(), *text);
        }
    }

    #[test]
    fn a_wrong_file_is_named() {
        let (_, text) = FILES[0];
        for (from, to, expected) in [
            ("format = 1", "format = 2", "format 2, expected 1"),
            (
                "cortexA76cpu",
                "cortexA77cpu",
                "unknown device `cortexA77cpu`",
            ),
            ("fc = ", "fd = ", "coefficient `fc` is missing"),
            ("\"cpu\"", "\"dsp\"", "dsp"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(&changed, text, "{from} does not occur");
            let message = NnMeter::from_toml(&changed, "x.toml")
                .unwrap_err()
                .to_string();
            assert!(message.contains(expected), "{message} lacks {expected}");
        }
    }
}

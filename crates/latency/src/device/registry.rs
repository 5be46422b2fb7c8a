//! The devices that come with the program: one file and one line each.

use std::sync::LazyLock;

use super::Device;
use crate::error::Error;
use crate::predict::Predictor;

/// Each device's name and file.
///
/// All were fitted to the whole-network latencies that nn-Meter publishes (microsoft/nn-Meter, MIT,
/// commit 28e982e: Pixel 4, Mi 9, Pixel 3 XL, Movidius Myriad; batch 1) with the graphs of its
/// benchmark's networks; `edgefront device fit` writes the files.
pub(super) const FILES: &[(&str, &str)] = &[
    (
        "cortexA76cpu",
        include_str!("../../devices/cortexA76cpu.toml"),
    ),
    (
        "adreno640gpu",
        include_str!("../../devices/adreno640gpu.toml"),
    ),
    (
        "adreno630gpu",
        include_str!("../../devices/adreno630gpu.toml"),
    ),
    ("myriadvpu", include_str!("../../devices/myriadvpu.toml")),
];

static DEVICES: LazyLock<Vec<Device>> = LazyLock::new(|| {
    let parse = |&(name, text): &(&str, &str)| {
        Device::from_toml(text, name).expect("the built-in device files are tested")
    };
    FILES.iter().map(parse).collect()
});

/// The devices that come with the program.
#[must_use]
pub fn builtin_devices() -> &'static [Device] {
    &DEVICES
}

/// The built-in device of this name.
///
/// # Errors
/// [`Error::UnknownDevice`], with the names there are.
pub fn device(name: &str) -> Result<&'static Device, Error> {
    let found = DEVICES.iter().find(|device| device.name() == name);
    found.ok_or_else(|| Error::UnknownDevice {
        name: name.to_owned(),
        known: FILES.iter().map(|(name, _)| (*name).to_owned()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_device_of_its_name() {
        let names: Vec<&str> = builtin_devices().iter().map(Predictor::name).collect();
        let files: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, files);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known() {
        assert_eq!(device("myriadvpu").unwrap().name(), "myriadvpu");
        let error = device("myriad").unwrap_err().to_string();
        assert!(
            error.contains("`myriad`") && error.contains("adreno640gpu"),
            "{error}"
        );
    }
}

use std::fs;

use edgefront::latency::{Forest, ForestDevice, Imported, Library, Predictor};

use crate::cli::DeviceImportArgs;
use crate::error::Error;
use crate::output;

pub fn run(args: &DeviceImportArgs) -> Result<(), Error> {
    let Imported {
        mut device,
        missing,
        left_out,
    } = ForestDevice::import(&args.folder)?;
    if let Some(name) = &args.name {
        device = device.named(name.clone());
    }
    for (path, reason) in &left_out {
        let path = path.display();
        output::message(&format!("warning: {path} is left out: {reason}"));
    }
    if !missing.is_empty() {
        let missing = missing.join(", ");
        output::message(&format!(
            "warning: no forest of {missing}: their kernels take no time in nn-Meter's predictions"
        ));
    }
    let out = match &args.out {
        Some(path)
            if path
                .extension()
                .is_some_and(|e| e == ForestDevice::FILE_ENDING) =>
        {
            path.clone()
        }
        Some(path) => {
            return Err(Error::Content {
                path: path.clone(),
                reason: format!(
                    "a device of forests, expected a name that ends in .{}",
                    ForestDevice::FILE_ENDING
                ),
            });
        }
        None => Library::of_user().place(device.name(), ForestDevice::FILE_ENDING)?,
    };
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    device.write(&out)?;
    let trees: usize = device.forests().values().map(Forest::trees).sum();
    output::message(&format!(
        "{}: {} forests, {trees} trees",
        out.display(),
        device.forests().len(),
    ));
    Ok(())
}

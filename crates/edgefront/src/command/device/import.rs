use std::path::PathBuf;

use edgefront::latency::{Forest, ForestDevice, Imported, Predictor};

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
    let out = args.out.clone().unwrap_or_else(|| {
        PathBuf::from(format!("{}.{}", device.name(), ForestDevice::FILE_ENDING))
    });
    device.write(&out)?;
    let trees: usize = device.forests().values().map(Forest::trees).sum();
    output::message(&format!(
        "{}: {} forests, {trees} trees",
        out.display(),
        device.forests().len(),
    ));
    Ok(())
}

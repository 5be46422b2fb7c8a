use std::fs;

use edgefront::latency::{NnMeter, Predictor, Reference, nn_meter_devices};

use crate::cli::DeviceEmulateArgs;
use crate::error::Error;
use crate::output;

pub fn run(args: &DeviceEmulateArgs) -> Result<(), Error> {
    fs::create_dir_all(&args.out).map_err(Error::file(&args.out))?;
    let references = Reference::read(&args.references)?;
    for known in nn_meter_devices() {
        let fitted = NnMeter::fit(known.device(), known.processor(), &references)?;
        let path = args.out.join(format!("{}.toml", fitted.name()));
        fitted.write(&path)?;
        let error = fitted.held_out().overall;
        output::message(&format!(
            "{}: mean error {:.2} %, {:.2} % within 10 % on {} networks, their families left out",
            path.display(),
            error.mape_percent,
            error.within_10_percent,
            error.networks,
        ));
    }
    Ok(())
}

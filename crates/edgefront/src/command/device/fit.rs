use std::fs;

use edgefront::latency::{FitOptions, Predictor, Target, fit_targets};

use crate::cli::DeviceFitArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

pub fn run(args: &DeviceFitArgs) -> Result<(), Error> {
    fs::create_dir_all(&args.out).map_err(Error::file(&args.out))?;
    let bar = Bar::bytes("reading the measurements");
    let devices = fit_targets(
        &args.measurements,
        &Target::published(),
        &FitOptions::default(),
        &mut |p| {
            bar.set(p.bytes, p.total_bytes);
        },
    )?;
    bar.finish();
    for device in devices {
        let path = args.out.join(format!("{}.toml", device.name()));
        device.write(&path)?;
        let error = device.held_out().overall;
        output::message(&format!(
            "{}: mean error {:.2} %, {:.2} % within 10 % on {} networks, each held out once",
            path.display(),
            error.mape_percent,
            error.within_10_percent,
            error.networks,
        ));
    }
    Ok(())
}

//! Fits the four built-in devices and writes their files:
//! `cargo run --release -p edgefront-latency --example fit_devices MEASUREMENTS FOLDER`.

use std::error::Error;
use std::path::Path;

use edgefront_latency::{FitOptions, Predictor, Target, fit_targets};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [measurements, folder] = arguments.as_slice() else {
        return Err("expected two arguments: a file of measurements and a folder".into());
    };
    let devices = fit_targets(
        Path::new(measurements),
        &Target::published(),
        &FitOptions::default(),
        &mut |progress| eprint!("\r{} networks", progress.networks),
    )?;
    eprintln!();
    for device in devices {
        device.write(&Path::new(folder).join(format!("{}.toml", device.name())))?;
        let accuracy = device.held_out();
        println!("{} {:?}", device.name(), accuracy.overall);
        for (family, accuracy) in &accuracy.families {
            println!("    {family} {accuracy:?}");
        }
    }
    Ok(())
}

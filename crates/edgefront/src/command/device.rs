use std::fs;

use edgefront::latency::{FitOptions, Predictor, Target, builtin_devices, device, fit_targets};
use edgefront::report::{Cell, Table};
use serde_json::json;

use crate::cli::{DeviceArgs, DeviceCommand, DeviceFitArgs, DeviceListArgs, DeviceShowArgs};
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

pub fn run(args: &DeviceArgs) -> Result<(), Error> {
    match &args.command {
        DeviceCommand::List(args) => {
            list(args);
            Ok(())
        }
        DeviceCommand::Show(args) => show(args),
        DeviceCommand::Fit(args) => fit(args),
    }
}

fn list(args: &DeviceListArgs) {
    if args.json {
        let devices = builtin_devices().iter().map(|device| {
            let (name, version) = (device.name(), device.version());
            json!({ "name": name, "version": version, "held_out": device.held_out().overall })
        });
        output::json(&devices.collect());
        return;
    }
    let mut table = Table::new(&[
        ("device", ""),
        ("version", ""),
        ("fitted to", "networks"),
        ("held out", "networks"),
        ("mean error", "%"),
        ("within 5 %", "%"),
        ("within 10 %", "%"),
    ]);
    for device in builtin_devices() {
        let error = device.held_out().overall;
        table.rows.push(vec![
            Cell::text(device.name()),
            Cell::text(device.version()),
            Cell::count(device.source().networks as u64),
            Cell::count(error.networks as u64),
            Cell::number(Some(error.mape_percent), 2),
            Cell::number(Some(error.within_5_percent), 2),
            Cell::number(Some(error.within_10_percent), 2),
        ]);
    }
    output::data(&table.to_text());
}

fn show(args: &DeviceShowArgs) -> Result<(), Error> {
    let device = device(&args.name)?;
    let mut families = Table::new(&[
        ("held out", ""),
        ("networks", ""),
        ("mean error", "%"),
        ("within 10 %", "%"),
    ]);
    let overall = ("all", &device.held_out().overall);
    let own = device
        .held_out()
        .families
        .iter()
        .map(|(name, error)| (name.as_str(), error));
    for (name, error) in own.chain([overall]) {
        families.rows.push(vec![
            Cell::text(name),
            Cell::count(error.networks as u64),
            Cell::number(Some(error.mape_percent), 2),
            Cell::number(Some(error.within_10_percent), 2),
        ]);
    }
    let mut terms = Table::new(&[
        ("term", ""),
        ("coefficient", "ms per million, or per kernel"),
    ]);
    for (term, coefficient) in device.terms().iter().filter(|(_, value)| **value > 0.0) {
        terms.rows.push(vec![
            Cell::text(term.to_string()),
            Cell::number(Some(*coefficient), 6),
        ]);
    }
    let name = device.name();
    output::data(&format!(
        "{name}\n\n{}\n{}",
        families.to_text(),
        terms.to_text()
    ));
    Ok(())
}

fn fit(args: &DeviceFitArgs) -> Result<(), Error> {
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
            "{}: mean error {:.2} %, {:.2} % within 10 % on {} networks held out",
            path.display(),
            error.mape_percent,
            error.within_10_percent,
            error.networks,
        ));
    }
    Ok(())
}

use edgefront::latency::{Library, LibraryDevice, Model, Origin};
use edgefront::report::{Cell, Table};
use serde_json::json;

use crate::cli::DeviceListArgs;
use crate::error::Error;
use crate::output;

pub fn run(args: &DeviceListArgs) -> Result<(), Error> {
    let library = Library::of_user();
    let mut devices = Vec::new();
    for device in library.list()? {
        match device {
            Ok(device) => devices.push(device),
            Err(error) => output::message(&format!("warning: left out: {error}")),
        }
    }
    if args.json {
        output::json(&devices.iter().map(to_json).collect());
    } else {
        output::data(&to_text(&devices));
    }
    Ok(())
}

fn to_json(device: &LibraryDevice) -> serde_json::Value {
    let file = match &device.origin {
        Origin::BuiltIn => None,
        Origin::File(path) => Some(path),
    };
    json!({
        "name": device.name(),
        "version": device.model.version(),
        "file": file,
        "checksum": device.checksum,
        "held_out": device.model.accuracy(),
    })
}

fn to_text(devices: &[LibraryDevice]) -> String {
    let mut table = Table::new(&[
        ("device", ""),
        ("version", ""),
        ("fitted to", "networks"),
        ("held out", "networks"),
        ("mean error", "%"),
        ("within 5 %", "%"),
        ("within 10 %", "%"),
        ("from", ""),
    ]);
    for device in devices {
        let Model::Additive(model) = device.model.as_ref();
        let error = model.held_out().overall;
        let origin = match &device.origin {
            Origin::BuiltIn => "built in".to_owned(),
            Origin::File(path) => path.display().to_string(),
        };
        table.rows.push(vec![
            Cell::text(device.name()),
            Cell::text(model.version()),
            Cell::count(model.source().networks as u64),
            Cell::count(error.networks as u64),
            Cell::number(Some(error.mape_percent), 2),
            Cell::number(Some(error.within_5_percent), 2),
            Cell::number(Some(error.within_10_percent), 2),
            Cell::text(origin),
        ]);
    }
    table.to_text()
}

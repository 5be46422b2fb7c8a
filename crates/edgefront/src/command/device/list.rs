use edgefront::latency::{Accuracy, Library, LibraryDevice, Model, Origin};
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
        let fitted = match device.model.as_ref() {
            Model::Additive(model) => model.source().networks.to_string(),
            Model::Forests(_) | Model::Emulated(_) => String::new(),
        };
        let error = device.model.accuracy();
        let percent = |part: fn(&Accuracy) -> f64| Cell::number(error.as_ref().map(part), 2);
        let origin = match &device.origin {
            Origin::BuiltIn => "built in".to_owned(),
            Origin::File(path) => path.display().to_string(),
        };
        table.rows.push(vec![
            Cell::text(device.name()),
            Cell::text(device.model.version()),
            Cell::text(fitted),
            Cell::text(error.map_or(String::new(), |error| error.networks.to_string())),
            percent(|error| error.mape_percent),
            percent(|error| error.within_5_percent),
            percent(|error| error.within_10_percent),
            Cell::text(origin),
        ]);
    }
    table.to_text()
}

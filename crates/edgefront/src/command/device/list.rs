use edgefront::latency::{Predictor, builtin_devices};
use edgefront::report::{Cell, Table};
use serde_json::json;

use crate::cli::DeviceListArgs;
use crate::output;

pub fn run(args: &DeviceListArgs) {
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

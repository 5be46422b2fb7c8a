use edgefront::latency::{Device, ForestDevice, Library, Model, Predictor};
use edgefront::report::{Cell, Table};

use crate::cli::DeviceShowArgs;
use crate::error::Error;
use crate::output;

pub fn run(args: &DeviceShowArgs) -> Result<(), Error> {
    let found = Library::of_user().open(&args.name)?;
    if args.rules {
        output::data(&found.model.rules().to_nn_meter());
        return Ok(());
    }
    match found.model.as_ref() {
        Model::Additive(device) => output::data(&terms(device)),
        Model::Forests(device) => output::data(&forests(device)),
        Model::Emulated(device) => output::data(&terms(device.device())),
    }
    Ok(())
}

/// How far a device is off, and its coefficients.
fn terms(device: &Device) -> String {
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
    let mut left_out = Table::new(&[("family left out", ""), ("median error", "%")]);
    for (family, median) in device.families_left_out() {
        left_out
            .rows
            .push(vec![Cell::text(family), Cell::number(Some(*median), 2)]);
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
    format!(
        "{name}\n\n{}\n{}\n{}",
        families.to_text(),
        left_out.to_text(),
        terms.to_text()
    )
}

/// What there is to say of an imported device: its forests.
fn forests(device: &ForestDevice) -> String {
    let mut table = Table::new(&[("predictor", ""), ("features", ""), ("trees", "")]);
    for (predictor, forest) in device.forests() {
        table.rows.push(vec![
            Cell::text(predictor),
            Cell::count(forest.features() as u64),
            Cell::count(forest.trees() as u64),
        ]);
    }
    let (name, version) = (device.name(), device.version());
    format!(
        "{name}, version {version}, imported from nn-Meter\n\n{}",
        table.to_text()
    )
}

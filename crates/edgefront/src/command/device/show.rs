use edgefront::latency::{ForestDevice, Predictor};
use edgefront::report::{Cell, Table};

use crate::cli::DeviceShowArgs;
use crate::devices::Named;
use crate::error::Error;
use crate::output;

pub fn run(args: &DeviceShowArgs) -> Result<(), Error> {
    let named = Named::open(&args.name)?;
    if args.rules {
        output::data(&named.rules().to_nn_meter());
        return Ok(());
    }
    let device = match &named {
        Named::BuiltIn(device) => device,
        Named::Imported(device) => {
            output::data(&forests(device));
            return Ok(());
        }
    };
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

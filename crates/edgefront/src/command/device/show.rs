use edgefront::latency::{Predictor, device};
use edgefront::report::{Cell, Table};

use crate::cli::DeviceShowArgs;
use crate::error::Error;
use crate::output;

pub fn run(args: &DeviceShowArgs) -> Result<(), Error> {
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
    output::data(&format!(
        "{name}\n\n{}\n{}\n{}",
        families.to_text(),
        left_out.to_text(),
        terms.to_text()
    ));
    Ok(())
}

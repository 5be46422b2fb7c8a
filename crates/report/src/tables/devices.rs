use crate::analysis::Analysis;
use crate::table::{Cell, Column, Table};

/// The devices, with how far their latencies can be trusted.
#[must_use]
pub fn device_table(analysis: &Analysis) -> Table {
    let percent = |share: Option<f64>| Cell::number(share.map(|share| 100.0 * share), 1);
    Table {
        columns: vec![
            Column::new("device", ""),
            Column::new("within 10 % of measured", "% of held-out networks"),
            Column::new("MAPE", "%"),
            Column::new("least coverage", "%"),
        ],
        rows: analysis
            .results
            .devices
            .iter()
            .map(|device| {
                vec![
                    Cell::text(&device.name),
                    percent(device.within_10_percent),
                    Cell::number(device.mape_percent, 1),
                    percent(device.coverage),
                ]
            })
            .collect(),
    }
}

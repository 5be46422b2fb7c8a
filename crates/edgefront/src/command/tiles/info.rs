use edgefront::report::{Cell, Column, Table};
use edgefront::tiles::{Dataset, Summary, summarise};
use serde_json::json;

use crate::cli::tiles::InfoArgs;
use crate::error::Error;
use crate::output;

pub fn run(args: &InfoArgs) -> Result<(), Error> {
    let dataset = Dataset::open(&args.dataset)?;
    dataset.verify()?;
    let summary = summarise(&dataset);
    if args.json {
        output::json(&to_json(&dataset, &summary));
    } else {
        output::data(&to_text(&dataset, &summary));
    }
    Ok(())
}

fn to_text(dataset: &Dataset, summary: &Summary) -> String {
    let columns = std::iter::once("region").chain(dataset.classes().iter().map(String::as_str));
    let columns = columns.map(|name| Column::new(name, "")).collect();
    let mut regions = Table {
        columns,
        rows: Vec::new(),
    };
    for region in &summary.regions {
        let counts = region
            .by_class
            .iter()
            .map(|&count| Cell::count(count as u64));
        regions.rows.push(
            std::iter::once(Cell::text(&region.region))
                .chain(counts)
                .collect(),
        );
    }
    let mut channels = Table::new(&[("channel", ""), ("min", ""), ("mean", ""), ("max", "")]);
    for channel in &summary.channels {
        channels.rows.push(vec![
            Cell::text(&channel.band),
            Cell::number(Some(f64::from(channel.min)), 4),
            Cell::number(Some(channel.mean), 4),
            Cell::number(Some(f64::from(channel.max)), 4),
        ]);
    }
    let id = |tile: usize| dataset.tiles()[tile].id.clone();
    let mut suspects = String::new();
    for (tile, channel) in &summary.constant {
        let band = &dataset.bands()[*channel];
        suspects.push_str(&format!("constant: {} in channel {band}\n", id(*tile)));
    }
    for tile in &summary.non_finite {
        suspects.push_str(&format!("not finite: {}\n", id(*tile)));
    }
    for tiles in &summary.duplicates {
        let ids: Vec<String> = tiles.iter().map(|&tile| id(tile)).collect();
        suspects.push_str(&format!("equal: {}\n", ids.join(", ")));
    }
    if suspects.is_empty() {
        suspects.push_str("no constant, non-finite or duplicate tiles\n");
    }
    format!(
        "{} tiles of {} x {}, {} groups, normalisation {}\n\n{}\n{}\n{suspects}",
        dataset.len(),
        dataset.height(),
        dataset.width(),
        summary.groups,
        dataset.normalization(),
        regions.to_text(),
        channels.to_text(),
    )
}

fn to_json(dataset: &Dataset, summary: &Summary) -> serde_json::Value {
    let id = |tile: &usize| dataset.tiles()[*tile].id.clone();
    let regions = summary.regions.iter().map(|region| {
        let counts = dataset.classes().iter().zip(&region.by_class);
        let counts: serde_json::Map<_, _> = counts
            .map(|(class, &count)| (class.clone(), json!(count)))
            .collect();
        json!({ "region": region.region, "tiles": counts })
    });
    let channels = summary.channels.iter().map(|channel| {
        let (min, mean, max) = (channel.min, channel.mean, channel.max);
        json!({ "band": channel.band, "min": min, "mean": mean, "max": max })
    });
    let constant = summary.constant.iter();
    let constant = constant.map(|(tile, band)| json!([id(tile), dataset.bands()[*band]]));
    let duplicates = summary.duplicates.iter();
    let duplicates = duplicates.map(|tiles| tiles.iter().map(id).collect::<Vec<_>>());
    json!({
        "tiles": dataset.len(),
        "height": dataset.height(),
        "width": dataset.width(),
        "bands": dataset.bands(),
        "classes": dataset.classes(),
        "normalization": dataset.normalization(),
        "checksum": dataset.checksum(),
        "groups": summary.groups,
        "regions": regions.collect::<Vec<_>>(),
        "channels": channels.collect::<Vec<_>>(),
        "constant": constant.collect::<Vec<_>>(),
        "non_finite": summary.non_finite.iter().map(id).collect::<Vec<_>>(),
        "duplicates": duplicates.collect::<Vec<_>>(),
    })
}

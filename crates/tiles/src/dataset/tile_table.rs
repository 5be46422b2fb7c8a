//! `tiles.csv`.

use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Tile;
use crate::error::Error;

/// A row: [`Tile`] with the class by name and the bounds in columns of their own.
#[derive(Serialize, Deserialize)]
struct Row {
    id: String,
    region: String,
    group: String,
    label: String,
    source: String,
    left: Option<f64>,
    bottom: Option<f64>,
    right: Option<f64>,
    top: Option<f64>,
    epsg: Option<u32>,
}

pub(super) fn write(path: &Path, tiles: &[Tile], classes: &[String]) -> Result<(), Error> {
    let fail = |e: csv::Error| Error::dataset(path, e.to_string());
    let file = File::create(path).map_err(Error::io("create", path))?;
    let mut writer = csv::Writer::from_writer(file);
    for tile in tiles {
        let edge = |side: usize| tile.bounds.map(|bounds| bounds[side]);
        writer
            .serialize(Row {
                id: tile.id.clone(),
                region: tile.region.clone(),
                group: tile.group.clone(),
                label: classes[tile.label].clone(),
                source: tile.source.clone(),
                left: edge(0),
                bottom: edge(1),
                right: edge(2),
                top: edge(3),
                epsg: tile.epsg,
            })
            .map_err(fail)?;
    }
    writer.flush().map_err(Error::io("write", path))
}

pub(super) fn read(path: &Path, classes: &[String]) -> Result<Vec<Tile>, Error> {
    let fail = |e: csv::Error| Error::dataset(path, e.to_string());
    let file = File::open(path).map_err(Error::io("read", path))?;
    let mut reader = csv::Reader::from_reader(file);
    reader
        .deserialize()
        .map(|row| {
            let row: Row = row.map_err(fail)?;
            let Some(label) = classes.iter().position(|class| *class == row.label) else {
                return Err(Error::dataset(
                    path,
                    format!(
                        "tile {} is of class {}; expected one of {}",
                        row.id,
                        row.label,
                        classes.join(", ")
                    ),
                ));
            };
            let bounds = match (row.left, row.bottom, row.right, row.top) {
                (Some(left), Some(bottom), Some(right), Some(top)) => {
                    Some([left, bottom, right, top])
                }
                _ => None,
            };
            Ok(Tile {
                id: row.id,
                region: row.region,
                group: row.group,
                label,
                source: row.source,
                bounds,
                epsg: row.epsg,
            })
        })
        .collect()
}

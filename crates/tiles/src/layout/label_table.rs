//! `labels.csv` beside the regions: it confirms the labels and gives the groups.

use std::collections::BTreeMap;
use std::path::Path;

use super::Scan;
use crate::error::Error;

const FILE_NAME: &str = "labels.csv";

/// Sets the groups of the tiles from the column `source`, where the table exists.
///
/// The table must list exactly the tiles that are there, sound or not: its columns `region`,
/// `label` and `name` are the folders and the file. Its other columns are not read.
pub(super) fn apply(root: &Path, scan: &mut Scan) -> Result<(), Error> {
    let path = root.join(FILE_NAME);
    if !path.exists() {
        return Ok(());
    }
    let fail = |reason: String| Error::LabelTable {
        table: path.clone(),
        reason,
    };
    let mut reader = csv::Reader::from_path(&path).map_err(|e| fail(e.to_string()))?;
    let header = reader.headers().map_err(|e| fail(e.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|title| title.trim() == name);
    let required = |name: &str| {
        column(name).ok_or_else(|| fail(format!("column {name} is missing; found {header:?}")))
    };
    let (name, region, label) = (required("name")?, required("region")?, required("label")?);
    let source = column("source");

    let mut group_of = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|e| fail(e.to_string()))?;
        let id = format!("{}/{}/{}", &record[region], &record[label], &record[name]);
        let group = source.map(|column| record[column].to_owned());
        if group_of.insert(id.clone(), group).is_some() {
            return Err(fail(format!("tile {id} is listed twice")));
        }
    }
    for tile in &mut scan.tiles {
        let Some(group) = group_of.remove(&tile.id) else {
            return Err(fail(format!("tile {} is not listed", tile.id)));
        };
        if let Some(group) = group.filter(|group| !group.is_empty()) {
            tile.group = group;
        }
    }
    for fault in &scan.faults {
        group_of.remove(&fault.id);
    }
    match group_of.into_keys().next() {
        Some(id) => Err(fail(format!("tile {id} is listed but has no raster"))),
        None => Ok(()),
    }
}

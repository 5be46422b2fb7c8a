//! `whole_data.npy` and `whole_label.npy` as the study's own scripts leave them.

use std::collections::BTreeMap;
use std::path::Path;

use super::images::Images;
use super::labels;
use super::manifest::{FORMAT, Manifest, Provenance};
use super::{Dataset, Tile};
use crate::checksum;
use crate::error::Error;

const DATA: &str = "whole_data.npy";
const LABEL: &str = "whole_label.npy";
const CHANNELS: [&str; 7] = ["dem", "r", "g", "b", "nir", "ndwi", "ndvi"];

pub(super) fn are_in(folder: &Path) -> bool {
    folder.join(DATA).exists() && folder.join(LABEL).exists()
}

/// Opens the arrays. They carry neither regions nor groups nor positions: all tiles are of the
/// region `all` and each is its own group, so that folds by region or group are refused.
pub(super) fn open(folder: &Path) -> Result<Dataset, Error> {
    let images = Images::open(&folder.join(DATA))?;
    let [count, height, width, channels] = images.shape();
    let bands: Vec<String> = (CHANNELS.into_iter())
        .take(channels)
        .map(str::to_owned)
        .collect();
    if channels != 5 && channels != 7 {
        return Err(Error::dataset(
            &folder.join(DATA),
            format!("{channels} channels; expected 5 or 7"),
        ));
    }
    // The study has two classes, its folders F and T in this order.
    let classes = vec!["F".to_owned(), "T".to_owned()];
    let labels = labels::read(&folder.join(LABEL), classes.len())?;
    if labels.len() != count {
        return Err(Error::dataset(
            folder,
            format!(
                "{DATA} holds {count} tiles and {LABEL} {}; expected equal counts",
                labels.len()
            ),
        ));
    }
    let tiles = labels
        .iter()
        .enumerate()
        .map(|(number, &label)| Tile {
            id: number.to_string(),
            region: "all".into(),
            group: number.to_string(),
            label,
            source: DATA.into(),
            bounds: None,
            epsg: None,
        })
        .collect();
    Ok(Dataset {
        path: folder.to_path_buf(),
        images,
        labels,
        tiles,
        manifest: Manifest {
            format: FORMAT,
            tiles: count,
            height,
            width,
            bands,
            classes,
            normalization: "column-minmax".into(),
            provenance: Provenance {
                layout: "study-arrays".into(),
                ..Provenance::default()
            },
            checksums: BTreeMap::new(),
        },
    })
}

/// The sum of the values and labels in memory.
pub(super) fn checksum(dataset: &Dataset) -> String {
    let values = dataset.images();
    // SAFETY: any `f32` can be read as four bytes.
    let bytes =
        unsafe { std::slice::from_raw_parts(values.as_ptr().cast::<u8>(), size_of_val(values)) };
    let labels: Vec<u8> = (dataset.labels.iter())
        .flat_map(|&label| (label as u64).to_le_bytes())
        .collect();
    checksum::of_parts([bytes, &labels])
}

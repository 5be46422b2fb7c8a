//! `whole_data.npy` and `whole_label.npy` as the study's own scripts leave them.

use std::collections::BTreeMap;
use std::path::Path;

use super::images::Images;
use super::labels;
use super::manifest::{Manifest, Provenance};
use super::{Dataset, Tile};
use crate::checksum;
use crate::error::Error;
use crate::layout::study_arrays::{CHANNELS, DATA, LABEL};
use crate::normalize::{ColumnMinmax, Normalization};
use crate::recipe::Recipe;

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
            tiles: count,
            height,
            width,
            recipe: Recipe::of_names(&bands, Normalization::Tile(&ColumnMinmax))?,
            classes,
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
    let bytes = checksum::little_endian_bytes(dataset.images());
    let labels: Vec<u8> = (dataset.labels.iter())
        .flat_map(|&label| (label as u64).to_le_bytes())
        .collect();
    checksum::of_parts([bytes, &labels])
}

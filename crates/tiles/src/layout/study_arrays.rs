use std::path::Path;

use super::{BandFile, Layout, Scan, TileSource, WHOLE, bands};
use crate::dataset::read_labels;
use crate::error::Error;
use crate::npy;

/// `whole_data.npy` and `whole_label.npy` as the drainage-crossing study's own scripts leave them.
///
/// The data are numbers of shape (tiles, height, width, channels) with the study's five channels
/// or seven, already normalised; they are kept as they are. The labels are whole numbers: 0 is the
/// class `F` and 1 is `T` if there are no others, else the numbers are the names. There is neither
/// region nor group: all tiles are of the region [`WHOLE`], each its own group.
pub struct StudyArrays;

pub(crate) const DATA: &str = "whole_data.npy";
pub(crate) const LABEL: &str = "whole_label.npy";
pub(crate) const CHANNELS: [&str; 7] = ["dem", "r", "g", "b", "nir", "ndwi", "ndvi"];

impl Layout for StudyArrays {
    fn name(&self) -> &'static str {
        "study-arrays"
    }

    fn pattern(&self) -> &'static str {
        "whole_data.npy and whole_label.npy"
    }

    fn detect(&self, root: &Path) -> bool {
        root.join(DATA).is_file() && root.join(LABEL).is_file()
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn scan(&self, root: &Path, _bands: Option<&[String]>) -> Result<Scan, Error> {
        let path = root.join(DATA);
        let fail = |reason: String| Error::dataset(&path, reason);
        let header = npy::read_header(&path).map_err(fail)?;
        let fail = |reason: String| Error::dataset(&path, reason);
        let (count, bands) = match header.shape[..] {
            [count, _, _, 5] => (count, CHANNELS[..5].to_vec()),
            [count, _, _, 7] => (count, CHANNELS.to_vec()),
            _ => {
                return Err(fail(format!(
                    "shape is {:?}; expected (tiles, height, width, channels) with 5 or 7 channels",
                    header.shape
                )));
            }
        };
        let labels = read_labels(&root.join(LABEL))?;
        if labels.len() != count {
            return Err(fail(format!(
                "{count} tiles, but {} labels in {LABEL}; expected equal counts",
                labels.len()
            )));
        }
        let has_two_classes = labels.iter().all(|&label| label < 2);
        let class = |label: usize| match label {
            0 if has_two_classes => "F".to_owned(),
            1 if has_two_classes => "T".to_owned(),
            label => label.to_string(),
        };
        let tile = |(number, label): (usize, usize)| TileSource {
            id: number.to_string(),
            region: WHOLE.to_owned(),
            group: number.to_string(),
            class: class(label),
            rasters: vec![BandFile {
                path: path.clone(),
                image: Some(number),
                bands: bands::owned(&bands),
            }],
        };
        Ok(Scan {
            tiles: labels.into_iter().enumerate().map(tile).collect(),
            faults: Vec::new(),
        })
    }
}

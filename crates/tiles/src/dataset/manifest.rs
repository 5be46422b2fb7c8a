use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{IMAGES, LABELS, TILES};
use crate::error::Error;

/// The version of the folder's format that this crate writes.
pub(super) const FORMAT: u32 = 1;

/// `dataset.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub format: u32,
    pub tiles: usize,
    pub height: usize,
    pub width: usize,
    pub bands: Vec<String>,
    pub classes: Vec<String>,
    pub normalization: String,
    pub provenance: Provenance,
    /// SHA-256 by file name.
    pub checksums: BTreeMap<String, String>,
}

/// Where the data of a dataset came from. No paths, no dates: equal input gives equal bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The name of the folder that was read.
    pub input: String,
    /// The name of the layout that read it.
    pub layout: String,
    /// Name and version of the program that wrote the dataset.
    pub software: String,
    /// The ids of the tiles that were left out because they could not be used.
    pub skipped: Vec<String>,
}

impl Manifest {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        let manifest: Self =
            toml::from_str(&text).map_err(|e| Error::dataset(path, e.to_string()))?;
        if manifest.format != FORMAT {
            return Err(Error::dataset(
                path,
                format!("format {}; expected {FORMAT}", manifest.format),
            ));
        }
        if !manifest.checksums.keys().eq([IMAGES, LABELS, TILES]) {
            let found: Vec<&str> = manifest.checksums.keys().map(String::as_str).collect();
            return Err(Error::dataset(
                path,
                format!(
                    "checksums of {}; expected those of {IMAGES}, {LABELS}, {TILES}",
                    if found.is_empty() {
                        "no file".to_owned()
                    } else {
                        found.join(", ")
                    }
                ),
            ));
        }
        Ok(manifest)
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let text = toml::to_string(self).map_err(|e| Error::dataset(path, e.to_string()))?;
        std::fs::write(path, text).map_err(Error::io("write", path))
    }

    /// What the dataset's checksum is taken of: all that training can depend on, and neither
    /// the version of the writer nor the name of the input folder.
    pub(super) fn content_description(&self) -> Vec<String> {
        let lists = [&self.bands, &self.classes].map(|list| list.join(","));
        (self.checksums.iter())
            .map(|(name, sum)| format!("{name}={sum}"))
            .chain(lists)
            .chain([self.normalization.clone()])
            .collect()
    }
}

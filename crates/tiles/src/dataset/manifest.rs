use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{IMAGES, LABELS, TILES};
use crate::error::Error;
use crate::normalize::{self, Normalization};
use crate::recipe::{Channel, Formula, Recipe};

/// The version of the folder's format that this crate writes.
const FORMAT: u32 = 2;

/// What `dataset.toml` says.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    pub tiles: usize,
    pub height: usize,
    pub width: usize,
    pub recipe: Recipe,
    pub classes: Vec<String>,
    pub provenance: Provenance,
    /// SHA-256 by file name.
    pub checksums: BTreeMap<String, String>,
}

/// `dataset.toml` as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    tiles: usize,
    height: usize,
    width: usize,
    /// The names of the channels.
    bands: Vec<String>,
    classes: Vec<String>,
    normalization: String,
    provenance: Provenance,
    checksums: BTreeMap<String, String>,
    /// Absent in format 1, which has no other channels than raw bands and two presets.
    recipe: Option<RecipeTable>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeTable {
    /// The raw bands.
    bands: Vec<String>,
    channels: Vec<ChannelTable>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelTable {
    name: String,
    formula: String,
    scaled: bool,
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
        let fail = |reason: String| Error::dataset(path, reason);
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        let file: File = toml::from_str(&text).map_err(|e| fail(e.to_string()))?;
        if !(1..=FORMAT).contains(&file.format) {
            return Err(fail(format!(
                "format {}; expected at most {FORMAT}",
                file.format
            )));
        }
        if !file.checksums.keys().eq([IMAGES, LABELS, TILES]) {
            let found: Vec<&str> = file.checksums.keys().map(String::as_str).collect();
            return Err(fail(format!(
                "checksums of {}; expected those of {IMAGES}, {LABELS}, {TILES}",
                if found.is_empty() {
                    "no file".to_owned()
                } else {
                    found.join(", ")
                }
            )));
        }
        let recipe = recipe(&file).map_err(|e| fail(e.to_string()))?;
        if recipe.channel_names() != file.bands {
            return Err(fail(format!(
                "bands {}; the recipe makes {}",
                file.bands.join(", "),
                recipe.channel_names().join(", ")
            )));
        }
        Ok(Self {
            tiles: file.tiles,
            height: file.height,
            width: file.width,
            recipe,
            classes: file.classes,
            provenance: file.provenance,
            checksums: file.checksums,
        })
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let channels = self.recipe.channels().iter().map(|channel| ChannelTable {
            name: channel.name.clone(),
            formula: channel.formula.to_string(),
            scaled: channel.scaled,
        });
        let file = File {
            format: FORMAT,
            tiles: self.tiles,
            height: self.height,
            width: self.width,
            bands: self.recipe.channel_names(),
            classes: self.classes.clone(),
            normalization: self.recipe.normalization().name().to_owned(),
            provenance: self.provenance.clone(),
            checksums: self.checksums.clone(),
            recipe: Some(RecipeTable {
                bands: self.recipe.bands().to_vec(),
                channels: channels.collect(),
            }),
        };
        let text = toml::to_string(&file).map_err(|e| Error::dataset(path, e.to_string()))?;
        std::fs::write(path, text).map_err(Error::io("write", path))
    }

    /// What the dataset's checksum is taken of: all that training can depend on, and neither
    /// the version of the writer nor the name of the input folder.
    pub(super) fn content_description(&self) -> Vec<String> {
        let lists = [&self.recipe.channel_names(), &self.classes].map(|list| list.join(","));
        (self.checksums.iter())
            .map(|(name, sum)| format!("{name}={sum}"))
            .chain(lists)
            .chain([self.recipe.normalization().name().to_owned()])
            .chain(self.fitted_channels())
            .collect()
    }

    /// Which channels a normalisation scales that the study fits: the images hold raw values, so
    /// their sums do not tell.
    fn fitted_channels(&self) -> Vec<String> {
        if !matches!(self.recipe.normalization(), Normalization::Fitted(_)) {
            return Vec::new();
        }
        let channels = self.recipe.channels().iter();
        channels
            .map(|channel| format!("{}={} {}", channel.name, channel.formula, channel.scaled))
            .collect()
    }
}

/// The recipe of a file of any format.
fn recipe(file: &File) -> Result<Recipe, Error> {
    let normalization = normalize::by_name(&file.normalization)?;
    let Some(table) = &file.recipe else {
        return Recipe::of_names(&file.bands, normalization);
    };
    let channels = table
        .channels
        .iter()
        .map(|channel| {
            Ok(Channel {
                name: channel.name.clone(),
                formula: Formula::parse(&channel.formula)?,
                scaled: channel.scaled,
            })
        })
        .collect::<Result<_, Error>>()?;
    Recipe::new(table.bands.clone(), channels, normalization)
}

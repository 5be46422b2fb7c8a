//! The dataset folder: what `prepare` writes and everything later reads.
//!
//! ```text
//! NAME/images.npy    (tiles, height, width, channels), little-endian f32, memory-mapped
//! NAME/labels.npy    (tiles), integers: places in the list of classes
//! NAME/tiles.csv     one row per tile: id, region, group, label, source, bounds, EPSG code
//! NAME/dataset.toml  recipe of the channels, classes, provenance, SHA-256 of the other files
//! ```
//!
//! The arrays of the drainage-crossing study (`whole_data.npy` and `whole_label.npy` in one
//! folder) open as a dataset too.

mod images;
mod labels;
mod manifest;
mod study_arrays;
mod tile_table;
mod writer;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

pub(crate) use labels::read_labels;
pub use manifest::Provenance;
pub use writer::{DatasetWriter, Format};

use crate::checksum;
use crate::error::Error;
use crate::recipe::Recipe;
use images::Images;
use manifest::Manifest;

const IMAGES: &str = "images.npy";
const LABELS: &str = "labels.npy";
const TILES: &str = "tiles.csv";
const MANIFEST: &str = "dataset.toml";

/// Labelled tiles, all of one size, with their images memory-mapped.
#[derive(Debug)]
pub struct Dataset {
    path: PathBuf,
    images: Images,
    labels: Vec<usize>,
    tiles: Vec<Tile>,
    manifest: Manifest,
}

/// What is known of one tile beside its image.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Unique within the dataset.
    pub id: String,
    /// The region it lies in.
    pub region: String,
    /// Tiles of one group stay together in grouped folds.
    pub group: String,
    /// Its class, a place in [`Dataset::classes`].
    pub label: usize,
    /// Its first raster, relative to the folder that was prepared.
    pub source: String,
    /// Left, bottom, right and top in units of the coordinate system, if known.
    pub bounds: Option<[f64; 4]>,
    /// EPSG code of the coordinate system, if known.
    pub epsg: Option<u32>,
}

impl Dataset {
    /// Opens a dataset folder, or a folder with the study's two arrays.
    ///
    /// Checks that all parts agree with each other; [`Dataset::verify`] checks the bytes too.
    ///
    /// # Errors
    /// [`Error::Io`] if a file is missing; [`Error::Dataset`] names the file that is truncated,
    /// of another type or shape, or that disagrees with the others in its counts or labels.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if !path.join(MANIFEST).exists() && study_arrays::are_in(path) {
            return study_arrays::open(path);
        }
        let manifest = Manifest::read(&path.join(MANIFEST))?;
        let images = Images::open(&path.join(IMAGES))?;
        let labels = labels::read(&path.join(LABELS), manifest.classes.len())?;
        let tiles = tile_table::read(&path.join(TILES), &manifest.classes)?;
        let dataset = Self {
            path: path.to_path_buf(),
            images,
            labels,
            tiles,
            manifest,
        };
        dataset.check_agreement()?;
        Ok(dataset)
    }

    fn check_agreement(&self) -> Result<(), Error> {
        let fail = |reason| Err(Error::dataset(&self.path, reason));
        let stated = [
            self.manifest.tiles,
            self.manifest.height,
            self.manifest.width,
            self.manifest.recipe.channels().len(),
        ];
        if self.images.shape() != stated {
            return fail(format!(
                "{IMAGES} has shape {:?}; {MANIFEST} states {stated:?}",
                self.images.shape()
            ));
        }
        let counts = [self.len(), self.labels.len(), self.tiles.len()];
        if counts.iter().any(|&count| count != counts[0]) {
            return fail(format!(
                "{IMAGES} holds {} tiles, {LABELS} {} and {TILES} {}; expected equal counts",
                counts[0], counts[1], counts[2]
            ));
        }
        if let Some((tile, &label)) =
            (self.tiles.iter().zip(&self.labels)).find(|(tile, label)| tile.label != **label)
        {
            return fail(format!(
                "tile {} is of class {} in {LABELS} and {} in {TILES}",
                tile.id, self.manifest.classes[label], self.manifest.classes[tile.label]
            ));
        }
        Ok(())
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of tiles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.images.shape()[0]
    }

    /// Whether there is no tile.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows per tile.
    #[must_use]
    pub fn height(&self) -> usize {
        self.images.shape()[1]
    }

    /// Pixels per row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.images.shape()[2]
    }

    /// Values per pixel.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.images.shape()[3]
    }

    /// All pixels, shape (tiles, height, width, channels), row-major.
    #[must_use]
    pub fn images(&self) -> &[f32] {
        self.images.values()
    }

    /// The pixels of one tile, shape (height, width, channels), row-major.
    ///
    /// # Panics
    /// If there is no such tile.
    #[must_use]
    pub fn image(&self, tile: usize) -> &[f32] {
        let size = self.height() * self.width() * self.channels();
        &self.images()[tile * size..][..size]
    }

    /// The class of each tile, a place in [`Dataset::classes`].
    #[must_use]
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// The names of the channels.
    #[must_use]
    pub fn bands(&self) -> Vec<String> {
        self.manifest.recipe.channel_names()
    }

    /// What the channels are and how they were made.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.manifest.recipe
    }

    /// The names of the classes.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.manifest.classes
    }

    /// What is known of each tile.
    #[must_use]
    pub fn tiles(&self) -> &[Tile] {
        &self.tiles
    }

    /// The name of the normalisation that was applied.
    #[must_use]
    pub fn normalization(&self) -> &str {
        self.manifest.recipe.normalization().name()
    }

    /// Width and height of a pixel in units of the coordinate system, to six decimals, if all tiles
    /// say where they lie and agree to a hundredth of a per cent.
    #[must_use]
    pub fn pixel_size(&self) -> Option<[f64; 2]> {
        let size_of = |tile: &Tile| {
            let [left, bottom, right, top] = tile.bounds?;
            let (width, height) = (self.width() as f64, self.height() as f64);
            Some([(right - left) / width, (top - bottom) / height])
        };
        let first = size_of(self.tiles.first()?)?;
        let agrees = |tile: &Tile| {
            size_of(tile).is_some_and(|size| {
                (size.iter().zip(&first)).all(|(a, b)| (a - b).abs() <= 1e-4 * b.abs())
            })
        };
        let all = self.tiles.iter().all(agrees);
        all.then(|| first.map(|size| (size * 1e6).round() / 1e6))
    }

    /// Where the data came from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.manifest.provenance
    }

    /// The images with only these channels, in this order.
    ///
    /// All channels in order are borrowed; fewer, or another order, are copied.
    ///
    /// # Errors
    /// [`Error::Channel`] if there is no such channel.
    pub fn select_channels(&self, selection: &[usize]) -> Result<Cow<'_, [f32]>, Error> {
        let channels = self.channels();
        if let Some(&channel) = selection.iter().find(|&&channel| channel >= channels) {
            return Err(Error::Channel { channel, channels });
        }
        if selection.iter().copied().eq(0..channels) {
            return Ok(Cow::Borrowed(self.images()));
        }
        let pixels = self.len() * self.height() * self.width();
        let mut copy = Vec::with_capacity(pixels * selection.len());
        for pixel in self.images().chunks_exact(channels) {
            copy.extend(selection.iter().map(|&channel| pixel[channel]));
        }
        Ok(Cow::Owned(copy))
    }

    /// A SHA-256 sum that stands for the whole content: a study records it to say which data it
    /// saw. For the study's arrays it is computed here from all bytes.
    #[must_use]
    pub fn checksum(&self) -> String {
        if self.manifest.checksums.is_empty() {
            return study_arrays::checksum(self);
        }
        checksum::of_parts(
            self.manifest
                .content_description()
                .iter()
                .map(String::as_bytes),
        )
    }

    /// Compares the files with their recorded sums. The study's arrays have none and pass.
    ///
    /// # Errors
    /// [`Error::Dataset`] names the first file that has changed, [`Error::Io`] one that cannot
    /// be read.
    pub fn verify(&self) -> Result<(), Error> {
        for (name, recorded) in &self.manifest.checksums {
            let path = self.path.join(name);
            let found = checksum::of_file(&path)?;
            if found != *recorded {
                return Err(Error::dataset(
                    &path,
                    format!("SHA-256 is {found}; {MANIFEST} records {recorded}"),
                ));
            }
        }
        Ok(())
    }
}

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use super::manifest::{Manifest, Provenance};
use super::{IMAGES, LABELS, MANIFEST, TILES, Tile, tile_table};
use crate::aside::Aside;
use crate::checksum::{self, Running};
use crate::error::Error;
use crate::npy;
use crate::recipe::Recipe;

/// What all tiles of a dataset have in common.
#[derive(Clone, Debug)]
pub struct Format {
    /// Rows per tile.
    pub height: usize,
    /// Pixels per row.
    pub width: usize,
    /// What the channels are and how they were made.
    pub recipe: Recipe,
    /// The names of the classes.
    pub classes: Vec<String>,
}

/// Writes a dataset folder tile by tile.
///
/// All files go to a folder beside the output, `NAME.partial-PROCESS`, which takes the output's
/// name when all is written: nobody ever sees half a dataset. Dropped before
/// [`DatasetWriter::finish`], it removes what it wrote.
#[derive(Debug)]
pub struct DatasetWriter {
    aside: Aside,
    format: Format,
    images: File,
    /// The sum of what is in `images`, if its header stays as it is.
    sum: Running,
    /// The number of tiles that the header states.
    stated: usize,
    tiles: Vec<Tile>,
}

impl DatasetWriter {
    /// Starts a dataset that will be `output`, which may be a dataset to replace.
    ///
    /// # Errors
    /// [`Error::OutputTaken`] if `output` exists and is neither an empty folder nor a dataset
    /// with nothing beside its four files, since all that is there goes; [`Error::Io`] if the folder beside it cannot be written.
    pub fn create(output: &Path, format: Format) -> Result<Self, Error> {
        Self::expecting(output, format, 0)
    }

    /// As [`Self::create`], for a number of tiles that is known. If it stays so, the images need
    /// not be read again for their sum.
    pub(crate) fn expecting(output: &Path, format: Format, tiles: usize) -> Result<Self, Error> {
        let aside = Aside::create(
            output,
            is_dataset_alone,
            "a new name, or an edgefront dataset with no other files in it to replace",
        )?;
        let path = aside.path().join(IMAGES);
        let mut images = File::create(&path).map_err(Error::io("create", &path))?;
        let header = image_header(tiles, &format);
        images
            .write_all(&header)
            .map_err(Error::io("write", &path))?;
        Ok(Self {
            aside,
            format,
            images,
            sum: Running::new(&header),
            stated: tiles,
            tiles: Vec::new(),
        })
    }

    /// Appends a tile with its image, shape (height, width, channels).
    ///
    /// # Errors
    /// [`Error::Dataset`] if the image or the label does not fit the format, [`Error::Io`] if
    /// it cannot be written.
    pub fn push(&mut self, tile: Tile, image: &[f32]) -> Result<(), Error> {
        self.push_unsummed(tile, image)?.update(image);
        Ok(())
    }

    /// As [`Self::push`], but leaves it to the caller to add the image to the sum that it gives
    /// back, in the order of the tiles. Others may be pushed in the meantime.
    pub(crate) fn push_unsummed(&mut self, tile: Tile, image: &[f32]) -> Result<Running, Error> {
        let expected = self.format.height * self.format.width * self.format.recipe.channels().len();
        if image.len() != expected || tile.label >= self.format.classes.len() {
            return Err(Error::dataset(
                self.aside.output(),
                format!(
                    "tile {} has {} values and label {}; expected {expected} values and a label \
                     in 0..{}",
                    tile.id,
                    image.len(),
                    tile.label,
                    self.format.classes.len()
                ),
            ));
        }
        self.images
            .write_all(checksum::little_endian_bytes(image))
            .map_err(Error::io("write", &self.aside.path().join(IMAGES)))?;
        self.tiles.push(tile);
        Ok(self.sum.clone())
    }

    /// Completes the files and gives the folder its name.
    ///
    /// # Errors
    /// [`Error::Dataset`] if there is no tile, [`Error::Io`] if a file cannot be written or the
    /// folder cannot be renamed.
    pub fn finish(mut self, provenance: Provenance) -> Result<(), Error> {
        if self.tiles.is_empty() {
            return Err(Error::dataset(
                self.aside.output(),
                "no tiles; expected at least one",
            ));
        }
        let image_sum = if self.tiles.len() == self.stated {
            self.sum.finish()
        } else {
            // The header has the same length for any number of tiles.
            let path = self.aside.path().join(IMAGES);
            let header = image_header(self.tiles.len(), &self.format);
            (self.images.seek(SeekFrom::Start(0)))
                .and_then(|_| self.images.write_all(&header))
                .map_err(Error::io("write", &path))?;
            checksum::of_file(&path)?
        };
        let labels = self.aside.path().join(LABELS);
        std::fs::write(&labels, label_file(&self.tiles)).map_err(Error::io("write", &labels))?;
        let table = self.aside.path().join(TILES);
        tile_table::write(&table, &self.tiles, &self.format.classes)?;
        let checksums = [
            (LABELS, checksum::of_file(&labels)?),
            (TILES, checksum::of_file(&table)?),
            (IMAGES, image_sum),
        ];
        let checksums = checksums.map(|(name, sum)| (name.to_owned(), sum)).into();
        let format = self.format.clone();
        Manifest {
            tiles: self.tiles.len(),
            height: format.height,
            width: format.width,
            recipe: format.recipe,
            classes: format.classes,
            provenance,
            checksums,
        }
        .write(&self.aside.path().join(MANIFEST))?;
        self.aside.publish()
    }
}

fn label_file(tiles: &[Tile]) -> Vec<u8> {
    let mut bytes = npy::encode("<i8", &[tiles.len()]);
    for tile in tiles {
        bytes.extend((tile.label as i64).to_le_bytes());
    }
    bytes
}

/// Whether the folder holds a dataset and nothing that is not part of it.
fn is_dataset_alone(folder: &Path) -> bool {
    let is_part = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| {
            [IMAGES, LABELS, TILES, MANIFEST]
                .iter()
                .any(|name| entry.file_name() == *name)
        })
    };
    folder.join(MANIFEST).is_file()
        && std::fs::read_dir(folder).is_ok_and(|mut entries| entries.all(is_part))
}

fn image_header(tiles: usize, format: &Format) -> Vec<u8> {
    npy::encode(
        "<f4",
        &[
            tiles,
            format.height,
            format.width,
            format.recipe.channels().len(),
        ],
    )
}

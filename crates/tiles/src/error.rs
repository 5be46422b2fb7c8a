use std::path::{Path, PathBuf};

use crate::prepare::FaultCounts;

/// What can go wrong between a folder of rasters and a fold of tiles.
///
/// Every message names the file, the value found and what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused to read or write.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The file is no raster, is damaged, or is not what the work at hand needs.
    #[error("cannot read raster {path}: {reason}")]
    RasterRead {
        /// The raster file.
        path: PathBuf,
        /// What the decoder says.
        reason: String,
    },
    /// The file uses a feature of its format that is not supported.
    #[error("cannot read raster {path}: unsupported feature: {feature}")]
    RasterUnsupported {
        /// The raster file.
        path: PathBuf,
        /// The feature.
        feature: String,
    },
    /// A raster could not be encoded or stored.
    #[error("cannot write raster {path}: {reason}")]
    RasterWrite {
        /// The raster file.
        path: PathBuf,
        /// What the encoder says.
        reason: String,
    },
    /// No known layout recognises the folder.
    #[error("{path} holds no tiles in a known layout; known layouts: {known}")]
    UnknownLayout {
        /// The folder.
        path: PathBuf,
        /// The descriptions of all layouts.
        known: String,
    },
    /// More than one layout recognises the folder.
    #[error("{path} can be read in more than one layout: {candidates}; choose one")]
    AmbiguousLayout {
        /// The folder.
        path: PathBuf,
        /// What it may be.
        candidates: String,
    },
    /// A table of tiles that cannot be used.
    #[error("{path}, line {line}: {reason}")]
    Manifest {
        /// The table.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What was found and what was expected.
        reason: String,
    },
    /// A row of a table of tiles that cannot be used.
    #[error("{path}, line {line}: {reason}")]
    ManifestRow {
        /// The table.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What was found and what was expected.
        reason: String,
    },
    /// Two files would be the same tile.
    #[error("{path} would be tile {id}, as {first} is already")]
    TwiceInFolder {
        /// The id of both.
        id: String,
        /// The second file.
        path: PathBuf,
        /// The first.
        first: PathBuf,
    },
    /// Nobody has said what the bands of an image are.
    #[error("{path} has {count} bands that have no names; name them, as in `--bands r,g,b,nir`")]
    UnnamedBands {
        /// The image.
        path: PathBuf,
        /// How many bands it has.
        count: usize,
    },
    /// A name that no registry entry carries.
    #[error("unknown {kind} \"{name}\"; known: {known}")]
    UnknownName {
        /// What the name stands for, such as "normalisation".
        kind: &'static str,
        /// The name as given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A tile lacks one of its rasters.
    #[error("{present} has no partner: expected {missing}")]
    MissingPartner {
        /// The raster that is there.
        present: PathBuf,
        /// The raster that should be.
        missing: PathBuf,
    },
    /// The tiles are of no use to a classifier.
    #[error("{path} holds tiles of class {class} only; expected at least two classes")]
    OneClass {
        /// The folder or table.
        path: PathBuf,
        /// The only class.
        class: String,
    },
    /// The table of labels contradicts the files.
    #[error("{table}: {reason}")]
    LabelTable {
        /// The table.
        table: PathBuf,
        /// The contradiction.
        reason: String,
    },
    /// A raster has another number of bands than its layout says.
    #[error("{path} has {found} bands; expected {expected}")]
    BandCount {
        /// The raster file.
        path: PathBuf,
        /// The bands it has.
        found: usize,
        /// The names of the bands it should have.
        expected: String,
    },
    /// A tile is not as large as the first one.
    #[error("{path} is {found} pixels (width x height); expected {expected} as {reference}")]
    TileSize {
        /// The raster that differs.
        path: PathBuf,
        /// Its size.
        found: Size,
        /// The size of the reference.
        expected: Size,
        /// The raster that set the size.
        reference: PathBuf,
    },
    /// Two rasters of one tile are in different coordinate systems.
    #[error("{path} is in EPSG:{found}; expected EPSG:{expected} as {reference}")]
    Crs {
        /// The raster that differs.
        path: PathBuf,
        /// Its coordinate system.
        found: u32,
        /// The coordinate system of the reference.
        expected: u32,
        /// The other raster of the tile.
        reference: PathBuf,
    },
    /// Two rasters of one tile are not of the same place.
    #[error(
        "{path} lies {apart:.1} pixels from {reference}; expected the same place within half a pixel"
    )]
    Place {
        /// The raster that lies elsewhere.
        path: PathBuf,
        /// How far its most distant edge is from the same edge of the reference, in pixels.
        apart: f64,
        /// The other raster of the tile.
        reference: PathBuf,
    },
    /// Finished channels are not normalised as they are said to be.
    #[error("{path}: channel {channel} has the value {value}; {normalization} gives 0 to 1")]
    NotNormalized {
        /// The image.
        path: PathBuf,
        /// The channel.
        channel: String,
        /// A value that the normalisation does not give.
        value: f32,
        /// The normalisation that was stated.
        normalization: String,
    },
    /// Tiles that cannot be used: the first fault, and how many there are of each kind.
    #[error("{first}\n{counts}")]
    BadTiles {
        /// The fault of the first such tile.
        first: Box<Error>,
        /// All faults, counted.
        counts: FaultCounts,
    },
    /// A coordinate system that cannot be used.
    #[error("cannot use EPSG:{epsg}: {reason}")]
    UnknownCrs {
        /// Its code.
        epsg: u32,
        /// Why not.
        reason: String,
    },
    /// A raster or vector file that does not say where on Earth it lies.
    #[error("{path} has no {lacks}")]
    NoPlace {
        /// The file.
        path: PathBuf,
        /// What is not there.
        lacks: &'static str,
    },
    /// Elevation and image have no ground in common.
    #[error("{dem} and {image} do not overlap: {dem_place}, and {image_place}")]
    NoOverlap {
        /// The first elevation raster.
        dem: PathBuf,
        /// Where the elevation lies.
        dem_place: String,
        /// The first image.
        image: PathBuf,
        /// Where the images lie.
        image_place: String,
    },
    /// There is no crossing of which a tile can be cut.
    #[error("none of the {count} crossings in {path} makes a tile: {reasons}")]
    NoCrossing {
        /// The file of the crossings.
        path: PathBuf,
        /// How many there are.
        count: usize,
        /// How many cannot be used for which reason, and where they lie.
        reasons: String,
    },
    /// There is no place for so many negatives.
    #[error("room for only {found} of {wanted} negatives ({kind}): {reasons}")]
    TooLittleRoom {
        /// Whether they were to lie on a road.
        kind: &'static str,
        /// How many are wanted.
        wanted: usize,
        /// How many were found.
        found: usize,
        /// How many places could not be used for which reason.
        reasons: String,
    },
    /// A file of points and lines cannot be read.
    #[error("cannot read {path}: {reason}")]
    Vector {
        /// The file.
        path: PathBuf,
        /// What was found and what was expected, with the number of the feature.
        reason: String,
    },
    /// A raw band has missing values.
    #[error(
        "{path}: band {band} has {count} missing values (NaN, infinite or no-data); expected none"
    )]
    MissingValues {
        /// The raster file.
        path: PathBuf,
        /// The name of the band.
        band: String,
        /// How many pixels are missing.
        count: usize,
    },
    /// A band that a formula or a layout needs is not there.
    #[error("the bands {found} do not hold {missing}, which {wanted_by} needs")]
    MissingBand {
        /// The bands there are.
        found: String,
        /// The band that is not there.
        missing: String,
        /// What needs it.
        wanted_by: String,
    },
    /// A formula that cannot be read.
    #[error("formula \"{formula}\", column {column}: {reason}")]
    Formula {
        /// The formula as given.
        formula: String,
        /// Where the fault lies, counted in characters from 1.
        column: usize,
        /// What is there and what was expected.
        reason: String,
    },
    /// Bands or channels that make no recipe.
    #[error("{0}")]
    Channels(String),
    /// The metadata of a model do not say how its input is made.
    #[error("metadata {key}: {reason}")]
    Metadata {
        /// The key.
        key: &'static str,
        /// What was found and what was expected.
        reason: String,
    },
    /// Rasters that are laid over each other do not have the bands that are wanted.
    #[error("{found}; expected {expected}")]
    StackBands {
        /// How many bands are in which file.
        found: String,
        /// How many bands there should be, and their names.
        expected: String,
    },
    /// A raster is smaller than what a model looks at.
    #[error(
        "{path} is {found} pixels (width x height); expected at least {expected}, the model's tile"
    )]
    TooSmall {
        /// The raster.
        path: PathBuf,
        /// Its size.
        found: Size,
        /// The size of the model's input.
        expected: Size,
    },
    /// A tile is not as large as what a model looks at.
    #[error("{path} is {found} pixels (width x height); expected {expected}, the model's tile")]
    ModelSize {
        /// The raster.
        path: PathBuf,
        /// Its size.
        found: Size,
        /// The size of the model's input.
        expected: Size,
    },
    /// The pixels of a raster are not as large as those that a model was trained on.
    #[error(
        "{path} has pixels of {found}; expected {expected}, as those that the model was trained on"
    )]
    PixelSize {
        /// The raster.
        path: PathBuf,
        /// Width and height of its pixels.
        found: String,
        /// Width and height of those of the training.
        expected: String,
    },
    /// A network did not classify what it was given.
    #[error("the network failed: {0}")]
    Classifier(String),
    /// Every tile was skipped, or none was found.
    #[error("no usable tile in {path}; first reason: {reason}")]
    NoTiles {
        /// The input folder.
        path: PathBuf,
        /// Why the first tile was skipped, or that there is none.
        reason: String,
    },
    /// The output would overwrite something that this program did not make.
    #[error("{path} exists already; expected {expected}")]
    OutputTaken {
        /// The output path.
        path: PathBuf,
        /// What may be there.
        expected: &'static str,
    },
    /// A dataset folder, or a file of it, is not what it should be.
    #[error("dataset {path}: {reason}")]
    Dataset {
        /// The folder or file.
        path: PathBuf,
        /// What was found and what was expected.
        reason: String,
    },
    /// A channel number that the dataset does not have.
    #[error("channel {channel} does not exist; expected one of 0..{channels}")]
    Channel {
        /// The number as given.
        channel: usize,
        /// How many there are.
        channels: usize,
    },
    /// The tiles cannot be dealt as asked.
    #[error("{fold} folds: {reason}")]
    Fold {
        /// The name of the fold rule.
        fold: &'static str,
        /// Why not.
        reason: String,
    },
    /// An option outside its range.
    #[error("{option} is {found}; expected {expected}")]
    Option {
        /// The option.
        option: &'static str,
        /// Its value.
        found: String,
        /// Its range.
        expected: &'static str,
    },
}

/// A raster's width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// Pixels per row.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl Error {
    /// An [`Error::Io`] for use in `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    /// An [`Error::Dataset`].
    pub(crate) fn dataset(path: &Path, reason: impl Into<String>) -> Self {
        Self::Dataset {
            path: path.to_path_buf(),
            reason: reason.into(),
        }
    }

    /// An [`Error::Vector`].
    pub(crate) fn vector(path: &Path, reason: impl Into<String>) -> Self {
        Self::Vector {
            path: path.to_path_buf(),
            reason: reason.into(),
        }
    }

    /// Whether the fault lies in single tiles, so that leaving them out is a remedy.
    #[must_use]
    pub fn is_of_tiles(&self) -> bool {
        matches!(self, Self::BadTiles { .. }) || self.fault().is_some()
    }

    /// The kind of the fault in a few words, without names of files, if it lies in one tile.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        Some(match self {
            Self::RasterRead { .. } => "unreadable raster".to_owned(),
            Self::RasterUnsupported { .. } => "raster with an unsupported feature".to_owned(),
            Self::MissingPartner { .. } => "a raster without its partner".to_owned(),
            Self::ManifestRow { .. } => "unusable row of the table".to_owned(),
            Self::TwiceInFolder { .. } => "a second file of the same name".to_owned(),
            Self::MissingValues { band, .. } => format!("missing values in band {band}"),
            Self::TileSize {
                found, expected, ..
            } => format!("{found} pixels instead of {expected}"),
            Self::BandCount {
                found, expected, ..
            } => format!("{found} bands instead of {expected}"),
            Self::Crs {
                found, expected, ..
            } => format!("rasters in EPSG:{expected} and EPSG:{found}"),
            Self::Place { .. } => "rasters of different places".to_owned(),
            Self::NotNormalized { normalization, .. } => {
                format!("values that {normalization} does not give")
            }
            _ => return None,
        })
    }
}

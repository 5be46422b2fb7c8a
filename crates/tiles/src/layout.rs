//! Where the images of a tile lie, and what names say about it.

mod bands;
mod class_folders;
mod label_table;
mod listing;
mod manifest;
mod natural;
mod region_folders;
mod region_pairs;
mod study_arrays;
mod study_folders;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use class_folders::ClassFolders;
pub use manifest::Manifest;
pub use region_folders::RegionFolders;
pub use study_arrays::StudyArrays;
pub use study_folders::StudyFolders;

use crate::error::Error;

/// A way to lay tiles out in files.
///
/// A new layout is one file with an implementation and one line in [`registry`].
pub trait Layout: Sync {
    /// The name that chooses it and that provenance records.
    fn name(&self) -> &'static str;

    /// The files it expects, for messages: `REGION/{DEM,Aer}/CLASS/NAME.tif`.
    fn pattern(&self) -> &'static str;

    /// Whether `root` looks like this layout. Reads names only.
    fn detect(&self, root: &Path) -> bool;

    /// Whether the user may name the bands, because no name in the layout does.
    fn takes_bands(&self) -> bool {
        false
    }

    /// Whether its images are finished channels, which are kept as they are.
    fn is_ready(&self) -> bool {
        false
    }

    /// All tiles of `root`, in an order that names alone decide, and those that names or missing
    /// files rule out. `bands` is `None` unless [`Layout::takes_bands`].
    ///
    /// # Errors
    /// What concerns more than one tile: a folder or table that cannot be read, a table of labels
    /// that contradicts the files, bands that have no names.
    fn scan(&self, root: &Path, bands: Option<&[String]>) -> Result<Scan, Error>;
}

/// What a layout found.
#[derive(Debug, Default)]
pub struct Scan {
    /// The tiles; no two have the same id.
    pub tiles: Vec<TileSource>,
    /// The tiles that cannot be, with the reasons: a missing partner, an id that occurs twice.
    pub faults: Vec<Fault>,
}

/// A tile that cannot be used.
#[derive(Debug)]
pub struct Fault {
    /// The tile.
    pub id: String,
    /// Its region.
    pub region: String,
    /// Why; [`Error::fault`] tells the kind.
    pub error: Error,
}

/// The files of one tile and what their names say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileSource {
    /// Unique within the root, such as `riverside/T/12`.
    pub id: String,
    /// The region (watershed, city) it lies in.
    pub region: String,
    /// Tiles of one group may not be parted by grouped folds, such as tiles cut from one image.
    /// Where nothing is known, each tile is its own group.
    pub group: String,
    /// The name of its class.
    pub class: String,
    /// Its images, at least one; their bands in this order are the raw bands.
    pub rasters: Vec<BandFile>,
}

impl TileSource {
    /// The names of the raw bands, in order.
    pub fn bands(&self) -> impl Iterator<Item = &str> {
        (self.rasters.iter()).flat_map(|file| file.bands.iter().map(String::as_str))
    }
}

/// An image in a file, and the names of its bands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BandFile {
    /// The file.
    pub path: PathBuf,
    /// Which image it is, if the file is an array of many.
    pub image: Option<usize>,
    /// One name per band.
    pub bands: Vec<String>,
}

/// The region of tiles that no name gives one.
pub const WHOLE: &str = "all";

/// All layouts.
#[must_use]
pub fn registry() -> &'static [&'static dyn Layout] {
    &[
        &StudyFolders,
        &RegionFolders,
        &ClassFolders,
        &StudyArrays,
        &Manifest,
    ]
}

/// The layout of this name.
///
/// # Errors
/// [`Error::UnknownName`] lists the names there are.
pub fn by_name(name: &str) -> Result<&'static dyn Layout, Error> {
    (registry().iter().copied())
        .find(|layout| layout.name() == name)
        .ok_or_else(|| Error::UnknownName {
            kind: "layout",
            name: name.to_owned(),
            known: names(registry()),
        })
}

/// The layout of a folder or file, from the names in it.
///
/// # Errors
/// [`Error::Io`] if it is missing, [`Error::UnknownLayout`] if no layout detects it,
/// [`Error::AmbiguousLayout`] if more than one does.
pub fn detect(root: &Path) -> Result<&'static dyn Layout, Error> {
    std::fs::metadata(root).map_err(Error::io("read", root))?;
    let candidates: Vec<_> = (registry().iter().copied())
        .filter(|layout| layout.detect(root))
        .collect();
    match candidates[..] {
        [layout] => Ok(layout),
        [] => Err(Error::UnknownLayout {
            path: root.to_path_buf(),
            known: patterns(registry()),
        }),
        _ => Err(Error::AmbiguousLayout {
            path: root.to_path_buf(),
            candidates: patterns(&candidates),
        }),
    }
}

/// The tiles of `root` as this layout finds them.
///
/// # Errors
/// [`Error::Option`] for `bands` if the layout has names for them, [`Error::NoTiles`] if there is
/// none, [`Error::OneClass`] if all are of one class, and all errors of [`Layout::scan`].
pub fn scan(layout: &dyn Layout, root: &Path, bands: Option<&[String]>) -> Result<Scan, Error> {
    if let Some(bands) = bands {
        if !layout.takes_bands() {
            return Err(Error::Option {
                option: "bands",
                found: bands.join(","),
                expected: "nothing: the layout names its bands itself",
            });
        }
        bands::check(bands)?;
    }
    let scan = layout.scan(root, bands)?;
    let classes: BTreeSet<&str> = scan.tiles.iter().map(|tile| tile.class.as_str()).collect();
    match (scan.tiles.first(), scan.faults.first()) {
        (None, Some(_)) => {}
        (None, None) => {
            return Err(Error::NoTiles {
                path: root.to_path_buf(),
                reason: format!("there is no file {}", layout.pattern()),
            });
        }
        (Some(tile), None) if classes.len() == 1 => {
            return Err(Error::OneClass {
                path: root.to_path_buf(),
                class: tile.class.clone(),
            });
        }
        _ => {}
    }
    Ok(scan)
}

/// The names of the classes in natural order; a tile's label is its class's place in it.
#[must_use]
pub fn classes(tiles: &[TileSource]) -> Vec<String> {
    let names: BTreeSet<&str> = tiles.iter().map(|tile| tile.class.as_str()).collect();
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    names.sort_by(|a, b| natural::compare(a, b));
    names
}

fn names(layouts: &[&dyn Layout]) -> String {
    let names: Vec<_> = layouts.iter().map(|layout| layout.name()).collect();
    names.join(", ")
}

fn patterns(layouts: &[&dyn Layout]) -> String {
    let patterns: Vec<_> = (layouts.iter())
        .map(|layout| format!("{}: {}", layout.name(), layout.pattern()))
        .collect();
    patterns.join("; ")
}

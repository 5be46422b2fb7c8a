//! The names of bands.

use std::path::PathBuf;

use crate::error::Error;
use crate::raster::{RasterFile, RasterInfo};
use crate::recipe::is_name;

/// Elevation.
pub(super) const DEM: &[&str] = &["dem"];
/// An aerial image with near infrared.
pub(super) const AERIAL: &[&str] = &["r", "g", "b", "nir"];

/// An image of brightness alone.
const GREY: &[&str] = &["grey"];

pub(super) fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Refuses names that formulas cannot use and names that occur twice.
pub(super) fn check(bands: &[String]) -> Result<(), Error> {
    let is_sound = |(at, name): (usize, &String)| is_name(name) && !bands[..at].contains(name);
    if !bands.is_empty() && bands.iter().enumerate().all(is_sound) {
        return Ok(());
    }
    Err(Error::Option {
        option: "bands",
        found: bands.join(","),
        expected: "different names in lower case, such as r,g,b,nir",
    })
}

/// The first of the files that can be read, and what it says of itself.
pub(super) fn first_readable<'a>(
    mut files: impl Iterator<Item = &'a PathBuf>,
) -> Option<(&'a PathBuf, RasterInfo)> {
    files.find_map(|path| Some((path, RasterFile::open(path).ok()?.info().clone())))
}

/// Names for the bands of images that nobody has named, by the first image that can be read.
pub(super) fn by_count<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Result<Vec<String>, Error> {
    let Some((path, info)) = first_readable(files) else {
        return Ok(owned(DEM)); // Nothing can be read, as each tile will say.
    };
    let is_png = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("png"));
    match info.bands {
        1 if info.sample.float => Ok(owned(DEM)),
        1 => Ok(owned(GREY)),
        3 => Ok(owned(&AERIAL[..3])),
        // The fourth of a PNG is its transparency.
        4 if !is_png => Ok(owned(AERIAL)),
        count => Err(Error::UnnamedBands {
            path: path.clone(),
            count,
        }),
    }
}

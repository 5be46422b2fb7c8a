//! The rasters of a region that lie in an elevation and an aerial folder, paired by name.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{BandFile, TileSource, natural};
use crate::error::Error;

const DEM_BANDS: &[&str] = &["dem"];
const AERIAL_BANDS: &[&str] = &["r", "g", "b", "nir"];

/// Class and name of a tile within its region.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TileName {
    class: String,
    stem: String,
}

impl Ord for TileName {
    fn cmp(&self, other: &Self) -> Ordering {
        natural::compare(&self.class, &other.class)
            .then_with(|| natural::compare(&self.stem, &other.stem))
    }
}

impl PartialOrd for TileName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The tiles of `region`, from `dem/CLASS/NAME.tif` and `aerial/CLASS/NAME.tif`.
pub(super) fn pair(region: &str, dem: &Path, aerial: &Path) -> Result<Vec<TileSource>, Error> {
    let dems = rasters_by_name(dem)?;
    let mut aerials = rasters_by_name(aerial)?;
    let mut tiles = Vec::with_capacity(dems.len());
    for (name, dem_path) in dems {
        let Some(aerial_path) = aerials.remove(&name) else {
            return Err(missing_partner(dem_path, aerial, &name));
        };
        let id = format!("{region}/{}/{}", name.class, name.stem);
        tiles.push(TileSource {
            group: id.clone(),
            id,
            region: region.to_owned(),
            class: name.class,
            rasters: vec![
                BandFile {
                    path: dem_path,
                    bands: DEM_BANDS,
                },
                BandFile {
                    path: aerial_path,
                    bands: AERIAL_BANDS,
                },
            ],
        });
    }
    match aerials.pop_first() {
        Some((name, path)) => Err(missing_partner(path, dem, &name)),
        None => Ok(tiles),
    }
}

fn missing_partner(present: PathBuf, folder: &Path, name: &TileName) -> Error {
    Error::MissingPartner {
        present,
        missing: folder.join(&name.class).join(format!("{}.tif", name.stem)),
    }
}

fn rasters_by_name(folder: &Path) -> Result<BTreeMap<TileName, PathBuf>, Error> {
    let mut rasters = BTreeMap::new();
    for (class, class_folder) in folders(folder)? {
        for entry in entries(&class_folder)? {
            if !is_raster(&entry) {
                continue;
            }
            let Some(stem) = entry.file_stem().and_then(|s| s.to_str()) else {
                return Err(Error::RasterRead {
                    path: entry,
                    reason: "its name is not UTF-8".to_owned(),
                });
            };
            let name = TileName {
                class: class.clone(),
                stem: stem.to_owned(),
            };
            if let Some(other) = rasters.insert(name, entry.clone()) {
                return Err(Error::RasterRead {
                    path: entry,
                    reason: format!("{} has the same name", other.display()),
                });
            }
        }
    }
    Ok(rasters)
}

/// Whether the name is a raster's. Hidden files are none: macOS leaves a `._NAME.tif` beside each
/// file on foreign disks.
fn is_raster(path: &Path) -> bool {
    let has_ending = path
        .extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| e.eq_ignore_ascii_case("tif") || e.eq_ignore_ascii_case("tiff"));
    let name = path.file_name().unwrap_or_default();
    has_ending && !name.as_encoded_bytes().starts_with(b".") && !path.is_dir()
}

/// The folders in `folder` with their names; hidden ones are left out. In no certain order.
pub(super) fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    Ok(entries(folder)?
        .into_iter()
        .filter(|path| path.is_dir())
        .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), path)))
        .filter(|(name, _)| !name.starts_with('.'))
        .collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(Error::io("read folder", folder))
}

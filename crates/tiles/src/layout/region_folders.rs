use std::path::{Path, PathBuf};

use super::region_pairs::{self, Kind};
use super::{Layout, Scan, bands, label_table, listing};
use crate::error::Error;

/// Regions as folders, each with elevation or aerial tiles or both, by class; an optional
/// `labels.csv` gives the groups (its column `source`).
///
/// A kind of raster that one region has, all must have. Aerial images have three bands (r, g, b)
/// or four (r, g, b, nir); the first that can be read decides.
pub struct RegionFolders;

/// The folders of a region.
pub(super) const DEM: &str = "DEM";
pub(super) const AERIAL: &str = "Aer";

impl Layout for RegionFolders {
    fn name(&self) -> &'static str {
        "region-folders"
    }

    fn pattern(&self) -> &'static str {
        "REGION/{DEM,Aer}/CLASS/NAME.tif (region/{DEM,Aer}/{F,T}/1.tif)"
    }

    fn detect(&self, root: &Path) -> bool {
        regions(root).is_ok_and(|regions| !regions.is_empty())
    }

    fn scan(&self, root: &Path, _bands: Option<&[String]>) -> Result<Scan, Error> {
        let regions = regions(root)?;
        let has = |kind: &str| regions.iter().any(|(_, path)| path.join(kind).is_dir());
        let mut kinds = Vec::new();
        if has(DEM) {
            kinds.push((DEM, bands::owned(bands::DEM)));
        }
        if has(AERIAL) {
            let folders = regions.iter().map(|(_, path)| path.join(AERIAL));
            kinds.push((AERIAL, aerial_bands(folders)?));
        }
        let mut scan = Scan::default();
        for (region, folder) in &regions {
            let kind = |(name, bands): &(&str, Vec<String>)| Kind {
                folder: folder.join(name),
                bands: bands.clone(),
            };
            let kinds: Vec<Kind> = kinds.iter().map(kind).collect();
            region_pairs::add(region, &kinds, &mut scan)?;
        }
        label_table::apply(root, &mut scan)?;
        Ok(scan)
    }
}

fn regions(root: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut regions = listing::folders(root)?;
    regions.retain(|(_, path)| path.join(DEM).is_dir() || path.join(AERIAL).is_dir());
    Ok(regions)
}

/// The bands of the aerial images, by the first that can be read.
fn aerial_bands(folders: impl Iterator<Item = PathBuf>) -> Result<Vec<String>, Error> {
    for folder in folders.filter(|folder| folder.is_dir()) {
        for (_, class) in listing::folders(&folder)? {
            let files = listing::files(&class, region_pairs::ENDINGS)?;
            if let Some((_, info)) = bands::first_readable(files.iter().map(|(_, path)| path)) {
                let count = if info.bands == 3 { 3 } else { 4 };
                return Ok(bands::owned(&bands::AERIAL[..count]));
            }
        }
    }
    Ok(bands::owned(bands::AERIAL))
}

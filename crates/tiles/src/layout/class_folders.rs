use std::path::{Path, PathBuf};

use super::{
    BandFile, Fault, Layout, Scan, TileSource, WHOLE, bands, label_table, listing, region_folders,
    study_folders,
};
use crate::error::Error;

/// A folder of images for each class, `CLASS/NAME.tif`, or for each region and class,
/// `REGION/CLASS/NAME.tif`: GeoTIFF and PNG, one image a tile.
///
/// The first image that can be read decides how many bands all have and what they are called,
/// unless the user names them: one of floats is `dem`, one of integers `grey`, three are `r`,
/// `g`, `b`, and four of a GeoTIFF `r`, `g`, `b`, `nir`. A `labels.csv` beside the regions gives
/// the groups (its column `source`).
pub struct ClassFolders;

const ENDINGS: &[&str] = &["tif", "tiff", "png"];

impl Layout for ClassFolders {
    fn name(&self) -> &'static str {
        "class-folders"
    }

    fn pattern(&self) -> &'static str {
        "CLASS/NAME.{tif,png} or REGION/CLASS/NAME.{tif,png}"
    }

    fn takes_bands(&self) -> bool {
        true
    }

    fn detect(&self, root: &Path) -> bool {
        folders(root).is_ok_and(|folders| {
            // A region of another layout has its kinds of rasters where these have classes.
            let is_other = folders.iter().any(|folder| {
                is_kind(&folder.class) || folder.region.as_deref().is_some_and(is_kind)
            });
            !folders.is_empty() && !is_other
        })
    }

    fn scan(&self, root: &Path, named: Option<&[String]>) -> Result<Scan, Error> {
        let folders = folders(root)?;
        if let Some((plain, of_region)) = (folders.iter().find(|f| f.region.is_none()))
            .zip(folders.iter().find(|f| f.region.is_some()))
        {
            return Err(Error::AmbiguousLayout {
                path: root.to_path_buf(),
                candidates: format!(
                    "CLASS/NAME as in {}; REGION/CLASS/NAME as in {}",
                    plain.path.display(),
                    of_region.path.display()
                ),
            });
        }
        let bands = match named {
            Some(bands) => bands.to_vec(),
            None => {
                let images = folders.iter().flat_map(|folder| &folder.images);
                bands::by_count(images.map(|(_, path)| path))?
            }
        };
        let has_regions = folders.iter().any(|folder| folder.region.is_some());
        let mut scan = Scan::default();
        for folder in folders {
            add(folder, &bands, &mut scan);
        }
        if has_regions {
            label_table::apply(root, &mut scan)?;
        }
        Ok(scan)
    }
}

/// A folder with the images of one class.
struct ClassFolder {
    region: Option<String>,
    class: String,
    path: PathBuf,
    images: Vec<(String, PathBuf)>,
}

/// The folders with images, one and two levels below the root.
fn folders(root: &Path) -> Result<Vec<ClassFolder>, Error> {
    let mut found = Vec::new();
    let mut add = |region: Option<&str>, class: String, path: PathBuf| {
        let images = listing::files(&path, ENDINGS)?;
        if !images.is_empty() {
            found.push(ClassFolder {
                region: region.map(str::to_owned),
                class,
                path,
                images,
            });
        }
        Ok::<(), Error>(())
    };
    for (name, path) in listing::folders(root)? {
        for (class, path) in listing::folders(&path)? {
            add(Some(&name), class, path)?;
        }
        add(None, name, path)?;
    }
    Ok(found)
}

fn add(folder: ClassFolder, bands: &[String], scan: &mut Scan) {
    let prefix = match &folder.region {
        Some(region) => format!("{region}/{}", folder.class),
        None => folder.class.clone(),
    };
    let region = folder.region.unwrap_or_else(|| WHOLE.to_owned());
    let mut last: Option<(String, PathBuf)> = None;
    for (stem, path) in folder.images {
        let id = format!("{prefix}/{stem}");
        // In natural order equal names stand side by side.
        if let Some((_, first)) = last.as_ref().filter(|(name, _)| *name == stem) {
            scan.faults.push(Fault {
                error: Error::TwiceInFolder {
                    id: id.clone(),
                    path,
                    first: first.clone(),
                },
                id,
                region: region.clone(),
            });
            continue;
        }
        last = Some((stem, path.clone()));
        scan.tiles.push(TileSource {
            group: id.clone(),
            id,
            region: region.clone(),
            class: folder.class.clone(),
            rasters: vec![BandFile {
                path,
                image: None,
                bands: bands.to_vec(),
            }],
        });
    }
}

/// Whether a folder of this name holds one kind of raster in another layout.
fn is_kind(name: &str) -> bool {
    let study = study_folders::REGIONS;
    [region_folders::DEM, region_folders::AERIAL].contains(&name)
        || study
            .iter()
            .any(|(_, dem, aerial)| [*dem, *aerial].contains(&name))
}

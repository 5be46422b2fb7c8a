//! The rasters of a region that lie in a folder for each kind, put together by class and name.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{BandFile, Fault, Scan, TileSource, listing, natural};
use crate::error::Error;

/// A folder with rasters of one kind: `FOLDER/CLASS/NAME.tif`.
pub(super) struct Kind {
    pub folder: PathBuf,
    pub bands: Vec<String>,
}

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

pub(super) const ENDINGS: &[&str] = &["tif", "tiff"];

/// Adds the tiles of `region` to the scan: each has one raster of each kind.
pub(super) fn add(region: &str, kinds: &[Kind], scan: &mut Scan) -> Result<(), Error> {
    let mut by_name: BTreeMap<TileName, Vec<Option<PathBuf>>> = BTreeMap::new();
    for (place, kind) in kinds.iter().enumerate() {
        if !kind.folder.is_dir() {
            continue; // Every tile of the region says so.
        }
        for (class, folder) in listing::folders(&kind.folder)? {
            for (stem, path) in listing::files(&folder, ENDINGS)? {
                let name = TileName {
                    class: class.clone(),
                    stem,
                };
                let id = id(region, &name);
                let rasters = by_name.entry(name).or_insert(vec![None; kinds.len()]);
                match &rasters[place] {
                    None => rasters[place] = Some(path),
                    Some(first) => scan.faults.push(Fault {
                        error: Error::TwiceInFolder {
                            id: id.clone(),
                            path,
                            first: first.clone(),
                        },
                        id,
                        region: region.to_owned(),
                    }),
                }
            }
        }
    }
    for (name, rasters) in by_name {
        let id = id(region, &name);
        match complete(kinds, &name, rasters) {
            Ok(rasters) => scan.tiles.push(TileSource {
                group: id.clone(),
                id,
                region: region.to_owned(),
                class: name.class,
                rasters,
            }),
            Err(error) => scan.faults.push(Fault {
                id,
                region: region.to_owned(),
                error,
            }),
        }
    }
    Ok(())
}

fn id(region: &str, name: &TileName) -> String {
    format!("{region}/{}/{}", name.class, name.stem)
}

/// A raster of each kind, or the partner that is missing.
fn complete(
    kinds: &[Kind],
    name: &TileName,
    rasters: Vec<Option<PathBuf>>,
) -> Result<Vec<BandFile>, Error> {
    if let Some(missing) = rasters.iter().position(Option::is_none) {
        let file = format!("{}.{}", name.stem, ENDINGS[0]);
        return Err(Error::MissingPartner {
            present: (rasters.into_iter().flatten().next())
                .expect("a name is listed with at least one raster"),
            missing: kinds[missing].folder.join(&name.class).join(file),
        });
    }
    Ok((rasters.into_iter().flatten().zip(kinds))
        .map(|(path, kind)| BandFile {
            path,
            image: None,
            bands: kind.bands.clone(),
        })
        .collect())
}

use std::path::Path;

use crate::error::{Error, Size};
use crate::layout::{BandFile, TileSource};
use crate::raster::{Raster, read_raster};
use crate::recipe::{Grid, Recipe, Scratch};

/// A tile ready to be written.
pub(super) struct Assembled {
    pub size: Size,
    /// Shape (height, width, channels).
    pub values: Vec<f32>,
    pub bounds: Option<[f64; 4]>,
    pub epsg: Option<u32>,
    path: std::path::PathBuf,
}

impl Assembled {
    pub(super) fn check_size(&self, expected: Size, reference: &Path) -> Result<(), Error> {
        check_size(&self.path, self.size, expected, reference)
    }
}

/// Reads and checks the rasters of a tile and makes its channels.
pub(super) fn assemble(
    source: &TileSource,
    recipe: &Recipe,
    scratch: &mut Scratch,
) -> Result<Assembled, Error> {
    let rasters = source
        .rasters
        .iter()
        .map(|file| read_checked(file).map(|raster| (file.path.as_path(), raster)))
        .collect::<Result<Vec<_>, _>>()?;
    let (first_path, first) = &rasters[0];
    let size = size_of_raster(first);
    let mut located = (*first_path, first.epsg);
    for (path, raster) in &rasters[1..] {
        check_size(path, size_of_raster(raster), size, first_path)?;
        match (located.1, raster.epsg) {
            (Some(expected), Some(found)) if found != expected => {
                return Err(Error::Crs {
                    path: path.to_path_buf(),
                    found,
                    expected,
                    reference: located.0.to_path_buf(),
                });
            }
            (None, Some(_)) => located = (path, raster.epsg),
            _ => {}
        }
    }

    let parts: Vec<&[f32]> = (rasters.iter())
        .map(|(_, raster)| raster.samples.as_slice())
        .collect();
    let transform = rasters.iter().find_map(|(_, raster)| raster.transform);
    let mut values = Vec::new();
    recipe.apply(
        &parts,
        &Grid::new(size.width, transform.as_ref()),
        scratch,
        &mut values,
    );
    Ok(Assembled {
        size,
        values,
        bounds: rasters.iter().find_map(|(_, raster)| raster.bounds()),
        epsg: located.1,
        path: first_path.to_path_buf(),
    })
}

/// The names of all bands of a tile.
pub(super) fn raw_bands(source: &TileSource) -> Vec<String> {
    (source.rasters.iter())
        .flat_map(|file| file.bands.iter().map(|&band| band.to_owned()))
        .collect()
}

fn read_checked(file: &BandFile) -> Result<Raster, Error> {
    let raster = read_raster(&file.path)?;
    if raster.bands != file.bands.len() {
        return Err(Error::BandCount {
            path: file.path.clone(),
            found: raster.bands,
            expected: format!("{} ({})", file.bands.len(), file.bands.join(", ")),
        });
    }
    for (band, count) in file.bands.iter().zip(raster.missing()) {
        if count > 0 {
            return Err(Error::MissingValues {
                path: file.path.clone(),
                band: (*band).to_owned(),
                count,
            });
        }
    }
    Ok(raster)
}

fn size_of_raster(raster: &Raster) -> Size {
    Size {
        width: raster.width,
        height: raster.height,
    }
}

fn check_size(path: &Path, found: Size, expected: Size, reference: &Path) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::TileSize {
        path: path.to_path_buf(),
        found,
        expected,
        reference: reference.to_path_buf(),
    })
}

use std::path::{Path, PathBuf};

use crate::error::{Error, Size};
use crate::layout::{BandFile, TileSource};
use crate::raster::{Raster, RasterFile};
use crate::recipe::{Grid, Recipe, Scratch};

/// What is made of the rasters of a tile.
#[derive(Clone, Copy)]
pub(super) struct Assembly<'a> {
    pub recipe: &'a Recipe,
    /// Whether the rasters are finished channels: what the recipe gives.
    pub is_ready: bool,
}

/// A tile that can be used.
pub(super) struct Assembled {
    pub size: Size,
    /// Its first raster.
    pub path: PathBuf,
    pub bounds: Option<[f64; 4]>,
    pub epsg: Option<u32>,
}

impl Assembly<'_> {
    /// Reads and checks the rasters of a tile and writes its channels, shape (height, width,
    /// channels), into `out`, unless it is only to be checked.
    pub(super) fn assemble(
        &self,
        source: &TileSource,
        check_only: bool,
        scratch: &mut Scratch,
        out: &mut Vec<f32>,
    ) -> Result<Assembled, Error> {
        let rasters = (source.rasters.iter())
            .map(read_checked)
            .collect::<Result<Vec<_>, _>>()?;
        let (first_path, first) = &rasters[0];
        let size = size_of(first);
        let mut located = (first_path, first);
        for (path, raster) in &rasters[1..] {
            check_size(path, size_of(raster), size, first_path)?;
            match (located.1.epsg, raster.epsg) {
                (Some(expected), Some(found)) if found != expected => {
                    return Err(Error::Crs {
                        path: path.clone(),
                        found,
                        expected,
                        reference: located.0.clone(),
                    });
                }
                (None, Some(_)) => located = (path, raster),
                _ => {}
            }
        }
        check_place(&rasters)?;

        if self.is_ready {
            out.clear();
            out.extend_from_slice(&first.samples);
            self.check_normalized(first_path, out)?;
        } else if !check_only {
            let parts: Vec<&[f32]> = (rasters.iter())
                .map(|(_, raster)| raster.samples.as_slice())
                .collect();
            let transform = rasters.iter().find_map(|(_, raster)| raster.transform);
            let grid = Grid::new(size.width, transform.as_ref());
            self.recipe.apply(&parts, &grid, scratch, out);
        }
        Ok(Assembled {
            size,
            path: first_path.clone(),
            bounds: rasters.iter().find_map(|(_, raster)| raster.bounds()),
            epsg: located.1.epsg,
        })
    }

    /// Refuses finished channels that cannot have come from the recipe's normalisation.
    fn check_normalized(&self, path: &Path, values: &[f32]) -> Result<(), Error> {
        // scikit-learn's scaling in single precision reaches 1.00025 on the study's own tiles.
        const ROUNDING: f32 = 1e-3;
        let name = self.recipe.normalization().name();
        if !["band-minmax", "column-minmax"].contains(&name) {
            return Ok(());
        }
        for pixel in values.chunks_exact(self.recipe.channels().len()) {
            for (channel, &value) in self.recipe.channels().iter().zip(pixel) {
                if channel.scaled && !(-ROUNDING..=1.0 + ROUNDING).contains(&value) {
                    return Err(Error::NotNormalized {
                        path: path.to_path_buf(),
                        channel: channel.name.clone(),
                        value,
                        normalization: name.to_owned(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// Reads a raster that must have the bands of its names, and no pixel without a value.
fn read_checked(file: &BandFile) -> Result<(PathBuf, Raster), Error> {
    let opened = match file.image {
        None => RasterFile::open(&file.path)?,
        Some(image) => RasterFile::open_image(&file.path, image)?,
    };
    let path = opened.path();
    if opened.info().bands != file.bands.len() {
        return Err(Error::BandCount {
            path: path.to_path_buf(),
            found: opened.info().bands,
            expected: format!("{} ({})", file.bands.len(), file.bands.join(", ")),
        });
    }
    let raster = opened.read()?;
    // Nearly always there is none, which is soon found out.
    if !raster.samples.iter().fold(false, |any, v| any | v.is_nan()) {
        return Ok((path.to_path_buf(), raster));
    }
    for (band, count) in file.bands.iter().zip(raster.missing()) {
        if count > 0 {
            return Err(Error::MissingValues {
                path: path.to_path_buf(),
                band: band.clone(),
                count,
            });
        }
    }
    Ok((path.to_path_buf(), raster))
}

fn size_of(raster: &Raster) -> Size {
    Size {
        width: raster.width,
        height: raster.height,
    }
}

pub(super) fn check_size(
    path: &Path,
    found: Size,
    expected: Size,
    reference: &Path,
) -> Result<(), Error> {
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

/// Refuses rasters whose edges are more than half a pixel from those of the first that has a place.
fn check_place(rasters: &[(PathBuf, Raster)]) -> Result<(), Error> {
    let mut placed = rasters
        .iter()
        .filter_map(|(path, raster)| Some((path, raster.transform?)));
    let (Some((reference, expected)), Some((_, Raster { width, height, .. }))) =
        (placed.next(), rasters.first())
    else {
        return Ok(());
    };
    for (path, found) in placed {
        let apart = found.pixels_apart(expected, *width, *height);
        if apart > 0.5 {
            return Err(Error::Place {
                path: path.clone(),
                apart,
                reference: reference.clone(),
            });
        }
    }
    Ok(())
}

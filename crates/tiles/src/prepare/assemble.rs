use std::path::Path;

use crate::error::{Error, Size};
use crate::index::Index;
use crate::layout::{BandFile, TileSource};
use crate::normalize::Normalization;
use crate::raster::{Raster, read_raster};

/// How a tile's channels come from its rasters.
#[derive(Clone, Copy)]
pub(super) struct Recipe<'a> {
    pub indices: &'a [Index],
    pub normalization: &'static dyn Normalization,
}

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

impl Recipe<'_> {
    /// The names of the channels, raw bands first.
    pub(super) fn bands(&self, source: &TileSource) -> Result<Vec<String>, Error> {
        let raw = raw_bands(source);
        for index in self.indices {
            for band in index.bands() {
                position(&raw, band, *index)?;
            }
        }
        let indices = self.indices.iter().map(|index| index.name());
        Ok(raw.into_iter().chain(indices).map(str::to_owned).collect())
    }

    /// Reads, checks, normalises and interleaves the channels of a tile.
    pub(super) fn assemble(&self, source: &TileSource) -> Result<Assembled, Error> {
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

        let names = raw_bands(source);
        let mut channels: Vec<Vec<f32>> = rasters
            .iter()
            .flat_map(|(_, raster)| (0..raster.bands).map(|band| raster.band(band)))
            .collect();
        // Indices first: they want raw values.
        let mut indices = Vec::with_capacity(self.indices.len());
        for index in self.indices {
            let [a, b] = index.bands();
            let a = &channels[position(&names, a, *index)?];
            let b = &channels[position(&names, b, *index)?];
            indices.push(index.compute(a, b, size.width));
        }
        for band in &mut channels {
            self.normalization.apply(band, size.width);
        }
        channels.extend(indices);
        Ok(Assembled {
            size,
            values: interleave(&channels),
            bounds: rasters.iter().find_map(|(_, raster)| raster.bounds()),
            epsg: located.1,
            path: first_path.to_path_buf(),
        })
    }
}

fn raw_bands(source: &TileSource) -> Vec<&'static str> {
    source
        .rasters
        .iter()
        .flat_map(|file| file.bands.iter().copied())
        .collect()
}

fn position(bands: &[&str], band: &str, index: Index) -> Result<usize, Error> {
    bands
        .iter()
        .position(|name| *name == band)
        .ok_or_else(|| Error::MissingBand {
            found: bands.join(", "),
            missing: band.to_owned(),
            wanted_by: index.name().to_owned(),
        })
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

fn interleave(channels: &[Vec<f32>]) -> Vec<f32> {
    let pixels = channels[0].len();
    let mut values = vec![0.0; pixels * channels.len()];
    for (channel, band) in channels.iter().enumerate() {
        for (value, &sample) in values[channel..]
            .iter_mut()
            .step_by(channels.len())
            .zip(band)
        {
            *value = sample;
        }
    }
    values
}

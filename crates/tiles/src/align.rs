//! Elevation and image of any resolution and coordinate system, pixel upon pixel.

use std::path::PathBuf;
use std::thread;

use crate::error::{Error, Size};
use crate::parallel;
use crate::raster::{CogOptions, CogWriter, GeoKeys, SampleType};
use crate::resample::{Block, Bounds, Mosaic, Pair, PairOptions};

/// What to align, and how.
#[derive(Clone, Debug)]
pub struct AlignOptions {
    /// The rasters, and the grid of the output's pixels.
    pub rasters: PairOptions,
    /// The elevation to write.
    pub dem: PathBuf,
    /// The image to write.
    pub image: PathBuf,
    /// Threads that work; the output does not depend on it. At least 1.
    pub threads: usize,
}

impl AlignOptions {
    /// On all cores.
    #[must_use]
    pub fn new(rasters: PairOptions, dem: impl Into<PathBuf>, image: impl Into<PathBuf>) -> Self {
        Self {
            rasters,
            dem: dem.into(),
            image: image.into(),
            threads: thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// Pixels along a side of the blocks that are resampled at once.
const BLOCK: usize = 512;
/// Samples of the rows in memory: 64 MiB of them, but at least one row.
const STRIP_SAMPLES: usize = 1 << 24;
/// The most samples of a row: what is written is gathered in rows of tiles.
const MOST_ROW_SAMPLES: usize = 1 << 26;

/// Writes elevation and image as cloud-optimised GeoTIFF files with the same pixels: what a model
/// whose tiles were clipped from such rasters is run over.
///
/// They hold the rectangle around the ground of which there are both, on the grid that
/// [`clip()`](crate::clip()) cuts its tiles from, resampled as [`crate::resample`] says. Pixels
/// without a value are -9999 in the elevation and black in an image of bytes, declared as no
/// data; images of other types are floats, with -9999. Rasters may be larger than memory.
/// `progress` is called with the number of rows done and the number of all, of both files.
///
/// # Errors
/// [`Error::Option`] for an option outside its range; those of [`Pair::open`]; those of reading
/// windows of rasters, and [`Error::RasterWrite`] for the output.
pub fn align(
    options: &AlignOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Size, Error> {
    if options.threads == 0 {
        return Err(Error::Option {
            option: "threads",
            found: "0".to_owned(),
            expected: "at least 1",
        });
    }
    let Pair { dem, image, ground } = Pair::open(&options.rasters)?;
    let block = whole_pixels(ground).ok_or_else(|| Error::NoOverlap {
        dem: options.rasters.dem.paths[0].clone(),
        dem_place: dem.place(),
        image: options.rasters.image.paths[0].clone(),
        image_place: image.place(),
    })?;
    let all = 2 * block.height;
    progress(0, all);
    let most_bands = dem.bands().max(image.bands());
    if block.width.saturating_mul(most_bands) > MOST_ROW_SAMPLES {
        return Err(Error::Option {
            option: "resolution",
            found: format!(
                "{}, rows of {} pixels",
                options.rasters.resolution, block.width
            ),
            expected: "one that gives rows of at most 67108864 samples",
        });
    }
    // Interpolated heights are no whole numbers, and 0 is a height.
    let files = [
        (&dem, SampleType::Float32, &options.dem),
        (&image, image.sample_type(), &options.image),
    ];
    for (number, (mosaic, samples, path)) in files.into_iter().enumerate() {
        let mut writer = CogWriter::create(path, cog(mosaic, samples, block))?;
        let strip = (STRIP_SAMPLES / (block.width * mosaic.bands())).clamp(1, BLOCK);
        for first in (0..block.height).step_by(strip) {
            let rows = Block {
                row: block.row + first as i64,
                height: strip.min(block.height - first),
                ..block
            };
            writer.write_rows(&read(mosaic, rows, options.threads)?)?;
            progress(number * block.height + first + rows.height, all);
        }
        writer.finish()?;
    }
    Ok(Size {
        width: block.width,
        height: block.height,
    })
}

/// The pixels that lie in the bounds as a whole; `None` of none.
fn whole_pixels(bounds: Bounds) -> Option<Block> {
    /// What a position may be off by rounding.
    const ROUNDING: f64 = 1e-6;
    let low = bounds.low.map(|x| (x - ROUNDING).ceil());
    let size = [0, 1].map(|axis| (bounds.high[axis] + ROUNDING).floor() - low[axis]);
    (size[0] >= 1.0 && size[1] >= 1.0).then_some(Block {
        column: low[0] as i64,
        row: low[1] as i64,
        width: size[0] as usize,
        height: size[1] as usize,
    })
}

fn cog(mosaic: &Mosaic, samples: SampleType, block: Block) -> CogOptions {
    let grid = mosaic.grid();
    CogOptions {
        width: block.width,
        height: block.height,
        bands: mosaic.bands(),
        samples,
        transform: Some(grid.transform(block)),
        crs: GeoKeys::from_epsg(grid.crs().epsg()),
        nodata: Some(match samples {
            SampleType::Uint8 => 0.0,
            SampleType::Float32 => -9999.0,
        }),
        band_names: Vec::new(),
    }
}

/// The values of some rows, in blocks that are read by the threads in turn.
fn read(mosaic: &Mosaic, rows: Block, threads: usize) -> Result<Vec<f32>, Error> {
    let blocks: Vec<Block> = (0..rows.width)
        .step_by(BLOCK)
        .map(|first| Block {
            column: rows.column + first as i64,
            width: BLOCK.min(rows.width - first),
            ..rows
        })
        .collect();
    let mut strip = vec![f32::NAN; rows.width * rows.height * mosaic.bands()];
    for (number, values) in parallel::map(&blocks, threads, |&block| mosaic.read(block))
        .into_iter()
        .enumerate()
    {
        let values = values?;
        let first = number * BLOCK * mosaic.bands();
        let width = blocks[number].width * mosaic.bands();
        let lines = strip.chunks_exact_mut(rows.width * mosaic.bands());
        for (line, values) in lines.zip(values.chunks_exact(width)) {
            line[first..first + width].copy_from_slice(values);
        }
    }
    Ok(strip)
}

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::array_image::ArrayImage;
use super::fault::Fault;
use super::missing::{mark_masked, mark_missing};
use super::png::{self, Png};
use super::stored::Stored;
use super::tiff::Tiff;
use super::{Raster, RasterInfo, Transform, Window};
use crate::error::Error;

/// The most samples that are read at once: 1 GiB of them.
const MOST_SAMPLES: usize = 1 << 28;

/// A raster file, open for reading windows of it.
///
/// Only what a window needs is read and decoded, so a raster may be larger than memory. Several
/// threads may read at once.
///
/// Bands are the samples as stored: a fourth band beside red, green and blue stays a band,
/// whether the file calls it alpha, unspecified or near infrared. Values that are missing are
/// NaN: those that are not finite, those as large as [`PLACEHOLDER_MAGNITUDE`], pixels that a mask
/// in the file hides, and pixels *all* of whose bands hold the no-data value that the file
/// declares: in an 8-bit image that declares 0, a single zero is a measurement (near infrared over
/// water). Scales and offsets that the file declares are applied.
///
/// [`PLACEHOLDER_MAGNITUDE`]: super::PLACEHOLDER_MAGNITUDE
pub struct RasterFile {
    path: PathBuf,
    format: Box<dyn Format>,
}

/// A file of one format, open for reading.
pub(super) trait Format: Send + Sync {
    /// What the file says of itself.
    fn info(&self) -> &RasterInfo;

    /// The samples of a window inside the raster.
    fn read_stored(&self, window: Window) -> Result<Stored, Fault>;

    /// Which pixels of a window hold values at all, row by row, if the file has a mask.
    fn read_mask(&self, _window: Window) -> Result<Option<Vec<bool>>, Fault> {
        Ok(None)
    }
}

fn open(path: &Path) -> Result<Box<dyn Format>, Fault> {
    let mut start = [0; png::SIGNATURE.len()];
    let mut file = File::open(path).map_err(Fault::damaged)?;
    // A file may be shorter; the formats say so.
    let _ = file.read(&mut start).map_err(Fault::damaged)?;
    Ok(match start {
        png::SIGNATURE => Box::new(Png::open(path)?),
        _ => Box::new(Tiff::open(path)?),
    })
}

impl RasterFile {
    /// Opens a raster file and reads its header.
    ///
    /// # Errors
    /// [`Error::RasterRead`] names the file and the fault: missing, no raster or damaged;
    /// [`Error::RasterUnsupported`] the feature that is not supported.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let format = open(path).map_err(|fault| fault.in_file(path))?;
        let path = path.to_path_buf();
        Ok(Self { path, format })
    }

    /// Opens one image of a `.npy` array of shape (images, height, width, bands). The path of
    /// the opened raster says which, as NumPy would: `whole_data.npy[7]`.
    ///
    /// # Errors
    /// [`Error::RasterRead`] names the file and the fault: missing, no array of four axes of
    /// numbers, truncated, or without such an image.
    pub fn open_image(array: &Path, image: usize) -> Result<Self, Error> {
        let path = PathBuf::from(format!("{}[{image}]", array.display()));
        let format = ArrayImage::open(array, image).map_err(|fault| fault.in_file(&path))?;
        Ok(Self {
            path,
            format: Box::new(format),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Size, sample type and place.
    #[must_use]
    pub fn info(&self) -> &RasterInfo {
        self.format.info()
    }

    /// The samples of a window: shape (height, width, bands), missing values NaN.
    ///
    /// # Errors
    /// [`Error::RasterRead`] names the file and the fault: the window is empty, lies partly
    /// outside or has more than 2^28 samples, or the file is damaged;
    /// [`Error::RasterUnsupported`] the feature that is not supported.
    pub fn read_window(&self, window: Window) -> Result<Vec<f32>, Error> {
        let info = self.info();
        // Memory first: where it does not suffice, that is known before anything is decoded.
        let count = self.samples_of(window);
        let mut samples = count
            .and_then(room)
            .map_err(|fault| fault.in_file(&self.path))?;
        self.read_stored(window)?.append_f32(&mut samples);
        mark_missing(&mut samples, info.bands, info.nodata);
        let mask = self.format.read_mask(window);
        if let Some(mask) = mask.map_err(|fault| fault.in_file(&self.path))? {
            mark_masked(&mut samples, info.bands, &mask);
        }
        if let Some(scaling) = &info.scaling {
            for pixel in samples.chunks_exact_mut(info.bands) {
                for (value, band) in pixel.iter_mut().zip(scaling) {
                    let scaled = (f64::from(*value) * band.scale + band.offset) as f32;
                    *value = if scaled.is_finite() { scaled } else { f32::NAN };
                }
            }
        }
        Ok(samples)
    }

    /// The samples of a window as the file stores them, missing ones and all, not scaled.
    ///
    /// # Errors
    /// As [`Self::read_window`].
    pub fn read_stored(&self, window: Window) -> Result<Stored, Error> {
        self.samples_of(window)
            .and_then(|_| self.format.read_stored(window))
            .map_err(|fault| fault.in_file(&self.path))
    }

    /// Where the pixels lie, for those who need to know.
    ///
    /// # Errors
    /// [`Error::RasterRead`] says what the file says instead: it is rotated, flipped, placed by
    /// control points, or without a place.
    pub fn transform(&self) -> Result<Transform, Error> {
        let placement = self.info().placement;
        placement.north_up().ok_or_else(|| {
            let reason = format!("it is {placement}; expected a north-up raster");
            Fault::Damaged(reason).in_file(&self.path)
        })
    }

    /// The whole raster.
    ///
    /// # Errors
    /// As [`Self::read_window`].
    pub fn read(&self) -> Result<Raster, Error> {
        let info = self.info();
        let samples = self.read_window(Window {
            column: 0,
            row: 0,
            width: info.width,
            height: info.height,
        })?;
        Ok(Raster {
            width: info.width,
            height: info.height,
            bands: info.bands,
            samples,
            transform: info.placement.north_up(),
            epsg: info.epsg,
            nodata: info.nodata,
        })
    }

    /// The number of samples of a window that can be read.
    fn samples_of(&self, window: Window) -> Result<usize, Fault> {
        let info = self.info();
        let fits = |start: usize, length: usize, all: usize| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= all)
        };
        if !fits(window.column, window.width, info.width)
            || !fits(window.row, window.height, info.height)
        {
            return Err(Fault::Damaged(format!(
                "the window of {}x{} pixels at column {}, row {} is not inside {}x{} pixels",
                window.width, window.height, window.column, window.row, info.width, info.height
            )));
        }
        let count = (window.width.checked_mul(window.height))
            .and_then(|pixels| pixels.checked_mul(info.bands));
        count.filter(|count| *count <= MOST_SAMPLES).ok_or_else(|| {
            Fault::Damaged(format!(
                "{}x{} pixels of {} bands at once; expected at most {MOST_SAMPLES} samples",
                window.width, window.height, info.bands
            ))
        })
    }
}

/// An empty vector with room for this many values, or an error where memory does not suffice.
pub(super) fn room<T>(count: usize) -> Result<Vec<T>, Fault> {
    let mut values = Vec::new();
    match values.try_reserve_exact(count) {
        Ok(()) => Ok(values),
        Err(_) => Err(Fault::Damaged(format!(
            "there is no memory for {count} values of {} bytes",
            size_of::<T>()
        ))),
    }
}

/// Reads a whole raster file: [`RasterFile::open`] and [`RasterFile::read`].
///
/// # Errors
/// As those.
pub fn read_raster(path: &Path) -> Result<Raster, Error> {
    RasterFile::open(path)?.read()
}

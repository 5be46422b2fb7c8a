use std::path::Path;

use geotiff_reader::{Error as GeoError, GeoTiffFile, GeoTiffOpenOptions};
use tiff_reader::{Ifd, ParseBudgets, TiffFile, TiffSample};

use super::{Raster, Transform};
use crate::error::Error;

/// The most samples that a raster may have: four bands of 4096 x 4096 pixels.
const MOST_SAMPLES: usize = 1 << 26;

/// Reads all bands of a TIFF file, and its place if it is a GeoTIFF.
///
/// Bands are the samples as stored: a fourth band beside red, green and blue stays a band,
/// whether the file calls it alpha, unspecified or near infrared. A raster has at most 2^26
/// samples (four bands of 4096 x 4096 pixels), so that a damaged header cannot exhaust memory.
///
/// # Errors
/// [`Error::RasterRead`] names the file and the fault: missing, truncated, damaged, too large,
/// rotated, or of a sample type or compression that is not supported.
pub fn read_raster(path: &Path) -> Result<Raster, Error> {
    read(path).map_err(|reason| Error::RasterRead {
        path: path.to_path_buf(),
        reason,
    })
}

fn read(path: &Path) -> Result<Raster, String> {
    let file = Opened::open(path)?;
    let ifd = (file.tiff().ifd(file.ifd_index())).map_err(|e| e.to_string())?;
    let (width, height) = (ifd.width() as usize, ifd.height() as usize);
    let bands = usize::from(ifd.samples_per_pixel());
    let count = [height, bands]
        .iter()
        .try_fold(width, |product, &length| product.checked_mul(length));
    if count.is_none_or(|count| count > MOST_SAMPLES) {
        return Err(format!(
            "{width}x{height} pixels of {bands} bands; expected at most {MOST_SAMPLES} samples"
        ));
    }
    let samples = read_samples(&file)?;
    if width == 0 || height == 0 || bands == 0 || samples.len() != width * height * bands {
        return Err(format!(
            "{} samples for {width}x{height} pixels of {bands} bands",
            samples.len()
        ));
    }
    Ok(Raster {
        width,
        height,
        bands,
        samples,
        transform: file.geo().map_or(Ok(None), read_transform)?,
        epsg: file.geo().and_then(GeoTiffFile::epsg),
        nodata: read_nodata(ifd)?,
    })
}

/// A file with geographic metadata, or a plain TIFF file.
enum Opened {
    Geo(Box<GeoTiffFile>),
    Plain(TiffFile),
}

impl Opened {
    fn open(path: &Path) -> Result<Self, String> {
        let options = GeoTiffOpenOptions {
            parse_budgets: ParseBudgets {
                max_ifds: 256,
                max_ifd_entries: 1024,
                max_tag_value_bytes: 16 << 20,
                max_metadata_value_bytes: 64 << 20,
            },
            decode_output_bytes: MOST_SAMPLES * size_of::<f64>(),
            ..GeoTiffOpenOptions::default()
        };
        match GeoTiffFile::open_with_options(path, options) {
            Ok(file) => Ok(Self::Geo(Box::new(file))),
            Err(GeoError::NotGeoTiff) => TiffFile::open_with_options(path, options)
                .map(Self::Plain)
                .map_err(|e| e.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn tiff(&self) -> &TiffFile {
        match self {
            Self::Geo(file) => file.tiff(),
            Self::Plain(file) => file,
        }
    }

    /// The image at full resolution.
    fn ifd_index(&self) -> usize {
        match self {
            Self::Geo(file) => file.base_ifd_index(),
            Self::Plain(_) => 0,
        }
    }

    fn geo(&self) -> Option<&GeoTiffFile> {
        match self {
            Self::Geo(file) => Some(file),
            Self::Plain(_) => None,
        }
    }
}

/// GDAL's no-data tag, which plain TIFF files carry too.
fn read_nodata(ifd: &Ifd) -> Result<Option<f64>, String> {
    const GDAL_NODATA: u16 = 42113;
    let tag = ifd.tag(GDAL_NODATA).and_then(|tag| tag.value.as_str());
    let Some(text) = tag.map(|text| text.trim_matches(['\0', ' '])) else {
        return Ok(None);
    };
    if text.is_empty() {
        return Ok(None);
    }
    let value = text.parse();
    value
        .map(Some)
        .map_err(|_| format!("no-data value \"{text}\" is not a number"))
}

fn read_transform(file: &GeoTiffFile) -> Result<Option<Transform>, String> {
    let Some(t) = file.transform() else {
        return Ok(None);
    };
    if t.skew_x != 0.0 || t.skew_y != 0.0 || t.pixel_height >= 0.0 || t.pixel_width <= 0.0 {
        return Err(format!(
            "its pixels are not north-up (width {}, height {}, skew {} and {}); expected an \
             unrotated raster",
            t.pixel_width, t.pixel_height, t.skew_x, t.skew_y
        ));
    }
    Ok(Some(Transform {
        left: t.origin_x,
        top: t.origin_y,
        pixel_width: t.pixel_width,
        pixel_height: -t.pixel_height,
    }))
}

/// The samples in file order, (height, width, bands), as `f32`.
fn read_samples(file: &Opened) -> Result<Vec<f32>, String> {
    // Codes of the SampleFormat tag (TIFF 6.0, section 19).
    const UNSIGNED: u16 = 1;
    const SIGNED: u16 = 2;
    const FLOAT: u16 = 3;

    let ifd = (file.tiff().ifd(file.ifd_index())).map_err(|e| e.to_string())?;
    let layout = ifd.raster_layout().map_err(|e| e.to_string())?;
    match (layout.sample_format, layout.bytes_per_sample) {
        (UNSIGNED, 1) => samples_of::<u8>(file, f32::from),
        (UNSIGNED, 2) => samples_of::<u16>(file, f32::from),
        (UNSIGNED, 4) => samples_of::<u32>(file, |v| v as f32),
        (SIGNED, 1) => samples_of::<i8>(file, f32::from),
        (SIGNED, 2) => samples_of::<i16>(file, f32::from),
        (SIGNED, 4) => samples_of::<i32>(file, |v| v as f32),
        (FLOAT, 4) => samples_of::<f32>(file, |v| v),
        (FLOAT, 8) => samples_of::<f64>(file, |v| v as f32),
        (format, bytes) => Err(format!(
            "unsupported samples of {bytes} bytes and format {format}; expected integers of 1, \
             2 or 4 bytes or floats of 4 or 8"
        )),
    }
}

fn samples_of<T: TiffSample + Copy>(
    file: &Opened,
    convert: impl Fn(T) -> f32,
) -> Result<Vec<f32>, String> {
    let pixels = file.tiff().read_image::<T>(file.ifd_index());
    let pixels = pixels.map_err(|e| e.to_string())?;
    Ok(match pixels.as_slice() {
        Some(samples) => samples.iter().copied().map(convert).collect(),
        None => pixels.iter().copied().map(convert).collect(),
    })
}

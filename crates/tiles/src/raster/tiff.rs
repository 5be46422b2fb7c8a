use std::path::Path;

use geotiff_reader::{Error as GeoError, GeoTiffFile, GeoTiffOpenOptions};
use tiff_reader::{Ifd, ParseBudgets, TiffFile, TiffSample};

use super::file::Format;
use super::missing::mark_missing;
use super::{RasterInfo, SampleKind, Transform, Window};

// Code of the `SampleFormat` tag (TIFF 6.0, section 19).
const UNSIGNED: u16 = 1;
const SIGNED: u16 = 2;
const FLOAT: u16 = 3;

/// An open TIFF file, with its place if it is a GeoTIFF.
pub(super) struct Tiff {
    file: Opened,
    info: RasterInfo,
    /// Code of the `SampleFormat` tag and bytes of a sample.
    layout: (u16, usize),
}

impl Tiff {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let file = Opened::open(path)?;
        let ifd = (file.tiff().ifd(file.ifd_index())).map_err(|e| e.to_string())?;
        let layout = ifd.raster_layout().map_err(|e| e.to_string())?;
        if layout.width == 0 || layout.height == 0 || layout.samples_per_pixel == 0 {
            return Err(format!(
                "{}x{} pixels of {} bands",
                layout.width, layout.height, layout.samples_per_pixel
            ));
        }
        let info = RasterInfo {
            width: layout.width,
            height: layout.height,
            bands: layout.samples_per_pixel,
            sample: SampleKind {
                float: layout.sample_format == FLOAT,
                signed: layout.sample_format != UNSIGNED,
                bits: layout.bits_per_sample,
            },
            transform: file.geo().map_or(Ok(None), read_transform)?,
            epsg: file.geo().and_then(GeoTiffFile::epsg),
            nodata: read_nodata(ifd)?,
        };
        let layout = (layout.sample_format, layout.bytes_per_sample);
        Ok(Self { file, info, layout })
    }
}

impl Format for Tiff {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_window(&self, window: Window) -> Result<Vec<f32>, String> {
        let mut samples = self.stored(window)?;
        let expected = window.width * window.height * self.info.bands;
        if samples.len() != expected {
            return Err(format!("{} samples; expected {expected}", samples.len()));
        }
        mark_missing(&mut samples, self.info.bands, self.info.nodata);
        Ok(samples)
    }
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
            decode_output_bytes: 4 << 30,
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

impl Tiff {
    /// The samples in file order, (height, width, bands), as `f32`.
    fn stored(&self, window: Window) -> Result<Vec<f32>, String> {
        match self.layout {
            (UNSIGNED, 1) => self.stored_as::<u8>(window, f32::from),
            (UNSIGNED, 2) => self.stored_as::<u16>(window, f32::from),
            (UNSIGNED, 4) => self.stored_as::<u32>(window, |v| v as f32),
            (SIGNED, 1) => self.stored_as::<i8>(window, f32::from),
            (SIGNED, 2) => self.stored_as::<i16>(window, f32::from),
            (SIGNED, 4) => self.stored_as::<i32>(window, |v| v as f32),
            (FLOAT, 4) => self.stored_as::<f32>(window, |v| v),
            (FLOAT, 8) => self.stored_as::<f64>(window, |v| v as f32),
            (format, bytes) => Err(format!(
                "unsupported samples of {bytes} bytes and format {format}; expected integers of \
                 1, 2 or 4 bytes or floats of 4 or 8"
            )),
        }
    }

    fn stored_as<T: TiffSample + Copy>(
        &self,
        window: Window,
        convert: impl Fn(T) -> f32,
    ) -> Result<Vec<f32>, String> {
        let pixels = self.file.tiff().read_window::<T>(
            self.file.ifd_index(),
            window.row,
            window.column,
            window.height,
            window.width,
        );
        let pixels = pixels.map_err(|e| e.to_string())?;
        Ok(match pixels.as_slice() {
            Some(samples) => samples.iter().copied().map(convert).collect(),
            None => pixels.iter().copied().map(convert).collect(),
        })
    }
}

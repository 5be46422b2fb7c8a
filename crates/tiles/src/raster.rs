//! Rasters as this crate sees them, and their files.

mod array_image;
mod fault;
mod file;
mod geo_keys;
mod missing;
mod png;
mod stored;
mod tiff;
mod world_file;
mod write;

pub use file::{RasterFile, read_raster};
pub use geo_keys::GeoKeys;
pub use missing::PLACEHOLDER_MAGNITUDE;
pub use stored::Stored;
pub use write::{CogOptions, CogWriter, SampleType, write_raster};

/// All bands of a raster in memory, with its place on Earth.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    /// Pixels per row.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
    /// Values per pixel.
    pub bands: usize,
    /// The values, row by row, the bands of a pixel together: shape (height, width, bands);
    /// missing ones are NaN.
    ///
    /// Integers beyond 2^24 and 64-bit floats are rounded to the nearest `f32`.
    pub samples: Vec<f32>,
    /// Where the pixels lie, if the file says.
    pub transform: Option<Transform>,
    /// EPSG code of the coordinate reference system, if the file says.
    pub epsg: Option<u32>,
    /// The value that stands for "no data", if the file declares one.
    pub nodata: Option<f64>,
}

/// A north-up placement of pixels: no rotation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transform {
    /// Easting of the left edge, in units of the coordinate system.
    pub left: f64,
    /// Northing of the upper edge.
    pub top: f64,
    /// Width of a pixel.
    pub pixel_width: f64,
    /// Height of a pixel, positive.
    pub pixel_height: f64,
}

/// What a raster file says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct RasterInfo {
    /// Pixels per row.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
    /// Values per pixel.
    pub bands: usize,
    /// How a value is stored.
    pub sample: SampleKind,
    /// Where the pixels lie.
    pub placement: Placement,
    /// The coordinate reference system, if the file describes one.
    pub crs: Option<GeoKeys>,
    /// Its EPSG code, if it has one.
    pub epsg: Option<u32>,
    /// The value that stands for "no data", if the file declares one.
    pub nodata: Option<f64>,
    /// How the values of each band follow from the stored ones, if they differ.
    pub scaling: Option<Vec<Scaling>>,
    /// How many images at full resolution the file holds. The first one is read.
    pub pages: usize,
}

/// What a raster file says of the place of its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Placement {
    /// In rows from west to east, from north to south.
    NorthUp(Transform),
    /// In rows and columns at an angle to the axes of the coordinate system.
    Rotated,
    /// With the south at the top, or the east on the left.
    Flipped,
    /// Only the places of some control points are given.
    ControlPoints,
    /// Nothing, or nothing of use.
    Unknown,
}

/// How the values of a band follow from the stored ones: `stored * scale + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// The factor.
    pub scale: f64,
    /// What is added.
    pub offset: f64,
}

impl Default for Scaling {
    fn default() -> Self {
        Self {
            scale: 1.0,
            offset: 0.0,
        }
    }
}

impl Placement {
    /// From the six numbers of GDAL's geotransform: of the upper left corner, then of a step to
    /// the right and a step down, easting and northing each.
    pub(crate) fn from_affine(corner: [f64; 2], right: [f64; 2], down: [f64; 2]) -> Self {
        let numbers = [corner, right, down];
        if numbers.iter().flatten().any(|number| !number.is_finite()) {
            return Self::Unknown;
        }
        if right[1] != 0.0 || down[0] != 0.0 {
            return Self::Rotated;
        }
        if right[0] <= 0.0 || down[1] >= 0.0 {
            return Self::Flipped;
        }
        Self::NorthUp(Transform {
            left: corner[0],
            top: corner[1],
            pixel_width: right[0],
            pixel_height: -down[1],
        })
    }

    /// The transform of a north-up raster.
    #[must_use]
    pub fn north_up(self) -> Option<Transform> {
        match self {
            Self::NorthUp(transform) => Some(transform),
            Self::Rotated | Self::Flipped | Self::ControlPoints | Self::Unknown => None,
        }
    }
}

impl std::fmt::Display for Placement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NorthUp(_) => "north-up",
            Self::Rotated => "rotated",
            Self::Flipped => {
                "flipped (its first row is the southernmost, or its first column the easternmost)"
            }
            Self::ControlPoints => "placed by control points only",
            Self::Unknown => "without a place",
        })
    }
}

/// How the samples of a file are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleKind {
    /// Floating point, not integer.
    pub float: bool,
    /// Whether values may be negative.
    pub signed: bool,
    /// Bits per sample.
    pub bits: u16,
}

/// A rectangle of pixels, counted from the upper left corner of a raster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first column.
    pub column: usize,
    /// The first row.
    pub row: usize,
    /// Pixels per row.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
}

impl Raster {
    /// The values of one band, row by row.
    ///
    /// # Panics
    /// If there is no such band.
    #[must_use]
    pub fn band(&self, band: usize) -> Vec<f32> {
        assert!(band < self.bands, "band {band} of {}", self.bands);
        self.samples
            .chunks_exact(self.bands)
            .map(|pixel| pixel[band])
            .collect()
    }

    /// Edges in units of the coordinate system: left, bottom, right, top.
    #[must_use]
    pub fn bounds(&self) -> Option<[f64; 4]> {
        self.transform.map(|t| {
            [
                t.left,
                t.top - t.pixel_height * self.height as f64,
                t.left + t.pixel_width * self.width as f64,
                t.top,
            ]
        })
    }

    /// How many pixels of each band hold no value: are NaN.
    #[must_use]
    pub fn missing(&self) -> Vec<usize> {
        let mut counts = vec![0; self.bands];
        for pixel in self.samples.chunks_exact(self.bands) {
            for (count, value) in counts.iter_mut().zip(pixel) {
                *count += usize::from(value.is_nan());
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster(bands: usize, samples: &[f32]) -> Raster {
        Raster {
            width: samples.len() / bands,
            height: 1,
            bands,
            samples: samples.to_vec(),
            transform: None,
            epsg: None,
            nodata: None,
        }
    }

    #[test]
    fn missing_values_are_counted_per_band() {
        let r = raster(2, &[f32::NAN, 1.0, 2.0, f32::NAN, f32::NAN, 4.0]);
        assert_eq!(r.missing(), [2, 1]);
    }

    #[test]
    fn bands_are_taken_apart() {
        assert_eq!(raster(3, &[1., 2., 3., 4., 5., 6.]).band(1), [2., 5.]);
    }
}

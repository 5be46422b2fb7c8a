//! Rasters as this crate sees them, and their GeoTIFF files.

mod read;
mod write;

pub use read::read_raster;
pub use write::{SampleType, write_raster};

/// All bands of a raster in memory, with its place on Earth.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    /// Pixels per row.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
    /// Values per pixel.
    pub bands: usize,
    /// The values, row by row, the bands of a pixel together: shape (height, width, bands).
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

/// Magnitude from which a value is a placeholder: tools fill float rasters with +-3.4028235e38
/// and do not always declare it.
pub const PLACEHOLDER_MAGNITUDE: f32 = 3.4e38;

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

    /// How many pixels of each band hold no value.
    ///
    /// A sample is missing if it is not finite or at least [`PLACEHOLDER_MAGNITUDE`]. The
    /// declared no-data value makes a pixel missing only where *all* bands hold it: in an
    /// 8-bit image that declares 0, a single zero is a measurement (near infrared over water).
    #[must_use]
    pub fn missing(&self) -> Vec<usize> {
        let nodata = self.nodata.map(|value| value as f32);
        let mut counts = vec![0; self.bands];
        for pixel in self.samples.chunks_exact(self.bands) {
            let declared = nodata.is_some_and(|nodata| pixel.iter().all(|&v| v == nodata));
            for (count, &value) in counts.iter_mut().zip(pixel) {
                if declared || !value.is_finite() || value.abs() >= PLACEHOLDER_MAGNITUDE {
                    *count += 1;
                }
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster(bands: usize, samples: &[f32], nodata: Option<f64>) -> Raster {
        Raster {
            width: samples.len() / bands,
            height: 1,
            bands,
            samples: samples.to_vec(),
            transform: None,
            epsg: None,
            nodata,
        }
    }

    #[test]
    fn missing_values_are_counted_per_band() {
        let r = raster(
            2,
            &[f32::NAN, 1.0, 2.0, -3.402_823_5e38, f32::INFINITY, 4.0],
            None,
        );
        assert_eq!(r.missing(), [2, 1]);
    }

    #[test]
    fn a_declared_value_counts_where_all_bands_hold_it() {
        let r = raster(2, &[0.0, 0.0, 0.0, 7.0, 7.0, 0.0], Some(0.0));
        assert_eq!(r.missing(), [1, 1]);
        let dem = raster(1, &[-9999.0, 12.0], Some(-9999.0));
        assert_eq!(dem.missing(), [1]);
    }

    #[test]
    fn bands_are_taken_apart() {
        assert_eq!(raster(3, &[1., 2., 3., 4., 5., 6.], None).band(1), [2., 5.]);
    }
}

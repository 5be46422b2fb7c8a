use crate::raster::Transform;

/// The rows and pixels of a tile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Pixels per row.
    pub width: usize,
    /// Width of a pixel on the ground, in the unit of elevations.
    pub pixel_width: f64,
    /// Height of a pixel on the ground, in the unit of elevations.
    pub pixel_height: f64,
}

impl Grid {
    /// Rows of `width` pixels; the pixels are as large as the transform says, or 1.
    #[must_use]
    pub fn new(width: usize, transform: Option<&Transform>) -> Self {
        let (pixel_width, pixel_height) =
            transform.map_or((1.0, 1.0), |t| (t.pixel_width, t.pixel_height));
        Self {
            width,
            pixel_width,
            pixel_height,
        }
    }
}

use super::Bounds;
use crate::crs::{Crs, Point};
use crate::error::Error;
use crate::raster::Transform;

/// Square pixels that cover the plane of a projected coordinate system.
///
/// A position in pixels counts columns to the east and rows to the south; pixel 0 reaches from
/// 0 to 1 and has its centre at 0.5.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    crs: Crs,
    left: f64,
    top: f64,
    pixel: f64,
    metres: f64,
}

/// A rectangle of pixels of a [`Grid`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first column.
    pub column: i64,
    /// The first row.
    pub row: i64,
    /// Pixels per row.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
}

impl Grid {
    /// The grid of pixels of `metres` by `metres` one of which has its upper left corner at
    /// `corner`.
    ///
    /// # Errors
    /// [`Error::Option`] if the system is geographic, or `metres` is not a positive length.
    pub fn new(crs: &Crs, corner: Point, metres: f64) -> Result<Self, Error> {
        if crs.is_geographic() {
            return Err(Error::Option {
                option: "coordinate system of the tiles",
                found: format!("EPSG:{}, in degrees", crs.epsg()),
                expected: "a projected one, such as the UTM zone",
            });
        }
        if !(1e-3..=1e6).contains(&metres) {
            return Err(Error::Option {
                option: "resolution",
                found: format!("{metres} m"),
                expected: "0.001 to 1000000 m",
            });
        }
        Ok(Self {
            crs: crs.clone(),
            left: corner.x,
            top: corner.y,
            pixel: metres / crs.metres_per_unit(),
            metres,
        })
    }

    /// The coordinate system.
    #[must_use]
    pub fn crs(&self) -> &Crs {
        &self.crs
    }

    /// The side of a pixel in metres, as the projection has them.
    #[must_use]
    pub fn metres(&self) -> f64 {
        self.metres
    }

    /// The position of a place, in pixels: column, row.
    #[must_use]
    pub fn position(&self, place: Point) -> [f64; 2] {
        [
            (place.x - self.left) / self.pixel,
            (self.top - place.y) / self.pixel,
        ]
    }

    /// The place of a position.
    #[must_use]
    pub fn place(&self, [column, row]: [f64; 2]) -> Point {
        Point {
            x: self.left + column * self.pixel,
            y: self.top - row * self.pixel,
        }
    }

    /// Where a raster lies whose pixels are this block's.
    #[must_use]
    pub fn transform(&self, block: Block) -> Transform {
        let corner = self.place([block.column as f64, block.row as f64]);
        Transform {
            left: corner.x,
            top: corner.y,
            pixel_width: self.pixel,
            pixel_height: self.pixel,
        }
    }
}

impl Block {
    /// Its edges.
    #[must_use]
    pub fn bounds(self) -> Bounds {
        let low = [self.column as f64, self.row as f64];
        let high = [low[0] + self.width as f64, low[1] + self.height as f64];
        Bounds { low, high }
    }

    /// The positions of the centres of its pixels, row by row.
    pub fn centres(self) -> impl Iterator<Item = [f64; 2]> {
        let centre = |first: i64, n: usize| first as f64 + n as f64 + 0.5;
        (0..self.height).flat_map(move |row| {
            (0..self.width).map(move |column| [centre(self.column, column), centre(self.row, row)])
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grid(epsg: u32, metres: f64) -> Result<Grid, Error> {
        let corner = Point {
            x: 329_001.68,
            y: 4_533_498.33,
        };
        Grid::new(&Crs::from_epsg(epsg).unwrap(), corner, metres)
    }

    #[test]
    fn pixels_of_a_metre_are_a_metre_in_feet_too() {
        let block = Block {
            column: 3,
            row: 2,
            width: 1,
            height: 1,
        };
        let metres = grid(26916, 1.0).unwrap().transform(block);
        assert_eq!((metres.left, metres.top), (329_004.68, 4_533_496.33));
        assert_eq!(metres.pixel_width, 1.0);
        let feet = grid(3435, 1.0).unwrap().transform(block);
        assert!((feet.pixel_width - 3937.0 / 1200.0).abs() < 1e-9);
    }

    #[test]
    fn degrees_and_lengths_that_are_none_are_errors() {
        let message = grid(4269, 1.0).unwrap_err().to_string();
        assert!(message.contains("EPSG:4269, in degrees"), "{message}");
        for metres in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(grid(26916, metres).is_err());
        }
    }

    proptest! {
        #[test]
        fn a_position_and_its_place_are_one(
            column in -1e6..1e6f64,
            row in -1e6..1e6f64,
            metres in 0.1..30.0f64,
        ) {
            for epsg in [26916, 3435] {
                let grid = grid(epsg, metres).unwrap();
                let back = grid.position(grid.place([column, row]));
                prop_assert!((back[0] - column).abs() < 1e-6 && (back[1] - row).abs() < 1e-6);
            }
        }
    }
}

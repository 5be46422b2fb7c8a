/// A square of values at the centres of 1 m pixels, row by row.
///
/// Coordinates are metres from the upper left corner, x to the right (east) and y down (south).
#[derive(Clone, Debug)]
pub(super) struct Grid {
    size: usize,
    values: Vec<f64>,
}

impl Grid {
    pub(super) fn from_fn(size: usize, mut value: impl FnMut(Point) -> f64) -> Self {
        let values = pixel_centres(size).map(&mut value).collect();
        Self { size, values }
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Rise per metre towards the east and towards the south, at each pixel.
    pub(super) fn gradients(&self) -> Vec<[f64; 2]> {
        let at = |row: usize, column: usize| self.values[row * self.size + column];
        let last = self.size - 1;
        let mut gradients = Vec::with_capacity(self.values.len());
        for row in 0..self.size {
            for column in 0..self.size {
                let (west, east) = (column.saturating_sub(1), (column + 1).min(last));
                let (north, south) = (row.saturating_sub(1), (row + 1).min(last));
                gradients.push([
                    (at(row, east) - at(row, west)) / (east - west) as f64,
                    (at(south, column) - at(north, column)) / (south - north) as f64,
                ]);
            }
        }
        gradients
    }
}

/// The centres of all pixels, row by row.
pub(super) fn pixel_centres(size: usize) -> impl Iterator<Item = Point> {
    (0..size * size).map(move |pixel| Point {
        x: (pixel % size) as f64 + 0.5,
        y: (pixel / size) as f64 + 0.5,
    })
}

/// A place in a tile, in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
}

impl Point {
    /// The place this far away in a direction, in radians from east towards south.
    pub(super) fn step(self, heading: f64, distance: f64) -> Self {
        Self {
            x: self.x + distance * heading.cos(),
            y: self.y + distance * heading.sin(),
        }
    }

    pub(super) fn distance(self, other: Self) -> f64 {
        ((self.x - other.x).powi(2) + (self.y - other.y).powi(2)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_of_a_plane() {
        let plane = Grid::from_fn(5, |p| 2.0 * p.x - 3.0 * p.y);
        for [east, south] in plane.gradients() {
            assert!((east - 2.0).abs() < 1e-12 && (south + 3.0).abs() < 1e-12);
        }
    }
}

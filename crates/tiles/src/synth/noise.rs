use edgefront_random::Stream;

use super::grid::Point;

/// Smooth random height: standard normal values on a lattice, blended between its points.
///
/// The blend is Perlin's quintic ("Improving noise", 2002), so slopes are continuous.
#[derive(Clone, Debug)]
pub(super) struct Noise {
    cell: f64,
    side: usize,
    lattice: Vec<f64>,
    shift: Point,
}

impl Noise {
    /// Noise that varies over about `cell` metres, for tiles of `size` metres.
    pub(super) fn new(size: usize, cell: f64, stream: &mut Stream) -> Self {
        let side = (size as f64 / cell).ceil() as usize + 3;
        Self {
            cell,
            side,
            lattice: (0..side * side).map(|_| stream.normal()).collect(),
            shift: Point {
                x: stream.unit(),
                y: stream.unit(),
            },
        }
    }

    /// The value at a place; places outside the tile have the value of its edge.
    pub(super) fn at(&self, place: Point) -> f64 {
        let (column, across) = self.cell_of(place.x, self.shift.x);
        let (row, down) = self.cell_of(place.y, self.shift.y);
        let value = |row: usize, column: usize| self.lattice[row * self.side + column];
        let blend = |a: f64, b: f64, t: f64| a + (b - a) * t;
        blend(
            blend(value(row, column), value(row, column + 1), across),
            blend(value(row + 1, column), value(row + 1, column + 1), across),
            down,
        )
    }

    fn cell_of(&self, coordinate: f64, shift: f64) -> (usize, f64) {
        let position = (coordinate / self.cell + shift).clamp(0.0, (self.side - 2) as f64);
        let cell = (position as usize).min(self.side - 2);
        let t = position - cell as f64;
        (cell, t * t * t * (t * (t * 6.0 - 15.0) + 10.0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::grid::Grid;
    use super::*;
    use edgefront_random::Key;

    #[test]
    fn it_is_smooth_and_centred() {
        let mut sum = 0.0;
        for seed in 0..50 {
            let noise = Noise::new(100, 10.0, &mut Key::new(seed).stream());
            let grid = Grid::from_fn(100, |p| noise.at(p));
            sum += grid.values().iter().sum::<f64>() / 10_000.0;
            let steepest = grid
                .gradients()
                .iter()
                .map(|g| g[0].abs().max(g[1].abs()))
                .fold(0.0, f64::max);
            // The quintic's greatest slope is 15/8 over a cell between normals.
            assert!(steepest < 8.0 * 1.875 / 10.0, "{steepest}");
        }
        assert!((sum / 50.0).abs() < 0.1, "{sum}");
    }
}

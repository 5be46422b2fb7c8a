//! From the probabilities of overlapping windows to those of the map's cells.

use std::collections::VecDeque;

use super::axis::{Axis, Taps};

/// Makes the rows of the map from rows of windows, as they come, and keeps no more of them than the
/// next row of the map needs.
pub(super) struct Blend {
    rows: Axis,
    columns: Vec<Taps>,
    windows: usize,
    cell: usize,
    classes: usize,
    /// The last rows of windows, each (window, class), with the number of the first of them.
    kept: VecDeque<Vec<f32>>,
    first: usize,
    /// The next row of the map.
    next: usize,
}

impl Blend {
    /// Of windows along the rows and columns of a raster, to cells of `cell` pixels.
    pub fn new(rows: Axis, columns: Axis, cell: usize, classes: usize) -> Self {
        Self {
            rows,
            columns: (0..columns.cells(cell))
                .map(|index| columns.taps(index, cell))
                .collect(),
            windows: columns.windows(),
            cell,
            classes,
            kept: VecDeque::new(),
            first: 0,
            next: 0,
        }
    }

    /// Takes the next row of windows: shape (window, class), NaN for those that were not classified.
    /// Gives `emit` the rows of the map that are complete now, each (cell, class), with NaN where
    /// no window that was classified covers the cell's middle.
    pub fn push<E>(
        &mut self,
        row: Vec<f32>,
        mut emit: impl FnMut(&[f32]) -> Result<(), E>,
    ) -> Result<(), E> {
        assert_eq!(row.len(), self.windows * self.classes, "a row of windows");
        self.kept.push_back(row);
        let there = self.first + self.kept.len();
        while self.next < self.rows.cells(self.cell) {
            let taps = self.rows.taps(self.next, self.cell);
            if taps.end() > there {
                break;
            }
            emit(&self.blend(&taps))?;
            self.next += 1;
            let unneeded = taps.first - self.first;
            self.kept.drain(..unneeded);
            self.first += unneeded;
        }
        Ok(())
    }

    /// A row of the map.
    fn blend(&self, rows: &Taps) -> Vec<f32> {
        // Of each window's column, down the rows: the weighted probabilities and the weights.
        let mut sums = vec![0.0; self.windows * self.classes];
        let mut weights = vec![0.0; self.windows];
        for (row, weight) in rows.iter() {
            let row = &self.kept[row - self.first];
            for (column, window) in row.chunks_exact(self.classes).enumerate() {
                if window[0].is_nan() {
                    continue;
                }
                weights[column] += weight;
                let sums = &mut sums[column * self.classes..][..self.classes];
                for (sum, &probability) in sums.iter_mut().zip(window) {
                    *sum += weight * f64::from(probability);
                }
            }
        }
        let mut cells = Vec::with_capacity(self.columns.len() * self.classes);
        for taps in &self.columns {
            let total: f64 = taps.iter().map(|(column, w)| w * weights[column]).sum();
            for class in 0..self.classes {
                let weighted =
                    |(column, weight): (usize, f64)| weight * sums[column * self.classes + class];
                // Without a window, 0 / 0.
                let sum: f64 = taps.iter().map(weighted).sum();
                cells.push((sum / total) as f32);
            }
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The whole map of windows given row by row.
    fn map(rows: Axis, columns: Axis, cell: usize, windows: &[f32]) -> Vec<f32> {
        let mut blend = Blend::new(rows, columns, cell, 1);
        let mut map = Vec::new();
        for row in windows.chunks(columns.windows()) {
            let emit = |cells: &[f32]| {
                map.extend_from_slice(cells);
                Ok::<_, ()>(())
            };
            blend.push(row.to_vec(), emit).unwrap();
        }
        map
    }

    #[test]
    fn without_overlap_a_cell_is_its_window() {
        let axis = Axis::new(6, 2, 2).unwrap();
        let windows: Vec<f32> = (0..9).map(|i| i as f32 / 10.0).collect();
        assert_eq!(map(axis, axis, 2, &windows), windows);
    }

    #[test]
    fn what_is_missing_does_not_count() {
        let axis = Axis::new(4, 4, 2).unwrap();
        assert!(map(axis, axis, 2, &[f32::NAN]).iter().all(|p| p.is_nan()));
        // Two windows of which one is missing: the cells that only it covers are.
        let columns = Axis::new(8, 4, 4).unwrap();
        let cells = map(axis, columns, 4, &[0.25, f32::NAN]);
        assert_eq!(cells[0], 0.25);
        assert!(cells[1].is_nan());
        // Where they overlap, the other one counts alone.
        let columns = Axis::new(6, 4, 2).unwrap();
        assert_eq!(map(axis, columns, 2, &[0.25, f32::NAN])[..2], [0.25, 0.25]);
    }

    #[test]
    fn classes_keep_apart() {
        let rows = Axis::new(4, 4, 4).unwrap();
        let columns = Axis::new(6, 4, 2).unwrap();
        let mut blend = Blend::new(rows, columns, 2, 2);
        let mut map = Vec::new();
        let emit = |cells: &[f32]| {
            map.extend_from_slice(cells);
            Ok::<_, ()>(())
        };
        blend.push(vec![0.25, 0.75, 0.75, 0.25], emit).unwrap();
        let row = [0.25, 0.75, 0.5, 0.5, 0.75, 0.25];
        assert_eq!(map, [row, row].concat());
    }

    /// What [`Blend`] computes, cell by cell and from all windows.
    fn naive(rows: Axis, columns: Axis, cell: usize, windows: &[f32]) -> Vec<f32> {
        let mut map = Vec::new();
        for row in 0..rows.cells(cell) {
            for column in 0..columns.cells(cell) {
                let (mut sum, mut total) = (0.0, 0.0);
                for (y, wy) in rows.taps(row, cell).iter() {
                    for (x, wx) in columns.taps(column, cell).iter() {
                        let window = windows[y * columns.windows() + x];
                        if !window.is_nan() {
                            sum += wy * wx * f64::from(window);
                            total += wy * wx;
                        }
                    }
                }
                map.push((sum / total) as f32);
            }
        }
        map
    }

    proptest! {
        #[test]
        fn streaming_equals_the_blend_of_all_windows(
            (tile, step, cell) in (1usize..12, 1usize..12, 1usize..15),
            (below, beside) in (0usize..40, 0usize..40),
            seed in any::<u64>(),
        ) {
            let step = step.min(tile);
            let rows = Axis::new(tile + below, tile, step).unwrap();
            let columns = Axis::new(tile + beside, tile, step).unwrap();
            let mut stream = edgefront_random::Key::new(seed).stream();
            let windows: Vec<f32> = (0..rows.windows() * columns.windows())
                .map(|_| match stream.unit() {
                    u if u < 0.2 => f32::NAN,
                    u => u as f32,
                })
                .collect();
            let streamed = map(rows, columns, cell, &windows);
            let expected = naive(rows, columns, cell, &windows);
            prop_assert_eq!(streamed.len(), rows.cells(cell) * columns.cells(cell));
            for (a, b) in streamed.iter().zip(&expected) {
                prop_assert!(a.is_nan() && b.is_nan() || (a - b).abs() < 1e-6, "{} {}", a, b);
            }
        }
    }
}

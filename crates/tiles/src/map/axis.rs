//! Where windows and cells lie along one side of a raster.

/// The windows along one side of a raster: every `step` pixels one, the last moved back so that it
/// ends where the raster does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    length: usize,
    tile: usize,
    step: usize,
}

impl Axis {
    /// Of `length` pixels under windows of `tile`; none if not one window fits.
    ///
    /// # Panics
    /// If `step` is not within 1 and `tile`: pixels would be left out.
    pub fn new(length: usize, tile: usize, step: usize) -> Option<Self> {
        assert!(
            (1..=tile).contains(&step),
            "a step of {step} for windows of {tile}"
        );
        (length >= tile).then_some(Self { length, tile, step })
    }

    /// How many windows there are.
    pub fn windows(self) -> usize {
        (self.length - self.tile).div_ceil(self.step) + 1
    }

    /// The first pixel of a window.
    pub fn start(self, window: usize) -> usize {
        (window * self.step).min(self.length - self.tile)
    }

    /// The middle of a window, in pixels from the raster's edge.
    pub fn middle(self, window: usize) -> f64 {
        self.start(window) as f64 + self.tile as f64 / 2.0
    }

    /// How many cells of `cell` pixels cover the side; the last may reach beyond it.
    pub fn cells(self, cell: usize) -> usize {
        self.length.div_ceil(cell)
    }

    /// The windows that count for a cell of `cell` pixels, and their weights.
    ///
    /// A window's weight falls linearly from 1 in its middle to 0 at its edges, and is taken in the
    /// middle of what the cell covers of the raster. Where windows overlap by half, their blend is the
    /// linear interpolation between their middles.
    pub fn taps(self, index: usize, cell: usize) -> Taps {
        // A cell whose middle is the seam of two windows counts both, by equal weights.
        const SEAM: f64 = 1e-6;
        let start = index * cell;
        let at = (start + (start + cell).min(self.length)) as f64 / 2.0;
        let half = self.tile as f64 / 2.0;
        // Windows that end before `at`, but for the last one, which ends at the raster's edge.
        let before = (at - self.tile as f64).max(0.0) / self.step as f64;
        let first = (before.ceil() as usize).min(self.windows() - 1);
        let weights = (first..self.windows())
            .map(|window| half - (self.middle(window) - at).abs())
            .take_while(|&inside| inside >= 0.0)
            .map(|inside| (inside / half).max(SEAM))
            .collect();
        Taps { first, weights }
    }
}

/// The windows that count for a cell, which follow each other, and with what weights.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Taps {
    pub first: usize,
    pub weights: Vec<f64>,
}

impl Taps {
    /// Each window and its weight.
    pub fn iter(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        (self.first..).zip(self.weights.iter().copied())
    }

    /// The window after the last that counts.
    pub fn end(&self) -> usize {
        self.first + self.weights.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_window_ends_at_the_edge() {
        let axis = Axis::new(230, 100, 50).unwrap();
        let starts: Vec<_> = (0..axis.windows()).map(|i| axis.start(i)).collect();
        assert_eq!(starts, [0, 50, 100, 130]);
        assert_eq!(Axis::new(100, 100, 50).unwrap().windows(), 1);
        assert_eq!(Axis::new(99, 100, 50), None);
    }

    #[test]
    fn half_overlapping_windows_are_interpolated() {
        let axis = Axis::new(400, 100, 50).unwrap();
        let taps = |cell| axis.taps(cell, 50);
        // The middle of the first cell is left of the first window's middle.
        assert_eq!((taps(0).first, taps(0).weights), (0, vec![0.5]));
        assert_eq!((taps(1).first, taps(1).weights), (0, vec![0.5, 0.5]));
        // A quarter of the way from the middle of window 1 (at 100) to that of window 2.
        let quarter = axis.taps(4, 25);
        assert_eq!(
            (quarter.first, &quarter.weights[..]),
            (1, &[0.75, 0.25][..])
        );
    }

    #[test]
    fn a_seam_counts_both_windows() {
        let axis = Axis::new(300, 100, 100).unwrap();
        let seam = axis.taps(2, 40);
        assert_eq!(seam.first, 0);
        assert_eq!(seam.weights[0], seam.weights[1]);
    }

    proptest! {
        #[test]
        fn every_cell_has_exactly_the_windows_that_cover_its_middle(
            tile in 1usize..40,
            (step, cell) in (1usize..40, 1usize..60),
            beyond in 0usize..200,
        ) {
            let step = step.min(tile);
            let axis = Axis::new(tile + beyond, tile, step).unwrap();
            prop_assert_eq!(axis.start(axis.windows() - 1) + tile, tile + beyond);
            for index in 0..axis.cells(cell) {
                let at = (index * cell + ((index + 1) * cell).min(tile + beyond)) as f64 / 2.0;
                let covering = (0..axis.windows()).filter(|&window| {
                    let start = axis.start(window) as f64;
                    (start..=start + tile as f64).contains(&at)
                });
                let taps = axis.taps(index, cell);
                prop_assert!(taps.weights.iter().all(|&weight| weight > 0.0));
                let counted: Vec<_> = taps.iter().map(|(window, _)| window).collect();
                prop_assert_eq!(counted, covering.collect::<Vec<_>>());
                prop_assert!(!taps.weights.is_empty());
            }
        }
    }
}

//! The rows of a stack that windows are cut from, each read once.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::stack::Stack;
use crate::error::{Error, Size};

/// Reads a stack from its top to its bottom in strips, and lets go of those that are done with.
pub(super) struct Strips<'a> {
    stack: &'a Stack,
    rows_at_a_time: usize,
    held: VecDeque<Arc<Strip>>,
    /// The first row that has not been read.
    next: usize,
}

/// Rows of all bands: shape (rows, width, bands), missing values NaN.
pub(super) struct Strip {
    rows: Range<usize>,
    samples: Vec<f32>,
}

impl<'a> Strips<'a> {
    pub fn new(stack: &'a Stack, rows_at_a_time: usize) -> Self {
        Self {
            stack,
            rows_at_a_time,
            held: VecDeque::new(),
            next: 0,
        }
    }

    /// The strips that these rows lie in. Rows above them are not asked for any more.
    pub fn covering(&mut self, rows: Range<usize>) -> Result<Rows, Error> {
        while (self.held.front()).is_some_and(|strip| strip.rows.end <= rows.start) {
            self.held.pop_front();
        }
        while self.next < rows.end {
            let end = (self.next + self.rows_at_a_time).min(self.stack.size().height);
            let samples = self.stack.read_rows(self.next, end - self.next)?;
            let strip = Strip {
                rows: self.next..end,
                samples,
            };
            self.held.push_back(Arc::new(strip));
            self.next = end;
        }
        Ok(Rows {
            strips: self.held.iter().cloned().collect(),
            width: self.stack.size().width,
        })
    }
}

/// Rows to cut windows from.
#[derive(Clone)]
pub(super) struct Rows {
    strips: Vec<Arc<Strip>>,
    width: usize,
}

impl Rows {
    /// The window whose upper left pixel this is: shape (height, width, bands), into `out`.
    pub fn cut(&self, row: usize, column: usize, size: Size, out: &mut Vec<f32>) {
        out.clear();
        for row in row..row + size.height {
            let strip = self.strips.iter().find(|strip| strip.rows.contains(&row));
            let strip = strip.expect("the rows of a window are there");
            let bands = strip.samples.len() / (strip.rows.len() * self.width);
            let first = ((row - strip.rows.start) * self.width + column) * bands;
            out.extend_from_slice(&strip.samples[first..first + size.width * bands]);
        }
    }
}

/// Fills the missing values of a window with the mean of their band, which leaves its range as it
/// is. Gives the number of pixels that miss a value; a band without any becomes 0.
pub(super) fn fill_missing(window: &mut [f32], bands: usize) -> usize {
    if !window.iter().fold(false, |any, value| any | value.is_nan()) {
        return 0;
    }
    let is_missing = |pixel: &&[f32]| pixel.iter().any(|value| value.is_nan());
    let missing = window.chunks_exact(bands).filter(is_missing).count();
    for band in 0..bands {
        let values = window[band..].iter().step_by(bands);
        let (sum, count) = (values.filter(|value| !value.is_nan()))
            .fold((0.0, 0usize), |(sum, count), &value| {
                (sum + f64::from(value), count + 1)
            });
        let mean = if count > 0 {
            (sum / count as f64) as f32
        } else {
            0.0
        };
        for value in window[band..].iter_mut().step_by(bands) {
            if value.is_nan() {
                *value = mean;
            }
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_become_the_mean_of_their_band() {
        let n = f32::NAN;
        let mut window = [1.0, 5.0, n, 7.0, 3.0, n];
        assert_eq!(fill_missing(&mut window, 2), 2);
        assert_eq!(window, [1.0, 5.0, 2.0, 7.0, 3.0, 6.0]);
        assert_eq!(fill_missing(&mut window, 2), 0);
        let mut empty = [n, 1.0, n, 2.0];
        assert_eq!(fill_missing(&mut empty, 2), 2);
        assert_eq!(empty, [0.0, 1.0, 0.0, 2.0]);
    }
}

//! Which windows there are, and in which batches they are classified.

use super::axis::Axis;
use super::classifier::BATCH;
use super::stack::Stack;
use super::strips::{Rows, Strips};
use crate::error::{Error, Size};

/// The rows that are read at a time, at least: files are stored in blocks of some rows, and a block
/// is decoded at once.
const LEAST_ROWS: usize = 128;
/// The samples of a strip, if it is of more rows than one: 256 MiB of them.
const STRIP_SAMPLES: usize = 1 << 26;

/// Where the windows lie.
pub(super) struct Plan {
    pub size: Size,
    pub rows: Axis,
    pub columns: Axis,
    /// Pixels from one window to the next, the fewer of rows and columns.
    pub step: usize,
}

/// Windows of one row, next to each other.
pub(super) struct Job {
    pub rows: Rows,
    /// The windows' first row of pixels.
    pub row: usize,
    /// The first column of pixels of each.
    pub columns: Vec<usize>,
}

impl Plan {
    /// Windows of this size over all of a stack.
    pub fn new(stack: &Stack, size: Size, overlap: f64) -> Result<Self, Error> {
        let step = |tile: usize| ((tile as f64 * (1.0 - overlap)).round() as usize).max(1);
        let found = stack.size();
        let axis = |length, tile| {
            Axis::new(length, tile, step(tile)).ok_or_else(|| Error::TooSmall {
                path: stack.path().to_path_buf(),
                found,
                expected: size,
            })
        };
        Ok(Self {
            size,
            rows: axis(found.height, size.height)?,
            columns: axis(found.width, size.width)?,
            step: step(size.width.min(size.height)),
        })
    }

    /// How many windows there are.
    pub fn windows(&self) -> usize {
        self.rows.windows() * self.columns.windows()
    }

    /// Half the longer side of a window.
    pub fn half_window(&self) -> f64 {
        self.size.width.max(self.size.height) as f64 / 2.0
    }

    /// All windows, row by row, each row in batches as equal as can be.
    pub fn jobs<'a>(&'a self, stack: &'a Stack) -> impl Iterator<Item = Result<Job, Error>> + 'a {
        let all = self.columns.windows();
        let share = all.div_ceil(all.div_ceil(BATCH));
        let row_samples = stack.size().width * stack.bands();
        let most_rows = (STRIP_SAMPLES / row_samples).max(1);
        let mut strips = Strips::new(stack, self.step.max(LEAST_ROWS).min(most_rows));
        (0..self.rows.windows()).flat_map(move |window_row| {
            let row = self.rows.start(window_row);
            let rows = match strips.covering(row..row + self.size.height) {
                Ok(rows) => rows,
                Err(error) => return vec![Err(error)],
            };
            let batches = (0..all)
                .step_by(share)
                .map(|first| first..(first + share).min(all));
            let job = |batch: std::ops::Range<usize>| Job {
                rows: rows.clone(),
                row,
                columns: batch.map(|column| self.columns.start(column)).collect(),
            };
            batches.map(|batch| Ok(job(batch))).collect()
        })
    }
}

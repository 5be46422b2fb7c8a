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

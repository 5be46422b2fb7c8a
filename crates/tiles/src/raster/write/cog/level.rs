use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::thread;

use super::{CogOptions, TILE, tile};
use crate::raster::SampleType;

/// One page of the file: the image or an overview.
pub(super) struct Level {
    width: usize,
    height: usize,
    bands: usize,
    samples: SampleType,
    nodata: Option<f64>,
    /// Rows that wait until there is a row of tiles: shape (rows, width, bands).
    waiting: Vec<f32>,
    /// A row that waits for the next one, to be halved with it.
    odd: Vec<f32>,
    /// Rows taken so far.
    taken: usize,
    out: BufWriter<File>,
    lengths: Vec<u32>,
}

/// The tiles of a page, one after the other.
pub(super) struct Spool {
    pub width: usize,
    pub height: usize,
    pub file: File,
    /// Bytes of each tile, row by row.
    pub lengths: Vec<u32>,
}

impl Spool {
    pub(super) fn bytes(&self) -> u64 {
        self.lengths.iter().map(|&length| u64::from(length)).sum()
    }
}

impl Level {
    pub(super) fn new(
        width: usize,
        height: usize,
        options: &CogOptions,
        folder: &Path,
    ) -> io::Result<Self> {
        Ok(Self {
            width,
            height,
            bands: options.bands,
            samples: options.samples,
            nodata: options.nodata,
            waiting: Vec::new(),
            odd: Vec::new(),
            taken: 0,
            out: BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(folder)?),
            lengths: Vec::new(),
        })
    }

    /// Values of a row.
    pub(super) fn row_values(&self) -> usize {
        self.width * self.bands
    }

    /// Takes rows; gives the rows of the next smaller page that follow from them, if it is
    /// wanted.
    pub(super) fn push(&mut self, rows: &[f32], halve: bool) -> io::Result<Vec<f32>> {
        let mut halved = Vec::new();
        let row_values = self.row_values();
        for row in rows.chunks_exact(row_values) {
            self.waiting.extend_from_slice(row);
            self.taken += 1;
            if halve {
                if !self.odd.is_empty() {
                    self.halve(&self.odd, row, &mut halved);
                    self.odd.clear();
                } else if self.taken == self.height {
                    self.halve(row, row, &mut halved);
                } else {
                    self.odd.extend_from_slice(row);
                }
            }
            if self.waiting.len() == TILE * row_values || self.taken == self.height {
                self.flush()?;
            }
        }
        Ok(halved)
    }

    /// Appends the row whose pixels are the means of two by two.
    fn halve(&self, upper: &[f32], lower: &[f32], halved: &mut Vec<f32>) {
        let bands = self.bands;
        for left in (0..self.width).step_by(2) {
            let right = (left + 1).min(self.width - 1);
            for band in 0..bands {
                let (mut sum, mut count) = (0.0, 0.0);
                for row in [upper, lower] {
                    for column in [left, right] {
                        let value = row[column * bands + band];
                        if !value.is_nan() {
                            sum += f64::from(value);
                            count += 1.0;
                        }
                    }
                }
                // None at all: 0 / 0, which is NaN.
                halved.push((sum / count) as f32);
            }
        }
    }

    /// Writes the rows that wait as a row of tiles.
    fn flush(&mut self) -> io::Result<()> {
        let across = self.width.div_ceil(TILE);
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let share = across.div_ceil(workers.min(across));
        // Shares of neighbouring tiles: their order, and so the file, is the same for any number
        // of workers.
        let this = &*self;
        let tiles = thread::scope(|scope| {
            let workers: Vec<_> = (0..across)
                .step_by(share)
                .map(|first| {
                    let columns = first..(first + share).min(across);
                    scope.spawn(move || columns.map(|n| this.tile(n)).collect::<Vec<_>>())
                })
                .collect();
            let shares = workers.into_iter();
            shares
                .flat_map(|worker| worker.join().expect("encoding a tile does not panic"))
                .collect::<Vec<_>>()
        });
        for tile in tiles {
            let tile = tile?;
            self.out.write_all(&tile)?;
            // A deflated tile is at most a little larger than it was, far below 4 GiB.
            self.lengths.push(tile.len() as u32);
        }
        self.waiting.clear();
        Ok(())
    }

    /// The bytes of the `n`th tile of the rows that wait. Beyond the image it has no values.
    fn tile(&self, n: usize) -> io::Result<Vec<u8>> {
        let left = n * TILE;
        let width = TILE.min(self.width - left);
        let row_values = self.row_values();
        let mut values = vec![f32::NAN; TILE * TILE * self.bands];
        let rows = self.waiting.chunks_exact(row_values);
        for (row, target) in rows.zip(values.chunks_exact_mut(TILE * self.bands)) {
            let row = &row[left * self.bands..][..width * self.bands];
            target[..row.len()].copy_from_slice(row);
        }
        tile::encode(&mut values, self.bands, self.samples, self.nodata)
    }

    pub(super) fn finish(self) -> io::Result<Spool> {
        Ok(Spool {
            width: self.width,
            height: self.height,
            file: self.out.into_inner()?,
            lengths: self.lengths,
        })
    }
}

use std::sync::Arc;

use tiff_reader::source::TiffSource;
use tiff_reader::{Ifd, TiffFile};

use super::block::{Block, Extent, bytes_at};
use super::cache::BlockCache;
use super::codec::Codec;
use super::page::{Page, Stretch};
use crate::raster::Window;
use crate::raster::fault::Fault;
use crate::raster::file::room;

/// The least and most bytes of decoded blocks that a page keeps.
const LEAST_CACHED: usize = 64 << 20;
const MOST_CACHED: usize = 256 << 20;

/// A page that windows are read of.
pub(super) struct Image {
    pub page: Page,
    tags: Ifd,
    blocks: BlockCache,
    /// A sample of a block that is absent from the file, in the byte order of this machine.
    absent: Vec<u8>,
}

/// The part of a block that a window needs, in rows and columns of the image.
struct Part {
    column: usize,
    row: usize,
    width: usize,
    height: usize,
}

impl Image {
    pub(super) fn new(page: Page, tags: &Ifd, absent: Vec<u8>) -> Self {
        // A row of windows from left to right, and the next one, which overlaps it, need the
        // blocks of two rows.
        let row_of_blocks = (page.width.saturating_mul(page.block_height))
            .saturating_mul(page.bands * page.kind.bytes());
        let capacity = row_of_blocks
            .saturating_mul(2)
            .clamp(LEAST_CACHED, MOST_CACHED);
        Self {
            page,
            tags: tags.clone(),
            blocks: BlockCache::new(capacity),
            absent,
        }
    }

    /// The samples of a window inside the page, in the byte order of this machine.
    pub(super) fn read(&self, file: &TiffFile, window: Window) -> Result<Vec<u8>, Fault> {
        let page = &self.page;
        let length = |column: usize, size: usize, block: usize| {
            column / block..(column + size).div_ceil(block)
        };
        let down = length(window.row, window.height, page.block_height);
        let across = length(window.column, window.width, page.block_width);
        // JPEG and LERC blocks come from the library with all bands together.
        let planes = match page.codec {
            Codec::Jpeg | Codec::Lerc => 1,
            _ => page.planes(),
        };
        let blocks_of_plane = page.blocks_across * page.blocks_down;
        let blocks = (0..planes).flat_map(|plane| {
            let across = across.clone();
            down.clone().flat_map(move |block_row| {
                across.clone().map(move |block_column| {
                    let index =
                        plane * blocks_of_plane + block_row * page.blocks_across + block_column;
                    (index, plane, page.extent(block_column, block_row))
                })
            })
        });
        for (index, _, extent) in blocks.clone() {
            page.check(index, extent.height, file.source().len())?;
        }
        let size = window.width * window.height * page.bands * page.kind.bytes();
        let mut samples = room(size)?;
        samples.resize(size, 0);
        // A window of everything needs each block once.
        let whole = window.width == page.width && window.height == page.height;
        for (index, plane, extent) in blocks {
            let part = Part::of(&extent, window);
            if page.is_plain() && matches!(page.stretch(index), Stretch::At { .. }) {
                self.copy_plain(
                    file.source(),
                    index,
                    plane,
                    &extent,
                    &part,
                    window,
                    &mut samples,
                )?;
            } else {
                let decode = || self.decode(file, index, &extent);
                let block = match whole {
                    true => Arc::new(decode()?),
                    false => self.blocks.get(index, decode)?,
                };
                let bands = block_bands(page);
                let pixel = bands * page.kind.bytes();
                let first = (part.row - extent.row) * block.width + part.column - extent.column;
                let rows = block.samples[first * pixel..].chunks(block.width * pixel);
                self.place(rows, plane, &part, window, &mut samples);
            }
        }
        Ok(samples)
    }

    fn decode(&self, file: &TiffFile, index: usize, extent: &Extent) -> Result<Block, Fault> {
        if !matches!(self.page.codec, Codec::Jpeg | Codec::Lerc) {
            return self
                .page
                .decode(file.source(), index, extent.height, &self.absent);
        }
        let samples = file.read_window_bytes_from_ifd(
            &self.tags,
            extent.row,
            extent.column,
            extent.height,
            extent.width,
        )?;
        Ok(Block {
            samples,
            width: extent.width,
        })
    }

    /// Copies a part of a block that is stored as it is, reading no more than that part.
    #[expect(clippy::too_many_arguments, reason = "one call, in the loop above")]
    fn copy_plain(
        &self,
        source: &dyn TiffSource,
        index: usize,
        plane: usize,
        extent: &Extent,
        part: &Part,
        window: Window,
        samples: &mut [u8],
    ) -> Result<(), Fault> {
        let Stretch::At { offset, .. } = self.page.stretch(index) else {
            return Ok(());
        };
        let pixel = self.page.block_bands() * self.page.kind.bytes();
        let row_bytes = self.page.block_width * pixel;
        let at = |row: usize| {
            let before = (row - extent.row) * row_bytes + (part.column - extent.column) * pixel;
            offset.saturating_add(before as u64)
        };
        // Whole rows follow each other; parts of rows are read one by one.
        let rows_at_once = match part.width == self.page.block_width {
            true => part.height,
            false => 1,
        };
        let read_bytes = part.width * pixel;
        for row in (part.row..part.row + part.height).step_by(rows_at_once) {
            let bytes = bytes_at(source, at(row), (rows_at_once * read_bytes) as u64)?;
            let rows = Part {
                row,
                height: rows_at_once,
                ..*part
            };
            if self.page.is_native() {
                self.place(bytes.chunks(read_bytes), plane, &rows, window, samples);
            } else {
                let mut bytes = bytes.into_owned();
                self.page.to_native(&mut bytes);
                self.place(bytes.chunks(read_bytes), plane, &rows, window, samples);
            }
        }
        Ok(())
    }

    /// Copies rows, each beginning with the first pixel of the part, to where the window has them.
    fn place<'a>(
        &self,
        rows: impl Iterator<Item = &'a [u8]>,
        plane: usize,
        part: &Part,
        window: Window,
        samples: &mut [u8],
    ) {
        let bytes = self.page.kind.bytes();
        let pixel = self.page.bands * bytes;
        let block_pixel = block_bands(&self.page) * bytes;
        let first = (part.row - window.row) * window.width + part.column - window.column;
        let targets = samples[first * pixel..].chunks_mut(window.width * pixel);
        for (row, target) in rows.zip(targets).take(part.height) {
            let row = &row[..part.width * block_pixel];
            if pixel == block_pixel {
                target[..row.len()].copy_from_slice(row);
            } else {
                let target = &mut target[plane * bytes..];
                match bytes {
                    1 => spread::<1>(row, target, pixel),
                    2 => spread::<2>(row, target, pixel),
                    4 => spread::<4>(row, target, pixel),
                    _ => spread::<8>(row, target, pixel),
                }
            }
        }
    }
}

/// Samples of a pixel in a decoded block.
fn block_bands(page: &Page) -> usize {
    match page.codec {
        Codec::Jpeg | Codec::Lerc => page.bands,
        _ => page.block_bands(),
    }
}

/// Copies the samples of one band to every `pixel`th byte.
fn spread<const BYTES: usize>(row: &[u8], target: &mut [u8], pixel: usize) {
    let (samples, _) = row.as_chunks::<BYTES>();
    for (sample, target) in samples.iter().zip(target.chunks_mut(pixel)) {
        target[..BYTES].copy_from_slice(sample);
    }
}

impl Part {
    fn of(extent: &Extent, window: Window) -> Self {
        let column = extent.column.max(window.column);
        let row = extent.row.max(window.row);
        let right = (extent.column + extent.width).min(window.column + window.width);
        let bottom = (extent.row + extent.height).min(window.row + window.height);
        Self {
            column,
            row,
            width: right - column,
            height: bottom - row,
        }
    }
}

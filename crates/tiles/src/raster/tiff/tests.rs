//! Files laid out by hand: strips and tiles, bands together and apart, deflated and not, masks.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use super::block::Block;
use super::cache::BlockCache;
use crate::raster::write::directory::{Directory, Form, Pixels, Values, tag};
use crate::raster::{RasterFile, SampleType, Window};

#[derive(Clone, Copy, Debug)]
struct Layout {
    width: usize,
    height: usize,
    bands: usize,
    block_width: usize,
    block_height: usize,
    tiled: bool,
    planar: bool,
    deflated: bool,
    form: Form,
}

/// The value of a sample; no two neighbours are alike.
fn value(row: usize, column: usize, band: usize) -> u8 {
    (row * 31 + column * 7 + band * 101) as u8
}

impl Layout {
    /// The stored bytes of each block.
    fn blocks(&self) -> Vec<Vec<u8>> {
        let planes = if self.planar { self.bands } else { 1 };
        let mut blocks = Vec::new();
        for plane in 0..planes {
            for top in (0..self.height).step_by(self.block_height) {
                for left in (0..self.width).step_by(self.block_width) {
                    // The last strip is cut off, tiles are not.
                    let rows = match self.tiled {
                        true => self.block_height,
                        false => self.block_height.min(self.height - top),
                    };
                    let mut bytes = Vec::new();
                    for row in top..top + rows {
                        for column in left..left + self.block_width {
                            match self.planar {
                                true => bytes.push(value(row, column, plane)),
                                false => bytes
                                    .extend((0..self.bands).map(|band| value(row, column, band))),
                            }
                        }
                    }
                    blocks.push(match self.deflated {
                        true => {
                            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
                            encoder.write_all(&bytes).unwrap();
                            encoder.finish().unwrap()
                        }
                        false => bytes,
                    });
                }
            }
        }
        blocks
    }

    /// Writes the page, and after it a page with these tags and bytes.
    fn write(&self, path: &Path, blocks: &[Vec<u8>], mask: Option<(Directory, Vec<u8>)>) {
        let mut page = Directory::default();
        page.set_pixels(&Pixels {
            width: self.width as u32,
            height: self.height as u32,
            bands: self.bands as u16,
            samples: SampleType::Uint8,
        });
        page.short(tag::COMPRESSION, if self.deflated { 8 } else { 1 });
        page.short(284, if self.planar { 2 } else { 1 });
        let lengths = blocks.iter().map(|block| block.len() as u32).collect();
        let (offsets, counts) = match self.tiled {
            true => {
                page.short(tag::TILE_WIDTH, self.block_width as u16);
                page.short(tag::TILE_LENGTH, self.block_height as u16);
                (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
            }
            false => {
                page.short(tag::ROWS_PER_STRIP, self.block_height as u16);
                (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
            }
        };
        page.set(counts, Values::Long(lengths));
        page.set(offsets, Values::Offsets(vec![0; blocks.len()]));
        let first = self.form.header(0).len() as u64;
        let mut at = first + page.size(self.form);
        let places = blocks.iter().map(|block| {
            let place = at;
            at += block.len() as u64;
            place
        });
        page.set(offsets, Values::Offsets(places.collect()));
        let mut bytes = self.form.header(first);
        let next = if mask.is_some() { at } else { 0 };
        bytes.extend(page.encode(self.form, first, next));
        bytes.extend(blocks.concat());
        if let Some((mut page, pixels)) = mask {
            page.set(tag::STRIP_OFFSETS, Values::Offsets(vec![0]));
            let place = at + page.size(self.form);
            page.set(tag::STRIP_OFFSETS, Values::Offsets(vec![place]));
            bytes.extend(page.encode(self.form, at, 0));
            bytes.extend(pixels);
        }
        std::fs::write(path, bytes).unwrap();
    }
}

fn layouts() -> impl Strategy<Value = Layout> {
    let sizes = (1usize..40, 1usize..40, 1usize..5, 1usize..20, 1usize..20);
    (sizes, any::<[bool; 4]>()).prop_map(|(sizes, [tiled, planar, deflated, big])| {
        let (width, height, bands, block_width, block_height) = sizes;
        Layout {
            width,
            height,
            bands,
            block_width: if tiled { block_width } else { width },
            block_height,
            tiled,
            planar,
            deflated,
            form: if big { Form::Big } else { Form::Classic },
        }
    })
}

fn file_of(folder: &tempfile::TempDir, layout: Layout) -> PathBuf {
    let path = folder.path().join("a.tif");
    layout.write(&path, &layout.blocks(), None);
    path
}

proptest! {
    #[test]
    fn a_window_is_a_part_of_the_whole(
        layout in layouts(),
        corner: [prop::sample::Index; 2],
        size: [prop::sample::Index; 2],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = RasterFile::open(&file_of(&folder, layout)).unwrap();
        let column = corner[0].index(layout.width);
        let row = corner[1].index(layout.height);
        let window = Window {
            column,
            row,
            width: 1 + size[0].index(layout.width - column),
            height: 1 + size[1].index(layout.height - row),
        };
        let mut expected = Vec::new();
        for row in window.row..window.row + window.height {
            for column in window.column..window.column + window.width {
                expected.extend((0..layout.bands).map(|band| value(row, column, band)));
            }
        }
        prop_assert_eq!(&file.read_stored(window).unwrap().bytes, &expected);
        // Again, now from what was kept.
        prop_assert_eq!(&file.read_stored(window).unwrap().bytes, &expected);
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        layout in layouts(),
        place: prop::sample::Index,
        byte: u8,
        keep: prop::sample::Index,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = file_of(&folder, layout);
        let mut bytes = std::fs::read(&path).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        bytes.truncate(keep.index(bytes.len()) + 1);
        std::fs::write(&path, bytes).unwrap();
        if let Ok(raster) = RasterFile::open(&path).and_then(|file| file.read()) {
            let samples = raster.width * raster.height * raster.bands;
            prop_assert_eq!(raster.samples.len(), samples);
        }
    }
}

const TILES: Layout = Layout {
    width: 30,
    height: 30,
    bands: 1,
    block_width: 10,
    block_height: 10,
    tiled: true,
    planar: false,
    deflated: true,
    form: Form::Classic,
};

#[test]
fn only_the_blocks_of_a_window_are_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let mut blocks = TILES.blocks();
    blocks[4] = vec![0xff; blocks[4].len()];
    TILES.write(&path, &blocks, None);
    let file = RasterFile::open(&path).unwrap();
    let mut window = Window {
        column: 0,
        row: 0,
        width: 30,
        height: 10,
    };
    assert_eq!(
        file.read_stored(window).unwrap().bytes[299],
        value(9, 29, 0)
    );
    window.height = 11;
    let message = file.read_stored(window).unwrap_err().to_string();
    assert!(message.contains("block 4"), "{message}");
}

#[test]
fn a_mask_hides_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let layout = Layout {
        width: 10,
        height: 2,
        block_width: 10,
        block_height: 2,
        tiled: false,
        bands: 2,
        deflated: false,
        ..TILES
    };
    // One bit a pixel, rows from whole bytes on.
    let mut mask = Directory::default();
    mask.long(tag::NEW_SUBFILE_TYPE, super::MASK);
    mask.long(256, 10);
    mask.long(257, 2);
    mask.short(258, 1);
    mask.short(tag::COMPRESSION, 1);
    mask.short(262, 4);
    mask.short(277, 1);
    mask.short(tag::ROWS_PER_STRIP, 2);
    mask.set(tag::STRIP_BYTE_COUNTS, Values::Long(vec![4]));
    let hidden = [(0, 3), (1, 9)];
    let bits = vec![0b1110_1111, 0b1100_0000, 0xff, 0b1000_0000];
    layout.write(&path, &layout.blocks(), Some((mask, bits)));
    let file = RasterFile::open(&path).unwrap();
    assert_eq!(file.info().pages, 1);
    let raster = file.read().unwrap();
    for row in 0..2 {
        for column in 0..10 {
            for band in 0..2 {
                let found = raster.samples[(row * 10 + column) * 2 + band];
                match hidden.contains(&(row, column)) {
                    true => assert!(found.is_nan()),
                    false => assert_eq!(found, f32::from(value(row, column, band))),
                }
            }
        }
    }
}

#[test]
fn threads_share_decoded_blocks() {
    let cache = BlockCache::new(1000);
    let decoded = AtomicUsize::new(0);
    let block = |index: usize| {
        let found = cache.get(index, || {
            decoded.fetch_add(1, Ordering::Relaxed);
            std::thread::yield_now();
            Ok(Block {
                samples: vec![index as u8; 100],
                width: 10,
            })
        });
        assert_eq!(found.unwrap().samples[0], index as u8);
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..10).for_each(block));
        }
    });
    assert_eq!(decoded.load(Ordering::Relaxed), 10);
    // One more pushes out the one that was not used for the longest time.
    block(0);
    block(10);
    block(0);
    assert_eq!(decoded.load(Ordering::Relaxed), 11);
    block(1);
    assert_eq!(decoded.load(Ordering::Relaxed), 12);
}

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tiff_reader::source::{BytesSource, FileSource, SharedSource};
use tiff_reader::{ByteOrder, OpenOptions, ParseBudgets, TiffFile};

use crate::raster::fault::Fault;

/// Files up to this size are read at once: one call for a tile instead of a dozen.
const SMALL: u64 = 4 << 20;

/// Opens a file and reads its pages' tags, not its pixels.
///
/// Where the tags of a later page are damaged, or the chain of pages bites its own tail, a small
/// file is taken to end after its first page, as GDAL does.
pub(super) fn open(path: &Path) -> Result<TiffFile, Fault> {
    let length = fs::metadata(path).map_err(Fault::damaged)?.len();
    if length > SMALL {
        return parse(Arc::new(FileSource::open(path)?));
    }
    let mut bytes = fs::read(path).map_err(Fault::damaged)?;
    let whole = parse(Arc::new(BytesSource::new(bytes.clone())));
    match whole {
        Err(fault) => match next_page(&bytes) {
            Some(pointer) if bytes[pointer.clone()].iter().any(|&byte| byte != 0) => {
                bytes[pointer].fill(0);
                parse(Arc::new(BytesSource::new(bytes))).map_err(|_| fault)
            }
            _ => Err(fault),
        },
        found => found,
    }
}

fn parse(source: SharedSource) -> Result<TiffFile, Fault> {
    let options = OpenOptions {
        // Blocks are cached by ours, which does not decode one twice for two threads.
        block_cache_bytes: 0,
        block_cache_slots: 1,
        parse_budgets: ParseBudgets {
            max_ifds: 4096,
            max_ifd_entries: 1024,
            max_tag_value_bytes: 16 << 20,
            max_metadata_value_bytes: 64 << 20,
        },
        decode_output_bytes: super::block::MOST_BYTES,
    };
    Ok(TiffFile::from_source_with_options(source, options)?)
}

/// Where the first page's tags point to the second page (TIFF 6.0, section 2; `BigTIFF` has
/// numbers of 8 bytes).
fn next_page(bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let header = tiff_reader::header::TiffHeader::parse(bytes).ok()?;
    let tags = usize::try_from(header.first_ifd_offset).ok()?;
    let (count_bytes, entry_bytes, pointer_bytes) = match header.is_bigtiff() {
        true => (8, 20, 8),
        false => (2, 12, 4),
    };
    let count = bytes.get(tags..tags.checked_add(count_bytes)?)?;
    let digit = |number: usize, &byte: &u8| number << 8 | usize::from(byte);
    let count = match header.byte_order {
        ByteOrder::BigEndian => count.iter().fold(0, digit),
        ByteOrder::LittleEndian => count.iter().rev().fold(0, digit),
    };
    let start = tags + count_bytes + count.checked_mul(entry_bytes)?;
    let pointer = start..start.checked_add(pointer_bytes)?;
    bytes.get(pointer.clone()).map(|_| pointer)
}

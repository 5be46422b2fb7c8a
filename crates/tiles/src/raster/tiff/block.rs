use std::borrow::Cow;

use tiff_reader::source::TiffSource;
use tiff_reader::{ByteOrder, filters};

use super::bits::{packed_row_bytes, unpack_row};
use super::codec::Codec;
use super::page::{Page, Stretch};
use crate::raster::fault::Fault;

/// The most bytes that a block may decode to: 1 GiB.
pub(super) const MOST_BYTES: usize = 1 << 30;

/// A decoded block.
pub(super) struct Block {
    /// Samples in the byte order of this machine: rows by columns by bands of the block.
    pub samples: Vec<u8>,
    /// Pixels from row to row.
    pub width: usize,
}

/// Which rows and columns of the image a block holds. At the right and lower edge, tiles reach
/// beyond the image; this is the part inside.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    pub column: usize,
    pub row: usize,
    pub width: usize,
    pub height: usize,
}

impl Page {
    pub(super) fn extent(&self, block_column: usize, block_row: usize) -> Extent {
        let (column, row) = (
            block_column * self.block_width,
            block_row * self.block_height,
        );
        Extent {
            column,
            row,
            width: self.block_width.min(self.width - column),
            height: self.block_height.min(self.height - row),
        }
    }

    /// Bytes of a row of a block as it is stored, if that is a number.
    fn stored_row_bytes(&self) -> Option<usize> {
        let samples = self.block_width.checked_mul(self.block_bands())?;
        packed_row_bytes(samples, self.kind.bits)
    }

    /// Bytes of the rows of a block that lie inside the image, as they are stored.
    fn stored_bytes(&self, rows: usize) -> Result<usize, Fault> {
        let bytes = (self.stored_row_bytes()).and_then(|bytes| bytes.checked_mul(rows));
        bytes.ok_or_else(|| {
            Fault::Damaged(format!(
                "blocks of {}x{} pixels are too large",
                self.block_width, self.block_height
            ))
        })
    }

    /// Says early whether a block can be what the image needs, before memory is taken for it.
    pub(super) fn check(&self, index: usize, rows: usize, file: u64) -> Result<(), Fault> {
        let Stretch::At { offset, length } = self.stretch(index) else {
            return Ok(());
        };
        let needed = self.stored_bytes(rows)? as u64;
        let left = file.saturating_sub(offset);
        // Byte counts of uncompressed blocks are often wrong and never needed.
        let length = match self.codec {
            Codec::None => left.min(needed),
            _ => length.unwrap_or(left),
        };
        if length > left {
            return Err(Fault::Damaged(format!(
                "block {index} is {length} bytes from {offset} on, but the file ends {left} bytes \
                 after that"
            )));
        }
        let most = (self.codec.most_expansion()).map(|most| length.saturating_mul(most));
        if most.is_some_and(|most| most < needed) {
            return Err(Fault::Damaged(format!(
                "block {index} has {length} bytes, which cannot hold the {needed} bytes of its \
                 {rows} rows"
            )));
        }
        Ok(())
    }

    /// Decodes a block of `rows` rows inside the image.
    pub(super) fn decode(
        &self,
        source: &dyn TiffSource,
        index: usize,
        rows: usize,
        absent: &[u8],
    ) -> Result<Block, Fault> {
        let samples_of_row = self.block_width * self.block_bands();
        let bytes = self.kind.bytes();
        let wanted = self.stored_bytes(rows)?;
        let size = (samples_of_row.checked_mul(rows)).and_then(|n| n.checked_mul(bytes));
        let size = size.filter(|&size| size <= MOST_BYTES).ok_or_else(|| {
            let (width, height) = (self.block_width, self.block_height);
            Fault::Unsupported(format!(
                "blocks of {width}x{height} pixels (more than {MOST_BYTES} bytes)"
            ))
        })?;
        let width = self.block_width;
        let Stretch::At { offset, length } = self.stretch(index) else {
            let samples = absent.repeat(size / bytes);
            return Ok(Block { samples, width });
        };
        let length = match self.codec {
            Codec::None => wanted as u64,
            _ => length.unwrap_or_else(|| source.len().saturating_sub(offset)),
        };
        let mut stored = bytes_at(source, offset, length)?;
        if self.bits_reversed {
            let reversed = stored.iter().map(|byte| byte.reverse_bits()).collect();
            stored = Cow::Owned(reversed);
        }
        // Some writers fill the last strip up to its full height.
        let limit = self.stored_bytes(self.block_height)?.min(MOST_BYTES);
        let name = |fault| match fault {
            Fault::Damaged(reason) => Fault::Damaged(format!("block {index}: {reason}")),
            unsupported @ Fault::Unsupported(_) => unsupported,
        };
        let mut decoded = self.codec.decompress(&stored, limit).map_err(name)?;
        if self.codec == Codec::WebP {
            decoded = self.with_alpha(decoded, index, rows)?;
        }
        if decoded.len() < wanted {
            return Err(Fault::Damaged(format!(
                "block {index} decodes to {} bytes; expected {wanted}",
                decoded.len()
            )));
        }
        let row_bytes = wanted / rows;
        if usize::from(self.kind.bits) != 8 * bytes {
            if self.predictor != 1 && self.codec != Codec::None {
                let feature = format!("predictor with samples of {} bits", self.kind.bits);
                return Err(Fault::Unsupported(feature));
            }
            let mut samples = Vec::with_capacity(size);
            for row in decoded[..wanted].chunks_exact(row_bytes) {
                unpack_row(row, samples_of_row, self.kind.bits, bytes, &mut samples);
            }
            return Ok(Block { samples, width });
        }
        let mut samples = decoded.into_owned();
        samples.truncate(wanted);
        let predictor = match self.codec {
            Codec::None => 1,
            _ => self.predictor,
        };
        for row in samples.chunks_exact_mut(row_bytes) {
            filters::fix_endianness_and_predict(
                row,
                self.kind.bits,
                self.block_bands() as u16,
                self.byte_order,
                predictor,
            )?;
        }
        Ok(Block { samples, width })
    }

    /// WebP leaves the fourth band out where it is full everywhere (GDAL does the same).
    fn with_alpha<'a>(
        &self,
        decoded: Cow<'a, [u8]>,
        index: usize,
        rows: usize,
    ) -> Result<Cow<'a, [u8]>, Fault> {
        let pixels = self.block_width * rows;
        let bands = decoded.len() / pixels;
        match (bands, self.block_bands()) {
            _ if !decoded.len().is_multiple_of(pixels) => {}
            (found, expected) if found == expected => return Ok(decoded),
            (3, 4) => {
                let (colours, _) = decoded.as_chunks::<3>();
                let whole = colours.iter().flat_map(|&[r, g, b]| [r, g, b, u8::MAX]);
                return Ok(Cow::Owned(whole.collect()));
            }
            _ => {}
        }
        Err(Fault::Damaged(format!(
            "block {index} decodes to {} bytes; expected {} bands of {pixels} pixels",
            decoded.len(),
            self.block_bands()
        )))
    }

    /// Whether samples are stored in the byte order of this machine.
    pub(super) fn is_native(&self) -> bool {
        let native = match self.byte_order {
            ByteOrder::LittleEndian => cfg!(target_endian = "little"),
            ByteOrder::BigEndian => cfg!(target_endian = "big"),
        };
        native || self.kind.bytes() == 1
    }

    /// Puts samples as stored into the byte order of this machine.
    pub(super) fn to_native(&self, samples: &mut [u8]) {
        if !self.is_native() {
            let bytes = self.kind.bytes();
            samples.chunks_exact_mut(bytes).for_each(<[u8]>::reverse);
        }
    }
}

/// Bytes of a file, without a copy where it is in memory.
pub(super) fn bytes_at(
    source: &dyn TiffSource,
    offset: u64,
    length: u64,
) -> Result<Cow<'_, [u8]>, Fault> {
    let end = offset
        .checked_add(length)
        .filter(|&end| end <= source.len());
    let (Some(end), Ok(size)) = (end, usize::try_from(length)) else {
        return Err(Fault::Damaged(format!(
            "{length} bytes from {offset} on are beyond its end at {}",
            source.len()
        )));
    };
    match source.as_slice() {
        Some(all) => Ok(Cow::Borrowed(&all[offset as usize..end as usize])),
        None => Ok(Cow::Owned(source.read_exact_at(offset, size)?)),
    }
}

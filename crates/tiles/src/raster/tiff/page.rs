use tiff_reader::{ByteOrder, Ifd, TagValue};

use super::codec::Codec;
use crate::raster::SampleKind;
use crate::raster::fault::Fault;

// Tags of TIFF 6.0, section 8 and 15.
const STRIP_OFFSETS: u16 = 273;
const STRIP_BYTE_COUNTS: u16 = 279;
const TILE_OFFSETS: u16 = 324;
const TILE_BYTE_COUNTS: u16 = 325;

/// How the samples of a page lie in the file.
///
/// The library reads the tags; what they mean together is worked out here, because the library
/// refuses pages for the sake of their colours (a wrong number of extra samples, say), which mean
/// nothing to bands, and for tables that are unusual but clear.
pub(super) struct Page {
    pub width: usize,
    pub height: usize,
    pub bands: usize,
    pub kind: SampleKind,
    pub codec: Codec,
    pub predictor: u16,
    pub byte_order: ByteOrder,
    /// The first bit of a byte is its least significant one.
    pub bits_reversed: bool,
    /// Each band has blocks of its own.
    pub planar: bool,
    tiled: bool,
    /// Size of a block. A strip is a block as wide as the page.
    pub block_width: usize,
    pub block_height: usize,
    pub blocks_across: usize,
    pub blocks_down: usize,
    offsets: Vec<u64>,
    byte_counts: Vec<u64>,
}

/// Where the bytes of a block are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stretch {
    /// Nowhere: all its samples are "no data".
    Absent,
    /// From here on, this many if the file says.
    At { offset: u64, length: Option<u64> },
}

impl Page {
    pub(super) fn read(tags: &Ifd, byte_order: ByteOrder) -> Result<Self, Fault> {
        let (width, height) = (tags.width() as usize, tags.height() as usize);
        let bands = usize::from(tags.samples_per_pixel());
        if width == 0 || height == 0 || bands == 0 {
            return Err(Fault::Damaged(format!(
                "{width}x{height} pixels of {bands} bands; expected at least one of each"
            )));
        }
        let kind = sample_kind(tags, bands)?;
        let codec = Codec::from_code(tags.compression())?;
        // The library undoes the colour transform of JPEG; in other codecs chroma may be of
        // lower resolution than luma.
        const YCBCR: u16 = 6;
        if tags.photometric_interpretation() == Some(YCBCR) && codec != Codec::Jpeg {
            return Err(Fault::Unsupported("YCbCr colours without JPEG".into()));
        }
        let planar = match tags.planar_configuration() {
            1 => false,
            2 => true,
            other => {
                let feature = format!("planar configuration {other}");
                return Err(Fault::Unsupported(feature));
            }
        };
        let predictor = tags.predictor();
        if !matches!(predictor, 1..=3) && codec != Codec::None {
            return Err(Fault::Unsupported(format!("predictor {predictor}")));
        }
        let tiled = tags.is_tiled();
        let (block_width, block_height) = if tiled {
            let length = |length: Option<u32>| length.map_or(0, |length| length as usize);
            (length(tags.tile_width()), length(tags.tile_height()))
        } else {
            (width, height.min(tags.rows_per_strip() as usize))
        };
        if block_width == 0 || block_height == 0 {
            return Err(Fault::Damaged(format!(
                "blocks of {block_width}x{block_height} pixels; expected at least one"
            )));
        }
        let (offsets, byte_counts) = match tiled {
            true => (TILE_OFFSETS, TILE_BYTE_COUNTS),
            false => (STRIP_OFFSETS, STRIP_BYTE_COUNTS),
        };
        let page = Self {
            width,
            height,
            bands,
            kind,
            codec,
            predictor,
            byte_order,
            bits_reversed: tags.fill_order() == 2 && codec != Codec::Jpeg,
            planar,
            tiled,
            block_width,
            block_height,
            blocks_across: width.div_ceil(block_width),
            blocks_down: height.div_ceil(block_height),
            offsets: table(tags, offsets)?,
            byte_counts: table(tags, byte_counts)?,
        };
        if !page.byte_counts.is_empty() && page.byte_counts.len() < page.offsets.len() {
            return Err(Fault::Unsupported(format!(
                "a table of {} byte counts for {} blocks",
                page.byte_counts.len(),
                page.offsets.len()
            )));
        }
        let expected = (page.blocks_across.checked_mul(page.blocks_down))
            .and_then(|blocks| blocks.checked_mul(page.planes()));
        match expected {
            Some(expected) if expected <= page.offsets.len() => Ok(page),
            // Old writers left out what nobody looked at; GDAL makes up the pixels.
            Some(expected) if page.offsets.len() > 1 => Err(Fault::Unsupported(format!(
                "a table of {} blocks where the image has {expected}",
                page.offsets.len()
            ))),
            _ => Err(Fault::Damaged(format!(
                "its table of blocks is too short ({}) for the image",
                page.offsets.len()
            ))),
        }
    }

    /// How many blocks lie over each other.
    pub(super) fn planes(&self) -> usize {
        if self.planar { self.bands } else { 1 }
    }

    /// Samples of a pixel in one block.
    pub(super) fn block_bands(&self) -> usize {
        if self.planar { 1 } else { self.bands }
    }

    /// Whether blocks need no decoding, so that any part of one can be read by itself.
    pub(super) fn is_plain(&self) -> bool {
        self.codec == Codec::None
            && !self.bits_reversed
            && usize::from(self.kind.bits) == 8 * self.kind.bytes()
    }

    /// Where a block is; `index` counts the blocks row by row, plane by plane.
    pub(super) fn stretch(&self, index: usize) -> Stretch {
        let length = self.byte_counts.get(index).copied();
        match self.offsets[index] {
            0 => Stretch::Absent,
            // GDAL leaves out tiles so; an empty strip is a damaged one.
            _ if self.tiled && length == Some(0) => Stretch::Absent,
            offset => Stretch::At { offset, length },
        }
    }
}

fn sample_kind(tags: &Ifd, bands: usize) -> Result<SampleKind, Fault> {
    // Writers are careless with the number of values in these tags; the values are clear as long
    // as they agree.
    let agreed = |values: Vec<u16>, default: u16, what: &str| {
        let first = values.first().copied().unwrap_or(default);
        match values.iter().take(bands).all(|&value| value == first) {
            true => Ok(first),
            false => Err(Fault::Unsupported(format!("bands of different {what}"))),
        }
    };
    let bits = agreed(tags.bits_per_sample()?, 1, "depth")?;
    let format = agreed(tags.sample_format()?, 1, "sample formats")?;
    // Codes of SampleFormat (TIFF 6.0, section 19); "undefined" is read as unsigned.
    let (float, signed) = match format {
        1 | 4 => (false, false),
        2 => (false, true),
        3 => (true, true),
        5 | 6 => return Err(Fault::Unsupported("complex samples".into())),
        other => return Err(Fault::Unsupported(format!("sample format {other}"))),
    };
    let known = match (float, signed) {
        (true, _) => matches!(bits, 16 | 32 | 64),
        (false, true) => matches!(bits, 8 | 16 | 32 | 64),
        (false, false) => matches!(bits, 1..=16 | 24 | 32 | 64),
    };
    if !known {
        let name = match (float, signed) {
            (true, _) => "floats",
            (false, true) => "signed integers",
            (false, false) => "unsigned integers",
        };
        return Err(Fault::Unsupported(format!("{name} of {bits} bits")));
    }
    Ok(SampleKind {
        float,
        signed,
        bits,
    })
}

/// The numbers of a table of blocks; none where the table is absent.
fn table(tags: &Ifd, code: u16) -> Result<Vec<u64>, Fault> {
    let Some(tag) = tags.tag(code) else {
        return Ok(Vec::new());
    };
    let numbers = match &tag.value {
        // Of a type that means offsets less than any other, and yet it is met.
        TagValue::SLong8(values) => {
            let values = values.iter().map(|&value| u64::try_from(value));
            values.collect::<Result<_, _>>().ok()
        }
        TagValue::Byte(values) => Some(values.iter().copied().map(u64::from).collect()),
        value => value.as_u64_vec(),
    };
    numbers.ok_or_else(|| Fault::Damaged(format!("tag {code} is no table of numbers")))
}

use std::borrow::Cow;
use std::io::Read;

use lzma_rust2::XzReader;
use tiff_reader::filters;
use weezl::decode::Configuration;
use weezl::{BitOrder, LzwStatus};

use crate::raster::fault::Fault;

/// How the bytes of a block are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Lzw,
    Deflate,
    PackBits,
    Lzma,
    Zstd,
    WebP,
    /// Decoded by the library into pixels, not bytes.
    Jpeg,
    /// The same.
    Lerc,
}

impl Codec {
    /// From the code of the Compression tag.
    pub(super) fn from_code(code: u16) -> Result<Self, Fault> {
        Ok(match code {
            1 => Self::None,
            5 => Self::Lzw,
            7 => Self::Jpeg,
            8 | 32946 => Self::Deflate,
            32773 => Self::PackBits,
            34887 => Self::Lerc,
            34925 => Self::Lzma,
            50000 => Self::Zstd,
            50001 => Self::WebP,
            _ => {
                let name = match code {
                    2 => " (CCITT run lengths)",
                    3 => " (CCITT group 3 fax)",
                    4 => " (CCITT group 4 fax)",
                    6 => " (JPEG as of TIFF 6.0)",
                    32766 => " (NeXT)",
                    32809 => " (ThunderScan)",
                    34676 | 34677 => " (SGI LogLuv)",
                    34712 => " (JPEG 2000)",
                    50002 | 52546 => " (JPEG XL)",
                    _ => "",
                };
                return Err(Fault::Unsupported(format!("compression {code}{name}")));
            }
        })
    }

    /// How many bytes a byte can hold at most, where there is such a bound.
    pub(super) fn most_expansion(self) -> Option<u64> {
        match self {
            Self::None => Some(1),
            // A match of 258 bytes takes at least two bits (RFC 1951).
            Self::Deflate => Some(1032),
            // A code of 12 bits stands for at most the longest string of a table of 4096.
            Self::Lzw => Some(4096),
            // Two bytes repeat one 128 times.
            Self::PackBits => Some(64),
            Self::Lzma | Self::Zstd | Self::WebP | Self::Jpeg | Self::Lerc => None,
        }
    }

    /// The decompressed bytes, at most `limit`.
    pub(super) fn decompress<'a>(
        self,
        bytes: &'a [u8],
        limit: usize,
    ) -> Result<Cow<'a, [u8]>, Fault> {
        let library = |code| filters::decompress(code, bytes, 0, None, limit);
        Ok(Cow::Owned(match self {
            Self::None => return Ok(Cow::Borrowed(&bytes[..limit.min(bytes.len())])),
            Self::Lzw => lzw(bytes, limit)?,
            Self::Lzma => lzma(bytes, limit)?,
            Self::Deflate => library(8)?,
            Self::PackBits => library(32773)?,
            Self::Zstd => library(50000)?,
            Self::WebP => library(50001)?,
            Self::Jpeg | Self::Lerc => unreachable!("decoded by the library into pixels"),
        }))
    }
}

/// LZW (TIFF 6.0, section 13).
///
/// Not the library's, which refuses blocks without an end mark, and those of before TIFF 5, whose
/// bits are in the other order; libtiff reads both.
fn lzw(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    // The first code is "clear", 256 in nine bits: which order it is in can be seen (libtiff,
    // `LZWPreDecode`).
    let old_style = matches!(bytes, [0, second, ..] if second & 1 == 1);
    let configuration = match old_style {
        true => Configuration::new(BitOrder::Lsb, 8),
        false => Configuration::with_tiff_size_switch(BitOrder::Msb, 8),
    };
    let mut decoder = configuration.with_yield_on_full_buffer(true).build();
    let mut decoded = Vec::new();
    let mut buffer = [0; 8192];
    let mut rest = bytes;
    while decoded.len() < limit {
        let room = buffer.len().min(limit - decoded.len());
        let step = decoder.decode_bytes(rest, &mut buffer[..room]);
        rest = &rest[step.consumed_in..];
        decoded.extend_from_slice(&buffer[..step.consumed_out]);
        match step.status {
            Err(error) => return Err(Fault::Damaged(format!("LZW: {error}"))),
            Ok(LzwStatus::Done) => break,
            Ok(_) if step.consumed_in == 0 && step.consumed_out == 0 => break,
            Ok(_) => {}
        }
    }
    Ok(decoded)
}

/// An xz stream, as libtiff writes them; the library has no decoder for it.
///
/// A dictionary is at most 64 MiB at the highest setting of the encoder; a damaged header may ask
/// for 4 GiB.
fn lzma(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    const MOST_DICTIONARY_KIB: u32 = 80 << 10;
    let mut decoded = Vec::new();
    XzReader::new_mem_limit(bytes, false, MOST_DICTIONARY_KIB)
        .take(limit as u64)
        .read_to_end(&mut decoded)
        .map_err(|error| Fault::Damaged(format!("LZMA: {error}")))?;
    Ok(decoded)
}

//! PNG images.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::OnceLock;

use png::{BitDepth, ColorType, Decoder, Limits, Reader, Transformations};

use super::fault::Fault;
use super::file::{Format, room};
use super::stored::Stored;
use super::{Placement, RasterInfo, SampleKind, Window, world_file};

/// The eight bytes that every PNG file begins with.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// The most bytes of pixels that an image may have: 1 GiB.
const MOST_BYTES: usize = 1 << 30;

/// An open PNG file: grey, red-green-blue, and alpha are bands of 8 or 16 bits each.
///
/// A palette becomes the colours that it stands for, and grey of fewer than 8 bits is spread over
/// 0..=255: both are ways to compress, not ways to measure. A PNG file can only be decoded from
/// its beginning, so the first window decodes it all, and the pixels stay in memory.
pub(super) struct Png {
    info: RasterInfo,
    pixels: OnceLock<Result<Stored, Fault>>,
    path: std::path::PathBuf,
}

impl Png {
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let image = open(path)?;
        let (colour, depth) = image.output_color_type();
        let info = RasterInfo {
            width: image.info().width as usize,
            height: image.info().height as usize,
            bands: colour.samples(),
            sample: SampleKind {
                float: false,
                signed: false,
                bits: depth as u16,
            },
            placement: world_file::read(path).unwrap_or(Placement::Unknown),
            crs: None,
            epsg: None,
            nodata: None,
            scaling: None,
            pages: 1,
        };
        if !matches!(depth, BitDepth::Eight | BitDepth::Sixteen) || colour == ColorType::Indexed {
            return Err(Fault::Unsupported(format!("{colour:?} of {depth:?} bits")));
        }
        Ok(Self {
            info,
            pixels: OnceLock::new(),
            path: path.to_path_buf(),
        })
    }

    fn decode(&self) -> Result<Stored, Fault> {
        let mut image = open(&self.path)?;
        let size = image
            .output_buffer_size()
            .filter(|&size| size <= MOST_BYTES);
        let size = size.ok_or_else(|| {
            let (width, height) = (self.info.width, self.info.height);
            Fault::Unsupported(format!("images of {width}x{height} pixels"))
        })?;
        let mut bytes = room(size)?;
        bytes.resize(size, 0);
        image.next_frame(&mut bytes).map_err(Fault::damaged)?;
        let expected =
            self.info.width * self.info.height * self.info.bands * self.info.sample.bytes();
        if size != expected {
            return Err(Fault::Damaged(format!("{size} bytes; expected {expected}")));
        }
        if self.info.sample.bytes() == 2 {
            let (samples, _) = bytes.as_chunks_mut::<2>();
            for sample in samples {
                *sample = u16::from_be_bytes(*sample).to_ne_bytes();
            }
        }
        Ok(Stored {
            kind: self.info.sample,
            bytes,
        })
    }
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>, Fault> {
    let file = File::open(path).map_err(Fault::damaged)?;
    let mut decoder = Decoder::new_with_limits(BufReader::new(file), Limits { bytes: MOST_BYTES });
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.read_info().map_err(Fault::damaged)
}

impl Format for Png {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_stored(&self, window: Window) -> Result<Stored, Fault> {
        let whole = match self.pixels.get_or_init(|| self.decode()) {
            Ok(whole) => whole,
            Err(fault) => return Err(fault.clone()),
        };
        let pixel = self.info.bands * self.info.sample.bytes();
        let mut bytes = room(window.width * window.height * pixel)?;
        let rows = whole.bytes.chunks_exact(self.info.width * pixel);
        for row in rows.skip(window.row).take(window.height) {
            bytes.extend_from_slice(&row[window.column * pixel..][..window.width * pixel]);
        }
        Ok(Stored {
            kind: self.info.sample,
            bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::RasterFile;

    fn write(path: &Path, size: [u32; 2], colour: ColorType, depth: BitDepth, bytes: &[u8]) {
        let file = File::create(path).unwrap();
        let mut encoder = png::Encoder::new(file, size[0], size[1]);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if colour == ColorType::Indexed {
            encoder.set_palette(vec![1, 2, 3, 250, 251, 252]);
        }
        encoder
            .write_header()
            .unwrap()
            .write_image_data(bytes)
            .unwrap();
    }

    #[test]
    fn bands_are_those_of_the_image() {
        use BitDepth::{Eight, One, Sixteen};
        use ColorType::{Grayscale, Indexed, Rgb, Rgba};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let cases: [(_, _, &[u8], usize, &[f32]); 5] = [
            (Grayscale, Eight, &[7, 9], 1, &[7.0, 9.0]),
            (Grayscale, Sixteen, &[1, 0, 0, 5], 1, &[256.0, 5.0]),
            (
                Rgb,
                Eight,
                &[1, 2, 3, 4, 5, 6],
                3,
                &[1., 2., 3., 4., 5., 6.],
            ),
            (
                Rgba,
                Eight,
                &[1, 2, 3, 0, 4, 5, 6, 9],
                4,
                &[1., 2., 3., 0., 4., 5., 6., 9.],
            ),
            (
                Indexed,
                One,
                &[0b0100_0000],
                3,
                &[1., 2., 3., 250., 251., 252.],
            ),
        ];
        for (colour, depth, bytes, bands, values) in cases {
            write(&path, [2, 1], colour, depth, bytes);
            let raster = RasterFile::open(&path).unwrap().read().unwrap();
            assert_eq!((raster.bands, &raster.samples[..]), (bands, values));
        }
    }

    #[test]
    fn a_window_is_a_part_of_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let bytes: Vec<u8> = (0..60).collect();
        write(&path, [5, 4], ColorType::Rgb, BitDepth::Eight, &bytes);
        let file = RasterFile::open(&path).unwrap();
        let window = Window {
            column: 3,
            row: 1,
            width: 2,
            height: 2,
        };
        let found = file.read_stored(window).unwrap().bytes;
        assert_eq!(found, [24, 25, 26, 27, 28, 29, 39, 40, 41, 42, 43, 44]);
    }

    #[test]
    fn a_damaged_image_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.png");
        write(
            &path,
            [5, 4],
            ColorType::Grayscale,
            BitDepth::Eight,
            &[7; 20],
        );
        let whole = std::fs::read(&path).unwrap();
        for keep in [8, 20, 33, whole.len() - 20] {
            std::fs::write(&path, &whole[..keep]).unwrap();
            let read = RasterFile::open(&path).and_then(|file| file.read());
            let message = read.unwrap_err().to_string();
            assert!(message.contains("cut.png"), "{keep} bytes: {message}");
        }
    }
}

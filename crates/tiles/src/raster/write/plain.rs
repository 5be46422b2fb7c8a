use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::directory::{Directory, Form, Pixels, Values, tag};
use super::{SampleType, byte, mark_nodata, to_u16, to_u32};
use crate::error::Error;
use crate::raster::{GeoKeys, Raster};

/// About how many bytes a strip has.
const STRIP_BYTES: usize = 64 << 10;

/// Writes all bands of a raster as an uncompressed GeoTIFF file.
///
/// The coordinate system goes into the `GeoKeys`, the transform into pixel scale and tie point.
/// Missing values, which are NaN, become the raster's no-data value if it has one.
///
/// # Errors
/// [`Error::RasterWrite`] names the file and the reason: the folder does not exist, the disk is
/// full, the EPSG code does not fit the format, or the sizes disagree.
pub fn write_raster(path: &Path, raster: &Raster, samples: SampleType) -> Result<(), Error> {
    write(path, raster, samples).map_err(|reason| Error::RasterWrite {
        path: path.to_path_buf(),
        reason,
    })
}

fn write(path: &Path, raster: &Raster, samples: SampleType) -> Result<(), String> {
    let Raster {
        width,
        height,
        bands,
        ..
    } = *raster;
    let count = width * height * bands;
    if count == 0 || raster.samples.len() != count {
        return Err(format!(
            "{} samples for {width}x{height} pixels of {bands} bands",
            raster.samples.len()
        ));
    }
    let crs = raster.epsg.map(|epsg| {
        GeoKeys::from_epsg(epsg)
            .ok_or_else(|| format!("EPSG:{epsg} does not fit 16 bits of a GeoKey"))
    });
    let mut values = raster.samples.clone();
    mark_nodata(&mut values, raster.nodata);
    let bytes: Vec<u8> = match samples {
        SampleType::Uint8 => values.iter().map(|&value| byte(value)).collect(),
        SampleType::Float32 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    };

    let row_bytes = bytes.len() / height;
    let rows_per_strip = (STRIP_BYTES / row_bytes).clamp(1, height);
    let lengths: Vec<u32> = bytes
        .chunks(rows_per_strip * row_bytes)
        .map(|strip| strip.len() as u32)
        .collect();
    let mut directory = Directory::default();
    directory.set_pixels(&Pixels {
        width: to_u32(width)?,
        height: to_u32(height)?,
        bands: to_u16(bands)?,
        samples,
    });
    directory.short(tag::COMPRESSION, 1);
    directory.long(tag::ROWS_PER_STRIP, rows_per_strip as u32);
    directory.set(tag::STRIP_BYTE_COUNTS, Values::Long(lengths.clone()));
    directory.set_place(raster.transform, crs.transpose()?.as_ref());
    directory.set_nodata(raster.nodata);

    // A raster in memory that is written at once may yet be larger than 4 GiB.
    let form =
        match bytes.len() as u64 + 16 * lengths.len() as u64 + (1 << 20) < u64::from(u32::MAX) {
            true => Form::Classic,
            false => Form::Big,
        };
    let offsets = |mut at: u64| {
        let offsets = lengths.iter().map(|&length| {
            let offset = at;
            at += u64::from(length);
            offset
        });
        Values::Offsets(offsets.collect())
    };
    directory.set(tag::STRIP_OFFSETS, offsets(0));
    let first = form.header(0).len() as u64;
    let data = first + directory.size(form);
    directory.set(tag::STRIP_OFFSETS, offsets(data));

    let store = || {
        let mut out = BufWriter::new(File::create(path)?);
        out.write_all(&form.header(first))?;
        out.write_all(&directory.encode(form, first, 0))?;
        out.write_all(&bytes)?;
        out.flush()
    };
    store().map_err(|error: std::io::Error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::{Transform, read_raster};

    fn raster(bands: usize) -> Raster {
        let (width, height) = (7, 5);
        Raster {
            width,
            height,
            bands,
            samples: (0..width * height * bands).map(|i| i as f32).collect(),
            transform: Some(Transform {
                left: 412_345.5,
                top: 4_512_345.25,
                pixel_width: 1.0,
                pixel_height: 0.5,
            }),
            epsg: Some(26914),
            nodata: Some(-9999.0),
        }
    }

    #[test]
    fn floats_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dem.tif");
        let mut dem = raster(1);
        dem.samples[3] = 0.1;
        write_raster(&path, &dem, SampleType::Float32).unwrap();
        assert_eq!(read_raster(&path).unwrap(), dem);
    }

    #[test]
    fn four_byte_bands_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aerial.tif");
        let mut aerial = raster(4);
        aerial.nodata = None;
        write_raster(&path, &aerial, SampleType::Uint8).unwrap();
        assert_eq!(read_raster(&path).unwrap(), aerial);
    }

    #[test]
    fn a_truncated_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.tif");
        write_raster(&path, &raster(4), SampleType::Float32).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for keep in [0, 3, 8, 40, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..keep]).unwrap();
            let message = read_raster(&path).unwrap_err().to_string();
            assert!(message.contains("cut.tif"), "{keep} bytes: {message}");
        }
    }

    #[test]
    fn a_header_that_promises_too_much_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.tif");
        write_raster(&path, &raster(4), SampleType::Float32).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        // Entries of a TIFF directory: tag, type, count, value. ImageWidth and ImageLength.
        for (tag, length) in [(256u16, 7u32), (257, 5)] {
            let is_entry = |entry: &[u8]| {
                entry[..2] == tag.to_le_bytes()
                    && entry[4..8] == 1u32.to_le_bytes()
                    && entry[8..] == length.to_le_bytes()
            };
            let at = bytes.windows(12).position(is_entry).unwrap();
            bytes[at + 8..at + 10].copy_from_slice(&u16::MAX.to_le_bytes());
        }
        std::fs::write(&path, bytes).unwrap();
        let message = read_raster(&path).unwrap_err().to_string();
        assert!(message.contains("too short (1) for the image"), "{message}");
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nowhere/dem.tif");
        let message = write_raster(&path, &raster(1), SampleType::Float32)
            .unwrap_err()
            .to_string();
        assert!(message.contains("dem.tif"), "{message}");
    }
}

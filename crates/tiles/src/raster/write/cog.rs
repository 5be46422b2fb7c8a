//! Cloud-optimised GeoTIFF files of any size, row by row, in bounded memory.

mod level;
mod tile;

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use self::level::{Level, Spool};
use super::directory::{Directory, Form, Pixels, Values, tag};
use super::{SampleType, to_u16, to_u32};
use crate::error::Error;
use crate::raster::{GeoKeys, Transform};

/// Rows and columns of a tile.
const TILE: usize = 512;

/// What a cloud-optimised GeoTIFF is to hold.
#[derive(Clone, Debug)]
pub struct CogOptions {
    /// Pixels per row.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
    /// Values per pixel.
    pub bands: usize,
    /// How values are stored.
    pub samples: SampleType,
    /// Where the pixels lie, if that is known.
    pub transform: Option<Transform>,
    /// The coordinate reference system, if it is known.
    pub crs: Option<GeoKeys>,
    /// The value that stands for "no data": NaN is stored as this. Without it, floats stay NaN,
    /// and bytes become 0.
    pub nodata: Option<f64>,
    /// What the bands are called: one name each, or none at all.
    pub band_names: Vec<String>,
}

/// Writes a cloud-optimised GeoTIFF from the top row to the bottom one.
///
/// Tiles of 512x512 pixels, deflated, with overviews of half the size each until one fits into a
/// tile; a pixel of an overview is the mean of those of its four that hold a value. In the file,
/// the tags of all pages come first, then the tiles of the smallest overview, then those of the
/// next larger one, as GDAL's driver has it. That order is only known at the end: until then the
/// tiles of each page lie in a nameless file beside the output. At most 512 rows of each page are
/// in memory.
///
/// The output appears under its name when [`Self::finish`] succeeds. Until then, and if the writer
/// is dropped, what was there before stays.
pub struct CogWriter {
    path: PathBuf,
    options: CogOptions,
    levels: Vec<Level>,
    rows: usize,
}

impl CogWriter {
    /// Begins a file.
    ///
    /// # Errors
    /// [`Error::RasterWrite`] names the file and the reason: the options contradict each other or
    /// do not fit the format, or the folder cannot be written to.
    pub fn create(path: &Path, options: CogOptions) -> Result<Self, Error> {
        let begun = begin(path, &options);
        let levels = begun.map_err(|reason| fault(path, reason))?;
        Ok(Self {
            path: path.to_path_buf(),
            options,
            levels,
            rows: 0,
        })
    }

    /// Takes the next rows from the top, any number of whole ones: shape (rows, width, bands),
    /// NaN where there is no value.
    ///
    /// # Errors
    /// [`Error::RasterWrite`]: the values are no whole rows, or more than the file has left, or
    /// the disk is full.
    pub fn write_rows(&mut self, samples: &[f32]) -> Result<(), Error> {
        let row = self.options.width * self.options.bands;
        let rows = samples.len() / row;
        if !samples.len().is_multiple_of(row) || rows > self.options.height - self.rows {
            let reason = format!(
                "{} values; expected rows of {row}, at most {} of them",
                samples.len(),
                self.options.height - self.rows
            );
            return Err(fault(&self.path, reason));
        }
        self.rows += rows;
        push(&mut self.levels, samples).map_err(|error| fault(&self.path, error.to_string()))
    }

    /// Puts the file together and gives it its name.
    ///
    /// # Errors
    /// [`Error::RasterWrite`]: rows are missing, or the disk is full.
    pub fn finish(self) -> Result<(), Error> {
        if self.rows != self.options.height {
            let reason = format!("{} rows; expected {}", self.rows, self.options.height);
            return Err(fault(&self.path, reason));
        }
        let path = self.path.clone();
        self.assemble()
            .map_err(|error| fault(&path, error.to_string()))
    }

    fn assemble(self) -> io::Result<()> {
        let Self {
            path,
            options,
            levels,
            ..
        } = self;
        let mut spools = Vec::with_capacity(levels.len());
        for level in levels {
            spools.push(level.finish()?);
        }
        let data: u64 = spools.iter().map(Spool::bytes).sum();
        // The tags of every tile take less than 32 bytes; the rest is a few hundred bytes a page.
        let tiles: u64 = spools.iter().map(|spool| spool.lengths.len() as u64).sum();
        let form = match data + 32 * tiles + (1 << 20) < u64::from(u32::MAX) {
            true => Form::Classic,
            false => Form::Big,
        };
        // With places of 0, to learn how long the tags are.
        let sizes: Vec<u64> = (0..spools.len())
            .map(|n| directory(&options, n, &spools[n], 0).size(form))
            .collect();
        let first = form.header(0).len() as u64;
        let mut tile_at = first + sizes.iter().sum::<u64>();
        let mut tiles_at = vec![0; spools.len()];
        for (at, spool) in tiles_at.iter_mut().zip(&spools).rev() {
            *at = tile_at;
            tile_at += spool.bytes();
        }
        let file = NamedTempFile::new_in(folder_of(&path))?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        out.write_all(&form.header(first))?;
        let mut at = first;
        for (n, spool) in spools.iter().enumerate() {
            let next = match n + 1 == spools.len() {
                true => 0,
                false => at + sizes[n],
            };
            out.write_all(&directory(&options, n, spool, tiles_at[n]).encode(form, at, next))?;
            at += sizes[n];
        }
        for mut spool in spools.into_iter().rev() {
            spool.file.seek(SeekFrom::Start(0))?;
            io::copy(&mut spool.file, &mut out)?;
        }
        let file = out.into_inner()?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        Ok(())
    }
}

/// The pages: the image and its overviews, each of half the size, rounded up.
fn begin(path: &Path, options: &CogOptions) -> Result<Vec<Level>, String> {
    let CogOptions {
        mut width,
        mut height,
        bands,
        ..
    } = *options;
    if width == 0 || height == 0 || bands == 0 {
        return Err(format!(
            "{width}x{height} pixels of {bands} bands; expected at least one of each"
        ));
    }
    to_u32(width).and(to_u32(height))?;
    to_u16(bands)?;
    let names = options.band_names.len();
    if names != 0 && names != bands {
        return Err(format!("{names} names of bands; expected {bands}"));
    }
    let mut levels = Vec::new();
    loop {
        let level = Level::new(width, height, options, folder_of(path));
        levels.push(level.map_err(|error| error.to_string())?);
        if width <= TILE && height <= TILE {
            return Ok(levels);
        }
        (width, height) = (width.div_ceil(2), height.div_ceil(2));
    }
}

/// Gives rows to a page, and what becomes of them to the next one.
fn push(levels: &mut [Level], samples: &[f32]) -> io::Result<()> {
    let Some((level, smaller)) = levels.split_first_mut() else {
        return Ok(());
    };
    for rows in samples.chunks(level.row_values() * TILE) {
        let halved = level.push(rows, !smaller.is_empty())?;
        push(smaller, &halved)?;
    }
    Ok(())
}

/// The tags of a page whose tiles begin at `at`.
fn directory(options: &CogOptions, page: usize, spool: &Spool, at: u64) -> Directory {
    let mut offset = at;
    let mut offsets = Vec::with_capacity(spool.lengths.len());
    for &length in &spool.lengths {
        offsets.push(offset);
        offset += u64::from(length);
    }
    // Codes of the tags: TIFF 6.0, sections 8 and 14, and its technical note 3.
    const REDUCED: u32 = 1;
    const DEFLATE: u16 = 8;
    const HORIZONTAL: u16 = 2;
    const FLOATING: u16 = 3;
    let mut directory = Directory::default();
    if page > 0 {
        directory.long(tag::NEW_SUBFILE_TYPE, REDUCED);
    }
    directory.set_pixels(&Pixels {
        width: spool.width as u32,
        height: spool.height as u32,
        bands: options.bands as u16,
        samples: options.samples,
    });
    directory.short(tag::COMPRESSION, DEFLATE);
    let predictor = match options.samples {
        SampleType::Uint8 => HORIZONTAL,
        SampleType::Float32 => FLOATING,
    };
    directory.short(tag::PREDICTOR, predictor);
    directory.short(tag::TILE_WIDTH, TILE as u16);
    directory.short(tag::TILE_LENGTH, TILE as u16);
    directory.set(tag::TILE_OFFSETS, Values::Offsets(offsets));
    let lengths = Values::Long(spool.lengths.clone());
    directory.set(tag::TILE_BYTE_COUNTS, lengths);
    directory.set_nodata(options.nodata);
    if page == 0 {
        directory.set_place(options.transform, options.crs.as_ref());
        if !options.band_names.is_empty() {
            let metadata = Values::Text(descriptions(&options.band_names));
            directory.set(tag::GDAL_METADATA, metadata);
        }
    }
    directory
}

/// The names of bands as GDAL keeps them.
fn descriptions(names: &[String]) -> String {
    let items = names.iter().enumerate().map(|(band, name)| {
        // Escaped twice: GDAL escapes values before it puts them into XML, which escapes again.
        let name = escaped(&escaped(name));
        format!("<Item name=\"DESCRIPTION\" sample=\"{band}\" role=\"description\">{name}</Item>")
    });
    format!("<GDALMetadata>{}</GDALMetadata>", items.collect::<String>())
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn fault(path: &Path, reason: String) -> Error {
    Error::RasterWrite {
        path: path.to_path_buf(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::raster::{Placement, RasterFile, Window};

    fn options(width: usize, height: usize, bands: usize, samples: SampleType) -> CogOptions {
        CogOptions {
            width,
            height,
            bands,
            samples,
            transform: Some(Transform {
                left: 486_000.5,
                top: 5_205_600.25,
                pixel_width: 2.0,
                pixel_height: 0.5,
            }),
            crs: GeoKeys::from_epsg(26914),
            nodata: None,
            band_names: Vec::new(),
        }
    }

    /// Values that differ from pixel to pixel and band to band, some of them missing.
    fn values(count: usize) -> Vec<f32> {
        let value = |n: usize| match n % 11 {
            10 => f32::NAN,
            _ => (n * 37 % 251) as f32,
        };
        (0..count).map(value).collect()
    }

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn what_is_written_is_read(
            width in 1usize..1300,
            height in 1usize..700,
            bands in 1usize..5,
            rows_at_once in 1usize..90,
            bytes: bool,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("map.tif");
            let samples = if bytes { SampleType::Uint8 } else { SampleType::Float32 };
            let mut values = values(width * height * bands);
            let mut writer = CogWriter::create(&path, options(width, height, bands, samples)).unwrap();
            for rows in values.chunks(rows_at_once * width * bands) {
                writer.write_rows(rows).unwrap();
            }
            writer.finish().unwrap();
            if bytes {
                mark_zero(&mut values);
            }
            let read = RasterFile::open(&path).unwrap().read().unwrap();
            prop_assert_eq!(bits(&read.samples), bits(&values));
            prop_assert_eq!(read.epsg, Some(26914));
            let files = std::fs::read_dir(folder.path()).unwrap().count();
            prop_assert_eq!(files, 1);
        }
    }

    fn mark_zero(values: &mut [f32]) {
        for value in values.iter_mut().filter(|value| value.is_nan()) {
            *value = 0.0;
        }
    }

    #[test]
    fn the_place_and_the_missing_values_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.tif");
        let mut options = options(3, 2, 1, SampleType::Float32);
        options.nodata = Some(-9999.0);
        let transform = options.transform;
        let mut writer = CogWriter::create(&path, options).unwrap();
        let values = [1.0, f32::NAN, 3.0, 4.0, 5.0, f32::NAN];
        writer.write_rows(&values).unwrap();
        writer.finish().unwrap();
        let file = RasterFile::open(&path).unwrap();
        assert_eq!(
            file.info().placement,
            Placement::NorthUp(transform.unwrap())
        );
        assert_eq!(file.info().nodata, Some(-9999.0));
        let read = file.read().unwrap();
        assert_eq!(bits(&read.samples), bits(&values));
        let window = Window {
            column: 1,
            row: 0,
            width: 1,
            height: 1,
        };
        let stored = file.read_stored(window).unwrap();
        assert_eq!(stored.bytes, (-9999f32).to_ne_bytes());
    }

    #[test]
    fn a_file_does_not_depend_on_how_its_rows_came() {
        let folder = tempfile::tempdir().unwrap();
        let values = values(700 * 530);
        let written = [1, 7, 530].map(|rows_at_once| {
            let path = folder.path().join("map.tif");
            let options = options(700, 530, 1, SampleType::Float32);
            let mut writer = CogWriter::create(&path, options).unwrap();
            for rows in values.chunks(rows_at_once * 700) {
                writer.write_rows(rows).unwrap();
            }
            writer.finish().unwrap();
            std::fs::read(&path).unwrap()
        });
        assert!(written[0] == written[1] && written[1] == written[2]);
    }

    /// The first overview of a file: the file without its first page.
    fn overview(path: &Path) -> crate::raster::Raster {
        let mut bytes = std::fs::read(path).unwrap();
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let page = number(4) as usize;
        let tags = usize::from(u16::from_le_bytes([bytes[page], bytes[page + 1]]));
        let next = number(page + 2 + 12 * tags);
        bytes[4..8].copy_from_slice(&next.to_le_bytes());
        std::fs::write(path, bytes).unwrap();
        RasterFile::open(path).unwrap().read().unwrap()
    }

    #[test]
    fn an_overview_holds_means_of_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.tif");
        let options = options(513, 3, 1, SampleType::Float32);
        let mut writer = CogWriter::create(&path, options).unwrap();
        let mut values = vec![0.0; 513 * 3];
        values[0] = 4.0;
        values[513] = 8.0;
        values[1] = f32::NAN;
        values[512] = 6.0;
        values[513 + 512] = 2.0;
        writer.write_rows(&values).unwrap();
        writer.finish().unwrap();
        let overview = overview(&path);
        assert_eq!((overview.width, overview.height), (257, 2));
        // Of 4, nothing, 8 and 0; at the right edge of 6 and 2, each counted twice.
        assert_eq!((overview.samples[0], overview.samples[256]), (4.0, 4.0));
    }

    #[test]
    fn a_wrong_number_of_rows_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.tif");
        let create = || CogWriter::create(&path, options(4, 2, 1, SampleType::Uint8)).unwrap();
        let message = |result: Result<(), Error>| result.unwrap_err().to_string();
        let text = message(create().finish());
        assert!(text.contains("map.tif: 0 rows; expected 2"), "{text}");
        let text = message(create().write_rows(&[0.0; 5]));
        assert!(
            text.contains("5 values; expected rows of 4, at most 2"),
            "{text}"
        );
        let text = message(create().write_rows(&[0.0; 12]));
        assert!(text.contains("12 values"), "{text}");
        assert!(!path.exists());
        let mut named = options(4, 2, 1, SampleType::Uint8);
        named.band_names = vec!["a".into(), "b".into()];
        let text = message(CogWriter::create(&path, named).map(|_| ()));
        assert!(text.contains("2 names of bands; expected 1"), "{text}");
    }
}

use std::path::{Path, PathBuf};

use crate::error::{Error, Size};
use crate::raster::{GeoKeys, Placement, RasterFile, Transform, Window};

/// Rasters of one place, pixel upon pixel, such as a DEM and an aerial image: together they have
/// the bands that a model wants.
pub struct Stack {
    layers: Vec<Layer>,
    size: Size,
    bands: usize,
}

/// A raster, and which of its bands go where.
struct Layer {
    file: RasterFile,
    /// Pairs of a band of the file and a band of the stack; none if nobody wants the file's.
    bands: Vec<(usize, usize)>,
}

/// The most samples of rows that are in memory at once: 1 GiB of them.
const MOST_ROW_SAMPLES: usize = 1 << 28;

impl Stack {
    /// Opens the rasters and takes of their bands those that are `wanted`, in that order.
    ///
    /// `names` are the bands of all rasters together, in the order of the rasters; without them the
    /// rasters must have the wanted bands and no other.
    ///
    /// # Errors
    /// [`Error::RasterRead`] of a file that cannot be opened, [`Error::StackBands`] if there are more
    /// or fewer bands than names, [`Error::MissingBand`] if a wanted one is not there, and
    /// [`Error::TileSize`], [`Error::Crs`] or [`Error::Place`] of rasters that do not have the same
    /// pixels.
    pub fn open(
        paths: &[PathBuf],
        names: Option<&[String]>,
        wanted: &[String],
    ) -> Result<Self, Error> {
        let files: Vec<RasterFile> = (paths.iter())
            .map(|path| RasterFile::open(path))
            .collect::<Result<_, _>>()?;
        let Some((reference, others)) = files.split_first() else {
            return Err(Error::StackBands {
                found: "no raster".into(),
                expected: wanted.join(", "),
            });
        };
        // Each with each: one that does not say where it lies fits any two that lie apart.
        for (number, other) in others.iter().enumerate() {
            for earlier in &files[..=number] {
                same_pixels(earlier, other)?;
            }
        }
        let names = names.unwrap_or(wanted);
        let counts: Vec<usize> = files.iter().map(|file| file.info().bands).collect();
        if counts.iter().sum::<usize>() != names.len() {
            let of_file = |(file, count): (&RasterFile, &usize)| {
                let s = if *count == 1 { "" } else { "s" };
                format!("{count} band{s} in {}", file.path().display())
            };
            let found: Vec<String> = files.iter().zip(&counts).map(of_file).collect();
            return Err(Error::StackBands {
                found: found.join(", "),
                expected: format!("{} ({})", names.len(), names.join(", ")),
            });
        }
        // Of each wanted band, its place among all bands of the files.
        let places: Vec<usize> = wanted
            .iter()
            .map(|band| {
                (names.iter().position(|name| name == band)).ok_or_else(|| Error::MissingBand {
                    found: names.join(", "),
                    missing: band.clone(),
                    wanted_by: "the model".into(),
                })
            })
            .collect::<Result<_, _>>()?;
        let size = size_of(reference);
        let mut first = 0;
        let layers = (files.into_iter().zip(counts))
            .map(|(file, count)| {
                let own = first..first + count;
                first += count;
                let bands = (places.iter().enumerate())
                    .filter(|(_, place)| own.contains(place))
                    .map(|(target, place)| (place - own.start, target))
                    .collect();
                Layer { file, bands }
            })
            .collect();
        Ok(Self {
            layers,
            size,
            bands: wanted.len(),
        })
    }

    /// Each raster that is read, with those of the `wanted` bands that it gives, in its order. Files
    /// seldom say what their bands are: who shows this to the user shows a wrong order, too.
    pub fn reads<'a>(
        &'a self,
        wanted: &'a [String],
    ) -> impl Iterator<Item = (&'a Path, Vec<&'a str>)> {
        self.layers.iter().map(|layer| {
            let mut bands = layer.bands.clone();
            bands.sort_unstable();
            let names = bands.iter().map(|&(_, target)| wanted[target].as_str());
            (layer.file.path(), names.collect())
        })
    }

    /// Values per pixel.
    pub(super) fn bands(&self) -> usize {
        self.bands
    }

    /// Pixels of each raster.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Where the pixels lie, if a file says and they are not rotated.
    #[must_use]
    pub fn transform(&self) -> Option<Transform> {
        let placements = self.files().map(|file| file.info().placement);
        placements.filter_map(Placement::north_up).next()
    }

    /// Where the pixels of a map lie. Without a place, as programs show such rasters: the upper left
    /// corner at 0, 0 and the rows downwards.
    ///
    /// # Errors
    /// [`Error::RasterRead`] if a file is placed in a way that a map cannot be.
    pub(super) fn transform_of_map(&self) -> Result<Transform, Error> {
        let placed = (self.files()).find(|file| file.info().placement != Placement::Unknown);
        placed.map_or(
            Ok(Transform {
                left: 0.0,
                top: 0.0,
                pixel_width: 1.0,
                pixel_height: 1.0,
            }),
            RasterFile::transform,
        )
    }

    /// The coordinate reference system, if a file says.
    #[must_use]
    pub fn crs(&self) -> Option<&GeoKeys> {
        self.files().find_map(|file| file.info().crs.as_ref())
    }

    /// Its EPSG code, if a file says.
    #[must_use]
    pub fn epsg(&self) -> Option<u32> {
        self.files().find_map(|file| file.info().epsg)
    }

    /// The first of the files.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.layers[0].file.path()
    }

    fn files(&self) -> impl Iterator<Item = &RasterFile> {
        self.layers.iter().map(|layer| &layer.file)
    }

    /// Refuses rasters of which so many rows are too much at once, as a damaged header may say.
    pub(super) fn check_rows(&self, rows: usize) -> Result<(), Error> {
        let Size { width, .. } = self.size;
        let samples = width
            .checked_mul(rows)
            .and_then(|n| n.checked_mul(self.bands));
        if samples.is_some_and(|samples| samples <= MOST_ROW_SAMPLES) {
            return Ok(());
        }
        Err(Error::RasterUnsupported {
            path: self.path().to_path_buf(),
            feature: format!(
                "rows of {width} pixels, of which {rows} are needed at a time; expected at most \
                 {MOST_ROW_SAMPLES} samples of {} bands",
                self.bands
            ),
        })
    }

    /// Whole rows of all wanted bands, shape (rows, width, bands), missing values NaN.
    pub(super) fn read_rows(&self, row: usize, rows: usize) -> Result<Vec<f32>, Error> {
        let window = Window {
            column: 0,
            row,
            width: self.size.width,
            height: rows,
        };
        if let [layer] = &self.layers[..]
            && layer.is_whole(self.bands)
        {
            return layer.file.read_window(window);
        }
        let mut stacked = vec![0.0; self.size.width * rows * self.bands];
        for layer in self.layers.iter().filter(|layer| !layer.bands.is_empty()) {
            let samples = layer.file.read_window(window)?;
            let pixels = samples.chunks_exact(layer.file.info().bands);
            for (pixel, stacked) in pixels.zip(stacked.chunks_exact_mut(self.bands)) {
                for &(own, target) in &layer.bands {
                    stacked[target] = pixel[own];
                }
            }
        }
        Ok(stacked)
    }
}

impl Layer {
    /// Whether the file's bands are those of the stack, in its order.
    fn is_whole(&self, bands: usize) -> bool {
        bands == self.file.info().bands && self.bands.iter().all(|&(own, target)| own == target)
    }
}

fn size_of(file: &RasterFile) -> Size {
    Size {
        width: file.info().width,
        height: file.info().height,
    }
}

fn same_pixels(reference: &RasterFile, other: &RasterFile) -> Result<(), Error> {
    let (path, reference_path) = (other.path().to_path_buf(), reference.path().to_path_buf());
    if size_of(other) != size_of(reference) {
        return Err(Error::TileSize {
            path,
            found: size_of(other),
            expected: size_of(reference),
            reference: reference_path,
        });
    }
    if let (Some(found), Some(expected)) = (other.info().epsg, reference.info().epsg)
        && found != expected
    {
        return Err(Error::Crs {
            path,
            found,
            expected,
            reference: reference_path,
        });
    }
    let placement = |file: &RasterFile| file.info().placement.north_up();
    if let (Some(found), Some(expected)) = (placement(other), placement(reference)) {
        let Size { width, height } = size_of(reference);
        let apart = found.pixels_apart(expected, width, height);
        if apart > 0.5 {
            return Err(Error::Place {
                path,
                apart,
                reference: reference_path,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::{Raster, SampleType, write_raster};

    fn names(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    /// A raster whose samples count from `first`, written as NAME.tif.
    fn file(
        folder: &Path,
        name: &str,
        bands: usize,
        first: usize,
        change: fn(&mut Raster),
    ) -> PathBuf {
        let (width, height) = (4, 3);
        let count = width * height * bands;
        let mut raster = Raster {
            width,
            height,
            bands,
            samples: (first..first + count).map(|i| i as f32).collect(),
            transform: Some(Transform {
                left: 500.0,
                top: 900.0,
                pixel_width: 2.0,
                pixel_height: 2.0,
            }),
            epsg: Some(26914),
            nodata: None,
        };
        change(&mut raster);
        let path = folder.join(format!("{name}.tif"));
        write_raster(&path, &raster, SampleType::Float32).unwrap();
        path
    }

    #[test]
    fn bands_are_taken_from_all_files_in_the_order_that_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let dem = file(folder.path(), "dem", 1, 0, |_| {});
        let aerial = file(folder.path(), "aerial", 2, 100, |_| {});
        let stack = Stack::open(&[dem.clone(), aerial.clone()], None, &names("dem,r,g")).unwrap();
        assert_eq!(
            stack.read_rows(1, 1).unwrap()[..6],
            [4., 108., 109., 5., 110., 111.]
        );
        assert_eq!(stack.epsg(), Some(26914));

        let (given, wanted) = (names("r,g,dem"), names("dem,g"));
        let stack = Stack::open(&[aerial.clone(), dem.clone()], Some(&given), &wanted).unwrap();
        assert_eq!(stack.read_rows(0, 1).unwrap()[..4], [0., 101., 1., 103.]);

        let given = names("r,g");
        let one = Stack::open(std::slice::from_ref(&aerial), Some(&given), &names("g,r")).unwrap();
        assert_eq!(one.read_rows(0, 3).unwrap()[..4], [101., 100., 103., 102.]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let dem = file(folder.path(), "dem", 1, 0, |_| {});
        let error = |other: PathBuf, names: Option<&[String]>, wanted: &[String]| {
            let stack = Stack::open(&[dem.clone(), other], names, wanted);
            stack.err().expect("an error").to_string()
        };
        let two = names("dem,r");
        let larger = file(folder.path(), "larger", 1, 0, |r| {
            (r.width, r.height) = (3, 4);
        });
        assert!(error(larger, None, &two).contains("3x4"), "size");
        let elsewhere = file(folder.path(), "crs", 1, 0, |r| r.epsg = Some(32614));
        let message = error(elsewhere, None, &two);
        assert!(
            message.contains("EPSG:32614") && message.contains("26914"),
            "{message}"
        );
        let shifted = file(folder.path(), "shifted", 1, 0, |r| {
            r.transform.as_mut().unwrap().left += 3.0;
        });
        let message = error(shifted, None, &two);
        assert!(message.contains("1.5 pixels from"), "{message}");
        let aerial = file(folder.path(), "aerial", 4, 0, |_| {});
        let message = error(aerial.clone(), None, &two);
        assert!(message.contains("4 bands in "), "{message}");
        assert!(message.contains("2 (dem, r)"), "{message}");
        let given = names("dem,r,g,b,nir");
        let message = error(aerial, Some(&given), &names("dem,slope"));
        assert!(message.contains("slope"), "{message}");
    }

    #[test]
    fn tools_may_round() {
        let folder = tempfile::tempdir().unwrap();
        let dem = file(folder.path(), "dem", 1, 0, |_| {});
        let rounded = file(folder.path(), "rounded", 1, 0, |r| {
            let transform = r.transform.as_mut().unwrap();
            transform.left += 0.4;
            transform.pixel_width += 0.1;
            r.epsg = None;
        });
        assert!(Stack::open(&[dem, rounded], None, &names("dem,r")).is_ok());
    }
}

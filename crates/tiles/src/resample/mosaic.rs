use super::source::OnGrid;
use super::{Block, Bounds, Grid, Source};
use crate::error::Error;
use crate::raster::SampleType;

/// Rasters with the same bands, such as the quads of an orthophoto, seen as one on a grid.
pub struct Mosaic {
    grid: Grid,
    rasters: Vec<OnGrid>,
    bounds: Bounds,
    bands: usize,
}

impl Mosaic {
    /// Lays rasters on a grid. Where they overlap, the earlier one counts.
    ///
    /// # Errors
    /// [`Error::BandCount`] if a raster has not as many bands as the first;
    /// [`Error::UnknownCrs`] and [`Error::NoPlace`] if the way to one is not known.
    ///
    /// # Panics
    /// If there is no raster.
    pub fn new(sources: Vec<Source>, grid: &Grid) -> Result<Self, Error> {
        let bands = sources.first().expect("a mosaic has a raster").info().bands;
        let rasters = sources.into_iter().map(|source| {
            if source.info().bands != bands {
                return Err(Error::BandCount {
                    path: source.path().to_path_buf(),
                    found: source.info().bands,
                    expected: format!("{bands}, as the first raster of the mosaic"),
                });
            }
            OnGrid::new(source, grid)
        });
        let rasters: Vec<OnGrid> = rasters.collect::<Result<_, _>>()?;
        let bounds = rasters.iter().map(|raster| raster.bounds);
        Ok(Self {
            grid: grid.clone(),
            bounds: bounds
                .reduce(Bounds::joined)
                .expect("a mosaic has a raster"),
            rasters,
            bands,
        })
    }

    /// Values per pixel.
    #[must_use]
    pub fn bands(&self) -> usize {
        self.bands
    }

    /// The grid that it lies on.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// How its values are best stored: bytes stay bytes, everything else is written as floats.
    #[must_use]
    pub fn sample_type(&self) -> SampleType {
        let is_bytes = self.sources().all(|source| {
            let sample = source.info().sample;
            // Scaled bytes are no bytes any more.
            let is_scaled = source.info().scaling.is_some();
            !sample.float && !sample.signed && sample.bits <= 8 && !is_scaled
        });
        if is_bytes {
            SampleType::Uint8
        } else {
            SampleType::Float32
        }
    }

    /// The rasters.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.rasters.iter().map(|raster| &raster.source)
    }

    /// The rectangle around all rasters, in pixels of the grid.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Its edges in the coordinate system of the grid, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        let [upper_left, lower_right] =
            [self.bounds.low, self.bounds.high].map(|at| self.grid.place(at));
        format!(
            "x {:.0} to {:.0}, y {:.0} to {:.0} in EPSG:{}",
            upper_left.x,
            lower_right.x,
            lower_right.y,
            upper_left.y,
            self.grid.crs().epsg()
        )
    }

    /// Whether a position, in pixels of the grid, lies in one of the rasters. There may be no
    /// value there.
    #[must_use]
    pub fn covers(&self, position: [f64; 2]) -> bool {
        self.rasters
            .iter()
            .any(|raster| raster.position(&self.grid, position).is_some())
    }

    /// The values of a block: shape (height, width, bands), NaN where no raster has one.
    ///
    /// A raster that has values for the whole block gives all of them, so that no seam runs
    /// through a tile without need; else each pixel comes from the first raster that has it.
    ///
    /// # Errors
    /// Those of reading a window of a raster.
    pub fn read(&self, block: Block) -> Result<Vec<f32>, Error> {
        let empty = || vec![f32::NAN; block.width * block.height * self.bands];
        let mut patchwork = empty();
        let reach = block.bounds();
        let touching = self
            .rasters
            .iter()
            .filter(|raster| reach.common(raster.bounds).is_some());
        for raster in touching {
            let mut whole = empty();
            raster.fill(&self.grid, block, &mut whole)?;
            if whole.iter().all(|value| !value.is_nan()) {
                return Ok(whole);
            }
            let pixels = patchwork.chunks_exact_mut(self.bands);
            for (out, found) in pixels.zip(whole.chunks_exact(self.bands)) {
                if out[0].is_nan() {
                    out.copy_from_slice(found);
                }
            }
        }
        Ok(patchwork)
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;

    use super::*;
    use crate::crs::{Crs, Point, Transformer};
    use crate::raster::{Raster, Transform, write_raster};

    const UTM: u32 = 26915;

    /// A raster of which pixel centres have the values that `value` gives for their places.
    struct Scene<'a> {
        folder: &'a Path,
        name: &'a str,
        epsg: u32,
        corner: [f64; 2],
        pixel: f64,
        size: [usize; 2],
    }

    impl Scene<'_> {
        fn write(&self, value: impl Fn(f64, f64) -> f64) -> PathBuf {
            let path = self.folder.join(self.name);
            let [width, height] = self.size;
            let centre = |n: usize| n as f64 + 0.5;
            let samples = (0..width * height).map(|i| {
                let x = self.corner[0] + centre(i % width) * self.pixel;
                let y = self.corner[1] - centre(i / width) * self.pixel;
                value(x, y) as f32
            });
            let raster = Raster {
                width,
                height,
                bands: 1,
                samples: samples.collect(),
                transform: Some(Transform {
                    left: self.corner[0],
                    top: self.corner[1],
                    pixel_width: self.pixel,
                    pixel_height: self.pixel,
                }),
                epsg: Some(self.epsg),
                nodata: None,
            };
            write_raster(&path, &raster, SampleType::Float32).unwrap();
            path
        }
    }

    fn scene(folder: &Path) -> Scene<'_> {
        Scene {
            folder,
            name: "a.tif",
            epsg: UTM,
            corner: [430_000.0, 5_150_000.0],
            pixel: 1.0,
            size: [60, 50],
        }
    }

    fn grid(metres: f64) -> Grid {
        let corner = Point {
            x: 430_000.0,
            y: 5_150_000.0,
        };
        Grid::new(&Crs::from_epsg(UTM).unwrap(), corner, metres).unwrap()
    }

    fn mosaic(paths: &[PathBuf], grid: &Grid) -> Mosaic {
        let sources = paths.iter().map(|path| Source::open(path, None).unwrap());
        Mosaic::new(sources.collect(), grid).unwrap()
    }

    const BLOCK: Block = Block {
        column: 10,
        row: 8,
        width: 20,
        height: 12,
    };

    #[test]
    fn on_its_own_grid_a_raster_comes_out_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let noise = |x: f64, y: f64| (x * 12.989_8 + y * 78.233).sin() * 43_758.545_3;
        let mut scene = scene(folder.path());
        // Neither the corner nor the pixels are binary fractions.
        scene.pixel = 0.3;
        scene.corner = [430_000.1, 5_150_000.7];
        let corner = Point {
            x: scene.corner[0],
            y: scene.corner[1],
        };
        let path = scene.write(noise);
        let grid = Grid::new(&Crs::from_epsg(UTM).unwrap(), corner, 0.3).unwrap();
        let found = mosaic(std::slice::from_ref(&path), &grid)
            .read(BLOCK)
            .unwrap();
        let raster = crate::raster::read_raster(&path).unwrap();
        for (row, found) in found.chunks_exact(BLOCK.width).enumerate() {
            let first = (8 + row) * 60 + 10;
            assert_eq!(found, &raster.samples[first..first + BLOCK.width]);
        }
    }

    #[test]
    fn finer_rasters_are_averaged_over_the_pixel() {
        let folder = tempfile::tempdir().unwrap();
        let mut fine = scene(folder.path());
        fine.pixel = 0.5;
        // Stripes of 0 and 8: each output pixel holds as much of both.
        let path = fine.write(|x, _| {
            if (x / 0.5).floor() % 2.0 == 0.0 {
                0.0
            } else {
                8.0
            }
        });
        let block = Block {
            column: 2,
            row: 2,
            width: 20,
            height: 12,
        };
        let found = mosaic(&[path], &grid(1.0)).read(block).unwrap();
        assert!(found.iter().all(|&v| v == 4.0), "{found:?}");
    }

    #[test]
    fn a_missing_value_is_missing_wherever_it_counts() {
        let folder = tempfile::tempdir().unwrap();
        let hole = [430_015.5, 5_149_988.5];
        let path = scene(folder.path()).write(|x, y| if [x, y] == hole { f64::NAN } else { 1.0 });
        // Half a pixel aside, four output pixels overlap the hole.
        let corner = Point {
            x: 430_000.5,
            y: 5_149_999.5,
        };
        let grid = Grid::new(&Crs::from_epsg(UTM).unwrap(), corner, 1.0).unwrap();
        let found = mosaic(&[path], &grid).read(BLOCK).unwrap();
        assert_eq!(found.iter().filter(|v| v.is_nan()).count(), 4);
    }

    #[test]
    fn the_first_raster_that_has_it_all_gives_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name, east: f64, value: f64| {
            let mut quad = scene(folder.path());
            quad.name = name;
            quad.corner[0] += east;
            quad.write(move |_, _| value)
        };
        // The first reaches over the left half of the block only.
        let paths = [
            at("a.tif", -40.0, 1.0),
            at("b.tif", -5.0, 2.0),
            at("c.tif", 0.0, 3.0),
        ];
        let grid = grid(1.0);
        assert!(
            mosaic(&paths, &grid)
                .read(BLOCK)
                .unwrap()
                .iter()
                .all(|&v| v == 2.0)
        );
        let pair = [paths[0].clone(), at("d.tif", 18.0, 4.0)];
        let found = mosaic(&pair, &grid).read(BLOCK).unwrap();
        assert_eq!(&found[..10], [[1.0; 8].as_slice(), &[1.0, 1.0]].concat());
        assert_eq!(&found[10..20], [4.0; 10]);
        // A gap stays a gap.
        let gap = [paths[0].clone(), at("e.tif", 24.0, 4.0)];
        let found = mosaic(&gap, &grid).read(BLOCK).unwrap();
        assert_eq!(found[..20].iter().filter(|v| v.is_nan()).count(), 4);
    }

    #[test]
    fn a_block_beside_all_rasters_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = scene(folder.path()).write(|_, _| 1.0);
        let mosaic = mosaic(&[path], &grid(1.0));
        let beside = Block {
            column: 1000,
            ..BLOCK
        };
        assert!(mosaic.read(beside).unwrap().iter().all(|v| v.is_nan()));
        assert!(mosaic.covers([0.0, 0.0]) && mosaic.covers([60.0, 50.0]));
        assert!(!mosaic.covers([60.1, 50.0]));
    }

    /// A surface that is a plane in UTM, sampled in degrees and in another projection.
    #[test]
    fn another_system_is_met_at_the_pixel_centres() {
        let folder = tempfile::tempdir().unwrap();
        let [utm, degrees, albers] = [UTM, 4269, 5070].map(|epsg| Crs::from_epsg(epsg).unwrap());
        let grid = grid(1.0);
        let plane = |p: Point| 0.3 * (p.x - 430_000.0) - 0.2 * (p.y - 5_150_000.0);
        for (crs, pixel) in [(&degrees, 4e-6), (&albers, 0.5)] {
            let there = Transformer::new(&utm, crs).unwrap();
            let back = Transformer::new(crs, &utm).unwrap();
            let centre = there.apply(grid.place([20.0, 14.0])).unwrap();
            let other = Scene {
                folder: folder.path(),
                name: "other.tif",
                epsg: crs.epsg(),
                corner: [centre.x - 64.0 * pixel, centre.y + 64.0 * pixel],
                pixel,
                size: [128, 128],
            };
            let path = other.write(|x, y| plane(back.apply(Point { x, y }).unwrap()));
            let found = mosaic(&[path], &grid).read(BLOCK).unwrap();
            for (at, &value) in BLOCK.centres().zip(&found) {
                let expected = plane(grid.place(at));
                let off = (f64::from(value) - expected).abs();
                assert!(off < 0.01, "{crs:?} at {at:?}: {value} for {expected}");
            }
        }
    }

    #[test]
    fn rasters_of_other_bands_and_without_a_place_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bare.tif");
        let mut raster = Raster {
            width: 4,
            height: 4,
            bands: 1,
            samples: vec![0.0; 16],
            transform: None,
            epsg: None,
            nodata: None,
        };
        write_raster(&path, &raster, SampleType::Float32).unwrap();
        let message = |crs: Option<&Crs>| Source::open(&path, crs).err().unwrap().to_string();
        assert!(
            message(None).contains("bare.tif: it is without a place"),
            "{}",
            message(None)
        );
        raster.transform = Some(grid(1.0).transform(BLOCK));
        write_raster(&path, &raster, SampleType::Float32).unwrap();
        assert!(message(None).contains("bare.tif has no EPSG code"));
        assert!(Source::open(&path, Some(&Crs::from_epsg(UTM).unwrap())).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_constant_stays_constant(
            pixel in 0.3..3.0f64,
            metres in 0.3..3.0f64,
            value in -1e4..1e4f32,
            shift in 0.0..1.0f64,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut scene = scene(folder.path());
            scene.pixel = pixel;
            scene.corner[0] -= shift;
            let path = scene.write(|_, _| f64::from(value));
            let mosaic = mosaic(&[path], &grid(metres));
            let block = Block { column: 0, row: 0, width: 4, height: 4 };
            for found in mosaic.read(block).unwrap() {
                prop_assert!((found - value).abs() <= 1e-6 * value.abs());
            }
        }

        #[test]
        fn a_plane_stays_the_plane_where_it_is_interpolated(
            pixel in 1.0..3.0f64,
            metres in 0.3..1.0f64,
            slope in prop::array::uniform2(-2.0..2.0f64),
            shift in 0.0..1.0f64,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut scene = scene(folder.path());
            scene.pixel = pixel;
            scene.corner[1] += shift;
            let plane = |x: f64, y: f64| {
                slope[0] * (x - 430_000.0) + slope[1] * (y - 5_150_000.0)
            };
            let path = scene.write(plane);
            let grid = grid(metres);
            // Away from the edge, where half a pixel of the box is cut off.
            let block = Block { column: 12, row: 12, width: 8, height: 6 };
            let found = mosaic(&[path], &grid).read(block).unwrap();
            for (at, value) in block.centres().zip(found) {
                let place = grid.place(at);
                prop_assert!((f64::from(value) - plane(place.x, place.y)).abs() < 1e-4);
            }
        }
    }
}

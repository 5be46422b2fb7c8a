use std::path::Path;

use super::taps::Taps;
use super::{Block, Bounds, Grid};
use crate::crs::{Crs, Point, Transformer};
use crate::error::Error;
use crate::raster::{RasterFile, RasterInfo, Transform, Window};

/// The most samples of a raster that are read at once, if it can be less: 64 MiB of them.
const MOST_SAMPLES: usize = 1 << 24;

/// A raster file whose place on Earth is known.
pub struct Source {
    file: RasterFile,
    crs: Crs,
    transform: Transform,
}

impl Source {
    /// Opens a raster. `crs` overrides what the file says of its system.
    ///
    /// # Errors
    /// Those of [`RasterFile::open`] and [`RasterFile::transform`]; [`Error::NoPlace`] if neither
    /// `crs` nor the file says in which system its pixels lie; [`Error::UnknownCrs`].
    pub fn open(path: &Path, crs: Option<&Crs>) -> Result<Self, Error> {
        let file = RasterFile::open(path)?;
        let fail = |lacks| Error::NoPlace {
            path: path.to_path_buf(),
            lacks,
        };
        let transform = file.transform()?;
        let crs = match (crs, file.info().epsg) {
            (Some(crs), _) => crs.clone(),
            (None, Some(epsg)) => Crs::from_epsg(epsg)?,
            (None, None) => return Err(fail("EPSG code of its coordinate system")),
        };
        Ok(Self {
            file,
            crs,
            transform,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Its size and kind of samples.
    #[must_use]
    pub fn info(&self) -> &RasterInfo {
        self.file.info()
    }

    /// Its coordinate system.
    #[must_use]
    pub fn crs(&self) -> &Crs {
        &self.crs
    }

    /// Its upper left corner.
    #[must_use]
    pub fn corner(&self) -> Point {
        Point {
            x: self.transform.left,
            y: self.transform.top,
        }
    }

    /// The position of a place of the raster's system, in its pixels.
    fn position(&self, place: Point) -> [f64; 2] {
        let t = &self.transform;
        [
            (place.x - t.left) / t.pixel_width,
            (t.top - place.y) / t.pixel_height,
        ]
    }

    fn place(&self, [column, row]: [f64; 2]) -> Point {
        let t = &self.transform;
        Point {
            x: t.left + column * t.pixel_width,
            y: t.top - row * t.pixel_height,
        }
    }
}

/// A raster and the way to it from a grid.
pub(super) struct OnGrid {
    pub(super) source: Source,
    from_grid: Transformer,
    /// In pixels of the grid.
    pub(super) bounds: Bounds,
}

/// Points along each edge of a raster whose places bound it in another system: a straight edge
/// may be a curve there.
const POINTS_PER_EDGE: usize = 32;

impl OnGrid {
    pub(super) fn new(source: Source, grid: &Grid) -> Result<Self, Error> {
        let to_grid = Transformer::new(source.crs(), grid.crs())?;
        let size = [source.info().width, source.info().height].map(|n| n as f64);
        let edges = (0..=POINTS_PER_EDGE).flat_map(|n| {
            let share = n as f64 / POINTS_PER_EDGE as f64;
            let (column, row) = (share * size[0], share * size[1]);
            [[column, 0.0], [column, size[1]], [0.0, row], [size[0], row]]
        });
        let places = edges.filter_map(|at| to_grid.apply(source.place(at)));
        let Some(bounds) = Bounds::around(places.map(|place| grid.position(place))) else {
            return Err(Error::NoPlace {
                path: source.path().to_path_buf(),
                lacks: "place in the coordinate system of the tiles",
            });
        };
        Ok(Self {
            from_grid: Transformer::new(grid.crs(), source.crs())?,
            source,
            bounds,
        })
    }

    /// The position of a position of the grid in the raster, if it lies in it.
    pub(super) fn position(&self, grid: &Grid, at: [f64; 2]) -> Option<[f64; 2]> {
        let at = self.unbounded(grid, at)?;
        let size = [self.source.info().width, self.source.info().height];
        let is_inside = |axis: usize| (0.0..=size[axis] as f64).contains(&at[axis]);
        (is_inside(0) && is_inside(1)).then_some(at)
    }

    fn unbounded(&self, grid: &Grid, at: [f64; 2]) -> Option<[f64; 2]> {
        let place = self.from_grid.apply(grid.place(at))?;
        Some(self.source.position(place))
    }

    /// Sets the pixels of `samples`, shape (height, width, bands), that hold NaN and have values
    /// in this raster.
    pub(super) fn fill(&self, grid: &Grid, block: Block, samples: &mut [f32]) -> Result<(), Error> {
        match self.pixel_size(grid, block) {
            Some(size) => self.fill_rows(grid, block, size, samples),
            None => Ok(()),
        }
    }

    /// The same with the size of a pixel of the grid in pixels of this raster. Where the block needs
    /// much of the raster, its upper and its lower rows are done one after the other.
    fn fill_rows(
        &self,
        grid: &Grid,
        block: Block,
        size: [f64; 2],
        samples: &mut [f32],
    ) -> Result<(), Error> {
        let places: Vec<Option<[f64; 2]>> =
            block.centres().map(|at| self.position(grid, at)).collect();
        let Some(reach) = Bounds::around(places.iter().copied().flatten()) else {
            return Ok(());
        };
        let info = self.source.info();
        let window = window(reach, size, [info.width, info.height]);
        if window.width * window.height * info.bands > MOST_SAMPLES && block.height > 1 {
            let upper = Block {
                height: block.height / 2,
                ..block
            };
            let lower = Block {
                row: block.row + upper.height as i64,
                height: block.height - upper.height,
                ..block
            };
            let (above, below) = samples.split_at_mut(upper.height * block.width * info.bands);
            self.fill_rows(grid, upper, size, above)?;
            return self.fill_rows(grid, lower, size, below);
        }
        let pixels = self.source.file.read_window(window)?;
        let mut resampler = Resampler {
            pixels: &pixels,
            window,
            raster: [info.width, info.height],
            bands: info.bands,
            size,
            taps: Default::default(),
        };
        let mut pixel = vec![0.0; info.bands];
        for (place, out) in places.iter().zip(samples.chunks_exact_mut(info.bands)) {
            let Some(place) = place.filter(|_| out[0].is_nan()) else {
                continue;
            };
            resampler.mean(place, &mut pixel);
            if pixel.iter().all(|value| !value.is_nan()) {
                for (out, &value) in out.iter_mut().zip(&pixel) {
                    *out = value as f32;
                }
            }
        }
        Ok(())
    }

    /// Width and height, in pixels of the raster, of a pixel of the grid at the block's centre. A
    /// pixel that is turned counts with its own sides, not with those of the box around it.
    fn pixel_size(&self, grid: &Grid, block: Block) -> Option<[f64; 2]> {
        let centre = [
            block.column as f64 + 0.5 * block.width as f64,
            block.row as f64 + 0.5 * block.height as f64,
        ];
        let at = self.unbounded(grid, centre)?;
        let east = self.unbounded(grid, [centre[0] + 1.0, centre[1]])?;
        let south = self.unbounded(grid, [centre[0], centre[1] + 1.0])?;
        Some([0, 1].map(|axis| (east[axis] - at[axis]).hypot(south[axis] - at[axis])))
    }
}

/// The pixels that boxes of `size` around positions in `reach` may cover.
fn window(reach: Bounds, size: [f64; 2], raster: [usize; 2]) -> Window {
    let range = |axis: usize| {
        let margin = 0.5 * size[axis].max(1.0) + 1.0;
        let first = (reach.low[axis] - margin).max(0.0) as usize;
        let last = (reach.high[axis] + margin).min(raster[axis] as f64).ceil() as usize;
        (first, last - first)
    };
    let ((column, width), (row, height)) = (range(0), range(1));
    Window {
        column,
        row,
        width,
        height,
    }
}

/// Pixels in memory of which weighted means are taken.
struct Resampler<'a> {
    pixels: &'a [f32],
    window: Window,
    raster: [usize; 2],
    bands: usize,
    size: [f64; 2],
    taps: [Taps; 2],
}

impl Resampler<'_> {
    /// The mean of each band over the box around a position; NaN if a value in it is missing.
    fn mean(&mut self, place: [f64; 2], mean: &mut [f64]) {
        for (axis, taps) in self.taps.iter_mut().enumerate() {
            taps.set(place[axis], self.size[axis], self.raster[axis]);
        }
        let [columns, rows] = &self.taps;
        mean.fill(0.0);
        for (row, &share) in rows.weights.iter().enumerate() {
            let row = rows.first + row - self.window.row;
            let first = row * self.window.width + columns.first - self.window.column;
            let pixels = self.pixels[first * self.bands..].chunks_exact(self.bands);
            for (&weight, pixel) in columns.weights.iter().zip(pixels) {
                for (mean, &value) in mean.iter_mut().zip(pixel) {
                    *mean += share * weight * f64::from(value);
                }
            }
        }
    }
}

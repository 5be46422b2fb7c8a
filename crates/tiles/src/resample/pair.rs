use std::path::PathBuf;

use super::{Bounds, Grid, Mosaic, Source};
use crate::crs::{Crs, Transformer};
use crate::error::Error;

/// Elevation and image, and the grid that they are brought onto.
#[derive(Clone, Debug)]
pub struct PairOptions {
    /// Elevation rasters of one band. A corner of the grid's pixels is the upper left corner of
    /// the first.
    pub dem: RasterInput,
    /// Image rasters, all of as many bands.
    pub image: RasterInput,
    /// The grid's coordinate system, a projected one; that of the first elevation raster if none.
    pub crs: Option<Crs>,
    /// Metres along a side of a pixel.
    pub resolution: f64,
}

/// Raster files that make one image.
#[derive(Clone, Debug)]
pub struct RasterInput {
    /// The files; where they overlap, the earlier one counts. At least one.
    pub paths: Vec<PathBuf>,
    /// Their coordinate system, instead of what they say.
    pub crs: Option<Crs>,
}

impl<P: Into<PathBuf>> FromIterator<P> for RasterInput {
    fn from_iter<I: IntoIterator<Item = P>>(paths: I) -> Self {
        Self {
            paths: paths.into_iter().map(Into::into).collect(),
            crs: None,
        }
    }
}

impl PairOptions {
    /// Pixels of a metre in the coordinate system of the first elevation raster.
    pub fn new<D, I>(dem: D, image: I) -> Self
    where
        D: IntoIterator<Item: Into<PathBuf>>,
        I: IntoIterator<Item: Into<PathBuf>>,
    {
        Self {
            dem: dem.into_iter().collect(),
            image: image.into_iter().collect(),
            crs: None,
            resolution: 1.0,
        }
    }

    fn grid(&self, dem: &Source) -> Result<Grid, Error> {
        let crs = self.crs.as_ref().unwrap_or(dem.crs());
        let way = Transformer::new(dem.crs(), crs)?;
        let corner = way.apply(dem.corner()).ok_or_else(|| Error::NoPlace {
            path: dem.path().to_path_buf(),
            lacks: "place in the coordinate system of the tiles",
        })?;
        Grid::new(crs, corner, self.resolution)
    }
}

/// Elevation and image of one place on one grid.
pub struct Pair {
    /// One band.
    pub dem: Mosaic,
    /// Any number of bands.
    pub image: Mosaic,
    /// The rectangle that holds all ground of which there are both.
    pub ground: Bounds,
}

impl Pair {
    /// Opens the rasters and lays them on the grid.
    ///
    /// # Errors
    /// [`Error::Option`] if either is missing or the grid cannot be; [`Error::BandCount`] if an
    /// elevation raster has more than one band; [`Error::NoOverlap`] if they have no ground in
    /// common; and those of [`Source::open`] and [`Mosaic::new`].
    pub fn open(options: &PairOptions) -> Result<Self, Error> {
        let open = |input: &RasterInput| -> Result<Vec<Source>, Error> {
            let paths = input.paths.iter();
            paths
                .map(|path| Source::open(path, input.crs.as_ref()))
                .collect()
        };
        let (dems, images) = (open(&options.dem)?, open(&options.image)?);
        let Some(first) = dems.first().filter(|_| !images.is_empty()) else {
            return Err(Error::Option {
                option: "number of elevation rasters or of images",
                found: "0".to_owned(),
                expected: "one or more",
            });
        };
        if let Some(dem) = dems.iter().find(|dem| dem.info().bands != 1) {
            return Err(Error::BandCount {
                path: dem.path().to_path_buf(),
                found: dem.info().bands,
                expected: "one, the elevation".to_owned(),
            });
        }
        let grid = options.grid(first)?;
        let dem = Mosaic::new(dems, &grid)?;
        let image = Mosaic::new(images, &grid)?;
        let Some(ground) = dem.bounds().common(image.bounds()) else {
            return Err(Error::NoOverlap {
                dem: options.dem.paths[0].clone(),
                dem_place: dem.place(),
                image: options.image.paths[0].clone(),
                image_place: image.place(),
            });
        };
        Ok(Self { dem, image, ground })
    }
}

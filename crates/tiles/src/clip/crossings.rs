use std::path::Path;

use super::nearby::{Nearby, distance};
use super::{LeftOut, Unfit, VectorInput};
use crate::crs::{Point, Transformer};
use crate::error::Error;
use crate::resample::{Grid, Mosaic};
use crate::vector::{Layer, read_layer};

/// The crossings of a file on a grid.
#[derive(Debug)]
pub(super) struct Crossings {
    pub list: Vec<Crossing>,
    pub merged: usize,
    pub empty: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing {
    /// Its place in the file, from 1.
    pub feature: usize,
    /// In pixels of the grid.
    pub position: [f64; 2],
}

impl Crossings {
    /// Reads them; those within `merge` metres of an earlier one are left out.
    pub(super) fn read(input: &VectorInput, grid: &Grid, merge: f64) -> Result<Self, Error> {
        let (layer, on_grid) = input.open(grid)?;
        let mut crossings = Self {
            list: Vec::new(),
            merged: 0,
            empty: layer.empty,
        };
        let reach = merge / grid.metres();
        let mut kept = Nearby::new(reach);
        for feature in &layer.features {
            let position = on_grid.position(feature.number, feature.shape.middle())?;
            if kept
                .near(position)
                .any(|(offset, ())| distance(offset) <= reach)
            {
                crossings.merged += 1;
                continue;
            }
            kept.insert(position, ());
            crossings.list.push(Crossing {
                feature: feature.number,
                position,
            });
        }
        Ok(crossings)
    }

    /// The error that says why none of them makes a tile.
    pub(super) fn none_fits(&self, path: &Path, left_out: &[LeftOut], dem: &Mosaic) -> Error {
        let mut reasons = Unfit::tally(left_out.iter().map(|left| left.reason));
        if let Some(first) = self.list.first() {
            let place = dem.grid().place(first.position);
            reasons.push_str(&format!(
                "; the first lies at x {:.0}, y {:.0}, the elevation at {}",
                place.x,
                place.y,
                dem.place()
            ));
        } else {
            reasons.push_str("there is none");
        }
        Error::NoCrossing {
            path: path.to_path_buf(),
            count: self.list.len(),
            reasons,
        }
    }
}

impl VectorInput {
    /// Its features, and the way from their system to the grid.
    pub(super) fn open<'a>(&'a self, grid: &'a Grid) -> Result<(Layer, OnGrid<'a>), Error> {
        let layer = read_layer(&self.path, self.layer.as_deref())?;
        let Some(crs) = self.crs.as_ref().or(layer.crs.as_ref()) else {
            return Err(Error::NoPlace {
                path: self.path.clone(),
                lacks: "coordinate system",
            });
        };
        let way = Transformer::new(crs, grid.crs())?;
        let on_grid = OnGrid {
            path: &self.path,
            way,
            grid,
        };
        Ok((layer, on_grid))
    }
}

/// The way from a file's features to pixels of a grid.
pub(super) struct OnGrid<'a> {
    path: &'a Path,
    way: Transformer,
    grid: &'a Grid,
}

impl OnGrid<'_> {
    /// The position in pixels of a place of feature `number`.
    pub(super) fn position(&self, number: usize, place: Point) -> Result<[f64; 2], Error> {
        let there = self.way.apply(place).ok_or_else(|| {
            let (x, y, epsg) = (place.x, place.y, self.grid.crs().epsg());
            let reason = format!(
                "feature {number} lies at {x}, {y}, which has no place in EPSG:{epsg}; are \
                 longitude and latitude in this order?"
            );
            Error::vector(self.path, reason)
        })?;
        Ok(self.grid.position(there))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::Crs;

    fn read(text: &str, crs: Option<&str>, merge: f64) -> Result<Crossings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crossings.csv");
        std::fs::write(&path, text).unwrap();
        let mut input = VectorInput::from(path);
        input.crs = crs.map(|crs| crs.parse().unwrap());
        let corner = Point {
            x: 430_000.0,
            y: 5_150_000.0,
        };
        let grid = Grid::new(&Crs::from_epsg(26915).unwrap(), corner, 2.0).unwrap();
        Crossings::read(&input, &grid, merge).map_err(|e| e.to_string())
    }

    #[test]
    fn close_ones_count_once() {
        let text = "x,y\n430010,5149990\n430013,5149994\n430010,5149985\n,\n";
        let found = read(text, Some("EPSG:26915"), 5.0).unwrap();
        let features: Vec<_> = found.list.iter().map(|crossing| crossing.feature).collect();
        assert_eq!(features, [1]);
        assert_eq!((found.merged, found.empty), (2, 1));
        assert_eq!(found.list[0].position, [5.0, 5.0]);
        let found = read(text, Some("EPSG:26915"), 4.9).unwrap();
        assert_eq!((found.list.len(), found.merged), (3, 0));
    }

    #[test]
    fn what_cannot_be_placed_is_an_error() {
        let message = read("x,y\n1,2\n", None, 1.0).unwrap_err();
        assert!(
            message.contains("crossings.csv has no coordinate system"),
            "{message}"
        );
        let message = read("lon,lat\n-94,46\n46,-94\n", None, 1.0).unwrap_err();
        assert!(message.contains("feature 2 lies at 46, -94"), "{message}");
    }
}

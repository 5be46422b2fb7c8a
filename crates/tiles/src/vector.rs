//! Points and lines on maps: drainage crossings, roads.

mod delimited;
mod geojson;
mod geopackage;
mod wkb;

use std::path::Path;

pub use delimited::Delimited;
pub use geojson::GeoJson;
pub use geopackage::GeoPackage;

use crate::crs::{Crs, Point};
use crate::error::Error;

/// The features of a vector file.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The system of the coordinates, if the file says.
    pub crs: Option<Crs>,
    /// The points and lines in the order of the file. The parts of a multi-part feature follow
    /// each other under one number.
    pub features: Vec<Feature>,
    /// How many features have no geometry.
    pub empty: usize,
}

impl Layer {
    /// Adds the parts of a feature.
    fn take(&mut self, number: usize, shapes: Vec<Shape>) {
        self.empty += usize::from(shapes.is_empty());
        let parts = shapes.into_iter().map(|shape| Feature { number, shape });
        self.features.extend(parts);
    }
}

/// A point or a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Its place in the file, from 1.
    pub number: usize,
    /// Its geometry.
    pub shape: Shape,
}

/// Where a feature lies. All coordinates are finite.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A place.
    Point(Point),
    /// A chain of two places or more.
    Line(Vec<Point>),
}

impl Shape {
    fn point(x: f64, y: f64) -> Result<Self, String> {
        place(x, y).map(Self::Point)
    }

    fn line(places: impl Iterator<Item = (f64, f64)>) -> Result<Self, String> {
        let points: Vec<Point> = places.map(|(x, y)| place(x, y)).collect::<Result<_, _>>()?;
        if points.len() < 2 {
            return Err(format!(
                "a line of {} points; expected two or more",
                points.len()
            ));
        }
        Ok(Self::Line(points))
    }

    /// The point itself, or the place half-way along the line: a culvert that was drawn from end
    /// to end lies there.
    #[must_use]
    pub fn middle(&self) -> Point {
        match self {
            Self::Point(point) => *point,
            Self::Line(points) => along(points, 0.5 * length(points)),
        }
    }
}

fn place(x: f64, y: f64) -> Result<Point, String> {
    if x.is_finite() && y.is_finite() {
        Ok(Point { x, y })
    } else {
        Err(format!("the coordinates {x}, {y}; expected finite numbers"))
    }
}

/// The length of a chain of points, in units of its coordinates.
pub(crate) fn length(points: &[Point]) -> f64 {
    points
        .windows(2)
        .map(|pair| distance(pair[0], pair[1]))
        .sum()
}

/// The place at this length along a chain of at least one point; its end if it is shorter.
pub(crate) fn along(points: &[Point], mut length: f64) -> Point {
    for pair in points.windows(2) {
        let step = distance(pair[0], pair[1]);
        if length < step {
            let share = length / step;
            return Point {
                x: pair[0].x + share * (pair[1].x - pair[0].x),
                y: pair[0].y + share * (pair[1].y - pair[0].y),
            };
        }
        length -= step;
    }
    points[points.len() - 1]
}

fn distance(a: Point, b: Point) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// A kind of vector file.
///
/// A new format is one file with an implementation and one line in [`registry`].
pub trait Format: Sync {
    /// The endings of its files' names, in lower case, without the dot.
    fn endings(&self) -> &'static [&'static str];

    /// All features of the file. `layer` names the one to read where a file holds several.
    ///
    /// # Errors
    /// [`Error::Vector`] names the file and the feature that is damaged, is neither point nor
    /// line, or has coordinates that are not finite; [`Error::UnknownCrs`].
    fn read(&self, path: &Path, layer: Option<&str>) -> Result<Layer, Error>;
}

/// All formats.
#[must_use]
pub fn registry() -> &'static [&'static dyn Format] {
    &[&GeoJson, &GeoPackage, &Delimited]
}

/// Reads a vector file in the format that its name's ending says.
///
/// # Errors
/// [`Error::Vector`] for an ending that is not known, and those of [`Format::read`].
pub fn read_layer(path: &Path, layer: Option<&str>) -> Result<Layer, Error> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let ending = ending.unwrap_or_default().to_ascii_lowercase();
    let format = registry()
        .iter()
        .find(|format| format.endings().contains(&ending.as_str()));
    let Some(format) = format else {
        let known: Vec<&str> = registry()
            .iter()
            .flat_map(|f| f.endings())
            .copied()
            .collect();
        return Err(Error::vector(
            path,
            format!(
                "its name ends in \"{ending}\"; expected one of {}",
                known.join(", ")
            ),
        ));
    };
    format.read(path, layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_line_is_half_way_along_it() {
        let corner = [(0.0, 0.0), (6.0, 0.0), (6.0, 2.0)];
        let line = Shape::line(corner.into_iter()).unwrap();
        assert_eq!(line.middle(), Point { x: 4.0, y: 0.0 });
        // A line of no length is a point.
        let point = Shape::line([(1.0, 2.0); 3].into_iter()).unwrap();
        assert_eq!(point.middle(), Point { x: 1.0, y: 2.0 });
    }

    #[test]
    fn shapes_that_are_none_are_errors() {
        assert!(Shape::point(f64::NAN, 0.0).is_err());
        assert!(Shape::line([(0.0, 0.0)].into_iter()).is_err());
        assert!(Shape::line([(0.0, 0.0), (f64::INFINITY, 0.0)].into_iter()).is_err());
    }

    #[test]
    fn an_unknown_ending_is_an_error_that_lists_the_known_ones() {
        let message = read_layer(Path::new("roads.shp"), None)
            .unwrap_err()
            .to_string();
        assert!(message.contains("roads.shp"), "{message}");
        assert!(
            message.contains("geojson, json, gpkg, csv, tsv"),
            "{message}"
        );
    }
}

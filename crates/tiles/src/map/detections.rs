//! Detections as points on Earth.

use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::suppress::Detection;
use crate::crs::{Crs, Point, Transformer};
use crate::error::Error;
use crate::raster::Transform;

/// What the coordinates in a file of detections are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinates {
    /// Longitude and latitude on WGS 84, as GeoJSON has them (RFC 7946).
    Wgs84,
    /// Those of the rasters' system with this EPSG code, which the file names in the member `crs` of
    /// the older GeoJSON of 2008: how the system lies to WGS 84 is not known here.
    Raster(u32),
    /// Those of the rasters, whose system is not known: no `crs` is named, and a program may take
    /// them for degrees.
    Unknown,
}

/// From pixels to the coordinates of a file.
pub(super) struct Locator {
    transform: Transform,
    epsg: Option<u32>,
    to_wgs84: Option<Transformer>,
}

/// Digits after the point of a degree: a centimetre.
const DEGREE_DIGITS: i32 = 7;

/// Digits after the point of a unit of the raster's system: a millimetre, if it is a metre.
const UNIT_DIGITS: i32 = 3;

impl Locator {
    pub fn new(transform: Transform, epsg: Option<u32>) -> Self {
        let to_wgs84 = |epsg| {
            let [from, to] = [Crs::from_epsg(epsg), Crs::from_epsg(Crs::WGS84)];
            Transformer::new(&from?, &to?)
        };
        Self {
            transform,
            epsg,
            to_wgs84: epsg.and_then(|epsg| to_wgs84(epsg).ok()),
        }
    }

    pub fn coordinates(&self) -> Coordinates {
        match (&self.to_wgs84, self.epsg) {
            (Some(_), _) => Coordinates::Wgs84,
            (None, Some(epsg)) => Coordinates::Raster(epsg),
            (None, None) => Coordinates::Unknown,
        }
    }

    /// Where a place in the raster lies in the raster's system.
    fn place(&self, detection: &Detection) -> Point {
        let t = self.transform;
        Point {
            x: t.left + detection.column * t.pixel_width,
            y: t.top - detection.row * t.pixel_height,
        }
    }

    fn feature(&self, detection: &Detection, classes: &[String]) -> Option<Value> {
        let place = self.place(detection);
        let (point, digits) = match &self.to_wgs84 {
            Some(way) => (way.apply(place)?, DEGREE_DIGITS),
            None => (place, UNIT_DIGITS),
        };
        Some(json!({
            "type": "Feature",
            "geometry": {
                "type": "Point",
                "coordinates": [rounded(point.x, digits), rounded(point.y, digits)],
            },
            "properties": {
                "class": classes[detection.class],
                "probability": rounded(f64::from(detection.probability), 6),
                "x": rounded(place.x, UNIT_DIGITS.max(self.digits_of_pixels())),
                "y": rounded(place.y, UNIT_DIGITS.max(self.digits_of_pixels())),
            },
        }))
    }

    /// Digits after the point that tell a hundredth of a pixel, whatever its unit.
    fn digits_of_pixels(&self) -> i32 {
        let pixel = self.transform.pixel_width.min(self.transform.pixel_height);
        (2.0 - pixel.log10()).ceil().clamp(0.0, 15.0) as i32
    }

    /// Writes detections as GeoJSON points, with the properties `class`, `probability`, and `x` and
    /// `y` in the rasters' own system; one a line.
    ///
    /// A detection that its projection cannot place, which none in the projection's use is, is left
    /// out. Gives how many were.
    pub fn write(
        &self,
        path: &Path,
        detections: &[Detection],
        classes: &[String],
    ) -> Result<usize, Error> {
        let features: Vec<Value> = (detections.iter())
            .filter_map(|detection| self.feature(detection, classes))
            .collect();
        let file = std::fs::File::create(path).map_err(Error::io("create", path))?;
        let mut out = BufWriter::new(file);
        let crs = match self.coordinates() {
            Coordinates::Raster(epsg) => {
                let name = format!("urn:ogc:def:crs:EPSG::{epsg}");
                let crs = json!({ "type": "name", "properties": { "name": name } });
                format!("\"crs\": {crs},\n")
            }
            Coordinates::Wgs84 | Coordinates::Unknown => String::new(),
        };
        let mut write = || {
            write!(
                out,
                "{{\n\"type\": \"FeatureCollection\",\n{crs}\"features\": ["
            )?;
            for (number, feature) in features.iter().enumerate() {
                let comma = if number > 0 { "," } else { "" };
                write!(out, "{comma}\n{feature}")?;
            }
            write!(out, "\n]\n}}\n")?;
            out.flush()
        };
        write().map_err(Error::io("write", path))?;
        Ok(detections.len() - features.len())
    }
}

/// With this many digits after the point.
fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(epsg: Option<u32>, transform: Transform) -> Value {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("detections.geojson");
        let detection = |column, probability| Detection {
            column,
            row: 200.0,
            class: 1,
            probability,
        };
        let detections = [detection(100.0, 0.75), detection(150.0, 0.5)];
        let classes = ["F".to_owned(), "a \"T\"".to_owned()];
        let locator = Locator::new(transform, epsg);
        assert_eq!(locator.write(&path, &detections, &classes).unwrap(), 0);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    const TRANSFORM: Transform = Transform {
        left: 630_519.0,
        top: 4_273_656.5,
        pixel_width: 1.0,
        pixel_height: 1.0,
    };

    #[test]
    fn points_are_longitude_and_latitude() {
        let collection = written(Some(26910), TRANSFORM);
        assert_eq!(collection["type"], "FeatureCollection");
        assert!(collection.get("crs").is_none());
        let first = &collection["features"][0];
        // What pyproj gives for 630619, 4273456.5.
        let [longitude, latitude] = [0, 1].map(|i| first["geometry"]["coordinates"][i].as_f64());
        assert!((longitude.unwrap() + 121.500_001).abs() < 1e-6, "{first}");
        assert!((latitude.unwrap() - 38.6).abs() < 1e-6, "{first}");
        assert_eq!(first["properties"]["class"], "a \"T\"");
        assert_eq!(first["properties"]["probability"], 0.75);
        assert_eq!(first["properties"]["x"], 630_619.0);
        assert_eq!(first["properties"]["y"], 4_273_456.5);
        assert_eq!(collection["features"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_system_that_is_not_known_here_is_named() {
        // DHDN / 3-degree Gauss-Krueger zone 3 has a datum; a code of no system has none.
        let collection = written(Some(65_000), TRANSFORM);
        let name = &collection["crs"]["properties"]["name"];
        assert_eq!(name, "urn:ogc:def:crs:EPSG::65000");
        let place = &collection["features"][0]["geometry"]["coordinates"];
        assert_eq!(*place, json!([630_619.0, 4_273_456.5]));
    }

    #[test]
    fn without_a_system_none_is_named() {
        assert!(written(None, TRANSFORM).get("crs").is_none());
    }

    #[test]
    fn degrees_keep_their_digits() {
        let degrees = Transform {
            left: -121.5,
            top: 38.6,
            pixel_width: 1e-5,
            pixel_height: 1e-5,
        };
        let collection = written(Some(4269), degrees);
        let first = &collection["features"][0];
        assert_eq!(first["geometry"]["coordinates"], json!([-121.499, 38.598]));
        assert_eq!(first["properties"]["x"], -121.499);
    }
}

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{Format, Layer, Shape};
use crate::crs::Crs;
use crate::error::Error;

/// GeoJSON (RFC 7946): WGS 84, or what the `crs` member of the older specification of 2008
/// names, which GIS programs still write for projected coordinates.
pub struct GeoJson;

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Document {
    FeatureCollection {
        features: Vec<Item>,
        crs: Option<NamedCrs>,
    },
    Feature {
        geometry: Option<Value>,
        crs: Option<NamedCrs>,
    },
}

#[derive(Deserialize)]
struct Item {
    geometry: Option<Value>,
}

#[derive(Deserialize)]
struct NamedCrs {
    properties: CrsName,
}

#[derive(Deserialize)]
struct CrsName {
    name: String,
}

type Position = Vec<f64>;

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Point(Position),
    MultiPoint(Vec<Position>),
    LineString(Vec<Position>),
    MultiLineString(Vec<Vec<Position>>),
}

/// The points and lines of a geometry, or what is wrong as the object of "has".
fn shapes(geometry: &Value) -> Result<Vec<Shape>, String> {
    let geometry = Geometry::deserialize(geometry).map_err(|e| format!("a geometry with {e}"))?;
    geometry.shapes()
}

impl Geometry {
    fn shapes(&self) -> Result<Vec<Shape>, String> {
        let point = |position: &Position| xy(position).and_then(|(x, y)| Shape::point(x, y));
        let line = |positions: &Vec<Position>| {
            let places: Vec<_> = positions.iter().map(xy).collect::<Result<_, _>>()?;
            Shape::line(places.into_iter())
        };
        match self {
            Self::Point(position) if position.is_empty() => Ok(Vec::new()),
            Self::LineString(positions) if positions.is_empty() => Ok(Vec::new()),
            Self::Point(position) => Ok(vec![point(position)?]),
            Self::MultiPoint(positions) => positions.iter().map(point).collect(),
            Self::LineString(positions) => Ok(vec![line(positions)?]),
            Self::MultiLineString(lines) => lines.iter().map(line).collect(),
        }
    }
}

/// Easting and northing of a position, whose height does not matter here.
fn xy(position: &Position) -> Result<(f64, f64), String> {
    match position[..] {
        [x, y, ..] => Ok((x, y)),
        _ => Err(format!(
            "a position of {} numbers; expected two",
            position.len()
        )),
    }
}

impl Format for GeoJson {
    fn endings(&self) -> &'static [&'static str] {
        &["geojson", "json"]
    }

    fn read(&self, path: &Path, _layer: Option<&str>) -> Result<Layer, Error> {
        let text = std::fs::read(path).map_err(Error::io("read", path))?;
        let document = serde_json::from_slice(&text).map_err(|e| {
            Error::vector(
                path,
                format!("{e}; expected GeoJSON features of points or lines"),
            )
        })?;
        let (geometries, crs) = match document {
            Document::FeatureCollection { features, crs } => (
                features.into_iter().map(|item| item.geometry).collect(),
                crs,
            ),
            Document::Feature { geometry, crs } => (vec![geometry], crs),
        };
        let crs = match crs {
            Some(named) => named.properties.name.parse::<Crs>()?,
            None => Crs::from_epsg(Crs::WGS84)?,
        };
        let mut layer = Layer {
            crs: Some(crs),
            features: Vec::new(),
            empty: 0,
        };
        for (index, geometry) in geometries.iter().enumerate() {
            let number = index + 1;
            let shapes = geometry.as_ref().map_or(Ok(Vec::new()), shapes);
            let shapes = shapes
                .map_err(|reason| Error::vector(path, format!("feature {number} has {reason}")))?;
            layer.take(number, shapes);
        }
        Ok(layer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::Point;

    fn read(text: &str) -> Result<Layer, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crossings.geojson");
        std::fs::write(&path, text).unwrap();
        GeoJson.read(&path, None).map_err(|e| e.to_string())
    }

    fn collection(geometry: &str) -> String {
        format!(
            r#"{{"type":"FeatureCollection","features":[
                {{"type":"Feature","properties":{{"id":7}},"geometry":null}},
                {{"type":"Feature","properties":null,"geometry":{geometry}}}]}}"#
        )
    }

    #[test]
    fn points_and_lines_are_read_in_their_parts() {
        let layer = read(&collection(
            r#"{"type":"MultiLineString","coordinates":[[[0,0,9],[2,0,9]],[[5,5],[5,6]]]}"#,
        ))
        .unwrap();
        assert_eq!((layer.crs.unwrap().epsg(), layer.empty), (4326, 1));
        let middles: Vec<_> = layer.features.iter().map(|f| f.shape.middle()).collect();
        assert_eq!(
            middles,
            [Point { x: 1.0, y: 0.0 }, Point { x: 5.0, y: 5.5 }]
        );
        assert!(layer.features.iter().all(|feature| feature.number == 2));
        let points = r#"{"coordinates":[[1,2],[3,4]],"type":"MultiPoint"}"#;
        assert_eq!(read(&collection(points)).unwrap().features.len(), 2);
    }

    #[test]
    fn the_older_member_names_the_system() {
        let text = r#"{"type":"Feature","properties":{},
            "crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::26915"}},
            "geometry":{"type":"Point","coordinates":[429000.5,5150000]}}"#;
        let layer = read(text).unwrap();
        assert_eq!(layer.crs.unwrap().epsg(), 26915);
        assert_eq!(
            layer.features[0].shape,
            Shape::Point(Point {
                x: 429_000.5,
                y: 5_150_000.0
            })
        );
    }

    #[test]
    fn what_is_no_point_or_line_is_an_error_that_says_where() {
        for (text, reason) in [
            ("", "EOF"),
            ("[1, 2]", "expected"),
            (
                &collection(r#"{"type":"Polygon","coordinates":[]}"#),
                "feature 2 has a geometry with unknown variant `Polygon`",
            ),
            (
                &collection(r#"{"type":"Point","coordinates":[1]}"#),
                "feature 2 has a position",
            ),
            (
                &collection(r#"{"type":"Point","coordinates":["1",2]}"#),
                "feature 2 has a geometry with invalid type: string \"1\"",
            ),
            (
                &collection(r#"{"type":"LineString","coordinates":[[1,2]]}"#),
                "feature 2 has a line",
            ),
            (
                &collection(r#"{"type":"Point","coordinates":[1e999,2]}"#),
                "number out of range",
            ),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.contains(reason), "{message}");
            assert!(message.contains("crossings.geojson"), "{message}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(read(&deep).is_err());
    }
}

use std::path::Path;

use super::{Format, Layer, Shape};
use crate::crs::Crs;
use crate::error::Error;

/// A table of points: commas between the columns, or tabs in `.tsv`.
///
/// The first of these pairs of columns that is there holds the coordinates: `lon`, `lat` (or
/// `longitude`, `latitude`), which are WGS 84 if nothing else is said; `x`, `y`; `easting`,
/// `northing`. Capitals do not matter. A row with both cells empty has no geometry.
pub struct Delimited;

/// Pairs of columns, and whether they are longitude and latitude.
const COLUMNS: [(&str, &str, bool); 4] = [
    ("lon", "lat", true),
    ("longitude", "latitude", true),
    ("x", "y", false),
    ("easting", "northing", false),
];

impl Format for Delimited {
    fn endings(&self) -> &'static [&'static str] {
        &["csv", "tsv"]
    }

    fn read(&self, path: &Path, _layer: Option<&str>) -> Result<Layer, Error> {
        let is_tsv = path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("tsv"));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(if is_tsv { b'\t' } else { b',' })
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(|e| Error::vector(path, e.to_string()))?;
        let fail = |reason: String| Error::vector(path, reason);
        let header = reader.headers().map_err(|e| fail(e.to_string()))?.clone();
        let column = |name: &str| header.iter().position(|h| h.eq_ignore_ascii_case(name));
        let found = COLUMNS
            .iter()
            .find_map(|&(x, y, is_geographic)| Some((column(x)?, column(y)?, is_geographic)));
        let Some((x, y, is_geographic)) = found else {
            let found: Vec<&str> = header.iter().collect();
            let pairs = COLUMNS.map(|(x, y, _)| format!("{x} and {y}"));
            return Err(fail(format!(
                "the columns are {}; expected {}",
                found.join(", "),
                pairs.join(", or ")
            )));
        };
        let mut layer = Layer {
            crs: is_geographic
                .then(|| Crs::from_epsg(Crs::WGS84))
                .transpose()?,
            features: Vec::new(),
            empty: 0,
        };
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|e| fail(e.to_string()))?;
            let number = index + 1;
            let shape = match [&record[x], &record[y]] {
                ["", ""] => Ok(Vec::new()),
                [x, y] => point(x, y).map(|shape| vec![shape]),
            };
            let shape = shape.map_err(|reason| fail(format!("feature {number} has {reason}")))?;
            layer.take(number, shape);
        }
        Ok(layer)
    }
}

fn point(x: &str, y: &str) -> Result<Shape, String> {
    match (x.parse(), y.parse()) {
        (Ok(x), Ok(y)) => Shape::point(x, y),
        _ => Err(format!(
            "the coordinates \"{x}\", \"{y}\"; expected numbers"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::Point;

    fn read(name: &str, text: &str) -> Result<Layer, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Delimited.read(&path, None).map_err(|e| e.to_string())
    }

    #[test]
    fn columns_are_found_by_name() {
        let layer = read("a.csv", "\u{feff}id,Lat,Lon\n1, 40.5 ,-97\n2,,\n").unwrap();
        assert_eq!(layer.crs.unwrap().epsg(), 4326);
        assert_eq!(layer.features.len(), 1);
        assert_eq!(
            layer.features[0].shape,
            Shape::Point(Point { x: -97.0, y: 40.5 })
        );
        assert_eq!(layer.empty, 1);
        let layer = read("a.tsv", "X\tY\tname\n429000\t5150000\ta,b\n").unwrap();
        assert_eq!((layer.crs, layer.features.len()), (None, 1));
    }

    #[test]
    fn damaged_tables_are_errors_that_name_the_feature() {
        for (text, reason) in [
            ("", "the columns are ; expected lon and lat, or"),
            ("x,z\n1,2\n", "the columns are x, z"),
            (
                "x,y\n1,2\n1,north\n",
                "feature 2 has the coordinates \"1\", \"north\"",
            ),
            (
                "x,y\n1,NaN\n",
                "feature 1 has the coordinates 1, NaN; expected finite",
            ),
            ("x,y\n1\n", "found record with 1 fields"),
            ("x,y\n1,\n", "feature 1"),
        ] {
            let message = read("a.csv", text).unwrap_err();
            assert!(message.contains(reason), "{message}");
            assert!(message.contains("a.csv"), "{message}");
        }
        assert!(Delimited.read(Path::new("nowhere.csv"), None).is_err());
    }
}

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::{Format, Layer, wkb};
use crate::crs::Crs;
use crate::error::Error;

/// OGC GeoPackage: an SQLite database with a table of features.
///
/// The file is opened for reading only and is not trusted: functions that its schema names are
/// not run.
pub struct GeoPackage;

impl Format for GeoPackage {
    fn endings(&self) -> &'static [&'static str] {
        &["gpkg"]
    }

    fn read(&self, path: &Path, layer: Option<&str>) -> Result<Layer, Error> {
        // SQLite says of a missing file only that it cannot be opened.
        std::fs::File::open(path).map_err(Error::io("read", path))?;
        let fail = |e: rusqlite::Error| Error::vector(path, e.to_string());
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let package = Connection::open_with_flags(path, flags).map_err(fail)?;
        package
            .execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
            .map_err(fail)?;
        let table = choose(&package, path, layer)?;
        let crs = crs(&package, path, &table)?;
        let mut found = Layer {
            crs,
            features: Vec::new(),
            empty: 0,
        };
        let query = format!(
            "SELECT {} FROM {}",
            quoted(&table.column),
            quoted(&table.name)
        );
        let mut statement = package.prepare(&query).map_err(fail)?;
        let mut rows = statement.query([]).map_err(fail)?;
        let mut number = 0;
        while let Some(row) = rows.next().map_err(fail)? {
            number += 1;
            let blob: Option<Vec<u8>> = row.get(0).map_err(fail)?;
            let shapes = match blob.as_deref().map(geometry) {
                None => Vec::new(),
                Some(shapes) => shapes.map_err(|reason| {
                    Error::vector(
                        path,
                        format!("feature {number} of {} has {reason}", table.name),
                    )
                })?,
            };
            found.take(number, shapes);
        }
        Ok(found)
    }
}

/// A table of features.
struct Table {
    name: String,
    column: String,
    srs_id: i64,
}

/// The table that `layer` names, or the only one.
fn choose(package: &Connection, path: &Path, layer: Option<&str>) -> Result<Table, Error> {
    let fail = |e: rusqlite::Error| Error::vector(path, format!("{e}; expected a GeoPackage"));
    let mut statement = package
        .prepare(
            "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns \
             ORDER BY table_name",
        )
        .map_err(fail)?;
    let tables = statement.query_map([], |row| {
        Ok(Table {
            name: row.get(0)?,
            column: row.get(1)?,
            srs_id: row.get(2)?,
        })
    });
    let tables: Vec<Table> = tables
        .and_then(|rows| rows.collect::<Result<_, _>>())
        .map_err(fail)?;
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
    let mut chosen = tables
        .into_iter()
        .filter(|table| layer.is_none_or(|layer| table.name == layer));
    match (chosen.next(), chosen.next()) {
        (Some(table), None) => Ok(table),
        _ => Err(Error::vector(
            path,
            format!(
                "its layers are {}; expected {}",
                names.join(", "),
                layer.map_or("one, or the name of one", |layer| layer)
            ),
        )),
    }
}

fn crs(package: &Connection, path: &Path, table: &Table) -> Result<Option<Crs>, Error> {
    // -1 and 0 stand for undefined Cartesian and geographic systems.
    if table.srs_id <= 0 {
        return Ok(None);
    }
    let fail = |e: rusqlite::Error| Error::vector(path, e.to_string());
    let row = package
        .query_row(
            "SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys \
             WHERE srs_id = ?1",
            [table.srs_id],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)),
        )
        .optional()
        .map_err(fail)?;
    match row {
        Some((authority, code)) => format!("{authority}:{code}").parse().map(Some),
        None => Err(Error::vector(
            path,
            format!("its table of coordinate systems lacks {}", table.srs_id),
        )),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The shapes of a GeoPackage geometry (OGC 12-128r19, 2.1.3): a header, then well-known binary.
fn geometry(blob: &[u8]) -> Result<Vec<super::Shape>, String> {
    const EMPTY: u8 = 1 << 4;
    const EXTENDED: u8 = 1 << 5;
    let [b'G', b'P', _version, flags, rest @ ..] = blob else {
        return Err("a geometry without the GeoPackage header".to_owned());
    };
    if flags & EXTENDED != 0 {
        return Err("a geometry of an extension; expected a point or a line".to_owned());
    }
    if flags & EMPTY != 0 {
        return Ok(Vec::new());
    }
    let envelope = match (flags >> 1) & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        other => return Err(format!("an envelope of the kind {other}; expected 0 to 4")),
    };
    let srs_id = 4;
    let body = rest
        .get(srs_id + envelope..)
        .ok_or("a truncated geometry")?;
    wkb::shapes(body)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::crs::Point;
    use crate::vector::Shape;

    /// A little-endian point with an envelope of four numbers.
    fn point(x: f64, y: f64) -> Vec<u8> {
        let mut blob = b"GP\0\x03".to_vec();
        blob.extend(26915i32.to_le_bytes());
        blob.extend([x, x, y, y].iter().flat_map(|n| n.to_le_bytes()));
        blob.push(1);
        blob.extend(1u32.to_le_bytes());
        blob.extend([x, y].iter().flat_map(|n| n.to_le_bytes()));
        blob
    }

    /// A package with a layer of these geometries for each name.
    fn package(folder: &Path, layers: &[&str], blobs: &[Option<Vec<u8>>]) -> PathBuf {
        let path = folder.join("culverts.gpkg");
        let package = Connection::open(&path).unwrap();
        package
            .execute_batch(
                "CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER PRIMARY KEY,
                   organization TEXT, organization_coordsys_id INTEGER);
                 INSERT INTO gpkg_spatial_ref_sys VALUES (7, 'EPSG', 26915);
                 CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT,
                   geometry_type_name TEXT, srs_id INTEGER, z TINYINT, m TINYINT);",
            )
            .unwrap();
        for name in layers {
            let table = quoted(name);
            package
                .execute(
                    "INSERT INTO gpkg_geometry_columns VALUES (?1, 'the geom', 'POINT', 7, 0, 0)",
                    [name],
                )
                .unwrap();
            let create =
                format!("CREATE TABLE {table} (fid INTEGER PRIMARY KEY, \"the geom\" BLOB)");
            package.execute(&create, []).unwrap();
            for blob in blobs {
                let insert = format!("INSERT INTO {table} (\"the geom\") VALUES (?1)");
                package.execute(&insert, [blob]).unwrap();
            }
        }
        path
    }

    #[test]
    fn the_only_layer_is_read_with_its_system() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = [Some(point(1.0, 2.0)), None, Some(point(3.0, 4.0))];
        let path = package(folder.path(), &["cul\"verts"], &blobs);
        let layer = GeoPackage.read(&path, None).unwrap();
        assert_eq!((layer.crs.unwrap().epsg(), layer.empty), (26915, 1));
        let shapes: Vec<_> = layer
            .features
            .iter()
            .map(|f| (f.number, &f.shape))
            .collect();
        let expected = [(1.0, 2.0), (3.0, 4.0)].map(|(x, y)| Shape::Point(Point { x, y }));
        assert_eq!(shapes, [(1, &expected[0]), (3, &expected[1])]);
    }

    #[test]
    fn one_of_several_layers_has_to_be_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = package(
            folder.path(),
            &["bridges", "culverts"],
            &[Some(point(1.0, 2.0))],
        );
        assert!(GeoPackage.read(&path, Some("culverts")).is_ok());
        for layer in [None, Some("fords")] {
            let message = GeoPackage.read(&path, layer).unwrap_err().to_string();
            assert!(message.contains("bridges, culverts"), "{message}");
        }
    }

    #[test]
    fn what_is_no_package_or_is_damaged_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gpkg");
        let message = GeoPackage.read(&path, None).unwrap_err().to_string();
        assert!(
            message.starts_with("cannot read") && message.contains("a.gpkg"),
            "{message}"
        );
        for content in [
            &b"not a database at all, but long enough to look at"[..],
            b"",
        ] {
            std::fs::write(&path, content).unwrap();
            let message = GeoPackage.read(&path, None).unwrap_err().to_string();
            assert!(message.contains("a.gpkg"), "{message}");
        }
        for (blob, reason) in [
            (b"GP".to_vec(), "without the GeoPackage header"),
            (b"GP\0\x21".to_vec(), "extension"),
            (b"GP\0\x0f\0\0\0\0".to_vec(), "envelope of the kind 7"),
            (b"GP\0\x03\0\0\0\0\0".to_vec(), "truncated"),
            (point(f64::INFINITY, 0.0), "expected finite"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = package(folder.path(), &["a"], &[Some(point(1.0, 2.0)), Some(blob)]);
            let message = GeoPackage.read(&path, None).unwrap_err().to_string();
            assert!(message.contains("feature 2 of a has"), "{message}");
            assert!(message.contains(reason), "{message}");
        }
    }
}

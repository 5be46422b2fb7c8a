use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{BandFile, Fault, Layout, Scan, TileSource, WHOLE, bands};
use crate::error::Error;
use crate::recipe::is_name;

/// A table with a row for each tile, `TILES.csv`.
///
/// ```text
/// id,region,group,label,dem,r+g+b+nir
/// 17,riverside,scene 3,T,elevation/17.tif,aerial/17.tif
/// ```
///
/// - `id` and `label` (the class) must be there; an id occurs once.
/// - `region` and `group` may be left out or empty: then the region is [`WHOLE`], and the tile is
///   its own group.
/// - A column whose name starts with `#` is not read.
/// - All other columns hold rasters, as paths from the table's folder. The column's name is
///   that of the band, or those of all bands of its files, joined by `+`, in upper or lower case;
///   `aerial` is short for `r+g+b+nir`. The raw bands come in the order of the columns.
///
/// Fields are parted by commas, semicolons or tabs, whichever comes first in the first line, and
/// may stand in double quotes. Blanks around a field do not count. Tiles come in the order of the
/// rows.
pub struct Manifest;

const ENDING: &str = "csv";

impl Layout for Manifest {
    fn name(&self) -> &'static str {
        "manifest"
    }

    fn pattern(&self) -> &'static str {
        "TILES.csv with columns id, region, group, label, and one per raster: dem, r+g+b+nir"
    }

    fn detect(&self, root: &Path) -> bool {
        root.is_file()
            && root
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case(ENDING))
    }

    fn scan(&self, root: &Path, _bands: Option<&[String]>) -> Result<Scan, Error> {
        let bytes = std::fs::read(root).map_err(Error::io("read", root))?;
        parse(&bytes, root)
    }
}

/// Which column holds what.
struct Columns {
    id: usize,
    label: usize,
    region: Option<usize>,
    group: Option<usize>,
    rasters: Vec<(usize, Vec<String>)>,
}

impl Manifest {
    /// The tiles of the table with these bytes, which lies, or would lie, at `path`.
    ///
    /// # Errors
    /// [`Error::Manifest`] names the line: a column that is missing, occurs twice or has no name
    /// of a band, a row with too many or too few fields or without an id.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Scan, Error> {
        parse(bytes, path)
    }
}

fn parse(bytes: &[u8], path: &Path) -> Result<Scan, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes); // A mark that Excel leaves.
    let fail = |line: u64, reason: String| Error::Manifest {
        path: path.to_path_buf(),
        line,
        reason,
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(bytes))
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let unreadable = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        fail(line, error.to_string())
    };
    let header = reader.headers().map_err(unreadable)?.clone();
    let columns = columns(&header).map_err(|reason| fail(1, reason))?;
    let folder = path.parent().unwrap_or(Path::new(""));

    let mut scan = Scan::default();
    let mut line_of_id: BTreeMap<String, u64> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let optional = |column: Option<usize>| {
            column
                .map(|column| &record[column])
                .filter(|text| !text.is_empty())
        };
        let id = record[columns.id].to_owned();
        if id.is_empty() {
            return Err(fail(line, "the id is empty".to_owned()));
        }
        let region = optional(columns.region).unwrap_or(WHOLE).to_owned();
        let rasters = match rasters(&record, &header, &columns, folder) {
            _ if line_of_id.contains_key(&id) => {
                Err(format!("id {id} is that of line {} too", line_of_id[&id]))
            }
            _ if record[columns.label].is_empty() => Err("the label is empty".to_owned()),
            rasters => rasters,
        };
        line_of_id.entry(id.clone()).or_insert(line);
        match rasters {
            Ok(rasters) => scan.tiles.push(TileSource {
                group: optional(columns.group).unwrap_or(&id).to_owned(),
                id,
                region,
                class: record[columns.label].to_owned(),
                rasters,
            }),
            Err(reason) => scan.faults.push(Fault {
                id,
                region,
                error: Error::ManifestRow {
                    path: path.to_path_buf(),
                    line,
                    reason,
                },
            }),
        }
    }
    Ok(scan)
}

fn columns(header: &csv::StringRecord) -> Result<Columns, String> {
    let place = |name: &str| header.iter().position(|title| title == name);
    let required = |name: &str| {
        place(name).ok_or_else(|| {
            let found: Vec<&str> = header.iter().collect();
            format!("there is no column {name}; found {}", found.join(", "))
        })
    };
    let mut columns = Columns {
        id: required("id")?,
        label: required("label")?,
        region: place("region"),
        group: place("group"),
        rasters: Vec::new(),
    };
    let mut named: Vec<String> = Vec::new();
    for (column, title) in header.iter().enumerate() {
        let first = place(title).expect("the title comes from this header");
        if first != column && !title.starts_with('#') {
            return Err(format!("there are two columns {title}"));
        }
        if ["id", "label", "region", "group"].contains(&title) || title.starts_with('#') {
            continue;
        }
        let names: Vec<String> = match title {
            "aerial" => bands::owned(bands::AERIAL),
            _ => title
                .split('+')
                .map(|name| name.trim().to_lowercase())
                .collect(),
        };
        for name in &names {
            if !is_name(name) {
                return Err(format!(
                    "column \"{title}\": \"{name}\" is no name of a band; expected bands joined \
                     by +, such as dem or r+g+b+nir, or # before a column that is not to be read"
                ));
            }
            if named.contains(name) {
                return Err(format!("column {title}: there are two bands {name}"));
            }
            named.push(name.clone());
        }
        columns.rasters.push((column, names));
    }
    if columns.rasters.is_empty() {
        return Err("there is no column of rasters; expected one such as dem or r+g+b+nir".into());
    }
    Ok(columns)
}

fn rasters(
    record: &csv::StringRecord,
    header: &csv::StringRecord,
    columns: &Columns,
    folder: &Path,
) -> Result<Vec<BandFile>, String> {
    let raster = |(column, bands): &(usize, Vec<String>)| {
        let file = PathBuf::from(&record[*column]);
        if file.as_os_str().is_empty() {
            return Err(format!(
                "column {} is empty; expected a file",
                &header[*column]
            ));
        }
        Ok(BandFile {
            path: folder.join(file),
            image: None,
            bands: bands.clone(),
        })
    };
    columns.rasters.iter().map(raster).collect()
}

fn delimiter(bytes: &[u8]) -> u8 {
    let first_line = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let is_delimiter = |byte: &&u8| [b',', b';', b'\t'].contains(byte);
    first_line
        .iter()
        .find(is_delimiter)
        .copied()
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Result<Scan, String> {
        parse(text.as_bytes(), Path::new("data/tiles.csv")).map_err(|e| e.to_string())
    }

    #[test]
    fn columns_name_their_bands() {
        let scan = parsed(
            "id,label,dem,r+g+b+nir,#note,region,group\n\
             7,crossing,d/7.tif,\"a, b/7.tif\",old,,scene\n\
             8,none,/far/8.tif,a/8.tif,,north,\n",
        )
        .unwrap();
        assert!(scan.faults.is_empty());
        let [first, second] = &scan.tiles[..] else {
            panic!("{scan:?}")
        };
        assert_eq!((first.id.as_str(), first.class.as_str()), ("7", "crossing"));
        assert_eq!(
            (first.region.as_str(), first.group.as_str()),
            (WHOLE, "scene")
        );
        assert_eq!(
            (second.region.as_str(), second.group.as_str()),
            ("north", "8")
        );
        assert_eq!(first.rasters[0].path, Path::new("data/d/7.tif"));
        assert_eq!(first.rasters[1].path, Path::new("data/a, b/7.tif"));
        assert_eq!(second.rasters[0].path, Path::new("/far/8.tif"));
        let bands: Vec<_> = first.bands().collect();
        assert_eq!(bands, ["dem", "r", "g", "b", "nir"]);
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let scan = parsed("\u{feff}id; label; aerial\r\n1; T; 1.tif\r\n").unwrap();
        assert_eq!(scan.tiles[0].rasters[0].bands, ["r", "g", "b", "nir"]);
        assert_eq!(scan.tiles[0].class, "T");
    }

    #[test]
    fn faults_of_the_table_name_the_line() {
        for (text, expected) in [
            (
                "id,dem\n",
                "line 1: there is no column label; found id, dem",
            ),
            ("id,label\n1,T\n", "line 1: there is no column of rasters"),
            ("id,label,dem,dem\n", "line 1: there are two columns dem"),
            (
                "id,label,r+g,g\n",
                "line 1: column g: there are two bands g",
            ),
            ("id,label,my dem\n", "line 1: column \"my dem\""),
            ("id,label,dem\n1,T,1.tif\n2,T\n", "line 3: "),
            (
                "id,label,dem\n1,T,1.tif\n,T,2.tif\n",
                "line 3: the id is empty",
            ),
        ] {
            let message = parsed(text).unwrap_err();
            assert!(message.contains("tiles.csv, "), "{message}");
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn faults_of_a_tile_name_the_line_and_spare_the_others() {
        let scan =
            parsed("id,label,dem\n1,T,1.tif\n2,F,\n1,F,3.tif\n4,,4.tif\n5,F,5.tif\n").unwrap();
        let ids: Vec<_> = scan.tiles.iter().map(|tile| tile.id.as_str()).collect();
        assert_eq!(ids, ["1", "5"]);
        let messages: Vec<_> = scan.faults.iter().map(|f| f.error.to_string()).collect();
        assert!(
            messages[0].contains("line 3: column dem is empty"),
            "{messages:?}"
        );
        assert!(
            messages[1].contains("line 4: id 1 is that of line 2 too"),
            "{messages:?}"
        );
        assert!(
            messages[2].contains("line 5: the label is empty"),
            "{messages:?}"
        );
    }

    fn field() -> impl Strategy<Value = String> {
        // What a reader must not trip over: delimiters, quotes, blanks within, other scripts.
        "[a-zä,;\"'/.#0-9+]([a-z \n,;\"]{0,4}[a-z0-9,\"])?"
    }

    proptest! {
        #[test]
        fn any_table_reads_back(
            rows in prop::collection::vec((field(), field(), field(), field(), field()), 1..8),
            delimiter in prop::sample::select(vec![b',', b';', b'\t']),
        ) {
            let mut writer = csv::WriterBuilder::new()
                .delimiter(delimiter)
                .from_writer(Vec::new());
            writer.write_record(["id", "label", "region", "group", "r+g", "dem"]).unwrap();
            for (place, (label, region, group, aerial, dem)) in rows.iter().enumerate() {
                let id = place.to_string();
                writer.write_record([&id, label, region, group, aerial, dem]).unwrap();
            }
            let scan = parse(&writer.into_inner().unwrap(), Path::new("at/tiles.csv")).unwrap();
            prop_assert!(scan.faults.is_empty());
            prop_assert_eq!(scan.tiles.len(), rows.len());
            for (tile, (label, region, group, aerial, dem)) in scan.tiles.iter().zip(&rows) {
                prop_assert_eq!(&tile.class, label);
                prop_assert_eq!(&tile.region, region);
                prop_assert_eq!(&tile.group, group);
                prop_assert_eq!(&tile.rasters[0].path, &Path::new("at").join(aerial));
                prop_assert_eq!(&tile.rasters[1].path, &Path::new("at").join(dem));
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes, Path::new("tiles.csv"));
        }
    }
}

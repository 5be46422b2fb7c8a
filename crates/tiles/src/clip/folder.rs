use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::cutter::{Cut, Cutter};
use super::groups::groups;
use super::options::is_folder_name;
use super::site::{Kind, Site};
use crate::aside::Aside;
use crate::error::Error;
use crate::raster::{Raster, SampleType, write_raster};
use crate::resample::Grid;

const TABLE: &str = "labels.csv";
const HEADER: [&str; 9] = [
    "name", "region", "label", "kind", "source", "feature", "x", "y", "epsg",
];
const DEM: &str = "DEM";
const IMAGE: &str = "Aer";

/// The folder of tiles while it is written.
pub(super) struct Folder {
    aside: Aside,
    region: String,
    grid: Grid,
    image_bands: usize,
    image_samples: SampleType,
    /// The rows of the regions that were there before.
    others: Vec<csv::StringRecord>,
    tiles: Vec<Tile>,
}

/// A tile that was written.
struct Tile {
    /// From 1 within its class.
    number: usize,
    site: Site,
}

impl Folder {
    /// Starts it, with the regions that `output` holds already but for `region`.
    pub(super) fn create(output: &Path, region: &str, cutter: &Cutter) -> Result<Self, Error> {
        let aside = Aside::create(
            output,
            is_clipped,
            "a new name, an empty folder, or one that `tiles clip` wrote",
        )?;
        let mut others = Vec::new();
        if output.join(TABLE).exists() {
            others = rows(&output.join(TABLE))?;
            others.retain(|row| &row[1] != region);
            let regions: BTreeSet<&str> = others.iter().map(|row| &row[1]).collect();
            for region in regions {
                link_all(&output.join(region), &aside.path().join(region))?;
            }
        }
        Ok(Self {
            aside,
            region: region.to_owned(),
            grid: cutter.dem.grid().clone(),
            image_bands: cutter.image.bands(),
            image_samples: cutter.image.sample_type(),
            others,
            tiles: Vec::new(),
        })
    }

    /// How many tiles it holds of this region.
    pub(super) fn count(&self) -> usize {
        self.tiles.len()
    }

    /// Writes a tile. All of one class are written one after another.
    pub(super) fn take(&mut self, site: Site, cut: Cut) -> Result<(), Error> {
        let class = site.kind.class();
        let number = match self.tiles.last() {
            Some(last) if last.site.kind.class() == class => last.number + 1,
            _ => 1,
        };
        let path = |rasters: &str| -> Result<PathBuf, Error> {
            let folder = self
                .aside
                .path()
                .join(&self.region)
                .join(rasters)
                .join(class);
            std::fs::create_dir_all(&folder).map_err(Error::io("create folder", &folder))?;
            Ok(folder.join(format!("{number}.tif")))
        };
        let raster = |bands, samples| Raster {
            width: site.block.width,
            height: site.block.height,
            bands,
            samples,
            transform: Some(self.grid.transform(site.block)),
            epsg: Some(self.grid.crs().epsg()),
            nodata: None,
        };
        write_raster(&path(DEM)?, &raster(1, cut.dem), SampleType::Float32)?;
        let image = raster(self.image_bands, cut.image);
        write_raster(&path(IMAGE)?, &image, self.image_samples)?;
        self.tiles.push(Tile { number, site });
        Ok(())
    }

    /// Writes the table, with groups by blocks of `side` pixels, and gives the folder its name.
    /// Returns the number of groups.
    pub(super) fn finish(self, side: f64) -> Result<usize, Error> {
        let path = self.aside.path().join(TABLE);
        let sites: Vec<Site> = self.tiles.iter().map(|tile| tile.site).collect();
        let groups = groups(&sites, side);
        let fail = |e| table_error(&path, &e);
        let mut table = csv::Writer::from_path(&path).map_err(fail)?;
        table.write_record(HEADER).map_err(fail)?;
        for row in &self.others {
            table.write_record(row).map_err(fail)?;
        }
        for (Tile { number, site }, group) in self.tiles.iter().zip(&groups) {
            let feature = match site.kind {
                Kind::Crossing(feature) => feature.to_string(),
                Kind::Road | Kind::Ground => String::new(),
            };
            let centre = self.grid.place(site.centre());
            table
                .write_record([
                    &number.to_string(),
                    &self.region,
                    site.kind.class(),
                    site.kind.name(),
                    &format!("{}_{group}", self.region),
                    &feature,
                    &centre.x.to_string(),
                    &centre.y.to_string(),
                    &self.grid.crs().epsg().to_string(),
                ])
                .map_err(fail)?;
        }
        table.flush().map_err(Error::io("write", &path))?;
        drop(table);
        self.aside.publish()?;
        Ok(groups.into_iter().collect::<BTreeSet<_>>().len())
    }
}

/// Whether a folder holds what we write there and nothing else.
fn is_clipped(folder: &Path) -> bool {
    let Ok(rows) = rows(&folder.join(TABLE)) else {
        return false;
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    let known: BTreeSet<&str> = rows.iter().map(|row| &row[1]).chain([TABLE]).collect();
    entries.into_iter().all(|entry| {
        entry.is_ok_and(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|n| known.contains(n))
        })
    })
}

/// The rows of a table that we wrote.
fn rows(path: &Path) -> Result<Vec<csv::StringRecord>, Error> {
    let fail = |e| table_error(path, &e);
    let mut reader = csv::Reader::from_path(path).map_err(fail)?;
    if reader.headers().map_err(fail)? != HEADER.as_slice() {
        return Err(Error::LabelTable {
            table: path.to_path_buf(),
            reason: format!("expected the columns {}", HEADER.join(", ")),
        });
    }
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().map_err(fail)?;
    // The regions are folders to be walked, and nobody knows who wrote the table.
    match rows.iter().find(|row| !is_folder_name(&row[1])) {
        None => Ok(rows),
        Some(row) => Err(Error::LabelTable {
            table: path.to_path_buf(),
            reason: format!("region \"{}\"; expected the name of a folder", &row[1]),
        }),
    }
}

fn table_error(path: &Path, error: &csv::Error) -> Error {
    Error::LabelTable {
        table: path.to_path_buf(),
        reason: error.to_string(),
    }
}

/// Makes `to` another name of all files of the folder `from`, or copies them where the file
/// system has no such names.
fn link_all(from: &Path, to: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(to).map_err(Error::io("create folder", to))?;
    for entry in std::fs::read_dir(from).map_err(Error::io("read folder", from))? {
        let path = entry.map_err(Error::io("read folder", from))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            link_all(&path, &target)?;
        } else if std::fs::hard_link(&path, &target).is_err() && !target.exists() {
            std::fs::copy(&path, &target).map_err(Error::io("copy", &path))?;
        }
    }
    Ok(())
}

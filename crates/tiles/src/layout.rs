//! Where the rasters of a tile lie, and what their folders say about it.

mod label_table;
mod natural;
mod region_folders;
mod region_pairs;
mod study_folders;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use region_folders::RegionFolders;
pub use study_folders::StudyFolders;

use crate::error::Error;

/// A way to lay tiles out in folders.
///
/// A new layout is one file with an implementation and one line in [`registry`].
pub trait Layout: Sync {
    /// The name that provenance records.
    fn name(&self) -> &'static str;

    /// The folders it expects, for messages: `region/{DEM,Aer}/{F,T}/n.tif`.
    fn pattern(&self) -> &'static str;

    /// Whether `root` looks like this layout. Reads folder names only.
    fn detect(&self, root: &Path) -> bool;

    /// All tiles under `root`, in natural order of region, class and name.
    ///
    /// # Errors
    /// A folder that cannot be read, a raster without its partner, or a table of labels that
    /// contradicts the files.
    fn scan(&self, root: &Path) -> Result<Vec<TileSource>, Error>;
}

/// The files of one tile and what their names say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileSource {
    /// Unique within the root, such as `riverside/T/12`.
    pub id: String,
    /// The region (watershed, city) it lies in.
    pub region: String,
    /// Tiles of one group may not be parted by grouped folds, such as tiles cut from one image.
    /// Where nothing is known, each tile is its own group.
    pub group: String,
    /// The name of its class.
    pub class: String,
    /// Its rasters; their bands in this order are the raw channels.
    pub rasters: Vec<BandFile>,
}

/// A raster file and the names of its bands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BandFile {
    /// The file.
    pub path: PathBuf,
    /// One name per band.
    pub bands: &'static [&'static str],
}

/// All layouts, the most specific first: the first that detects a folder reads it.
#[must_use]
pub fn registry() -> &'static [&'static dyn Layout] {
    &[&StudyFolders, &RegionFolders]
}

/// The tiles of a folder, with the layout that found them.
///
/// # Errors
/// [`Error::Io`] if the folder is missing, [`Error::UnknownLayout`] if no layout detects it,
/// [`Error::OneClass`] if a region holds one class only, and all errors of [`Layout::scan`].
pub fn scan(root: &Path) -> Result<(&'static dyn Layout, Vec<TileSource>), Error> {
    std::fs::read_dir(root).map_err(Error::io("read folder", root))?;
    let Some(&layout) = registry().iter().find(|layout| layout.detect(root)) else {
        return Err(Error::UnknownLayout {
            path: root.to_path_buf(),
            known: registry()
                .iter()
                .map(|layout| layout.pattern())
                .collect::<Vec<_>>()
                .join("; "),
        });
    };
    let tiles = layout.scan(root)?;
    if tiles.is_empty() {
        return Err(Error::NoTiles {
            path: root.to_path_buf(),
            reason: format!("no .tif file in {}", layout.pattern()),
        });
    }
    check_classes(&tiles)?;
    Ok((layout, tiles))
}

/// The names of the classes in natural order; a tile's label is its class's place in it.
#[must_use]
pub fn classes(tiles: &[TileSource]) -> Vec<String> {
    let mut names: Vec<String> = tiles.iter().map(|tile| tile.class.clone()).collect();
    names.sort_by(|a, b| natural::compare(a, b));
    names.dedup();
    names
}

fn check_classes(tiles: &[TileSource]) -> Result<(), Error> {
    let mut of_region: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for tile in tiles {
        of_region.entry(&tile.region).or_default().push(&tile.class);
    }
    for (region, classes) in of_region {
        if classes.iter().all(|class| class == &classes[0]) {
            return Err(Error::OneClass {
                region: region.to_owned(),
                class: classes[0].to_owned(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(root: &Path, files: &[&str]) {
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
    }

    fn scan_of(files: &[&str]) -> Result<Vec<TileSource>, String> {
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), files);
        scan(root.path())
            .map(|(_, tiles)| tiles)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn tiles_come_in_natural_order() {
        let tiles = scan_of(&[
            "r/DEM/T/10.tif",
            "r/Aer/T/10.tif",
            "r/DEM/T/9.tif",
            "r/Aer/T/9.tif",
            "r/DEM/F/100.tif",
            "r/Aer/F/100.tif",
            "r/DEM/F/100.tif.aux.xml",
        ])
        .unwrap();
        let ids: Vec<_> = tiles.iter().map(|t| t.id.as_str()).collect();
        assert_eq!(ids, ["r/F/100", "r/T/9", "r/T/10"]);
        assert_eq!(classes(&tiles), ["F", "T"]);
        assert!(tiles.iter().all(|t| t.group == t.id));
    }

    #[test]
    fn the_studys_folders_are_detected_before_the_general_ones() {
        let root = tempfile::tempdir().unwrap();
        touch(
            root.path(),
            &[
                "CA_SSC/CADEM/F/a1.tif",
                "CA_SSC/CAAer/F/a1.tif",
                "CA_SSC/CADEM/T/1.tif",
                "CA_SSC/CAAer/T/1.tif",
                "NE_WFBB/NEWFBB_DEM/F/1.tif",
                "NE_WFBB/NEWFBB_Aer/F/1.tif",
                "NE_WFBB/NEWFBB_DEM/T/1.tif",
                "NE_WFBB/NEWFBB_Aer/T/1.tif",
            ],
        );
        let (layout, tiles) = scan(root.path()).unwrap();
        assert_eq!(layout.name(), "drainage-study");
        let regions: Vec<_> = tiles.iter().map(|t| t.region.as_str()).collect();
        assert_eq!(regions, ["CA_SSC", "CA_SSC", "NE_WFBB", "NE_WFBB"]);
    }

    #[test]
    fn a_raster_without_partner_is_named() {
        let both = [
            "r/DEM/T/1.tif",
            "r/Aer/T/1.tif",
            "r/DEM/F/2.tif",
            "r/Aer/F/2.tif",
        ];
        for (extra, partner) in [("r/DEM/F/3.tif", "Aer"), ("r/Aer/F/3.tif", "DEM")] {
            let mut files = both.to_vec();
            files.push(extra);
            let message = scan_of(&files).unwrap_err();
            assert!(message.contains("3.tif has no partner"), "{message}");
            assert!(message.contains(partner), "{message}");
        }
    }

    #[test]
    fn what_systems_leave_behind_is_passed_over() {
        let tiles = scan_of(&[
            "r/DEM/T/1.TIF",
            "r/Aer/T/1.tif",
            "r/DEM/F/2.tif",
            "r/Aer/F/2.tiff",
            "r/DEM/F/._2.tif",
            "r/DEM/F/.DS_Store",
            "r/DEM/F/old.tif/3.tif",
            "r/DEM/.trash/4.tif",
            ".cache/DEM/T/5.tif",
        ])
        .unwrap();
        let ids: Vec<_> = tiles.iter().map(|t| t.id.as_str()).collect();
        assert_eq!(ids, ["r/F/2", "r/T/1"]);
    }

    #[test]
    fn a_region_of_one_class_is_named() {
        let message = scan_of(&["plains/DEM/T/1.tif", "plains/Aer/T/1.tif"]).unwrap_err();
        assert!(message.contains("region plains"), "{message}");
        assert!(message.contains("class T only"), "{message}");
    }

    #[test]
    fn other_folders_are_refused() {
        let message = scan_of(&["pictures/1.tif"]).unwrap_err();
        assert!(message.contains("region/{DEM,Aer}"), "{message}");
        let message = scan(Path::new("/no/such/folder"))
            .err()
            .unwrap()
            .to_string();
        assert!(message.contains("/no/such/folder"), "{message}");
    }

    #[test]
    fn the_label_table_gives_groups() {
        let root = tempfile::tempdir().unwrap();
        touch(
            root.path(),
            &[
                "r/DEM/T/1.tif",
                "r/Aer/T/1.tif",
                "r/DEM/F/2.tif",
                "r/Aer/F/2.tif",
            ],
        );
        let table = root.path().join("labels.csv");
        std::fs::write(
            &table,
            "name,region,label,source\n1,r,T,scene.tif\n2,r,F,other.tif\n",
        )
        .unwrap();
        let (_, tiles) = scan(root.path()).unwrap();
        let groups: Vec<_> = tiles.iter().map(|t| t.group.as_str()).collect();
        assert_eq!(groups, ["other.tif", "scene.tif"]);

        for (text, expected) in [
            ("name,region,label\n1,r,T\n", "r/F/2"),
            ("name,region,label\n1,r,F\n2,r,F\n", "r/T/1"),
            ("name,region\n1,r\n", "column label"),
            ("name,region,label\n1,r,T\n1,r,T\n2,r,F\n", "twice"),
        ] {
            std::fs::write(&table, text).unwrap();
            let message = scan(root.path()).err().unwrap().to_string();
            assert!(message.contains("labels.csv"), "{message}");
            assert!(message.contains(expected), "{message}");
        }
    }
}

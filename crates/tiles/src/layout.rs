//! Where the images of a tile lie, and what names say about it.

mod bands;
mod class_folders;
mod label_table;
mod listing;
mod manifest;
mod natural;
mod region_folders;
mod region_pairs;
pub(crate) mod study_arrays;
mod study_folders;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use class_folders::ClassFolders;
pub use manifest::Manifest;
pub use region_folders::RegionFolders;
pub use study_arrays::StudyArrays;
pub use study_folders::StudyFolders;

use crate::error::Error;

/// A way to lay tiles out in files.
///
/// A new layout is one file with an implementation and one line in [`registry`].
pub trait Layout: Sync {
    /// The name that chooses it and that provenance records.
    fn name(&self) -> &'static str;

    /// The files it expects, for messages: `REGION/{DEM,Aer}/CLASS/NAME.tif`.
    fn pattern(&self) -> &'static str;

    /// Whether `root` looks like this layout. Reads names only.
    fn detect(&self, root: &Path) -> bool;

    /// Whether the user may name the bands, because no name in the layout does.
    fn takes_bands(&self) -> bool {
        false
    }

    /// Whether its images are finished channels, which are kept as they are.
    fn is_ready(&self) -> bool {
        false
    }

    /// All tiles of `root`, in an order that names alone decide, and those that names or missing
    /// files rule out. `bands` is `None` unless [`Layout::takes_bands`].
    ///
    /// # Errors
    /// What concerns more than one tile: a folder or table that cannot be read, a table of labels
    /// that contradicts the files, bands that have no names.
    fn scan(&self, root: &Path, bands: Option<&[String]>) -> Result<Scan, Error>;
}

/// What a layout found.
#[derive(Debug, Default)]
pub struct Scan {
    /// The tiles; no two have the same id.
    pub tiles: Vec<TileSource>,
    /// The tiles that cannot be, with the reasons: a missing partner, an id that occurs twice.
    pub faults: Vec<Fault>,
}

/// A tile that cannot be used.
#[derive(Debug)]
pub struct Fault {
    /// The tile.
    pub id: String,
    /// Its region.
    pub region: String,
    /// Why; [`Error::fault`] tells the kind.
    pub error: Error,
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
    /// Its images, at least one; their bands in this order are the raw bands.
    pub rasters: Vec<BandFile>,
}

impl TileSource {
    /// The names of the raw bands, in order.
    pub fn bands(&self) -> impl Iterator<Item = &str> {
        (self.rasters.iter()).flat_map(|file| file.bands.iter().map(String::as_str))
    }
}

/// An image in a file, and the names of its bands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BandFile {
    /// The file.
    pub path: PathBuf,
    /// Which image it is, if the file is an array of many.
    pub image: Option<usize>,
    /// One name per band.
    pub bands: Vec<String>,
}

/// The region of tiles that no name gives one.
pub const WHOLE: &str = "all";

/// All layouts.
#[must_use]
pub fn registry() -> &'static [&'static dyn Layout] {
    &[
        &StudyFolders,
        &RegionFolders,
        &ClassFolders,
        &StudyArrays,
        &Manifest,
    ]
}

/// The layout of this name.
///
/// # Errors
/// [`Error::UnknownName`] lists the names there are.
pub fn by_name(name: &str) -> Result<&'static dyn Layout, Error> {
    (registry().iter().copied())
        .find(|layout| layout.name() == name)
        .ok_or_else(|| Error::UnknownName {
            kind: "layout",
            name: name.to_owned(),
            known: names(registry()),
        })
}

/// The layout of a folder or file, from the names in it.
///
/// # Errors
/// [`Error::Io`] if it is missing, [`Error::UnknownLayout`] if no layout detects it,
/// [`Error::AmbiguousLayout`] if more than one does.
pub fn detect(root: &Path) -> Result<&'static dyn Layout, Error> {
    std::fs::metadata(root).map_err(Error::io("read", root))?;
    let candidates: Vec<_> = (registry().iter().copied())
        .filter(|layout| layout.detect(root))
        .collect();
    match candidates[..] {
        [layout] => Ok(layout),
        [] => Err(Error::UnknownLayout {
            path: root.to_path_buf(),
            known: patterns(registry()),
        }),
        _ => Err(Error::AmbiguousLayout {
            path: root.to_path_buf(),
            candidates: patterns(&candidates),
        }),
    }
}

/// The tiles of `root` as this layout finds them: at least one.
///
/// # Errors
/// [`Error::Option`] for `bands` if the layout has names for them, [`Error::NoTiles`] if there is
/// none, [`Error::OneClass`] if all are of one class
/// and none is faulty, and all errors of [`Layout::scan`].
pub fn scan(layout: &dyn Layout, root: &Path, bands: Option<&[String]>) -> Result<Scan, Error> {
    if let Some(bands) = bands {
        if !layout.takes_bands() {
            return Err(Error::Option {
                option: "bands",
                found: bands.join(","),
                expected: "nothing: the layout names its bands itself",
            });
        }
        bands::check(bands)?;
    }
    let scan = layout.scan(root, bands)?;
    let Some(tile) = scan.tiles.first() else {
        return Err(Error::NoTiles {
            path: root.to_path_buf(),
            reason: match scan.faults.first() {
                Some(fault) => fault.error.to_string(),
                None => format!("there is no file {}", layout.pattern()),
            },
        });
    };
    if scan.faults.is_empty() && scan.tiles.iter().all(|other| other.class == tile.class) {
        return Err(Error::OneClass {
            path: root.to_path_buf(),
            class: tile.class.clone(),
        });
    }
    Ok(scan)
}

/// The names of the classes in natural order; a tile's label is its class's place in it.
#[must_use]
pub fn classes(tiles: &[TileSource]) -> Vec<String> {
    let names: BTreeSet<&str> = tiles.iter().map(|tile| tile.class.as_str()).collect();
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    names.sort_by(|a, b| natural::compare(a, b));
    names
}

fn names(layouts: &[&dyn Layout]) -> String {
    let names: Vec<_> = layouts.iter().map(|layout| layout.name()).collect();
    names.join(", ")
}

fn patterns(layouts: &[&dyn Layout]) -> String {
    let patterns: Vec<_> = (layouts.iter())
        .map(|layout| format!("{}: {}", layout.name(), layout.pattern()))
        .collect();
    patterns.join("; ")
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::{Raster, SampleType, write_raster};
    use proptest::prelude::*;

    fn touch(root: &Path, files: &[&str]) {
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
    }

    fn found(root: &Path) -> Result<Scan, String> {
        let layout = detect(root).map_err(|e| e.to_string())?;
        scan(layout, root, None).map_err(|e| e.to_string())
    }

    fn scan_of(files: &[&str]) -> Result<Scan, String> {
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), files);
        found(root.path())
    }

    fn ids(scan: &Scan) -> Vec<&str> {
        scan.tiles.iter().map(|tile| tile.id.as_str()).collect()
    }

    #[test]
    fn tiles_come_in_natural_order() {
        let scan = scan_of(&[
            "r/DEM/T/10.tif",
            "r/Aer/T/10.tif",
            "r/DEM/T/9.tif",
            "r/Aer/T/9.tif",
            "r/DEM/F/100.tif",
            "r/Aer/F/100.tif",
            "r/DEM/F/100.tif.aux.xml",
        ])
        .unwrap();
        assert_eq!(ids(&scan), ["r/F/100", "r/T/9", "r/T/10"]);
        assert_eq!(classes(&scan.tiles), ["F", "T"]);
        assert!(scan.tiles.iter().all(|t| t.group == t.id));
        let bands: Vec<_> = scan.tiles[0].bands().collect();
        assert_eq!(bands, ["dem", "r", "g", "b", "nir"]);
    }

    #[test]
    fn the_studys_folders_are_known() {
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
        assert_eq!(detect(root.path()).unwrap().name(), "drainage-study");
        let scan = found(root.path()).unwrap();
        let regions: Vec<_> = scan.tiles.iter().map(|t| t.region.as_str()).collect();
        assert_eq!(regions, ["CA_SSC", "CA_SSC", "NE_WFBB", "NE_WFBB"]);
    }

    #[test]
    fn a_raster_without_partner_is_a_fault() {
        let both = [
            "r/DEM/T/1.tif",
            "r/Aer/T/1.tif",
            "r/DEM/F/2.tif",
            "r/Aer/F/2.tif",
        ];
        for (extra, partner) in [("r/DEM/F/3.tif", "Aer"), ("r/Aer/F/3.tif", "DEM")] {
            let mut files = both.to_vec();
            files.push(extra);
            let scan = scan_of(&files).unwrap();
            assert_eq!(ids(&scan), ["r/F/2", "r/T/1"]);
            let [fault] = &scan.faults[..] else {
                panic!("{:?}", scan.faults)
            };
            let message = fault.error.to_string();
            assert!(message.contains("3.tif has no partner"), "{message}");
            assert!(message.contains(partner), "{message}");
            assert_eq!(fault.id, "r/F/3");
        }
    }

    #[test]
    fn a_kind_that_one_region_has_all_must_have() {
        let scan = scan_of(&[
            "a/DEM/T/1.tif",
            "a/DEM/F/2.tif",
            "b/DEM/T/1.tif",
            "b/Aer/T/1.tif",
        ])
        .unwrap();
        assert_eq!(ids(&scan), ["b/T/1"]);
        assert!(scan.faults.iter().all(|fault| fault.region == "a"));
        assert_eq!(scan.faults.len(), 2);

        let scan = scan_of(&["a/DEM/T/1.tif", "b/DEM/F/1.tif"]).unwrap();
        assert_eq!(scan.tiles[0].bands().collect::<Vec<_>>(), ["dem"]);
    }

    #[test]
    fn what_systems_leave_behind_is_passed_over() {
        let scan = scan_of(&[
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
        assert_eq!(ids(&scan), ["r/F/2", "r/T/1"]);
        assert!(scan.faults.is_empty());
    }

    #[test]
    fn an_id_twice_is_a_fault() {
        for files in [
            ["r/DEM/T/1.tif", "r/DEM/T/1.tiff", "r/DEM/F/1.tif"],
            ["T/1.png", "T/1.tif", "F/1.tif"],
        ] {
            let scan = scan_of(&files).unwrap();
            assert_eq!(scan.tiles.len(), 2);
            let message = scan.faults[0].error.to_string();
            assert!(message.contains("T/1, as"), "{message}");
        }
    }

    #[test]
    fn tiles_of_one_class_are_of_no_use() {
        let message = scan_of(&["plains/DEM/T/1.tif", "plains/Aer/T/1.tif"]).unwrap_err();
        assert!(message.contains("class T only"), "{message}");
        // A region of one class is, where there are others.
        assert!(scan_of(&["plains/DEM/T/1.tif", "hills/DEM/F/1.tif"]).is_ok());
    }

    #[test]
    fn folders_are_classes() {
        let scan = scan_of(&["cat/10.png", "cat/9.PNG", "dog/1.tif", "dog/notes.txt"]).unwrap();
        assert_eq!(ids(&scan), ["cat/9", "cat/10", "dog/1"]);
        assert!(scan.tiles.iter().all(|tile| tile.region == WHOLE));
        let scan = scan_of(&["north/cat/1.png", "south/dog/1.tif"]).unwrap();
        assert_eq!(ids(&scan), ["north/cat/1", "south/dog/1"]);
        assert_eq!(scan.tiles[1].region, "south");
        let message = scan_of(&["cat/1.png", "north/cat/1.png"]).unwrap_err();
        assert!(message.contains("more than one layout"), "{message}");
        assert!(message.contains("REGION/CLASS/NAME as in"), "{message}");
    }

    fn write(path: &Path, bands: usize, samples: SampleType) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let raster = Raster {
            width: 2,
            height: 2,
            bands,
            samples: vec![1.0; 4 * bands],
            transform: None,
            epsg: None,
            nodata: None,
        };
        write_raster(path, &raster, samples).unwrap();
    }

    #[test]
    fn the_first_image_says_what_its_bands_are() {
        for (bands, samples, expected) in [
            (1, SampleType::Float32, &["dem"][..]),
            (1, SampleType::Uint8, &["grey"]),
            (3, SampleType::Uint8, &["r", "g", "b"]),
            (4, SampleType::Uint8, &["r", "g", "b", "nir"]),
        ] {
            let root = tempfile::tempdir().unwrap();
            touch(root.path(), &["F/1.tif", "T/1.tif"]);
            write(&root.path().join("T/0.tif"), bands, samples);
            let scan = found(root.path()).unwrap();
            assert_eq!(scan.tiles[0].bands().collect::<Vec<_>>(), expected);
        }
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), &["F/1.tif"]);
        write(&root.path().join("T/0.tif"), 2, SampleType::Float32);
        let message = found(root.path()).unwrap_err();
        assert!(message.contains("0.tif has 2 bands"), "{message}");
        let named = ["vv".to_owned(), "vh".to_owned()];
        let tiles = scan(&ClassFolders, root.path(), Some(&named))
            .unwrap()
            .tiles;
        assert_eq!(tiles[0].bands().collect::<Vec<_>>(), ["vv", "vh"]);
        let twice = ["vv".to_owned(), "vv".to_owned()];
        assert!(scan(&ClassFolders, root.path(), Some(&twice)).is_err());
        let error = scan(&RegionFolders, root.path(), Some(&named)).unwrap_err();
        assert!(
            error.to_string().contains("names its bands itself"),
            "{error}"
        );
    }

    #[test]
    fn what_may_be_two_layouts_is_refused() {
        let message = scan_of(&[
            "CA_SSC/CADEM/F/1.tif",
            "CA_SSC/CAAer/F/1.tif",
            "other/DEM/T/1.tif",
        ])
        .unwrap_err();
        for name in ["drainage-study", "region-folders"] {
            assert!(message.contains(name), "{message}");
        }
        let root = tempfile::tempdir().unwrap();
        touch(
            root.path(),
            &[
                "cat/1.png",
                "dog/1.png",
                "whole_data.npy",
                "whole_label.npy",
            ],
        );
        let message = found(root.path()).unwrap_err();
        for name in ["class-folders", "study-arrays"] {
            assert!(message.contains(name), "{message}");
        }
        assert!(scan(by_name("class-folders").unwrap(), root.path(), None).is_ok());
    }

    #[test]
    fn a_region_alone_is_no_folder_of_classes() {
        // DEM and Aer would be taken for regions of the classes F and T, or for classes.
        for files in [["DEM/F/1.tif", "Aer/T/1.tif"], ["DEM/1.tif", "Aer/1.tif"]] {
            let message = scan_of(&files).unwrap_err();
            assert!(message.contains("no tiles in a known layout"), "{message}");
        }
    }

    #[test]
    fn other_folders_are_refused() {
        let message = scan_of(&["1.tif"]).unwrap_err();
        assert!(message.contains("REGION/{DEM,Aer}"), "{message}");
        let message = found(Path::new("/no/such/folder")).unwrap_err();
        assert!(message.contains("/no/such/folder"), "{message}");
        assert!(
            by_name("folders")
                .err()
                .unwrap()
                .to_string()
                .contains("class-folders")
        );
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
        let scan = found(root.path()).unwrap();
        let groups: Vec<_> = scan.tiles.iter().map(|t| t.group.as_str()).collect();
        assert_eq!(groups, ["other.tif", "scene.tif"]);

        for (text, expected) in [
            ("name,region,label\n1,r,T\n", "r/F/2"),
            ("name,region,label\n1,r,F\n2,r,F\n", "r/T/1"),
            ("name,region\n1,r\n", "column label"),
            ("name,region,label\n1,r,T\n1,r,T\n2,r,F\n", "twice"),
        ] {
            std::fs::write(&table, text).unwrap();
            let message = found(root.path()).unwrap_err();
            assert!(message.contains("labels.csv"), "{message}");
            assert!(message.contains(expected), "{message}");
        }
    }

    proptest! {
        // What a system lists first, such as what was made first, does not matter.
        #[test]
        fn the_order_of_creation_does_not_matter(
            names in prop::collection::btree_set("[ab][0-9]{1,2}", 2..6),
            by_class in any::<bool>(),
            seed in any::<u64>(),
        ) {
            let mut files: Vec<String> = Vec::new();
            for (place, name) in names.iter().enumerate() {
                let class = ["no", "yes"][place % 2];
                if by_class {
                    files.push(format!("{class}/{name}.tif"));
                } else {
                    files.push(format!("r{name}/DEM/{class}/{name}.tif"));
                    files.push(format!("r{name}/Aer/{class}/{name}.tif"));
                }
            }
            let listed = |files: &[String]| {
                let root = tempfile::tempdir().unwrap();
                touch(root.path(), &files.iter().map(String::as_str).collect::<Vec<_>>());
                let mut tiles = found(root.path()).unwrap().tiles;
                for raster in tiles.iter_mut().flat_map(|tile| &mut tile.rasters) {
                    raster.path = raster.path.strip_prefix(root.path()).unwrap().to_path_buf();
                }
                tiles
            };
            let expected = listed(&files);
            let mut stream = edgefront_random::Key::new(seed).stream();
            stream.shuffle(&mut files);
            prop_assert_eq!(listed(&files), expected);
        }
    }
}

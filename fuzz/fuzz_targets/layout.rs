//! Folders of any names: no layout detects them, or all tiles are found that it promises.
#![no_main]

use std::collections::BTreeSet;
use std::path::Path;

use edgefront_tiles::layout;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

/// A part of a path: the names that layouts know, and others.
#[derive(Arbitrary, Debug)]
enum Name {
    Known(u8),
    Other(String),
}

const KNOWN: [&str; 20] = [
    "DEM",
    "Aer",
    "F",
    "T",
    "CA_SSC",
    "CADEM",
    "CAAer",
    "NE_WFBB",
    "NEWFBB_DEM",
    "NEWFBB_Aer",
    "north",
    "1.tif",
    "01.tif",
    "2.TIFF",
    "3.png",
    "._1.tif",
    "whole_data.npy",
    "whole_label.npy",
    "labels.csv",
    "tiles.csv",
];

impl Name {
    /// The name of one file or folder; `None` if no file can be called so.
    fn as_part(&self) -> Option<&str> {
        let name = match self {
            Self::Known(place) => KNOWN[usize::from(*place) % KNOWN.len()],
            Self::Other(name) => name,
        };
        let is_one = !name.contains(['/', '\0']) && !["", ".", ".."].contains(&name);
        (is_one && name.len() < 40).then_some(name)
    }
}

#[derive(Arbitrary, Debug)]
struct Tree {
    files: Vec<(Vec<Name>, Vec<u8>)>,
}

fuzz_target!(|tree: Tree| {
    let root = tempfile::tempdir().expect("a folder");
    for (parts, bytes) in tree.files.iter().take(40) {
        let Some(parts) = parts
            .iter()
            .take(5)
            .map(Name::as_part)
            .collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        let path = parts
            .iter()
            .fold(root.path().to_path_buf(), |path, part| path.join(part));
        if let Some(folder) = path.parent().filter(|_| !parts.is_empty()) {
            // A file may lie where a folder should: then there is one file fewer.
            let _ = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, bytes));
        }
    }
    let detected = layout::detect(root.path());
    for &layout in layout::registry() {
        let Ok(scan) = layout::scan(layout, root.path(), None) else {
            continue;
        };
        let ids: BTreeSet<&str> = scan.tiles.iter().map(|tile| tile.id.as_str()).collect();
        assert_eq!(ids.len(), scan.tiles.len(), "an id occurs twice");
        let is_there = |path: &Path| path.is_file() && path.starts_with(root.path());
        for tile in &scan.tiles {
            assert!(tile.rasters.iter().all(|raster| is_there(&raster.path)));
            assert!(tile.bands().eq(scan.tiles[0].bands()));
        }
        assert!(
            scan.faults
                .iter()
                .all(|fault| fault.error.fault().is_some())
        );
    }
    if let Ok(layout) = detected {
        assert!(layout.detect(root.path()));
    }
});

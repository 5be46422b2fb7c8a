//! Tables of tiles: refused, or every tile has what a tile must have.
#![no_main]

use std::collections::BTreeSet;
use std::path::Path;

use edgefront_tiles::layout::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(scan) = Manifest::parse(bytes, Path::new("folder/tiles.csv")) else {
        return;
    };
    let ids: BTreeSet<&str> = scan.tiles.iter().map(|tile| tile.id.as_str()).collect();
    assert_eq!(ids.len(), scan.tiles.len(), "an id occurs twice");
    for tile in &scan.tiles {
        for name in [&tile.id, &tile.region, &tile.group, &tile.class] {
            assert!(!name.is_empty());
        }
        let bands: BTreeSet<&str> = tile.bands().collect();
        assert_eq!(bands.len(), tile.bands().count(), "a band occurs twice");
        assert!(bands.iter().all(|band| !band.is_empty()));
        assert!(tile.bands().eq(scan.tiles[0].bands()));
        assert!((tile.rasters.iter()).all(|raster| !raster.path.as_os_str().is_empty()));
    }
    assert!(
        scan.faults
            .iter()
            .all(|fault| fault.error.fault().is_some())
    );
});

use std::path::Path;

use super::{Layout, TileSource, label_table, natural, region_pairs};
use crate::error::Error;

/// Regions as folders, each with elevation and aerial tiles by class; an optional `labels.csv`
/// gives the groups (its column `source`).
pub struct RegionFolders;

impl Layout for RegionFolders {
    fn name(&self) -> &'static str {
        "region-folders"
    }

    fn pattern(&self) -> &'static str {
        "REGION/{DEM,Aer}/CLASS/NAME.tif (region/{DEM,Aer}/{F,T}/1.tif)"
    }

    fn detect(&self, root: &Path) -> bool {
        region_pairs::folders(root).is_ok_and(|folders| {
            folders
                .iter()
                .any(|(_, region)| region.join("DEM").is_dir() || region.join("Aer").is_dir())
        })
    }

    fn scan(&self, root: &Path) -> Result<Vec<TileSource>, Error> {
        let mut regions = region_pairs::folders(root)?;
        regions.retain(|(_, path)| path.join("DEM").is_dir() || path.join("Aer").is_dir());
        regions.sort_by(|(a, _), (b, _)| natural::compare(a, b));
        let mut tiles = Vec::new();
        for (region, folder) in regions {
            tiles.extend(region_pairs::pair(
                &region,
                &folder.join("DEM"),
                &folder.join("Aer"),
            )?);
        }
        label_table::apply(root, &mut tiles)?;
        Ok(tiles)
    }
}

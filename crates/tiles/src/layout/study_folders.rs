use std::path::Path;

use super::{Layout, TileSource, label_table, region_pairs};
use crate::error::Error;

/// The folders of the drainage-crossing study (SC-W 2023): four watersheds, each with folder
/// names of its own.
pub struct StudyFolders;

/// Region, elevation folder, aerial folder; in the order in which the study joins them.
const REGIONS: [(&str, &str, &str); 4] = [
    ("CA_SSC", "CADEM", "CAAer"),
    ("IL_WR", "ILDEM", "ILAer"),
    ("ND_MR", "NDDEM", "NDAer"),
    ("NE_WFBB", "NEWFBB_DEM", "NEWFBB_Aer"),
];

impl Layout for StudyFolders {
    fn name(&self) -> &'static str {
        "drainage-study"
    }

    fn pattern(&self) -> &'static str {
        "{CA_SSC/{CADEM,CAAer},IL_WR/{ILDEM,ILAer},ND_MR/{NDDEM,NDAer},\
         NE_WFBB/{NEWFBB_DEM,NEWFBB_Aer}}/{F,T}/NAME.tif"
    }

    fn detect(&self, root: &Path) -> bool {
        REGIONS.iter().any(|(region, dem, aerial)| {
            let region = root.join(region);
            region.join(dem).is_dir() || region.join(aerial).is_dir()
        })
    }

    fn scan(&self, root: &Path) -> Result<Vec<TileSource>, Error> {
        let mut tiles = Vec::new();
        for (region, dem, aerial) in REGIONS {
            let folder = root.join(region);
            if folder.is_dir() {
                tiles.extend(region_pairs::pair(
                    region,
                    &folder.join(dem),
                    &folder.join(aerial),
                )?);
            }
        }
        label_table::apply(root, &mut tiles)?;
        Ok(tiles)
    }
}

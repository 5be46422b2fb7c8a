use std::path::Path;

use super::region_pairs::{self, Kind};
use super::{Layout, Scan, bands, label_table};
use crate::error::Error;

/// The folders of the drainage-crossing study (SC-W 2023): four watersheds, each with folder
/// names of its own.
pub struct StudyFolders;

/// Region, elevation folder, aerial folder; in the order in which the study joins them.
pub(super) const REGIONS: [(&str, &str, &str); 4] = [
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

    fn scan(&self, root: &Path, _bands: Option<&[String]>) -> Result<Scan, Error> {
        let mut scan = Scan::default();
        for (region, dem, aerial) in REGIONS {
            let folder = root.join(region);
            if folder.is_dir() {
                let kinds = [(dem, bands::DEM), (aerial, bands::AERIAL)];
                let kinds = kinds.map(|(name, names)| Kind {
                    folder: folder.join(name),
                    bands: bands::owned(names),
                });
                region_pairs::add(region, &kinds, &mut scan)?;
            }
        }
        label_table::apply(root, &mut scan)?;
        Ok(scan)
    }
}

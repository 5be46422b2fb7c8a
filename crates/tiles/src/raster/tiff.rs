//! TIFF and GeoTIFF files.
//!
//! The pages, tags and most codecs are those of the `tiff-reader` crate. Where it falls short of
//! what rasters in the wild hold, the modules here do it themselves; each says why.

mod bits;
mod block;
mod cache;
mod codec;
mod image;
mod metadata;
mod page;
mod place;
mod source;

use std::path::Path;

use tiff_reader::{Ifd, TiffFile};

use self::image::Image;
use self::page::Page;
use super::fault::Fault;
use super::file::Format;
use super::stored::Stored;
use super::{GeoKeys, Placement, RasterInfo, Window, world_file};

/// The first page of an open TIFF file that is neither an overview nor a mask.
pub(super) struct Tiff {
    file: TiffFile,
    image: Image,
    info: RasterInfo,
}

impl Tiff {
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let file = source::open(path)?;
        let tags = full_image(file.ifds()).ok_or_else(|| Fault::damaged("it has no page"))?;
        let page = Page::read(tags, file.byte_order())?;
        let place = place::read(tags);
        let placement = match place.placement {
            Placement::Unknown => world_file::read(path).unwrap_or(Placement::Unknown),
            known => known,
        };
        let info = RasterInfo {
            width: page.width,
            height: page.height,
            bands: page.bands,
            sample: page.kind,
            placement,
            epsg: place.crs.as_ref().and_then(GeoKeys::epsg),
            crs: place.crs,
            nodata: metadata::nodata(tags),
            scaling: metadata::scaling(tags, page.bands),
        };
        let absent = info.sample.sample(info.nodata.unwrap_or(0.0));
        let image = Image::new(page, tags, absent);
        Ok(Self { file, image, info })
    }
}

impl Format for Tiff {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_stored(&self, window: Window) -> Result<Stored, Fault> {
        Ok(Stored {
            kind: self.info.sample,
            bytes: self.image.read(&self.file, window)?,
        })
    }
}

/// The first page at full resolution that is no mask; the first page where there is none.
fn full_image(pages: &[Ifd]) -> Option<&Ifd> {
    // Bits of NewSubfileType (TIFF 6.0, section 8).
    const REDUCED: u32 = 1;
    const MASK: u32 = 4;
    const NEW_SUBFILE_TYPE: u16 = 254;
    let kind = |page: &Ifd| (page.tag(NEW_SUBFILE_TYPE)).and_then(|tag| tag.value.as_u32());
    let full = |page: &Ifd| kind(page).unwrap_or(0) & (REDUCED | MASK) == 0;
    pages.iter().find(|page| full(page)).or(pages.first())
}

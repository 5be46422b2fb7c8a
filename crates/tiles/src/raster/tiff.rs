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
    mask: Option<Image>,
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
            pages: full_images(file.ifds()).count().max(1),
        };
        let mask = mask(file.ifds(), &page)
            .map(|tags| Page::read(tags, file.byte_order()).map(|page| (page, tags)))
            .transpose()?
            .map(|(page, tags)| {
                let hidden = page.kind.sample(0.0);
                Image::new(page, tags, hidden)
            });
        let absent = info.sample.sample(info.nodata.unwrap_or(0.0));
        let image = Image::new(page, tags, absent);
        Ok(Self {
            file,
            image,
            mask,
            info,
        })
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

    fn read_mask(&self, window: Window) -> Result<Option<Vec<bool>>, Fault> {
        let Some(mask) = &self.mask else {
            return Ok(None);
        };
        let bytes = mask.read(&self.file, window)?;
        let pixels = bytes.chunks_exact(mask.page.kind.bytes() * mask.page.bands);
        let shown = pixels.map(|pixel| pixel.iter().any(|&byte| byte != 0));
        Ok(Some(shown.collect()))
    }
}

/// Bits of `NewSubfileType` (TIFF 6.0, section 8): an overview, and a mask.
const REDUCED: u32 = 1;
const MASK: u32 = 4;

fn kind(page: &Ifd) -> u32 {
    const NEW_SUBFILE_TYPE: u16 = 254;
    let tag = page.tag(NEW_SUBFILE_TYPE);
    tag.and_then(|tag| tag.value.as_u32()).unwrap_or(0)
}

/// The pages at full resolution that are no masks.
fn full_images(pages: &[Ifd]) -> impl Iterator<Item = &Ifd> {
    pages
        .iter()
        .filter(|page| kind(page) & (REDUCED | MASK) == 0)
}

/// The first of them, or the first page where there is none.
fn full_image(pages: &[Ifd]) -> Option<&Ifd> {
    full_images(pages).next().or(pages.first())
}

/// The mask of a page: another page of its size.
fn mask<'a>(pages: &'a [Ifd], image: &Page) -> Option<&'a Ifd> {
    pages.iter().find(|page| {
        let size = (page.width() as usize, page.height() as usize);
        kind(page) & (REDUCED | MASK) == MASK && size == (image.width, image.height)
    })
}

#[cfg(test)]
mod tests;

use tiff_reader::{Ifd, TagValue};

use crate::raster::Scaling;

/// GDAL's no-data tag. Text that is no number declares nothing, as in GDAL.
pub(super) fn nodata(page: &Ifd) -> Option<f64> {
    const GDAL_NODATA: u16 = 42113;
    let text = text(page, GDAL_NODATA)?;
    text.trim_matches(['\0', ' ']).parse().ok()
}

/// Scales and offsets of the bands, if GDAL's metadata tag gives any that matter.
///
/// The tag holds XML of one shape, written by GDAL:
/// `<Item name="SCALE" sample="0" role="scale">0.1</Item>`. Looking for these items needs no XML
/// parser; what is no such item is passed over.
pub(super) fn scaling(page: &Ifd, bands: usize) -> Option<Vec<Scaling>> {
    const GDAL_METADATA: u16 = 42112;
    let text = text(page, GDAL_METADATA)?;
    let mut scaling = vec![Scaling::default(); bands];
    for item in text.split("<Item ").skip(1) {
        let Some((attributes, rest)) = item.split_once('>') else {
            continue;
        };
        let value = rest.split('<').next().and_then(|v| v.trim().parse().ok());
        let value = value.filter(|value: &f64| value.is_finite());
        let band = attribute(attributes, "sample").and_then(|v| v.parse::<usize>().ok());
        let (Some(value), Some(band)) = (value, band.and_then(|band| scaling.get_mut(band))) else {
            continue;
        };
        match attribute(attributes, "role") {
            Some("scale") => band.scale = value,
            Some("offset") => band.offset = value,
            _ => {}
        }
    }
    let matters = scaling.iter().any(|band| *band != Scaling::default());
    matters.then_some(scaling)
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    attributes.split(' ').find_map(|attribute| {
        let value = attribute.strip_prefix(name)?.strip_prefix("=\"")?;
        value.strip_suffix('"')
    })
}

/// The text of a tag. Some writers give text the type of bytes.
fn text(page: &Ifd, tag: u16) -> Option<&str> {
    match &page.tag(tag)?.value {
        TagValue::Ascii(text) => Some(text),
        TagValue::Byte(bytes) | TagValue::Undefined(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

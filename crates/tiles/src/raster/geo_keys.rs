use geotiff_core::geokeys::{GT_MODEL_TYPE, GT_RASTER_TYPE};
use geotiff_core::{CrsInfo, GeoKeyDirectory, RasterType};

/// A coordinate reference system as a GeoTIFF file describes it.
///
/// Kept word for word, so that a system without an EPSG code can go into another file.
#[derive(Clone, Debug, PartialEq)]
pub struct GeoKeys {
    directory: Vec<u16>,
    numbers: Vec<f64>,
    text: String,
    epsg: Option<u32>,
    pixel_is_point: bool,
}

impl GeoKeys {
    /// From the values of the tags `GeoKeyDirectory`, `GeoDoubleParams` and `GeoAsciiParams`; none
    /// if they are no directory.
    pub(super) fn new(directory: Vec<u16>, numbers: Vec<f64>, text: String) -> Option<Self> {
        let keys = GeoKeyDirectory::parse(&directory, &numbers, &text)?;
        let crs = CrsInfo::from_geokeys(&keys);
        // A vertical system alone is no place on a map.
        let horizontal = crs.horizontal.as_ref();
        let code = horizontal.and_then(|h| h.projected_epsg.or(h.geodetic_epsg));
        // 0 stands for "undefined", 32767 for "described by other keys".
        let code = code.filter(|code| !matches!(code, 0 | 32767));
        Some(Self {
            epsg: code.map(u32::from),
            pixel_is_point: crs.raster_type_enum() == RasterType::PixelIsPoint,
            directory,
            numbers,
            text,
        })
    }

    /// The system with this EPSG code; none if the code does not fit the 16 bits of a key.
    #[must_use]
    pub fn from_epsg(epsg: u32) -> Option<Self> {
        // Codes of GeoTIFF 1.1: model types, and the keys of a system on the plane and on the globe.
        const PROJECTED: (u16, u16) = (1, 3072);
        const GEOGRAPHIC: (u16, u16) = (2, 2048);
        const AREA: u16 = 1;
        let code = u16::try_from(epsg).ok()?;
        // Where EPSG keeps geographic systems.
        let (model, key) = match code {
            4000..5000 => GEOGRAPHIC,
            _ => PROJECTED,
        };
        let directory = [
            [1, 1, 0, 3],
            [GT_MODEL_TYPE, 0, 1, model],
            [GT_RASTER_TYPE, 0, 1, AREA],
            [key, 0, 1, code],
        ];
        Self::new(directory.concat(), Vec::new(), String::new())
    }

    /// The EPSG code, if it is one of a code.
    #[must_use]
    pub fn epsg(&self) -> Option<u32> {
        self.epsg
    }

    /// The values of the three tags for a file whose tie point is a corner of a pixel, as in
    /// [`Transform`](super::Transform), even if it was a centre in the file that they are from.
    pub(super) fn of_areas(&self) -> (Vec<u16>, &[f64], &str) {
        const AREA: u16 = 1;
        let mut directory = self.directory.clone();
        for key in directory.chunks_exact_mut(4).skip(1) {
            if key[0] == GT_RASTER_TYPE {
                key[3] = AREA;
            }
        }
        (directory, &self.numbers, &self.text)
    }

    /// Whether coordinates are those of the corners of pixels or of their centres.
    pub(super) fn pixels(&self) -> RasterType {
        match self.pixel_is_point {
            true => RasterType::PixelIsPoint,
            false => RasterType::PixelIsArea,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_again() {
        for code in [26914, 4326, 3857, 4269, 32614] {
            let keys = GeoKeys::from_epsg(code).unwrap();
            assert_eq!(keys.epsg(), Some(code));
            assert_eq!(keys.pixels(), RasterType::PixelIsArea);
        }
        assert_eq!(GeoKeys::from_epsg(70_000), None);
    }

    #[test]
    fn what_is_no_directory_is_none() {
        for directory in [vec![], vec![1, 1, 0], vec![9, 1, 0, 0]] {
            assert_eq!(GeoKeys::new(directory, Vec::new(), String::new()), None);
        }
    }

    #[test]
    fn a_user_defined_system_has_no_code() {
        let directory = vec![1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32767];
        let keys = GeoKeys::new(directory, Vec::new(), String::new()).unwrap();
        assert_eq!(keys.epsg(), None);
    }
}

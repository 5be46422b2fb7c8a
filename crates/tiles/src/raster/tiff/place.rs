use geotiff_core::tags::{
    TAG_GEO_ASCII_PARAMS, TAG_GEO_DOUBLE_PARAMS, TAG_GEO_KEY_DIRECTORY, TAG_MODEL_PIXEL_SCALE,
    TAG_MODEL_TIEPOINT, TAG_MODEL_TRANSFORMATION,
};
use geotiff_core::{CrsInfo, GeoKeyDirectory, GeoTransform, RasterType};
use tiff_reader::Ifd;

use crate::raster::{Placement, Transform};

/// Where a page lies on Earth.
pub(super) struct Place {
    pub placement: Placement,
    pub epsg: Option<u32>,
}

/// Reads the place from the GeoTIFF tags of a page.
///
/// Damaged tags are as good as none: they are no reason not to read the pixels. Who needs the
/// place is told by [`Placement`] that there is none.
pub(super) fn read(page: &Ifd) -> Place {
    let keys = geo_keys(page).unwrap_or_default();
    let crs = CrsInfo::from_geokeys(&keys);
    // 0 stands for "undefined", 32767 for "user-defined". A vertical system alone is no place.
    let horizontal = crs.horizontal.as_ref();
    let code = horizontal.and_then(|h| h.projected_epsg.or(h.geodetic_epsg));
    Place {
        placement: placement(page, crs.raster_type_enum()),
        epsg: code
            .filter(|code| !matches!(code, 0 | 32767))
            .map(u32::from),
    }
}

fn geo_keys(page: &Ifd) -> Option<GeoKeyDirectory> {
    let directory = page.tag(TAG_GEO_KEY_DIRECTORY)?.value.as_u16_slice()?;
    let text = page.tag(TAG_GEO_ASCII_PARAMS);
    GeoKeyDirectory::parse(
        directory,
        &numbers(page, TAG_GEO_DOUBLE_PARAMS),
        text.and_then(|tag| tag.value.as_str()).unwrap_or(""),
    )
}

fn placement(page: &Ifd, pixels: RasterType) -> Placement {
    let scale = numbers(page, TAG_MODEL_PIXEL_SCALE);
    let tie_points = numbers(page, TAG_MODEL_TIEPOINT);
    let matrix = numbers(page, TAG_MODEL_TRANSFORMATION);
    // GDAL's order: scale and tie point, then the matrix, then many tie points.
    let transform = if let ([x, y, ..], Some(tie)) = (&scale[..], tie_points.first_chunk::<6>())
        && *x != 0.0
        && *y != 0.0
    {
        GeoTransform::from_tiepoint_and_scale_with_raster_type(tie, &[*x, *y, 0.0], pixels)
    } else if let Some(matrix) = matrix.first_chunk::<16>() {
        GeoTransform::from_transformation_matrix_with_raster_type(matrix, pixels)
    } else if tie_points.len() > 6 {
        return Placement::ControlPoints;
    } else {
        return Placement::Unknown;
    };
    let GeoTransform {
        origin_x,
        origin_y,
        pixel_width,
        pixel_height,
        skew_x,
        skew_y,
    } = transform;
    let numbers = [
        origin_x,
        origin_y,
        pixel_width,
        pixel_height,
        skew_x,
        skew_y,
    ];
    if numbers.iter().any(|number| !number.is_finite()) {
        return Placement::Unknown;
    }
    if skew_x != 0.0 || skew_y != 0.0 {
        return Placement::Rotated;
    }
    if pixel_width <= 0.0 || pixel_height >= 0.0 {
        return Placement::Flipped;
    }
    Placement::NorthUp(Transform {
        left: origin_x,
        top: origin_y,
        pixel_width,
        pixel_height: -pixel_height,
    })
}

fn numbers(page: &Ifd, tag: u16) -> Vec<f64> {
    let tag = page.tag(tag);
    tag.and_then(|tag| tag.value.as_f64_vec())
        .unwrap_or_default()
}

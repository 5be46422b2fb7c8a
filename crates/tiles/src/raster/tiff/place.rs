use geotiff_core::tags::{
    TAG_GEO_ASCII_PARAMS, TAG_GEO_DOUBLE_PARAMS, TAG_GEO_KEY_DIRECTORY, TAG_MODEL_PIXEL_SCALE,
    TAG_MODEL_TIEPOINT, TAG_MODEL_TRANSFORMATION,
};
use geotiff_core::{GeoTransform, RasterType};
use tiff_reader::Ifd;

use crate::raster::{GeoKeys, Placement};

/// Where a page lies on Earth.
pub(super) struct Place {
    pub placement: Placement,
    pub crs: Option<GeoKeys>,
}

/// Reads the place from the GeoTIFF tags of a page.
///
/// Damaged tags are as good as none: they are no reason not to read the pixels. Who needs the
/// place is told by [`Placement`] that there is none.
pub(super) fn read(page: &Ifd) -> Place {
    let crs = geo_keys(page);
    let pixels = crs
        .as_ref()
        .map_or(RasterType::PixelIsArea, GeoKeys::pixels);
    match placement(page, pixels) {
        // The coordinate system is that of the points, not of the pixels.
        placement @ Placement::ControlPoints => Place {
            placement,
            crs: None,
        },
        placement => Place { placement, crs },
    }
}

fn geo_keys(page: &Ifd) -> Option<GeoKeys> {
    let directory = page.tag(TAG_GEO_KEY_DIRECTORY)?.value.as_u16_slice()?;
    let text = page.tag(TAG_GEO_ASCII_PARAMS);
    let text = text.and_then(|tag| tag.value.as_str()).unwrap_or("");
    GeoKeys::new(
        directory.to_vec(),
        numbers(page, TAG_GEO_DOUBLE_PARAMS),
        text.to_owned(),
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
    Placement::from_affine(
        [transform.origin_x, transform.origin_y],
        [transform.pixel_width, transform.skew_y],
        [transform.skew_x, transform.pixel_height],
    )
}

fn numbers(page: &Ifd, tag: u16) -> Vec<f64> {
    let tag = page.tag(tag);
    tag.and_then(|tag| tag.value.as_f64_vec())
        .unwrap_or_default()
}

use std::f32::consts::FRAC_1_SQRT_2;

use super::horn::for_gradients;
use crate::recipe::Grid;

/// The cosine of the angle between the surface's normal and the light, 0 in the shade, on GDAL's
/// scale of 1 to 255, but not rounded.
///
/// The light comes from azimuth 315 degrees (north-west) at an altitude of 45 degrees, GDAL's
/// default.
pub(super) fn hillshade(heights: &[f32], grid: &Grid, out: &mut [f32]) {
    // Towards the light: east -1/2, north 1/2, up the square root of 1/2.
    for_gradients(heights, grid, out, |east, north| {
        let facing = 0.5 * (east - north) + FRAC_1_SQRT_2;
        let cosine = facing / (1.0 + east * east + north * north).sqrt();
        1.0 + 254.0 * cosine.max(0.0)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shade(to_east: f32, to_north: f32) -> f32 {
        let heights: Vec<f32> = (0..9)
            .map(|i| to_east * (i % 3) as f32 - to_north * (i / 3) as f32)
            .collect();
        let mut out = [0.0; 9];
        hillshade(&heights, &Grid::new(3, None), &mut out);
        out[4]
    }

    #[test]
    fn what_faces_the_light_is_bright() {
        assert!((shade(0.0, 0.0) - (1.0 + 254.0 * FRAC_1_SQRT_2)).abs() < 1e-4);
        // At right angles to the light, falling to the north-west at 45 degrees.
        let towards = FRAC_1_SQRT_2;
        assert!((shade(towards, -towards) - 255.0).abs() < 1e-3);
        assert!((shade(-2.0, 2.0) - 1.0).abs() < 1e-6);
    }
}

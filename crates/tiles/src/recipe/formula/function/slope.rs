use super::horn::for_gradients;
use crate::recipe::Grid;

/// The angle between the surface and the horizontal in degrees.
pub(super) fn slope(heights: &[f32], grid: &Grid, out: &mut [f32]) {
    for_gradients(heights, grid, out, |east, north| {
        (east * east + north * north).sqrt().atan().to_degrees()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_have_their_angle_within_and_half_the_rise_at_edges() {
        // 3 to the east and 4 to the north: a rise of 5 along the steepest line.
        let grid = Grid {
            width: 4,
            pixel_width: 2.0,
            pixel_height: 0.5,
        };
        let heights: Vec<f32> = (0..16)
            .map(|i| 6.0 * (i % 4) as f32 - 2.0 * (i / 4) as f32 + 400.0)
            .collect();
        let mut out = [0.0; 16];
        slope(&heights, &grid, &mut out);
        let steepest = 5f32.atan().to_degrees();
        for place in [5, 6, 9, 10] {
            assert!((out[place] - steepest).abs() < 1e-4, "{}", out[place]);
        }
        let corner = 2.5f32.atan().to_degrees();
        assert!((out[0] - corner).abs() < 1e-4, "{}", out[0]);
    }

    #[test]
    fn a_single_pixel_is_flat() {
        let mut out = [1.0];
        slope(&[7.0], &Grid::new(1, None), &mut out);
        assert_eq!(out, [0.0]);
    }
}

use crate::recipe::Grid;

/// Calls `compute` with the rise to the east and to the north of each pixel, in units of height
/// per unit of length, and stores what it gives.
///
/// The rises are Horn's (1981, "Hill shading and the reflectance map", Proceedings of the IEEE
/// 69): weighted differences over 3x3 pixels. Beyond an edge the pixels at the edge stand in.
pub(super) fn for_gradients(
    heights: &[f32],
    grid: &Grid,
    out: &mut [f32],
    compute: impl Fn(f32, f32) -> f32,
) {
    let width = grid.width;
    let rows = heights.len() / width;
    let east_scale = (1.0 / (8.0 * grid.pixel_width)) as f32;
    let north_scale = (1.0 / (8.0 * grid.pixel_height)) as f32;
    let row_of = |row: usize| &heights[row * width..][..width];
    for (row, out) in out.chunks_exact_mut(width).enumerate() {
        let above = row_of(row.saturating_sub(1));
        let here = row_of(row);
        let below = row_of((row + 1).min(rows - 1));
        // Differences first: heights are large beside them and would swallow their last bits.
        let gradient = |west: usize, middle: usize, east: usize| {
            let to_east = (above[east] - above[west])
                + 2.0 * (here[east] - here[west])
                + (below[east] - below[west]);
            let to_north = (above[west] - below[west])
                + 2.0 * (above[middle] - below[middle])
                + (above[east] - below[east]);
            compute(to_east * east_scale, to_north * north_scale)
        };
        out[0] = gradient(0, 0, 1.min(width - 1));
        for middle in 1..width.max(1) - 1 {
            out[middle] = gradient(middle - 1, middle, middle + 1);
        }
        out[width - 1] = gradient(width.max(2) - 2, width - 1, width - 1);
    }
}

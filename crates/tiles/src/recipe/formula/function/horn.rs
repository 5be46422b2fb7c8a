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
        let gradient = |above: &[f32], here: &[f32], below: &[f32]| {
            let to_east = (above[2] - above[0]) + 2.0 * (here[2] - here[0]) + (below[2] - below[0]);
            let to_north =
                (above[0] - below[0]) + 2.0 * (above[1] - below[1]) + (above[2] - below[2]);
            compute(to_east * east_scale, to_north * north_scale)
        };
        let inner = (above.windows(3).zip(here.windows(3))).zip(below.windows(3));
        for (out, ((above, here), below)) in out.iter_mut().skip(1).zip(inner) {
            *out = gradient(above, here, below);
        }
        for column in [0, width - 1] {
            let around = |row: &[f32]| {
                let (west, east) = (column.saturating_sub(1), (column + 1).min(width - 1));
                [row[west], row[column], row[east]]
            };
            out[column] = gradient(&around(above), &around(here), &around(below));
        }
    }
}

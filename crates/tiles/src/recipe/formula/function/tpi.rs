use crate::recipe::Grid;

/// The height above the mean of the square with `radius` pixels to each side, the pixel itself
/// among them.
///
/// The topographic position index of Weiss (2001, "Topographic position and landforms analysis",
/// Esri User Conference). At an edge the square is cut off, so that a plane is not 0 there.
/// `table` is memory for sums of all pixels above and to the left of each corner: the time does
/// not depend on the radius.
pub(super) fn tpi(
    heights: &[f32],
    grid: &Grid,
    radius: usize,
    table: &mut Vec<f64>,
    out: &mut [f32],
) {
    let width = grid.width;
    let rows = heights.len() / width;
    // One more row and column than the tile, of zeros.
    let pitch = width + 1;
    table.clear();
    table.resize(pitch, 0.0);
    table.reserve(rows * pitch);
    // Heights above that of one pixel: sums of them lose fewer bits than those of altitudes.
    let base = heights[0];
    for row in heights.chunks_exact(width) {
        let above = table.len() - pitch;
        table.push(0.0);
        let mut sum = 0.0;
        for (column, &height) in row.iter().enumerate() {
            sum += f64::from(height - base);
            table.push(table[above + column + 1] + sum);
        }
    }
    for (row, (out, heights)) in (out.chunks_exact_mut(width))
        .zip(heights.chunks_exact(width))
        .enumerate()
    {
        let (first, end) = (row.saturating_sub(radius), (row + radius + 1).min(rows));
        let top = &table[first * pitch..][..pitch];
        let bottom = &table[end * pitch..][..pitch];
        for (column, (out, &height)) in out.iter_mut().zip(heights).enumerate() {
            let left = column.saturating_sub(radius);
            let right = (column + radius + 1).min(width);
            let sum = (bottom[right] - bottom[left]) - (top[right] - top[left]);
            let count = (end - first) * (right - left);
            *out = (f64::from(height - base) - sum / count as f64) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(heights: &[f32], width: usize, radius: usize) -> Vec<f32> {
        let rows = heights.len() / width;
        let near = |a: usize, b: usize| a.abs_diff(b) <= radius;
        (0..heights.len())
            .map(|place| {
                let (row, column) = (place / width, place % width);
                let around: Vec<f64> = (0..rows * width)
                    .filter(|p| near(p / width, row) && near(p % width, column))
                    .map(|p| f64::from(heights[p]))
                    .collect();
                let mean = around.iter().sum::<f64>() / around.len() as f64;
                (f64::from(heights[place]) - mean) as f32
            })
            .collect()
    }

    proptest! {
        #[test]
        fn sums_of_a_table_are_sums_of_squares(
            width in 1usize..12,
            radius in 1usize..15,
            heights in prop::collection::vec(-500f32..9000.0, 1..120),
        ) {
            let rows = heights.len().div_ceil(width);
            let heights: Vec<f32> =
                heights.iter().copied().cycle().take(rows * width).collect();
            let mut out = vec![0.0; heights.len()];
            tpi(&heights, &Grid::new(width, None), radius, &mut Vec::new(), &mut out);
            for (a, b) in out.iter().zip(naive(&heights, width, radius)) {
                prop_assert!((a - b).abs() < 2e-3, "{} {}", a, b);
            }
        }
    }
}

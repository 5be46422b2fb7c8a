/// Replaces NaN, in row order, by a quarter of the sum of the defined neighbours.
///
/// Infinite values (a sum of 0 with a difference, possible with negative bands only) count as
/// undefined too.
pub(super) fn fill_undefined(values: &mut [f32], width: usize) {
    // Most tiles have none to fill, and whole blocks are seen at once.
    let is_defined = |block: &[f32]| block.iter().fold(true, |all, v| all & v.is_finite());
    if values.chunks(256).all(is_defined) {
        return;
    }
    let height = values.len() / width;
    for row in 0..height {
        for column in 0..width {
            if values[row * width + column].is_finite() {
                continue;
            }
            let neighbours = [
                (row.saturating_sub(1), column),
                ((row + 1).min(height - 1), column),
                (row, column.saturating_sub(1)),
                (row, (column + 1).min(width - 1)),
            ];
            let sum: f32 = neighbours
                .into_iter()
                .map(|(r, c)| values[r * width + c])
                .filter(|value| value.is_finite())
                .sum();
            values[row * width + column] = sum / 4.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repaired_pixels_feed_later_ones() {
        let n = f32::NAN;
        let mut values = [n, n, 4.0, 8.0, 0.0, 2.0];
        fill_undefined(&mut values, 3);
        // First: only the 8 below is defined. Second: 2 from the left, 4 from the right, 0 below.
        assert_eq!(values, [2.0, 1.5, 4.0, 8.0, 0.0, 2.0]);
    }

    #[test]
    fn a_tile_without_any_value_becomes_zero() {
        let mut values = [f32::NAN; 4];
        fill_undefined(&mut values, 2);
        assert_eq!(values, [0.0; 4]);
    }
}

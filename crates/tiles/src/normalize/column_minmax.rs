use super::TileNormalization;

/// Scales each column of the tile on its own, as the drainage-crossing study does.
///
/// The study passes each 100x100 band to scikit-learn's `MinMaxScaler`, which takes columns for
/// features: each column spans 0 to 1 and vertical stripes appear. The arithmetic is
/// scikit-learn's, in `f32` (`X * scale + min`), so values may exceed 1 by rounding. A column
/// whose range is below ten epsilon becomes 0.
#[derive(Debug)]
pub struct ColumnMinmax;

impl TileNormalization for ColumnMinmax {
    fn name(&self) -> &'static str {
        "column-minmax"
    }

    fn description(&self) -> &'static str {
        "each column of a tile from 0 to 1, as the drainage-crossing study does"
    }

    fn apply(&self, band: &mut [f32], width: usize) {
        for first in (0..width).step_by(LANES) {
            let columns = first..(first + LANES).min(width);
            let mut min = [f32::INFINITY; LANES];
            let mut max = [f32::NEG_INFINITY; LANES];
            for row in band.chunks_exact(width) {
                for ((&value, min), max) in row[columns.clone()].iter().zip(&mut min).zip(&mut max)
                {
                    *min = if value < *min { value } else { *min };
                    *max = if value > *max { value } else { *max };
                }
            }
            let mut scales = [1.0; LANES];
            let mut offsets = [0.0; LANES];
            for lane in 0..columns.len() {
                let range = max[lane] - min[lane];
                if range >= 10.0 * f32::EPSILON {
                    scales[lane] = 1.0 / range;
                }
                offsets[lane] = 0.0 - min[lane] * scales[lane];
            }
            for row in band.chunks_exact_mut(width) {
                let values = row[columns.clone()].iter_mut();
                for ((value, scale), offset) in values.zip(scales).zip(offsets) {
                    *value = *value * scale + offset;
                }
            }
        }
    }
}

/// How many columns are scaled side by side.
const LANES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_spans_zero_to_one() {
        let mut band = [1.0, 10.0, 5.0, 3.0, 20.0, 5.0, 2.0, 15.0, 5.0];
        ColumnMinmax.apply(&mut band, 3);
        assert_eq!(band, [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.5, 0.5, 0.0]);
    }
}

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
        for column in 0..width {
            let values = || band.iter().skip(column).step_by(width).copied();
            let min = values().fold(f32::INFINITY, f32::min);
            let max = values().fold(f32::NEG_INFINITY, f32::max);
            let range = max - min;
            let scale = if range < 10.0 * f32::EPSILON {
                1.0
            } else {
                1.0 / range
            };
            let offset = 0.0 - min * scale;
            for value in band.iter_mut().skip(column).step_by(width) {
                *value = *value * scale + offset;
            }
        }
    }
}

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

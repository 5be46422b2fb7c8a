use super::{Moments, TileNormalization};

/// Takes the mean of the channel in this tile away and divides by its standard deviation, that of
/// the whole tile (not of a sample).
///
/// A constant channel becomes 0.
#[derive(Debug)]
pub struct BandZscore;

impl TileNormalization for BandZscore {
    fn name(&self) -> &'static str {
        "band-zscore"
    }

    fn description(&self) -> &'static str {
        "each tile and channel to mean 0 and standard deviation 1"
    }

    fn apply(&self, channel: &mut [f32], _width: usize) {
        let moments = Moments::of(channel);
        let deviation = moments.deviation();
        for value in channel {
            *value = if moments.is_constant() {
                0.0
            } else {
                ((f64::from(*value) - moments.mean()) / deviation) as f32
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_zero_and_deviations_one() {
        let mut channel = [400.0, 402.0, 404.0, 406.0];
        BandZscore.apply(&mut channel, 2);
        let root = 5f32.sqrt();
        for (value, expected) in channel.into_iter().zip([-3.0, -1.0, 1.0, 3.0]) {
            assert!((value - expected / root).abs() < 1e-6, "{value}");
        }
        let mut constant = [0.1; 3];
        BandZscore.apply(&mut constant, 3);
        assert_eq!(constant, [0.0; 3]);
    }
}

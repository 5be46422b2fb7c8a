use crate::Error;

/// What is done to each channel of an image before a network sees it:
/// `(value - center) * factor`.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelScales {
    channels: usize,
    /// The centers of the channels, over and over: runs of pixels are scaled as one, in vectors.
    centers: Vec<f32>,
    factors: Vec<f32>,
}

/// How many pixels are scaled at a time.
const RUN: usize = 16;

impl ChannelScales {
    /// The center and the factor of each channel.
    #[must_use]
    pub fn new(channels: &[(f32, f32)]) -> Self {
        let over = || channels.iter().cycle().take(channels.len() * RUN);
        Self {
            channels: channels.len(),
            centers: over().map(|(center, _)| *center).collect(),
            factors: over().map(|(_, factor)| *factor).collect(),
        }
    }

    /// Scales whole pixels, the channels of one side by side.
    pub(crate) fn apply(&self, pixels: &mut [f32]) {
        for run in pixels.chunks_mut(self.centers.len().max(1)) {
            for ((value, center), factor) in run.iter_mut().zip(&self.centers).zip(&self.factors) {
                *value = (*value - center) * factor;
            }
        }
    }

    pub(crate) fn check(&self, channels: usize) -> Result<(), Error> {
        if self.channels == channels {
            Ok(())
        } else {
            Err(Error::Scales {
                scales: self.channels,
                channels,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own() {
        let scales = ChannelScales::new(&[(1.0, 2.0), (0.0, 1.0), (-1.0, 0.5)]);
        let mut pixels: Vec<f32> = (0..3 * 50).map(|value| value as f32).collect();
        scales.apply(&mut pixels);
        for (place, pixel) in pixels.chunks_exact(3).enumerate() {
            let first = 3.0 * place as f32;
            let expected = [2.0 * (first - 1.0), first + 1.0, 0.5 * (first + 3.0)];
            assert_eq!(pixel, expected);
        }
        let message = scales.check(2).unwrap_err().to_string();
        assert_eq!(message, "3 scales given for 2 channels, expected one each");
    }
}

use super::Moments;
use crate::dataset::Dataset;

/// What each tile of a dataset holds, channel by channel: all that is needed to fit a
/// normalisation to any of the tiles.
#[derive(Clone, Debug)]
pub struct Statistics {
    channels: usize,
    /// Shape (tiles, channels).
    moments: Vec<Moments>,
}

impl Statistics {
    /// Goes through all values of the dataset.
    #[must_use]
    pub fn of(dataset: &Dataset) -> Self {
        let channels = dataset.channels();
        let tiles = 0..dataset.len();
        let moments = tiles.flat_map(|tile| Moments::of_channels(dataset.image(tile), channels));
        Self {
            channels,
            moments: moments.collect(),
        }
    }

    /// Those of a channel in these tiles. They depend on no other tile.
    ///
    /// # Panics
    /// If there is no such channel or tile.
    #[must_use]
    pub fn moments(&self, channel: usize, tiles: &[usize]) -> Moments {
        assert!(
            channel < self.channels,
            "channel {channel} of {}",
            self.channels
        );
        let mut all = Moments::default();
        for tile in tiles {
            all.merge(&self.moments[tile * self.channels + channel]);
        }
        all
    }
}

//! How the channels of tiles are brought to a common scale.

mod band_minmax;
mod band_zscore;
mod column_minmax;
mod dataset_minmax;
mod dataset_zscore;
mod moments;
mod scaling;
mod statistics;
mod unscaled;

use std::fmt::Debug;

pub use band_minmax::BandMinmax;
pub use band_zscore::BandZscore;
pub use column_minmax::ColumnMinmax;
pub use dataset_minmax::DatasetMinmax;
pub use dataset_zscore::DatasetZscore;
pub use moments::Moments;
pub use scaling::Scaling;
pub use statistics::Statistics;
pub use unscaled::Unscaled;

use crate::error::Error;

/// A way to bring channels to a common scale.
///
/// A new one is one file with an implementation of either trait and one line in [`registry`].
#[derive(Clone, Copy, Debug)]
pub enum Normalization {
    /// By what the tile itself holds: `prepare` does it.
    Tile(&'static dyn TileNormalization),
    /// By constants that are fitted to training tiles: a dataset holds raw values, and what trains
    /// with it fits them anew for each fold.
    Fitted(&'static dyn FittedNormalization),
}

/// A way to scale a channel of one tile.
pub trait TileNormalization: Debug + Sync {
    /// The name in options, in `dataset.toml` and in the metadata of models.
    fn name(&self) -> &'static str;

    /// What it does, for help.
    fn description(&self) -> &'static str;

    /// Scales the channel in place: rows of `width` finite values.
    fn apply(&self, channel: &mut [f32], width: usize);
}

/// A way to scale a channel of all tiles alike.
pub trait FittedNormalization: Debug + Sync {
    /// The name in options, in `dataset.toml` and in the metadata of models.
    fn name(&self) -> &'static str;

    /// What it does, for help.
    fn description(&self) -> &'static str;

    /// The constants for a channel of which the training tiles hold this.
    fn fit(&self, channel: &Moments) -> Scaling;
}

/// All normalisations, the default first.
#[must_use]
pub fn registry() -> &'static [Normalization] {
    use Normalization::{Fitted, Tile};
    &[
        Tile(&BandMinmax),
        Tile(&ColumnMinmax),
        Tile(&BandZscore),
        Fitted(&DatasetMinmax),
        Fitted(&DatasetZscore),
        Tile(&Unscaled),
    ]
}

impl Normalization {
    /// The name in options, in `dataset.toml` and in the metadata of models.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tile(tile) => tile.name(),
            Self::Fitted(fitted) => fitted.name(),
        }
    }

    /// What it does, for help.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Tile(tile) => tile.description(),
            Self::Fitted(fitted) => fitted.description(),
        }
    }
}

/// The normalisation of this name.
///
/// # Errors
/// [`Error::UnknownName`] lists the names there are.
pub fn by_name(name: &str) -> Result<Normalization, Error> {
    registry()
        .iter()
        .copied()
        .find(|n| n.name() == name)
        .ok_or_else(|| Error::UnknownName {
            kind: "normalisation",
            name: name.to_owned(),
            known: registry()
                .iter()
                .map(|n| n.name())
                .collect::<Vec<_>>()
                .join(", "),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_their_normalisation() {
        for normalization in registry() {
            assert_eq!(
                by_name(normalization.name()).unwrap().name(),
                normalization.name()
            );
        }
        let message = by_name("zscore").err().unwrap().to_string();
        assert!(message.contains("band-minmax"), "{message}");
    }
}

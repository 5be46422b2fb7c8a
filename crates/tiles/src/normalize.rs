//! How the raw bands of a tile are brought to a common scale.

mod band_minmax;
mod column_minmax;
mod unscaled;

pub use band_minmax::BandMinmax;
pub use column_minmax::ColumnMinmax;
pub use unscaled::Unscaled;

use std::fmt::Debug;

use crate::error::Error;

/// A way to scale one band of one tile.
///
/// A new normalisation is one file with an implementation and one line in [`registry`].
pub trait Normalization: Debug + Sync {
    /// The name in options, in `dataset.toml` and in the metadata of models.
    fn name(&self) -> &'static str;

    /// Scales the band in place: rows of `width` finite values.
    fn apply(&self, band: &mut [f32], width: usize);
}

/// All normalisations, the default first.
#[must_use]
pub fn registry() -> &'static [&'static dyn Normalization] {
    &[&BandMinmax, &ColumnMinmax, &Unscaled]
}

/// The normalisation of this name.
///
/// # Errors
/// [`Error::UnknownName`] lists the names there are.
pub fn by_name(name: &str) -> Result<&'static dyn Normalization, Error> {
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

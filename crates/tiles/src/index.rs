//! Spectral indices: channels computed from the raw bands.

mod repair;

use crate::error::Error;

/// A normalised difference of two bands, `(a - b) / (a + b)`, in `[-1, 1]` for bands that are
/// not negative.
///
/// Indices are computed on raw values and are not scaled by the normalisation. Where both bands
/// are 0 the quotient is undefined and is repaired from the neighbours; see [`Index::compute`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// Normalised difference water index, `(G - NIR) / (G + NIR)` (`McFeeters`, 1996).
    Ndwi,
    /// Normalised difference vegetation index, `(NIR - R) / (NIR + R)` (Rouse et al., 1974).
    Ndvi,
}

impl Index {
    /// All indices, in the order of the drainage-crossing study's channels.
    pub const ALL: [Self; 2] = [Self::Ndwi, Self::Ndvi];

    /// The name of its channel.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndwi => "ndwi",
            Self::Ndvi => "ndvi",
        }
    }

    /// The index of this name.
    ///
    /// # Errors
    /// [`Error::UnknownName`] lists the names there are.
    pub fn by_name(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|index| index.name() == name)
            .ok_or_else(|| Error::UnknownName {
                kind: "index",
                name: name.to_owned(),
                known: Self::ALL.map(Self::name).join(", "),
            })
    }

    /// The names of the bands `a` and `b` in `(a - b) / (a + b)`.
    #[must_use]
    pub fn bands(self) -> [&'static str; 2] {
        match self {
            Self::Ndwi => ["g", "nir"],
            Self::Ndvi => ["nir", "r"],
        }
    }

    /// The index from its two bands of rows of `width` values.
    ///
    /// Undefined pixels are repaired as in the study, row by row: a quarter of the sum of those
    /// of the four neighbours that are defined (at an edge the pixel stands in for the neighbour
    /// it lacks). A repaired pixel counts for the ones after it.
    #[must_use]
    pub fn compute(self, a: &[f32], b: &[f32], width: usize) -> Vec<f32> {
        let mut values: Vec<f32> = a.iter().zip(b).map(|(a, b)| (a - b) / (a + b)).collect();
        repair::fill_undefined(&mut values, width);
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let (nir, red) = ([150.0, 20.0, 0.0], [50.0, 60.0, 10.0]);
        assert_eq!(Index::Ndvi.compute(&nir, &red, 3), [0.5, -0.5, -1.0]);
    }

    #[test]
    fn names_find_their_index() {
        for index in Index::ALL {
            assert_eq!(Index::by_name(index.name()).unwrap(), index);
        }
        assert!(Index::by_name("evi").is_err());
    }
}

//! How the raw bands of a tile become the channels that a network sees.

mod channel;
pub(crate) mod formula;
mod grid;
mod metadata;
mod options;
mod preset;
mod repair;
mod scratch;

pub use channel::Channel;
pub(crate) use formula::is_name;
pub use formula::{FUNCTIONS, Formula, Function};
pub use grid::Grid;
pub use options::RecipeOptions;
pub use preset::{PRESETS, Preset};
pub use scratch::Scratch;

use crate::error::Error;
use crate::normalize::{Normalization, Scaling, Statistics, Unscaled};
use formula::Program;

/// Raw bands, the formulas that make channels of them, and the normalisation of the channels.
///
/// Preparing a dataset and classifying with a model that was trained on it apply the same recipe:
/// `dataset.toml` and the metadata of models hold it.
#[derive(Clone, Debug)]
pub struct Recipe {
    bands: Vec<String>,
    channels: Vec<Channel>,
    /// One per channel.
    programs: Vec<Program>,
    normalization: Normalization,
    /// The constants of a fitted normalisation, one per channel, once it is fitted.
    scalings: Option<Vec<Scaling>>,
}

impl Recipe {
    /// A recipe for rasters with these bands, in this order.
    ///
    /// # Errors
    /// [`Error::Channels`] without bands or channels, or with a name that is given twice or is no
    /// name (letters, digits and `_`, no digit first); [`Error::Formula`] for a band that is not
    /// there.
    pub fn new(
        bands: Vec<String>,
        channels: Vec<Channel>,
        normalization: Normalization,
    ) -> Result<Self, Error> {
        check_names("band", bands.iter().map(String::as_str))?;
        check_names("channel", channels.iter().map(|c| c.name.as_str()))?;
        let programs = channels
            .iter()
            .map(|channel| Program::compile(&channel.formula, &bands))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            bands,
            channels,
            programs,
            normalization,
            scalings: None,
        })
    }

    /// The recipe whose channels are the raw bands as they are.
    ///
    /// # Errors
    /// Those of [`Recipe::new`] for names.
    pub fn raw(bands: Vec<String>) -> Result<Self, Error> {
        let channels = bands.iter().map(|band| Channel::band(band)).collect();
        Self::new(bands, channels, Normalization::Tile(&Unscaled))
    }

    /// The recipe of channels of which no more than the names are known: those of presets that are
    /// made by default, where the other channels are the bands that they need; else raw bands.
    ///
    /// # Errors
    /// Those of [`Recipe::new`] for names.
    pub fn of_names(names: &[String], normalization: Normalization) -> Result<Self, Error> {
        let is_raw = |name: &str| preset::by_default(name).is_none();
        let bands: Vec<String> = names.iter().filter(|n| is_raw(n)).cloned().collect();
        let channels = names
            .iter()
            .map(|name| preset::by_default(name).unwrap_or_else(|| Channel::band(name)));
        Self::new(bands, channels.collect(), normalization)
    }

    /// The raw bands, in the order of the files.
    #[must_use]
    pub fn bands(&self) -> &[String] {
        &self.bands
    }

    /// The channels, in their order.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The names of the channels.
    #[must_use]
    pub fn channel_names(&self) -> Vec<String> {
        self.channels.iter().map(|c| c.name.clone()).collect()
    }

    /// The normalisation of the channels that are scaled.
    #[must_use]
    pub fn normalization(&self) -> Normalization {
        self.normalization
    }

    /// The constants of the normalisation, one per channel, if it was fitted.
    #[must_use]
    pub fn scalings(&self) -> Option<&[Scaling]> {
        self.scalings.as_deref()
    }

    /// This recipe with the constants that its normalisation has for these tiles; as it is if they
    /// are not fitted.
    #[must_use]
    pub fn fitted(mut self, statistics: &Statistics, tiles: &[usize]) -> Self {
        if let Normalization::Fitted(fitted) = self.normalization {
            let scalings = self.channels.iter().enumerate().map(|(place, channel)| {
                if channel.scaled {
                    fitted.fit(&statistics.moments(place, tiles))
                } else {
                    Scaling::NONE
                }
            });
            self.scalings = Some(scalings.collect());
        }
        self
    }

    /// The recipe of the first `count` channels: of the bands, those that they need.
    ///
    /// # Panics
    /// If there are no so many channels, or none is asked for.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let channels = self.channels[..count].to_vec();
        let is_needed = |band: &&String| {
            (channels.iter()).any(|channel| channel.formula.bands().contains(band.as_str()))
        };
        let bands = self.bands.iter().filter(is_needed).cloned().collect();
        let recipe = Self::new(bands, channels, self.normalization);
        Self {
            scalings: self.scalings.as_ref().map(|all| all[..count].to_vec()),
            ..recipe.expect("a part of a recipe is one")
        }
    }

    /// The channels of a tile, shape (height, width, channels), into `out`.
    ///
    /// `parts` are the values of the tile's rasters, each of shape (height, width, its bands),
    /// without NaN; together they have the recipe's bands in its order. A fitted normalisation
    /// applies if its constants are known. `scratch` is memory that is used again from tile to tile.
    ///
    /// # Panics
    /// If the parts are not whole rows of `grid.width` pixels of the recipe's bands.
    pub fn apply(&self, parts: &[&[f32]], grid: &Grid, scratch: &mut Scratch, out: &mut Vec<f32>) {
        scratch.load(parts, self.bands.len(), grid.width);
        let pixels = scratch.pixels();
        scratch.channels.resize_with(self.channels.len(), Vec::new);
        for (place, plane) in scratch.channels.iter_mut().enumerate() {
            let channel = &self.channels[place];
            plane.resize(pixels, 0.0);
            self.programs[place].run(&scratch.bands, grid, &mut scratch.memory, plane);
            if channel.formula.as_band().is_none() {
                repair::fill_undefined(plane, grid.width);
            }
            match (self.normalization, &self.scalings) {
                (Normalization::Tile(tile), _) if channel.scaled => tile.apply(plane, grid.width),
                (Normalization::Fitted(_), Some(scalings)) => {
                    for value in plane {
                        *value = scalings[place].apply(*value);
                    }
                }
                _ => {}
            }
        }
        interleave(&scratch.channels, out);
    }
}

fn check_names<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        let reason = if !is_name(name) {
            "a name is letters, digits and _, with no digit first, in lower case"
        } else if seen.contains(&name) {
            "expected each once"
        } else {
            seen.push(name);
            continue;
        };
        return Err(Error::Channels(format!("{kind} \"{name}\": {reason}")));
    }
    if seen.is_empty() {
        return Err(Error::Channels(format!("no {kind}; expected at least one")));
    }
    Ok(())
}

/// Lays the channels of a pixel side by side, block by block, so that what is written stays in the
/// nearest cache.
fn interleave(channels: &[Vec<f32>], out: &mut Vec<f32>) {
    let pixels = channels[0].len();
    out.resize(pixels * channels.len(), 0.0);
    for (block, out) in out.chunks_mut(scratch::BLOCK * channels.len()).enumerate() {
        for (channel, plane) in channels.iter().enumerate() {
            let values = out[channel..].iter_mut().step_by(channels.len());
            for (value, &sample) in values.zip(&plane[block * scratch::BLOCK..]) {
                *value = sample;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::normalize;

    const BANDS: [&str; 3] = ["dem", "r", "nir"];

    fn recipe(channels: &[&str], formulas: &[&str], normalization: &str) -> Recipe {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let options = RecipeOptions {
            channels: Some(owned(channels)),
            formulas: owned(formulas),
            unscaled: Vec::new(),
            normalization: normalization.to_owned(),
        };
        options.recipe(&BANDS.map(str::to_owned)).unwrap()
    }

    fn applied(recipe: &Recipe, parts: &[&[f32]], width: usize) -> Vec<f32> {
        let mut out = vec![9.0; 3];
        let grid = Grid::new(width, None);
        recipe.apply(parts, &grid, &mut Scratch::default(), &mut out);
        out
    }

    #[test]
    fn channels_come_of_raw_values_and_are_scaled_but_for_indices() {
        let recipe = recipe(
            &["ndvi", "double", "dem"],
            &["Double = 2 * DEM"],
            "band-minmax",
        );
        let dem = [10.0, 20.0, 30.0, 40.0];
        let aerial = [1.0, 3.0, 0.0, 0.0, 2.0, 2.0, 4.0, 1.0];
        let found = applied(&recipe, &[&dem, &aerial], 2);
        let channel =
            |channel: usize| -> Vec<f32> { found.chunks(3).map(|pixel| pixel[channel]).collect() };
        // 0/0 in the second pixel: a quarter of what is to its left and below.
        assert_eq!(channel(0), [0.5, (0.5 - 0.6) / 4.0, 0.0, -0.6]);
        let thirds = [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0].map(|v: f64| v as f32);
        assert_eq!((channel(1), channel(2)), (thirds.to_vec(), thirds.to_vec()));
    }

    #[test]
    fn scratch_memory_leaves_no_trace() {
        let recipe = recipe(&["tpi", "ndvi", "slope", "dem"], &[], "band-zscore");
        let values: Vec<f32> = (0..300u16).map(|i| f32::from(i * 37 % 101)).collect();
        let mut scratch = Scratch::default();
        for (pixels, width) in [(100, 10), (12, 3), (64, 8), (1, 1)] {
            let mut out = Vec::new();
            let raw = &values[..3 * pixels];
            recipe.apply(&[raw], &Grid::new(width, None), &mut scratch, &mut out);
            assert_eq!(out, applied(&recipe, &[raw], width));
        }
    }

    #[test]
    fn fitted_constants_apply_to_scaled_channels_only() {
        let mut recipe = recipe(&["dem", "ndvi"], &[], "dataset-minmax");
        let raw = [5.0, 1.0, 3.0];
        assert_eq!(applied(&recipe, &[&raw], 1), [5.0, 0.5]);
        recipe.scalings = Some(vec![Scaling::new(3.0, 4.0), Scaling::NONE]);
        assert_eq!(applied(&recipe, &[&raw], 1), [0.5, 0.5]);
    }

    #[test]
    fn what_is_no_recipe_is_named() {
        let bands = BANDS.map(str::to_owned);
        let message = |change: fn(&mut RecipeOptions)| {
            let mut options = RecipeOptions::default();
            change(&mut options);
            options.recipe(&bands).unwrap_err().to_string()
        };
        type Change = fn(&mut RecipeOptions);
        let cases: [(Change, &str); 8] = [
            (
                |o| o.channels = Some(vec!["blue".into()]),
                "unknown channel \"blue\"; known: dem, r, nir, ndwi, ndvi, slope",
            ),
            (
                |o| o.channels = Some(vec!["ndwi".into()]),
                "column 2: unknown band \"g\"; the bands are dem, r, nir",
            ),
            (
                |o| o.channels = Some(vec!["dem".into(), "DEM".into()]),
                "channel \"dem\": expected each once",
            ),
            (
                |o| o.channels = Some(Vec::new()),
                "no channel; expected at least one",
            ),
            (
                |o| o.formulas = vec!["nir / r".into()],
                "formula \"nir / r\" has no name; expected NAME = EXPRESSION",
            ),
            (
                |o| o.formulas = vec!["2nd = nir".into()],
                "channel \"2nd\": a name is letters",
            ),
            (
                |o| o.unscaled = vec!["slope".into()],
                "unknown channel \"slope\"; known: dem, r, nir, ndvi",
            ),
            (
                |o| o.normalization = "zscore".into(),
                "unknown normalisation \"zscore\"; known: band-minmax",
            ),
        ];
        for (change, expected) in cases {
            let message = message(change);
            assert!(message.contains(expected), "{message}");
        }
    }

    proptest! {
        #[test]
        fn every_normalisation_gives_finite_channels(
            values in prop::collection::vec(-1e6f32..1e6, 3 * 12),
            constant in any::<bool>(),
        ) {
            let values = if constant { vec![values[0]; 3 * 12] } else { values };
            for normalization in normalize::registry() {
                let recipe = recipe(
                    &["dem", "ndvi", "slope", "hillshade", "tpi", "root"],
                    &["root = sqrt(r) / log(nir)"],
                    normalization.name(),
                );
                let found = applied(&recipe, &[&values], 4);
                prop_assert!(found.iter().all(|value| value.is_finite()), "{normalization:?}");
            }
        }
    }
}

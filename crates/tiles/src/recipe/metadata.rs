use super::{Channel, Formula, Recipe};
use crate::error::Error;
use crate::normalize::{self, Normalization, Scaling};

/// The names of the channels.
const CHANNELS: &str = "bands";
const NORMALIZATION: &str = "normalization";
const RAW_BANDS: &str = "raw_bands";
/// `NAME = EXPRESSION` of every channel that is no raw band, with `; ` between them.
const FORMULAS: &str = "formulas";
/// The channels that the normalisation leaves alone.
const UNSCALED: &str = "unscaled";
/// `CENTER:SCALE` of every channel, of a fitted normalisation only.
const SCALINGS: &str = "scalings";

impl Recipe {
    /// The recipe as the metadata of a model, keys and values.
    ///
    /// Recipes that differ in the constants of their normalisation only have metadata of equal
    /// length.
    #[must_use]
    pub fn to_metadata(&self) -> Vec<(String, String)> {
        let formulas = (self.channels.iter())
            .filter(|channel| channel.formula.as_band() != Some(&channel.name))
            .map(|channel| format!("{} = {}", channel.name, channel.formula));
        let unscaled = (self.channels.iter())
            .filter(|channel| !channel.scaled)
            .map(|channel| channel.name.clone());
        let mut metadata = vec![
            (CHANNELS, self.channel_names().join(",")),
            (NORMALIZATION, self.normalization.name().to_owned()),
            (RAW_BANDS, self.bands.join(",")),
            (FORMULAS, formulas.collect::<Vec<_>>().join("; ")),
            (UNSCALED, unscaled.collect::<Vec<_>>().join(",")),
        ];
        if let Some(scalings) = &self.scalings {
            let scalings = scalings
                .iter()
                .map(|s| format!("{}:{}", fixed(s.center), fixed(s.scale)));
            metadata.push((SCALINGS, scalings.collect::<Vec<_>>().join(",")));
        }
        let owned = metadata
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value));
        owned.collect()
    }

    /// The recipe in the metadata of a model: [`Recipe::apply`] then makes the input that the
    /// model was trained with. Entries that are no part of a recipe are passed over.
    ///
    /// # Errors
    /// [`Error::Metadata`] names an entry that is missing, or what is wrong with its value;
    /// [`Error::Formula`], [`Error::UnknownName`] and [`Error::Channels`] say it of its parts.
    pub fn from_metadata(metadata: &[(String, String)]) -> Result<Self, Error> {
        let value = |key: &'static str| {
            (metadata.iter().find(|(k, _)| k == key))
                .map(|(_, value)| value.as_str())
                .ok_or_else(|| {
                    let reason = "missing; expected a model that edgefront trained";
                    fault(key, reason.to_owned())
                })
        };
        let names = |key| Ok::<_, Error>(value(key)?.split(',').filter(|name| !name.is_empty()));
        let formulas = (value(FORMULAS)?.split(';'))
            .filter(|definition| !definition.trim().is_empty())
            .map(|definition| match definition.split_once('=') {
                Some((name, formula)) => Ok((name.trim(), Formula::parse(formula)?)),
                None => Err(fault(
                    FORMULAS,
                    format!("\"{definition}\"; expected NAME = EXPRESSION"),
                )),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let unscaled: Vec<&str> = names(UNSCALED)?.collect();
        let channels = names(CHANNELS)?.map(|name| {
            let formula = formulas.iter().find(|(of, _)| *of == name);
            Channel {
                name: name.to_owned(),
                formula: formula.map_or_else(|| Formula::band(name), |(_, f)| f.clone()),
                scaled: !unscaled.contains(&name),
            }
        });
        let mut recipe = Self::new(
            names(RAW_BANDS)?.map(str::to_owned).collect(),
            channels.collect(),
            normalize::by_name(value(NORMALIZATION)?)?,
        )?;
        if let Normalization::Fitted(_) = recipe.normalization {
            let scalings = (value(SCALINGS)?.split(','))
                .map(scaling)
                .collect::<Result<Vec<_>, _>>()?;
            if scalings.len() != recipe.channels.len() {
                let (found, channels) = (scalings.len(), recipe.channels.len());
                let reason = format!("{found} of them; expected {channels}, one per channel");
                return Err(fault(SCALINGS, reason));
            }
            recipe.scalings = Some(scalings);
        }
        Ok(recipe)
    }
}

fn fault(key: &'static str, reason: String) -> Error {
    Error::Metadata { key, reason }
}

/// All digits of a number, in 15 characters: `+4.12500000e+02`.
fn fixed(value: f32) -> String {
    let text = format!("{value:+.8e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{digits}e{:+03}", exponent.parse::<i32>().unwrap_or(0))
}

fn scaling(text: &str) -> Result<Scaling, Error> {
    let number = |text: &str| text.parse().ok().filter(|value: &f32| value.is_finite());
    text.split_once(':')
        .and_then(|(center, scale)| {
            Some(Scaling {
                center: number(center)?,
                scale: number(scale)?,
            })
        })
        .ok_or_else(|| fault(SCALINGS, format!("\"{text}\"; expected CENTER:SCALE")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recipe() -> Recipe {
        let bands = ["dem", "r", "nir"].map(str::to_owned);
        let options = crate::recipe::RecipeOptions {
            formulas: vec!["relief = tpi(dem, 3) / 2".into()],
            unscaled: vec!["r".into()],
            normalization: "dataset-zscore".into(),
            ..crate::recipe::RecipeOptions::default()
        };
        let mut recipe = options.recipe(&bands).unwrap();
        recipe.scalings = Some(vec![Scaling::NONE; recipe.channels.len()]);
        recipe
    }

    proptest! {
        #[test]
        fn constants_are_kept_to_the_bit_in_a_fixed_width(
            center in any::<f32>().prop_filter("finite", |v| v.is_finite()),
            scale in any::<f32>().prop_filter("finite", |v| v.is_finite()),
        ) {
            prop_assert_eq!(fixed(center).len(), 15);
            let written = format!("{}:{}", fixed(center), fixed(scale));
            let read = scaling(&written).unwrap();
            prop_assert_eq!(read.center.to_bits(), center.to_bits());
            prop_assert_eq!(read.scale.to_bits(), scale.to_bits());
        }
    }

    #[test]
    fn a_recipe_comes_back_from_its_metadata() {
        let recipe = recipe();
        assert_eq!(
            recipe.channel_names(),
            ["dem", "r", "nir", "ndvi", "relief"]
        );
        let metadata = recipe.to_metadata();
        let back = Recipe::from_metadata(&metadata).unwrap();
        assert_eq!(back.channels(), recipe.channels());
        assert_eq!(back.to_metadata(), metadata);

        let dem = recipe.first(1);
        assert_eq!(dem.bands(), ["dem"]);
        let back = Recipe::from_metadata(&dem.to_metadata()).unwrap();
        assert_eq!(back.channels(), dem.channels());
        assert_eq!(back.scalings().unwrap().len(), 1);
    }

    #[test]
    fn what_is_wrong_with_metadata_is_named() {
        let message = |change: fn(&mut Vec<(String, String)>)| {
            let mut metadata = recipe().to_metadata();
            change(&mut metadata);
            Recipe::from_metadata(&metadata).unwrap_err().to_string()
        };
        type Change = fn(&mut Vec<(String, String)>);
        let cases: [(Change, &str); 6] = [
            (|m| drop(m.remove(2)), "metadata raw_bands: missing"),
            (|m| m[1].1 = "rank".into(), "unknown normalisation \"rank\""),
            (
                |m| m[3].1 = "ndvi".into(),
                "\"ndvi\"; expected NAME = EXPRESSION",
            ),
            (|m| m[3].1 = "ndvi = r +".into(), "column 4: the end"),
            (
                |m| m[5].1.truncate(31),
                "metadata scalings: 1 of them; expected 5",
            ),
            (
                |m| m[5].1.truncate(17),
                "metadata scalings: \"+0.00000000e+00:+\"; expected",
            ),
        ];
        for (change, expected) in cases {
            let message = message(change);
            assert!(message.contains(expected), "{message}");
        }
    }
}

use super::{Channel, Formula, Recipe};
use crate::error::Error;
use crate::normalize;

/// The names of the channels.
const CHANNELS: &str = "bands";
const NORMALIZATION: &str = "normalization";
const RAW_BANDS: &str = "raw_bands";
/// `NAME = EXPRESSION` of every channel, with `; ` between them.
const FORMULAS: &str = "formulas";
const UNSCALED: &str = "unscaled";

impl Recipe {
    /// The recipe as the metadata of a model, keys and values.
    #[must_use]
    pub fn to_metadata(&self) -> Vec<(String, String)> {
        let formulas: Vec<String> = (self.channels.iter())
            .map(|channel| format!("{} = {}", channel.name, channel.formula))
            .collect();
        let unscaled: Vec<&str> = (self.channels.iter())
            .filter(|channel| !channel.scaled)
            .map(|channel| channel.name.as_str())
            .collect();
        [
            (CHANNELS, self.channel_names().join(",")),
            (NORMALIZATION, self.normalization.name().to_owned()),
            (RAW_BANDS, self.bands.join(",")),
            (FORMULAS, formulas.join("; ")),
            (UNSCALED, unscaled.join(",")),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    /// The recipe in the metadata of a model.
    ///
    /// # Errors
    /// [`Error::Metadata`] names a key that is missing or what is wrong with its value.
    pub fn from_metadata(metadata: &[(String, String)]) -> Result<Self, Error> {
        let value = |key: &'static str| {
            (metadata.iter().find(|(k, _)| k == key))
                .map(|(_, value)| value.as_str())
                .ok_or_else(|| Error::Metadata {
                    key,
                    reason: "missing; expected a model that edgefront trained".into(),
                })
        };
        let names = |key| Ok::<_, Error>(value(key)?.split(',').filter(|name| !name.is_empty()));
        let unscaled: Vec<&str> = names(UNSCALED)?.collect();
        let channels = value(FORMULAS)?
            .split(';')
            .map(|definition| {
                let (name, formula) =
                    definition.split_once('=').ok_or_else(|| Error::Metadata {
                        key: FORMULAS,
                        reason: format!("\"{definition}\"; expected NAME = EXPRESSION"),
                    })?;
                let name = name.trim();
                Ok(Channel {
                    name: name.to_owned(),
                    formula: Formula::parse(formula)?,
                    scaled: !unscaled.contains(&name),
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let recipe = Self::new(
            names(RAW_BANDS)?.map(str::to_owned).collect(),
            channels,
            normalize::by_name(value(NORMALIZATION)?)?,
        )?;
        if !names(CHANNELS)?.eq(recipe.channels.iter().map(|c| c.name.as_str())) {
            return Err(Error::Metadata {
                key: CHANNELS,
                reason: format!(
                    "{}; the formulas make {}",
                    value(CHANNELS)?,
                    recipe.channel_names().join(",")
                ),
            });
        }
        Ok(recipe)
    }
}

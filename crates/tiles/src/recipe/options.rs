use super::{Channel, Formula, PRESETS, Recipe};
use crate::error::Error;
use crate::normalize;

/// What a user says of a recipe before the bands are known.
#[derive(Clone, Debug)]
pub struct RecipeOptions {
    /// Names of raw bands, presets and formulas, in the order of the channels. `None`: all raw
    /// bands, the default presets whose bands are there, all formulas.
    pub channels: Option<Vec<String>>,
    /// Formulas with their names, `NAME = EXPRESSION`.
    pub formulas: Vec<String>,
    /// Channels that are not normalised, beside the presets that never are.
    pub unscaled: Vec<String>,
    /// The name of the normalisation; see [`normalize::registry`].
    pub normalization: String,
}

impl Default for RecipeOptions {
    fn default() -> Self {
        Self {
            channels: None,
            formulas: Vec::new(),
            unscaled: Vec::new(),
            normalization: normalize::registry()[0].name().to_owned(),
        }
    }
}

impl RecipeOptions {
    /// The recipe for rasters with these bands.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a channel or normalisation that there is not,
    /// [`Error::Formula`], and those of [`Recipe::new`].
    pub fn recipe(&self, bands: &[String]) -> Result<Recipe, Error> {
        let normalization = normalize::by_name(&self.normalization)?;
        let formulas = self
            .formulas
            .iter()
            .map(|text| parse_definition(text))
            .collect::<Result<Vec<_>, _>>()?;
        let mut channels = match &self.channels {
            Some(names) => names
                .iter()
                .map(|name| find(&name.trim().to_lowercase(), &formulas, bands))
                .collect::<Result<Vec<_>, _>>()?,
            None => default_channels(&formulas, bands),
        };
        for name in &self.unscaled {
            let name = name.trim().to_lowercase();
            let Some(channel) = channels.iter_mut().find(|c| c.name == name) else {
                return Err(Error::UnknownName {
                    kind: "channel",
                    name,
                    known: list(channels.iter().map(|c| c.name.as_str())),
                });
            };
            channel.scaled = false;
        }
        Recipe::new(bands.to_vec(), channels, normalization)
    }
}

/// A formula of the user's goes before a band, a band before a preset.
fn find(name: &str, formulas: &[Channel], bands: &[String]) -> Result<Channel, Error> {
    if let Some(channel) = formulas.iter().find(|channel| channel.name == name) {
        return Ok(channel.clone());
    }
    if bands.iter().any(|band| band == name) {
        return Ok(Channel::band(name));
    }
    if let Some(preset) = PRESETS.iter().find(|preset| preset.name == name) {
        return Ok(preset.channel());
    }
    Err(Error::UnknownName {
        kind: "channel",
        name: name.to_owned(),
        known: list(
            (bands.iter().map(String::as_str))
                .chain(formulas.iter().map(|channel| channel.name.as_str()))
                .chain(PRESETS.iter().map(|preset| preset.name)),
        ),
    })
}

fn default_channels(formulas: &[Channel], bands: &[String]) -> Vec<Channel> {
    let is_possible = |channel: &Channel| {
        let mut needed = channel.formula.bands().into_iter();
        needed.all(|needed| bands.iter().any(|band| band == needed))
    };
    let is_free = |channel: &Channel| {
        !bands.contains(&channel.name) && formulas.iter().all(|other| other.name != channel.name)
    };
    let presets = PRESETS.iter().filter(|preset| preset.default);
    (bands.iter().map(|band| Channel::band(band)))
        .chain(
            presets
                .map(super::Preset::channel)
                .filter(|channel| is_possible(channel) && is_free(channel)),
        )
        .chain(formulas.iter().cloned())
        .collect()
}

fn parse_definition(text: &str) -> Result<Channel, Error> {
    let Some((name, formula)) = text.split_once('=') else {
        return Err(Error::Channels(format!(
            "formula \"{text}\" has no name; expected NAME = EXPRESSION"
        )));
    };
    Ok(Channel {
        name: name.trim().to_lowercase(),
        formula: Formula::parse(formula)?,
        scaled: true,
    })
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

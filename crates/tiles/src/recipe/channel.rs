use super::Formula;

/// One channel of a recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Its name, in lower case, unique within the recipe.
    pub name: String,
    /// What it is computed by from raw values. A raw band is the formula that is its name.
    pub formula: Formula,
    /// Whether the normalisation applies to it.
    pub scaled: bool,
}

impl Channel {
    /// A raw band, normalised.
    #[must_use]
    pub fn band(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            formula: Formula::band(name),
            scaled: true,
        }
    }
}

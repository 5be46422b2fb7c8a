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

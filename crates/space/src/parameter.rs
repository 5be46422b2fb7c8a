use serde::Deserialize;

use crate::Value;

/// A choice that a search makes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The name, as the family knows it.
    pub name: String,
    /// The values to choose from; at least one, all different.
    pub values: Vec<Value>,
    /// What the choice changes.
    #[serde(default)]
    pub role: Role,
    /// Only under this condition does the choice change anything.
    #[serde(default)]
    pub when: Option<When>,
}

/// What a parameter changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The network.
    #[default]
    Architecture,
    /// What the network is fed with, and so its first layer.
    Input,
    /// Only how the network is trained.
    Training,
}

/// A condition on another parameter, which stands before this one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The other parameter's name.
    pub parameter: String,
    /// The value that it must have.
    pub equals: Value,
}

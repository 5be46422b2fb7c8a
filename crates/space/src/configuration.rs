use std::collections::BTreeMap;

use crate::Value;

/// A choice of one value per parameter of a [`Space`](crate::Space), as indices into their values.
///
/// Configurations that a space hands out are canonical: equal exactly if they mean the same
/// training of the same network.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Configuration(pub(crate) Vec<usize>);

/// The values that count in a configuration, by parameter name, with those that the space fixes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(pub(crate) BTreeMap<String, Value>);

impl Values {
    /// The value of a parameter; `None` where the space has no such parameter, or it does not
    /// count here.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

//! Families of networks: one file each.
//!
//! To add one, implement [`Family`] in a new file and add it to [`FAMILIES`].

mod resnet;

use edgefront_graph::Graph;

use crate::{Error, Value, Values};

/// All families.
pub const FAMILIES: &[&dyn Family] = &[&resnet::ResNetFamily];

/// What the tiles ask of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileShape {
    /// Rows of a tile.
    pub height: usize,
    /// Columns of a tile.
    pub width: usize,
    /// Classes to tell apart.
    pub classes: usize,
}

/// Turns the values of a configuration into a network.
pub trait Family: Sync {
    /// The name in space files.
    fn name(&self) -> &'static str;

    /// The parameters that it understands.
    fn parameters(&self) -> &'static [&'static str];

    /// Builds the network.
    ///
    /// # Errors
    /// If a value is missing or of another type, or the network does not fit the tiles.
    fn build(&self, values: &Values, tile: TileShape) -> Result<Graph, Error>;
}

/// The family of this name.
///
/// # Errors
/// If there is none.
pub fn family(name: &str) -> Result<&'static dyn Family, Error> {
    FAMILIES
        .iter()
        .find(|family| family.name() == name)
        .copied()
        .ok_or_else(|| Error::unknown("family", name, FAMILIES.iter().map(|family| family.name())))
}

/// Reads a family's values.
struct Reader<'a> {
    family: &'static str,
    values: &'a Values,
}

impl Reader<'_> {
    fn count(&self, parameter: &str) -> Result<usize, Error> {
        self.read(parameter, "a count", Value::as_count)
    }

    fn flag(&self, parameter: &str) -> Result<bool, Error> {
        self.read(parameter, "true or false", Value::as_bool)
    }

    fn read<T>(
        &self,
        parameter: &str,
        expected: &'static str,
        convert: fn(&Value) -> Option<T>,
    ) -> Result<T, Error> {
        let value = self.values.get(parameter);
        value.and_then(convert).ok_or_else(|| Error::Value {
            family: self.family,
            parameter: parameter.to_owned(),
            expected,
            got: value.map_or_else(|| "nothing".to_owned(), Value::to_string),
        })
    }
}

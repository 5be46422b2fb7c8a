//! Families of networks: one file each.
//!
//! To add one, implement [`Family`] in a new file and add it to [`FAMILIES`].

mod resnet;

use std::fmt;
use std::ops::RangeInclusive;

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

    /// The parameters that it understands, each with the values that it takes.
    fn parameters(&self) -> &'static [(&'static str, Domain)];

    /// Builds the network.
    ///
    /// # Errors
    /// If a value is missing or of another type, or the network does not fit the tiles.
    fn build(&self, values: &Values, tile: TileShape) -> Result<Graph, Error>;
}

/// The values that a parameter can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// A whole number in a range. Its end lies far beyond any use, and far below where products
    /// of sizes could overflow.
    Count(RangeInclusive<usize>),
    /// True or false.
    Flag,
}

impl Domain {
    /// Whether a value is one of these.
    #[must_use]
    pub fn contains(&self, value: &Value) -> bool {
        match self {
            Self::Count(range) => value.as_count().is_some_and(|count| range.contains(&count)),
            Self::Flag => value.as_bool().is_some(),
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(range) => {
                write!(
                    f,
                    "a whole number from {} to {}",
                    range.start(),
                    range.end()
                )
            }
            Self::Flag => write!(f, "true or false"),
        }
    }
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

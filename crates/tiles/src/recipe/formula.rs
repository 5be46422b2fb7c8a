//! A small language of formulas over bands.

mod expression;
mod function;
mod lexer;
mod parser;
mod plane;
mod program;

use std::collections::BTreeSet;
use std::fmt;

use crate::error::Error;
use expression::Expression;
pub use function::{FUNCTIONS, Function};
use lexer::Token;
pub(crate) use lexer::is_name;
pub(crate) use program::{Memory, Program};

/// An expression over the bands of a tile, such as `(nir - r) / (nir + r)`.
///
/// It has numbers, names of bands in any case, `+ - * / ^`, parentheses and [`FUNCTIONS`], with
/// the precedence that they have in mathematics: `-a^2` is `-(a^2)`, and `a^b^c` is `a^(b^c)`. It
/// is computed in `f32`. Two formulas are equal if they compute the same in the same order,
/// whatever their spaces and parentheses; what is displayed reads back as an equal one.
///
/// ```
/// use edgefront_tiles::recipe::Formula;
///
/// let ndvi = Formula::parse("((NIR-R)/(NIR+R))")?;
/// assert_eq!(ndvi.to_string(), "(nir - r) / (nir + r)");
/// assert_eq!(Vec::from_iter(ndvi.bands()), ["nir", "r"]);
/// # Ok::<(), edgefront_tiles::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    expression: Expression,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// [`Error::Formula`] says what is wrong in which column.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parser::parse(text).map(|expression| Self { expression })
    }

    /// The formula of a raw band.
    #[must_use]
    pub fn band(name: &str) -> Self {
        Self {
            expression: Expression::Band(name.to_owned()),
        }
    }

    /// The band that this formula is, if it computes nothing.
    #[must_use]
    pub fn as_band(&self) -> Option<&str> {
        match &self.expression {
            Expression::Band(name) => Some(name),
            _ => None,
        }
    }

    /// The error that a band of it is not among these.
    fn unknown_band(&self, name: &str, bands: &[String]) -> Error {
        let formula = self.to_string();
        let tokens = lexer::tokens(&formula).unwrap_or_default();
        let place = tokens
            .iter()
            .find(|(_, token)| *token == Token::Name(name.to_owned()));
        Error::Formula {
            column: place.map_or(1, |(column, _)| *column),
            formula,
            reason: format!(
                "unknown band \"{name}\"; the bands are {}",
                bands.join(", ")
            ),
        }
    }

    /// The bands that it needs.
    #[must_use]
    pub fn bands(&self) -> BTreeSet<&str> {
        let mut bands = BTreeSet::new();
        self.expression.visit(&mut |part| {
            if let Expression::Band(name) = part {
                bands.insert(name.as_str());
            }
        });
        bands
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.fmt(f)
    }
}

#[cfg(test)]
mod tests;

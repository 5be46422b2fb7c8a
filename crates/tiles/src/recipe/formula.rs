//! A small language of formulas over bands.

mod expression;
mod lexer;
mod parser;
mod program;

use std::collections::BTreeSet;
use std::fmt;

use crate::error::Error;
use expression::Expression;
pub(crate) use lexer::is_name;
pub(crate) use program::Program;

/// An expression over the bands of a tile, such as `(nir - r) / (nir + r)`.
///
/// Two are equal if they compute the same in the same order, whatever their spaces and
/// parentheses.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    expression: Expression,
}

impl Formula {
    /// Reads a formula: numbers, names of bands in any case, `+ - * / ^`, parentheses.
    ///
    /// # Errors
    /// [`Error::Formula`] names the place and what was expected there.
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

use std::fmt;

use super::function::Function;

/// The tree of a formula. Its parser bounds its depth.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// Finite and not negative: a sign is a [`Expression::Negate`].
    Number(f32),
    /// The name, in lower case.
    Band(String),
    Negate(Box<Self>),
    Binary(Operator, Box<Self>, Box<Self>),
    Call(Call),
}

/// A function and what it is called with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub function: &'static Function,
    /// As many as it takes.
    pub values: Vec<Expression>,
    /// 0 if it takes none.
    pub radius: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// How strongly a unary minus binds: weaker than a power, stronger than a product.
pub(super) const NEGATE_STRENGTH: u8 = 3;
const ATOM_STRENGTH: u8 = 5;

impl Operator {
    pub(super) const ALL: [Self; 5] = [
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
        Self::Power,
    ];

    pub(super) fn symbol(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
            Self::Power => '^',
        }
    }

    pub(super) fn strength(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 1,
            Self::Multiply | Self::Divide => 2,
            Self::Power => 4,
        }
    }

    /// The least strength that its right operand needs to go without parentheses. A power takes
    /// all to its right, a sign too: `2^-3^2` is `2^(-(3^2))`.
    pub(super) fn strength_right(self) -> u8 {
        match self {
            Self::Power => NEGATE_STRENGTH,
            other => other.strength() + 1,
        }
    }
}

/// Squares, by far the most frequent powers, are products.
pub(super) fn power(base: f32, exponent: f32) -> f32 {
    if exponent == 2.0 {
        base * base
    } else {
        base.powf(exponent)
    }
}

impl Expression {
    /// Calls `see` with this expression and all its parts.
    pub(super) fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        match self {
            Self::Number(_) | Self::Band(_) => {}
            Self::Negate(inner) => inner.visit(see),
            Self::Binary(_, left, right) => {
                left.visit(see);
                right.visit(see);
            }
            Self::Call(call) => call.values.iter().for_each(|value| value.visit(see)),
        }
    }

    fn strength(&self) -> u8 {
        match self {
            Self::Number(_) | Self::Band(_) | Self::Call(_) => ATOM_STRENGTH,
            Self::Negate(_) => NEGATE_STRENGTH,
            Self::Binary(operator, ..) => operator.strength(),
        }
    }

    /// In parentheses if it binds less than `strength`.
    fn fmt_within(&self, strength: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.strength() < strength {
            write!(f, "({self})")
        } else {
            fmt::Display::fmt(self, f)
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => write!(f, "{value}"),
            Self::Band(name) => f.write_str(name),
            Self::Negate(inner) => {
                f.write_str("-")?;
                inner.fmt_within(NEGATE_STRENGTH, f)
            }
            Self::Binary(operator, left, right) => {
                let left_strength = match operator {
                    Operator::Power => ATOM_STRENGTH,
                    other => other.strength(),
                };
                left.fmt_within(left_strength, f)?;
                write!(f, " {} ", operator.symbol())?;
                right.fmt_within(operator.strength_right(), f)
            }
            Self::Call(call) => {
                write!(f, "{}(", call.function.name)?;
                for (place, value) in call.values.iter().enumerate() {
                    let comma = if place == 0 { "" } else { ", " };
                    write!(f, "{comma}{value}")?;
                }
                if call.function.has_radius() {
                    write!(f, ", {}", call.radius)?;
                }
                f.write_str(")")
            }
        }
    }
}

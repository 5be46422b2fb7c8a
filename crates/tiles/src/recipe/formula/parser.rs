use super::expression::{Call, Expression, NEGATE_STRENGTH, Operator};
use super::function::{FUNCTIONS, Function, RADII};
use super::lexer::{Token, tokens};
use crate::error::Error;

/// How deep a formula may be nested, and how long a chain of operators in it may be: enough for
/// any formula, and little enough for the stack.
const DEPTH: usize = 100;

/// After an expression, an operator may follow.
const OPERATOR_OR: &str = "an operator or ";

/// Reads a formula by precedence climbing.
pub(super) fn parse(text: &str) -> Result<Expression, Error> {
    let text = text.trim();
    read(text).map_err(|(column, reason)| Error::Formula {
        formula: text.to_owned(),
        column,
        reason,
    })
}

fn read(text: &str) -> Result<Expression, Fault> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        place: 0,
    };
    let parsed = parser.expression(0, DEPTH)?;
    match parser.next() {
        (_, Token::End) => Ok(parsed.expression),
        (column, other) => Err((
            column,
            format!("{}; expected an operator", other.describe()),
        )),
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    /// Of the next token; the last one is never passed.
    place: usize,
}

struct Parsed {
    expression: Expression,
    depth: usize,
}

/// Column and reason.
type Fault = (usize, String);

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.place].1
    }

    fn column(&self) -> usize {
        self.tokens[self.place].0
    }

    fn next(&mut self) -> (usize, Token) {
        let token = self.tokens[self.place].clone();
        self.place = (self.place + 1).min(self.tokens.len() - 1);
        token
    }

    /// An expression whose operators bind at least as strongly as `strength`, nested at most
    /// `room` deep.
    fn expression(&mut self, strength: u8, room: usize) -> Result<Parsed, Fault> {
        let mut left = self.operand(room)?;
        while let &Token::Symbol(symbol) = self.peek() {
            let Some(operator) = (Operator::ALL.into_iter())
                .find(|o| o.symbol() == symbol && o.strength() >= strength)
            else {
                break;
            };
            let (column, _) = self.next();
            let right = self.expression(operator.strength_right(), self.less(room)?)?;
            let depth = 1 + left.depth.max(right.depth);
            if depth > DEPTH {
                return Err((column, too_deep()));
            }
            left = Parsed {
                expression: Expression::Binary(
                    operator,
                    Box::new(left.expression),
                    Box::new(right.expression),
                ),
                depth,
            };
        }
        Ok(left)
    }

    fn operand(&mut self, room: usize) -> Result<Parsed, Fault> {
        let atom = |expression| {
            Ok(Parsed {
                expression,
                depth: 1,
            })
        };
        match self.next() {
            (_, Token::Number(value)) => atom(Expression::Number(value)),
            (column, Token::Name(name)) if *self.peek() == Token::Symbol('(') => {
                self.call(&name, column, room)
            }
            (_, Token::Name(name)) => atom(Expression::Band(name)),
            (_, Token::Symbol('-')) => {
                let inner = self.expression(NEGATE_STRENGTH, self.less(room)?)?;
                Ok(Parsed {
                    expression: Expression::Negate(Box::new(inner.expression)),
                    depth: inner.depth + 1,
                })
            }
            (_, Token::Symbol('(')) => {
                let inner = self.expression(0, self.less(room)?)?;
                self.expect(')', OPERATOR_OR, "")?;
                Ok(inner)
            }
            (column, other) => Err((
                column,
                format!(
                    "{}; expected a number, a band or a parenthesis",
                    other.describe()
                ),
            )),
        }
    }

    /// The rest of a call, whose name is read.
    fn call(&mut self, name: &str, column: usize, room: usize) -> Result<Parsed, Fault> {
        let Some(function) = Function::by_name(name) else {
            let known: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
            return Err((
                column,
                format!("unknown function \"{name}\"; known: {}", known.join(", ")),
            ));
        };
        let usage = format!(" as in {}", function.usage);
        self.expect('(', "", &usage)?;
        let (mut values, mut depth) = (Vec::new(), 0);
        for place in 0..function.values() {
            if place > 0 {
                self.expect(',', OPERATOR_OR, &usage)?;
            }
            let value = self.expression(0, self.less(room)?)?;
            values.push(value.expression);
            depth = depth.max(value.depth);
        }
        let mut radius = 0;
        if function.has_radius() {
            self.expect(',', OPERATOR_OR, &usage)?;
            radius = self.radius()?;
        }
        let or = if function.has_radius() {
            ""
        } else {
            OPERATOR_OR
        };
        self.expect(')', or, &usage)?;
        Ok(Parsed {
            expression: Expression::Call(Call {
                function,
                values,
                radius,
            }),
            depth: depth + 1,
        })
    }

    fn radius(&mut self) -> Result<usize, Fault> {
        match self.next() {
            (_, Token::Number(value))
                if value.fract() == 0.0 && RADII.contains(&(value as usize)) =>
            {
                Ok(value as usize)
            }
            (column, other) => Err((
                column,
                format!(
                    "{}; expected a whole number of pixels, {} to {}",
                    other.describe(),
                    RADII.start(),
                    RADII.end()
                ),
            )),
        }
    }

    /// Passes a symbol. The texts stand around it in the message if it is not there.
    fn expect(&mut self, symbol: char, before: &str, after: &str) -> Result<(), Fault> {
        match self.next() {
            (_, Token::Symbol(found)) if found == symbol => Ok(()),
            (column, other) => Err((
                column,
                format!("{}; expected {before}'{symbol}'{after}", other.describe()),
            )),
        }
    }

    fn less(&self, room: usize) -> Result<usize, Fault> {
        room.checked_sub(1)
            .ok_or_else(|| (self.column(), too_deep()))
    }
}

fn too_deep() -> String {
    format!("nested deeper than {DEPTH}; expected a shorter formula")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        match parse(text).unwrap_err() {
            Error::Formula { column, reason, .. } => format!("{column}: {reason}"),
            other => other.to_string(),
        }
    }

    #[test]
    fn faults_are_placed() {
        for (text, expected) in [
            ("", "1: the end; expected a number, a band or a parenthesis"),
            ("  r +", "4: the end; expected a number"),
            ("r nir", "3: \"nir\"; expected an operator"),
            ("(r + g", "7: the end; expected an operator or ')'"),
            ("r + é$", "6: '$'; expected a number, a name"),
            ("1.2.3", "1: \"1.2.3\" is no finite number"),
            ("1e99", "1: \"1e99\" is no finite number"),
            (
                "2 * \u{130}n",
                "5: \"\u{130}n\" has no lower case that is a name",
            ),
            ("aspect(dem)", "1: unknown function \"aspect\"; known: abs"),
            (
                "min(r)",
                "6: ')'; expected an operator or ',' as in min(A, B)",
            ),
            (
                "abs(r, g)",
                "6: ','; expected an operator or ')' as in abs(A)",
            ),
            (
                "tpi(dem, 0)",
                "10: 0; expected a whole number of pixels, 1 to 1000",
            ),
            ("tpi(dem, 1.5)", "10: 1.5; expected a whole number"),
            ("tpi(dem, -1)", "10: '-'; expected a whole number"),
            (
                "tpi(dem, 3 + 1)",
                "12: '+'; expected ')' as in tpi(DEM, RADIUS)",
            ),
        ] {
            let found = fault(text);
            assert!(found.starts_with(expected), "{text}: {found}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        for (before, after) in [("(", ")"), ("-", ""), ("2^", ""), ("abs(", ")"), ("1+", "")] {
            let nested = |count: usize| format!("{}r{}", before.repeat(count), after.repeat(count));
            assert!(parse(&nested(DEPTH - 1)).is_ok(), "{before}");
            assert!(
                fault(&nested(DEPTH + 1)).contains("nested deeper"),
                "{before}"
            );
            assert!(
                fault(&nested(100_000)).contains("nested deeper"),
                "{before}"
            );
        }
    }
}

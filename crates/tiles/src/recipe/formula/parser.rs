use super::expression::{Expression, NEGATE_STRENGTH, Operator};
use super::lexer::{Token, tokens};
use crate::error::Error;

/// How deep a formula may be nested, and how long a chain of operators in it may be: enough for
/// any formula, and little enough for the stack.
const DEPTH: usize = 100;

/// Reads a formula by precedence climbing.
pub(super) fn parse(text: &str) -> Result<Expression, Error> {
    let fail = |(column, reason): (usize, String)| Error::Formula {
        formula: text.trim().to_owned(),
        column: column - (text.chars().count() - text.trim_start().chars().count()).min(column - 1),
        reason,
    };
    let mut parser = Parser {
        tokens: tokens(text).map_err(fail)?,
        place: 0,
    };
    let parsed = parser.expression(0, DEPTH).map_err(fail)?;
    match parser.peek() {
        Token::End => Ok(parsed.expression),
        other => Err(fail((
            parser.column(),
            format!("{}; expected an operator", other.describe()),
        ))),
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
                self.expect(')')?;
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

    fn expect(&mut self, symbol: char) -> Result<(), Fault> {
        match self.next() {
            (_, Token::Symbol(found)) if found == symbol => Ok(()),
            (column, other) => Err((
                column,
                format!("{}; expected an operator or '{symbol}'", other.describe()),
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

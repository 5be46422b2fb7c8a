/// A piece of a formula.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Finite and not negative.
    Number(f32),
    /// In lower case.
    Name(String),
    /// An operator, a parenthesis or a comma.
    Symbol(char),
    /// Nothing follows.
    End,
}

/// Whether this can be the name of a band or channel, in lower case.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(is_name_start) && text.chars().all(is_name_part) && text.to_lowercase() == text
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The tokens with the columns at which they start, counted in characters from 1; the last is
/// [`Token::End`]. Else the column and what is wrong there.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, (usize, String)> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut place = 0;
    while let Some(&first) = characters.get(place) {
        let start = place;
        let column = start + 1;
        if first.is_whitespace() {
            place += 1;
        } else if is_name_start(first) {
            place += count(&characters[start..], is_name_part);
            let name: String = characters[start..place].iter().collect();
            let lower = name.to_lowercase();
            // In lower case, a few letters of the world come apart.
            if !is_name(&lower) {
                return Err((
                    column,
                    format!("\"{name}\" has no lower case that is a name"),
                ));
            }
            tokens.push((column, Token::Name(lower)));
        } else if first.is_ascii_digit() || first == '.' {
            place += number_length(&characters[start..]);
            let digits: String = characters[start..place].iter().collect();
            match digits.parse::<f32>() {
                Ok(value) if value.is_finite() => tokens.push((column, Token::Number(value))),
                _ => return Err((column, format!("\"{digits}\" is no finite number"))),
            }
        } else if "+-*/^(),".contains(first) {
            place += 1;
            tokens.push((column, Token::Symbol(first)));
        } else {
            return Err((
                column,
                format!("{first:?}; expected a number, a name, an operator or a parenthesis"),
            ));
        }
    }
    tokens.push((characters.len() + 1, Token::End));
    Ok(tokens)
}

fn count(characters: &[char], is_part: impl Fn(char) -> bool) -> usize {
    characters.iter().take_while(|&&c| is_part(c)).count()
}

/// Digits with a point among them, and an exponent.
fn number_length(characters: &[char]) -> usize {
    let mantissa = count(characters, |c| c.is_ascii_digit() || c == '.');
    let exponent = &characters[mantissa..];
    if !matches!(exponent.first(), Some('e' | 'E')) {
        return mantissa;
    }
    let sign = usize::from(matches!(exponent.get(1), Some('+' | '-')));
    match count(&exponent[1 + sign..], |c| c.is_ascii_digit()) {
        0 => mantissa,
        digits => mantissa + 1 + sign + digits,
    }
}

impl Token {
    /// As messages name it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Number(value) => value.to_string(),
            Self::Name(name) => format!("\"{name}\""),
            Self::Symbol(symbol) => format!("'{symbol}'"),
            Self::End => "the end".to_owned(),
        }
    }
}

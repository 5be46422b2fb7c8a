//! The Python literal in a header: a dictionary of texts, booleans and tuples of integers.

/// A value of the dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A quoted text without escapes.
    Text(String),
    /// `True` or `False`.
    Bool(bool),
    /// `(1, 2, 3)`
    Tuple(Vec<usize>),
}

/// The entries in order of appearance. The error says what was met and where.
pub(super) fn parse_dictionary(text: &str) -> Result<Vec<(String, Value)>, String> {
    let mut cursor = Cursor { rest: text };
    let mut entries = Vec::new();
    cursor.expect('{')?;
    while !cursor.take('}') {
        let Value::Text(key) = cursor.value()? else {
            return Err(format!("a key that is no text before {:?}", cursor.rest));
        };
        cursor.expect(':')?;
        entries.push((key, cursor.value()?));
        if !cursor.take(',') {
            cursor.expect('}')?;
            break;
        }
    }
    Ok(entries)
}

struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    fn take(&mut self, token: char) -> bool {
        let trimmed = self.rest.trim_start();
        let after = trimmed.strip_prefix(token);
        self.rest = after.unwrap_or(trimmed);
        after.is_some()
    }

    fn expect(&mut self, token: char) -> Result<(), String> {
        if self.take(token) {
            Ok(())
        } else {
            Err(format!("header: expected {token:?} at {:?}", self.rest))
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        for quote in ['\'', '"'] {
            if self.take(quote) {
                let (text, after) = self
                    .rest
                    .split_once(quote)
                    .ok_or_else(|| format!("header: no closing {quote}"))?;
                let text = text.to_owned();
                self.rest = after;
                return Ok(Value::Text(text));
            }
        }
        for (word, flag) in [("True", true), ("False", false)] {
            if let Some(after) = self.rest.strip_prefix(word) {
                self.rest = after;
                return Ok(Value::Bool(flag));
            }
        }
        if self.take('(') {
            return self.tuple();
        }
        Err(format!("header: unsupported value at {:?}", self.rest))
    }

    fn tuple(&mut self) -> Result<Value, String> {
        let mut axes = Vec::new();
        while !self.take(')') {
            let end = self
                .rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(self.rest.len());
            let (digits, after) = self.rest.split_at(end);
            let axis = digits
                .parse()
                .map_err(|_| format!("header: expected a length at {:?}", self.rest))?;
            axes.push(axis);
            self.rest = after;
            if !self.take(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(Value::Tuple(axes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_order_and_spacing() {
        let entries = parse_dictionary("{ \"shape\":(4 , 5),'descr':'|u1' }").unwrap();
        assert_eq!(entries[0], ("shape".into(), Value::Tuple(vec![4, 5])));
        assert_eq!(entries[1], ("descr".into(), Value::Text("|u1".into())));
    }

    #[test]
    fn structured_types_are_refused() {
        assert!(parse_dictionary("{'descr': [('a', '<f4')]}").is_err());
    }
}

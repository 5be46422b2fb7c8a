use super::Table;

impl Table {
    /// A table of GitHub's Markdown. Ends with a line break.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = line(self.columns.iter().map(|c| escape(&c.heading())).collect());
        let rule = (0..self.columns.len()).map(|column| {
            let rule = if self.is_numeric(column) {
                "---:"
            } else {
                "---"
            };
            rule.to_owned()
        });
        text.push_str(&line(rule.collect()));
        for row in &self.rows {
            text.push_str(&line(row.iter().map(|c| escape(&c.display())).collect()));
        }
        text
    }
}

/// Keeps text from ending its cell or from being read as markup.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '|' | '\\' | '`' | '*' | '_' | '<' | '[' | ']' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\n' | '\r' => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Cell, Column};

    #[test]
    fn text_cannot_break_the_table() {
        let table = Table {
            columns: vec![Column::new("a|b", "")],
            rows: vec![vec![Cell::text("x | y\nz")]],
        };
        assert_eq!(table.to_markdown(), "| a\\|b |\n| --- |\n| x \\| y z |\n");
    }
}

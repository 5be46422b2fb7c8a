use std::fmt::Write;

use super::{Cell, Table};

impl Table {
    /// An HTML table; numbers carry their full value for sorting.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut html = String::from("<table><thead><tr>");
        let class = |column: usize| match self.is_numeric(column) {
            true => " class=\"n\"",
            false => "",
        };
        for (index, column) in self.columns.iter().enumerate() {
            let unit = match column.unit.as_str() {
                "" => String::new(),
                unit => format!(" <small>{}</small>", escape(unit)),
            };
            let name = escape(&column.name);
            let class = class(index);
            let _ = write!(html, "<th scope=\"col\"{class}>{name}{unit}</th>");
        }
        html.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            html.push_str("<tr>");
            for (index, cell) in row.iter().enumerate() {
                let class = class(index);
                let shown = escape(&cell.display());
                let _ = match cell {
                    Cell::Number { value, .. } => {
                        write!(html, "<td{class} data-value=\"{value}\">{shown}</td>")
                    }
                    _ => write!(html, "<td{class}>{shown}</td>"),
                };
            }
            html.push_str("</tr>");
        }
        html.push_str("</tbody></table>");
        html
    }
}

/// Text that HTML shows as it is, between tags and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    #[test]
    fn text_cannot_become_markup() {
        let table = Table {
            columns: vec![Column::new("<a>", "\"")],
            rows: vec![vec![Cell::text("</td><script>")]],
        };
        let html = table.to_html();
        assert!(
            !html.contains("<script>") && !html.contains("<a>"),
            "{html}"
        );
    }
}

use super::Table;

impl Table {
    /// Plain text with aligned columns, for a terminal. Ends with a line break.
    #[must_use]
    pub fn to_text(&self) -> String {
        let lines: Vec<Vec<String>> =
            std::iter::once(self.columns.iter().map(super::Column::heading).collect())
                .chain(
                    self.rows
                        .iter()
                        .map(|row| row.iter().map(super::Cell::display).collect()),
                )
                .collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| {
                let cells = lines.iter().map(|line| line[column].chars().count());
                cells.max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for (index, line) in lines.iter().enumerate() {
            let cells: Vec<String> = line
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, &width))| {
                    if self.is_numeric(column) {
                        format!("{cell:>width$}")
                    } else {
                        format!("{cell:<width$}")
                    }
                })
                .collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
            if index == 0 {
                let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
                text.push_str(&rule.join("  "));
                text.push('\n');
            }
        }
        text
    }
}

use super::{Cell, Column, Table};

impl Table {
    /// Plain text with aligned columns, for a terminal. Ends with a line break.
    #[must_use]
    pub fn to_text(&self) -> String {
        let heads = self.columns.iter().map(|column| vec![column.heading()]);
        let right = (0..self.columns.len()).map(|column| self.is_numeric(column));
        let (heads, right): (Vec<_>, Vec<_>) = heads.zip(right).unzip();
        self.aligned(&heads, &right, "  ")
    }

    /// The same in less width: headings broken at spaces and underscores, columns one space apart.
    /// A column of words that are all numbers is flush right as well, to stand off its neighbour.
    #[must_use]
    pub fn to_narrow_text(&self) -> String {
        let heads = self.columns.iter().map(broken_heading);
        let is_number = |cell: &Cell| match cell {
            Cell::Text(text) => text.parse::<f64>().is_ok(),
            Cell::Empty | Cell::Number { .. } => true,
        };
        let right =
            (0..self.columns.len()).map(|column| self.rows.iter().all(|r| is_number(&r[column])));
        let (heads, right): (Vec<_>, Vec<_>) = heads.zip(right).unzip();
        self.aligned(&heads, &right, " ")
    }

    /// Headings of one or more lines, a rule, the rows; for each column whether it is flush right.
    fn aligned(&self, heads: &[Vec<String>], right: &[bool], gap: &str) -> String {
        let height = heads.iter().map(Vec::len).max().unwrap_or(0);
        // Headings stand on the rule: shorter ones begin with empty lines.
        let head_lines = (0..height).map(|line| {
            let part = |head: &Vec<String>| {
                let at = (line + head.len()).checked_sub(height);
                at.map_or_else(String::new, |at| head[at].clone())
            };
            heads.iter().map(part).collect()
        });
        let rows = self.rows.iter();
        let lines: Vec<Vec<String>> = head_lines
            .chain(rows.map(|row| row.iter().map(Cell::display).collect()))
            .collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| {
                let cells = lines.iter().map(|line| line[column].chars().count());
                cells.max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for (index, line) in lines.iter().enumerate() {
            let cells = line.iter().zip(&widths).zip(right);
            let cells: Vec<String> = cells
                .map(|((cell, &width), &right)| {
                    if right {
                        format!("{cell:>width$}")
                    } else {
                        format!("{cell:<width$}")
                    }
                })
                .collect();
            text.push_str(cells.join(gap).trim_end());
            text.push('\n');
            if index + 1 == height {
                let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
                text.push_str(&rule.join(gap));
                text.push('\n');
            }
        }
        text
    }
}

/// The words of a heading, one a line.
fn broken_heading(column: &Column) -> Vec<String> {
    let heading = column.heading();
    let words = heading.split([' ', '_']).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

//! A table as data, apart from what it says ([`tables`](crate::tables)) and from how it is written.

mod csv;
pub(crate) mod html;
pub(crate) mod markdown;
mod text;

/// Rows of cells under named columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with one cell per column.
    pub rows: Vec<Vec<Cell>>,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What the cells are; also the column's name in CSV.
    pub name: String,
    /// Their unit; empty if there is none.
    pub unit: String,
}

/// One entry of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Empty,
    /// Words.
    Text(String),
    /// A number, shown with so many decimals; CSV keeps all of it.
    Number {
        /// The number; neither NaN nor infinite.
        value: f64,
        /// How many decimals are shown.
        decimals: usize,
    },
}

impl Column {
    /// A column of a unit; `""` for none.
    #[must_use]
    pub fn new(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
        }
    }

    /// Name and unit for a reader: `latency (ms)`.
    #[must_use]
    pub fn heading(&self) -> String {
        if self.unit.is_empty() {
            self.name.clone()
        } else {
            format!("{} ({})", self.name, self.unit)
        }
    }
}

impl Cell {
    /// Words; an empty cell if there are none.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(text)
        }
    }

    /// A whole number.
    #[must_use]
    pub fn count(count: u64) -> Self {
        Self::number(Some(count as f64), 0)
    }

    /// A number with so many decimals; an empty cell if it is not known or not finite.
    #[must_use]
    pub fn number(value: Option<f64>, decimals: usize) -> Self {
        match value {
            Some(value) if value.is_finite() => Self::Number { value, decimals },
            _ => Self::Empty,
        }
    }

    /// The cell for a reader; `-` if empty.
    #[must_use]
    pub fn display(&self) -> String {
        match self {
            Self::Empty => "-".to_owned(),
            Self::Text(text) => text.clone(),
            Self::Number { value, decimals } => format!("{value:.decimals$}"),
        }
    }

    /// Whether the cell is words.
    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

impl Table {
    /// A table without rows, under columns of these names and units.
    #[must_use]
    pub fn new(columns: &[(&str, &str)]) -> Self {
        let column = |&(name, unit): &(&str, &str)| Column::new(name, unit);
        Self {
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
        }
    }

    /// Whether the column is set flush right: no cell of it is words.
    fn is_numeric(&self, column: usize) -> bool {
        !self.rows.iter().any(|row| row[column].is_text())
    }
}

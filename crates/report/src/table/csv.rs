use super::{Cell, Table};

impl Table {
    /// Comma-separated values, with a header, all digits of the numbers and nothing in empty cells.
    /// The header has the names of the columns without the units.
    ///
    /// # Panics
    /// If a row is not as long as the header.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        let names = self.columns.iter().map(|column| column.name.clone());
        let rows = self.rows.iter().map(|row| row.iter().map(field).collect());
        for record in std::iter::once(names.collect::<Vec<String>>()).chain(rows) {
            writer
                .write_record(record)
                .expect("rows are as long as the header");
        }
        let bytes = writer.into_inner().expect("memory accepts all");
        String::from_utf8(bytes).expect("text makes text")
    }
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Number { value, .. } => value.to_string(),
    }
}

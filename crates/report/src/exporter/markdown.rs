use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::Exporter;
use crate::analysis::Analysis;
use crate::error::Error;
use crate::figure::{Theme, figures};
use crate::table::markdown::escape;
use crate::tables::{FOLDS_LEGEND, device_table, fold_table, front_table, range_table};
use crate::write::write_file;

/// `report.md`: setting, front, ranges and devices, with the figures of
/// [`Figures`](crate::Figures) by reference.
#[derive(Clone, Copy, Debug)]
pub struct Markdown;

impl Exporter for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn export(&self, analysis: &Analysis, folder: &Path) -> Result<Vec<PathBuf>, Error> {
        let path = write_file(&folder.join("report.md"), document(analysis).as_bytes())?;
        Ok(vec![path])
    }
}

fn document(analysis: &Analysis) -> String {
    let results = &analysis.results;
    let mut text = format!("# {}\n\n{}\n", escape(&results.title), analysis.summary());
    if !results.setting.is_empty() {
        text.push_str("\n## Setting\n\n");
        for fact in &results.setting {
            let _ = writeln!(text, "- {}: {}", escape(&fact.name), escape(&fact.value));
        }
    }
    let _ = write!(
        text,
        "\n## Pareto front\n\n{}",
        front_table(analysis).to_markdown()
    );
    let _ = write!(
        text,
        "\n## Ranges\n\n{}",
        range_table(analysis).to_markdown()
    );
    if !results.scores.is_empty() {
        let table = fold_table(analysis, &analysis.front);
        let _ = write!(
            text,
            "\n## Folds of the front\n\n{FOLDS_LEGEND}\n\n{}",
            table.to_markdown()
        );
    }
    if !results.devices.is_empty() {
        let _ = write!(
            text,
            "\n## Devices\n\n{}",
            device_table(analysis).to_markdown()
        );
    }
    if !results.notes.is_empty() {
        text.push_str("\n## Notes\n\n");
        for note in &results.notes {
            let _ = writeln!(text, "- {}", escape(note));
        }
    }
    let figures = figures(analysis, Theme::Light);
    if !figures.is_empty() {
        text.push_str("\n## Figures\n");
    }
    for figure in figures {
        let caption = escape(&figure.caption);
        let _ = write!(
            text,
            "\n![{caption}](figures/{}.png)\n\n{caption}\n",
            figure.name
        );
    }
    text
}

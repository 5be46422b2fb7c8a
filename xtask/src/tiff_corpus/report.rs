//! The table of a corpus.

use std::fmt::Write;

use serde::Serialize;

use super::demand::{File, Folder, Verdict};
use super::reading::Reading;

/// A folder of the corpus, as it was read.
#[derive(Serialize)]
pub struct Row {
    pub folder: &'static str,
    pub files: usize,
    pub right: usize,
    pub decoded: usize,
    pub refused: usize,
    pub error: usize,
    pub wrong: usize,
    pub crashed: usize,
    pub slow: usize,
    /// The files that were refused, each with the feature.
    pub refusals: Vec<String>,
    /// The demands that are missed.
    pub misses: Vec<String>,
}

impl Row {
    pub fn new(folder: &Folder, verdicts: &[(&File, Verdict, Reading)]) -> Self {
        let count = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|(_, v, _)| is(v)).count();
        let mut misses = Vec::new();
        let mut refusals = Vec::new();
        for (file, verdict, reading) in verdicts {
            match verdict {
                Verdict::Wrong(how) => misses.push(format!("{}: {how}", file.name)),
                Verdict::Crashed(how) => misses.push(format!("{}: crashed: {how}", file.name)),
                Verdict::Slow => misses.push(format!("{}: slow", file.name)),
                _ => {}
            }
            if let (Verdict::Refused, Reading::Unsupported(feature)) = (verdict, reading) {
                refusals.push(format!("{}: {feature}", file.name));
            }
        }
        let right = count(|v| *v == Verdict::Right);
        let share = right as f64 / verdicts.len() as f64;
        if share < folder.share && folder.share < 1.0 {
            misses.push(format!(
                "{:.1} % read right; expected {:.1} %",
                100.0 * share,
                100.0 * folder.share
            ));
        }
        Self {
            folder: folder.name,
            files: verdicts.len(),
            right,
            decoded: count(|v| *v == Verdict::Decoded),
            refused: count(|v| *v == Verdict::Refused),
            error: count(|v| *v == Verdict::Error),
            wrong: count(|v| matches!(v, Verdict::Wrong(_))),
            crashed: count(|v| matches!(v, Verdict::Crashed(_))),
            slow: count(|v| *v == Verdict::Slow),
            refusals,
            misses,
        }
    }
}

/// Markdown: a table, then what was refused, then what is missed.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| folder | files | right | decoded | refused | error | wrong | crashed | slow |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row.folder,
            row.files,
            row.right,
            row.decoded,
            row.refused,
            row.error,
            row.wrong,
            row.crashed,
            row.slow
        )
        .expect("text grows");
    }
    for (title, lines) in [
        (
            "Refused",
            rows.iter().map(|row| &row.refusals).collect::<Vec<_>>(),
        ),
        ("Missed", rows.iter().map(|row| &row.misses).collect()),
    ] {
        for (row, lines) in rows.iter().zip(lines) {
            if !lines.is_empty() {
                write!(
                    text,
                    "\n{title} in {}:\n\n- {}\n",
                    row.folder,
                    lines.join("\n- ")
                )
                .expect("text grows");
            }
        }
    }
    text
}

/// The same as JSON.
pub fn json(rows: &[Row]) -> Result<String, String> {
    serde_json::to_string_pretty(rows).map_err(|e| e.to_string())
}

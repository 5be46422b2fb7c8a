//! What `tiles info` says to people: the verdicts first.

use edgefront::report::{Cell, Column, Table};
use edgefront::tiles::{ChannelSummary, Dataset, Severity, Summary};

pub fn report(dataset: &Dataset, summary: &Summary) -> String {
    let mut text = format!(
        "{} tiles of {} x {}, {} groups, normalisation {}\n\n",
        dataset.len(),
        dataset.height(),
        dataset.width(),
        summary.groups,
        dataset.normalization(),
    );
    text.push_str(&verdicts(summary));
    let tables = [
        classes(dataset, summary),
        channels(summary),
        places(summary),
        folds(summary),
    ];
    for table in tables {
        text.push('\n');
        text.push_str(&table.to_text());
    }
    text
}

/// The counts, and a line each.
fn verdicts(summary: &Summary) -> String {
    let of = |severity: Severity| {
        let findings = summary.findings.iter();
        findings.filter(move |finding| finding.severity == severity)
    };
    let count = |severity: Severity| {
        let count = of(severity).count();
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {}{plural}", severity.name())
    };
    let severities = [Severity::Warning, Severity::Note];
    let mut text = format!("{}\n", severities.map(count).join(", "));
    for finding in severities.into_iter().flat_map(of) {
        let (severity, subject) = (finding.severity.name(), finding.subject);
        text.push_str(&format!("{severity}: {subject}: {}\n", finding.message));
    }
    text
}

fn classes(dataset: &Dataset, summary: &Summary) -> Table {
    let columns = std::iter::once("region").chain(dataset.classes().iter().map(String::as_str));
    let mut table = Table {
        columns: columns.map(|name| Column::new(name, "")).collect(),
        rows: Vec::new(),
    };
    for region in &summary.regions {
        let counts = region.by_class.iter();
        let counts = counts.map(|&count| Cell::count(count as u64));
        let name = std::iter::once(Cell::text(&region.region));
        table.rows.push(name.chain(counts).collect());
    }
    table
}

fn channels(summary: &Summary) -> Table {
    let mut table = Table::new(&[
        ("channel", ""),
        ("region", ""),
        ("min", ""),
        ("mean", ""),
        ("max", ""),
        ("spread in a tile", ""),
    ]);
    let row = |region: &str, channel: &ChannelSummary| {
        vec![
            Cell::text(&channel.band),
            Cell::text(region),
            Cell::number(Some(f64::from(channel.min)), 4),
            Cell::number(Some(channel.mean), 4),
            Cell::number(Some(f64::from(channel.max)), 4),
            Cell::number(Some(channel.spread), 4),
        ]
    };
    for (number, channel) in summary.channels.iter().enumerate() {
        table.rows.push(row("all", channel));
        if summary.regions.len() > 1 {
            for region in &summary.regions {
                let channel = &region.channels[number];
                table.rows.push(row(&region.region, channel));
            }
        }
    }
    table
}

fn places(summary: &Summary) -> Table {
    let mut table = Table::new(&[
        ("system", ""),
        ("pixel", ""),
        ("tiles", ""),
        ("regions", ""),
    ]);
    for survey in &summary.surveys {
        let system = survey.epsg.map(|code| format!("EPSG:{code}"));
        let pixel = survey
            .pixel
            .map(|[width, height]| format!("{width} x {height}"));
        let unknown = || "unknown".to_owned();
        table.rows.push(vec![
            Cell::text(system.unwrap_or_else(unknown)),
            Cell::text(pixel.unwrap_or_else(unknown)),
            Cell::count(survey.tiles as u64),
            Cell::text(survey.regions.join(", ")),
        ]);
    }
    table
}

/// How many test tiles each rule has in common with training.
fn folds(summary: &Summary) -> Table {
    let mut table = Table::new(&[
        ("folds", ""),
        ("splits", ""),
        ("overlapping", ""),
        ("equal", ""),
        ("of one group", ""),
    ]);
    for report in &summary.folds {
        let Ok(leaks) = &report.outcome else { continue };
        let counts = [
            leaks.splits,
            leaks.overlapping.len(),
            leaks.equal.len(),
            leaks.of_one_group.len(),
        ];
        let counts = counts.map(|count| Cell::count(count as u64));
        let name = std::iter::once(Cell::text(report.rule));
        table.rows.push(name.chain(counts).collect());
    }
    table
}

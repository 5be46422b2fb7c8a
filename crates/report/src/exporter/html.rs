//! One HTML file that needs nothing else: tables, an interactive 3-D scatter, the figures.
//!
//! The scatter is a small script of our own on a canvas. A plotting library in the page would be
//! five megabytes, and needs WebGL, which remote desktops and headless browsers often lack.

mod points;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::Exporter;
use crate::analysis::Analysis;
use crate::error::Error;
use crate::figure::{Theme, figures};
use crate::table::html::escape;
use crate::tables::{
    FOLDS_LEGEND, constant_parameters, device_table, fold_table, front_summary, front_table,
    range_table, trial_table,
};
use crate::write::write_file;

/// `report.html`, in light and dark as the reader's system asks for.
#[derive(Clone, Copy, Debug)]
pub struct Html;

/// The most trials that are listed in the page; more are left to `trials.csv`.
const MOST_LISTED: usize = 2000;

const STYLE: &str = include_str!("html/style.css");
const SCATTER: &str = include_str!("html/scatter.js");
const SORT: &str = include_str!("html/sort.js");

impl Exporter for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn export(&self, analysis: &Analysis, folder: &Path) -> Result<Vec<PathBuf>, Error> {
        let path = write_file(&folder.join("report.html"), document(analysis).as_bytes())?;
        Ok(vec![path])
    }
}

fn document(analysis: &Analysis) -> String {
    let title = escape(&analysis.results.title);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title>\n<style>\n{STYLE}</style></head>\n<body><main>\n\
         <h1>{title}</h1>\n<p class=\"summary\">{}</p>\n",
        escape(&analysis.summary())
    );
    setting(&mut html, analysis);
    if let Some(data) = points::json(analysis) {
        scatter(&mut html, &data);
    }
    front(&mut html, analysis);
    section(&mut html, "Ranges", &range_table(analysis).to_html());
    if !analysis.results.devices.is_empty() {
        section(&mut html, "Devices", &device_table(analysis).to_html());
    }
    notes(&mut html, analysis);
    drawings(&mut html, analysis);
    trials(&mut html, analysis);
    let _ = write!(html, "</main>\n<script>\n{SORT}</script>\n</body></html>\n");
    html
}

fn section(html: &mut String, heading: &str, table: &str) {
    let _ = write!(
        html,
        "<h2>{heading}</h2>\n<div class=\"scroll\">{table}</div>\n"
    );
}

fn setting(html: &mut String, analysis: &Analysis) {
    if analysis.results.setting.is_empty() {
        return;
    }
    html.push_str("<dl class=\"setting\">");
    for fact in &analysis.results.setting {
        let (name, value) = (escape(&fact.name), escape(&fact.value));
        let _ = write!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    html.push_str("</dl>\n");
}

/// The front in the columns that fit the page, what they leave out, and below it everything.
fn front(html: &mut String, analysis: &Analysis) {
    section(html, "Pareto front", &front_summary(analysis).to_html());
    let constant: Vec<String> = constant_parameters(analysis)
        .iter()
        .map(|fact| format!("{} {}", escape(&fact.name), escape(&fact.value)))
        .collect();
    if !constant.is_empty() {
        let constant = constant.join(", ");
        let _ = writeln!(html, "<p class=\"constant\">In all trials: {constant}.</p>");
    }
    let table = front_table(analysis).to_html();
    let _ = writeln!(
        html,
        "<details><summary>All columns: the whole configuration, each device, the size of the \
         networks</summary><div class=\"scroll tall\">{table}</div></details>"
    );
    if !analysis.results.scores.is_empty() {
        let table = fold_table(analysis, &analysis.front).to_html();
        let _ = writeln!(
            html,
            "<details><summary>The folds: every measure, and what was taken for what</summary>\
             <p>{FOLDS_LEGEND}</p><div class=\"scroll tall\">{table}</div></details>"
        );
    }
}

fn scatter(html: &mut String, data: &str) {
    let _ = write!(
        html,
        "<figure class=\"scatter\"><div id=\"scatter\"><canvas tabindex=\"0\" role=\"img\" \
         aria-label=\"Three-dimensional scatter of the trials; the table below has the front\">\
         </canvas><div class=\"tip\" hidden></div></div>\
         <div class=\"legend\" id=\"legend\"></div>\
         <figcaption>Drag or use the arrow keys to rotate, hover for the configuration, click the \
         legend to hide a group.</figcaption></figure>\n\
         <script type=\"application/json\" id=\"points\">{data}</script>\n\
         <script>\n{SCATTER}</script>\n"
    );
}

fn notes(html: &mut String, analysis: &Analysis) {
    if analysis.results.notes.is_empty() {
        return;
    }
    html.push_str("<h2>Notes</h2>\n<ul>");
    for note in &analysis.results.notes {
        let _ = write!(html, "<li>{}</li>", escape(note));
    }
    html.push_str("</ul>\n");
}

/// Every figure twice, of which the style shows the one that suits the reader's colours.
fn drawings(html: &mut String, analysis: &Analysis) {
    let light = figures(analysis, Theme::Light);
    if light.is_empty() {
        return;
    }
    html.push_str("<h2>Figures</h2>\n");
    let dark = figures(analysis, Theme::Dark);
    for (light, dark) in light.iter().zip(&dark) {
        let _ = writeln!(
            html,
            "<figure id=\"{}\"><div class=\"light\">{}</div><div class=\"dark\">{}</div>\
             <figcaption>{}</figcaption></figure>",
            escape(&light.name),
            light.to_svg(),
            dark.to_svg(),
            escape(&light.caption)
        );
    }
}

fn trials(html: &mut String, analysis: &Analysis) {
    let trials = analysis.results.rows.len();
    let _ = writeln!(html, "<h2>All trials</h2>");
    if trials > MOST_LISTED {
        let _ = writeln!(
            html,
            "<p>{trials} trials are too many for a page: see trials.csv.</p>"
        );
    } else {
        let table = trial_table(analysis).to_html();
        let _ = writeln!(
            html,
            "<details><summary>{trials} trials; a click on a heading sorts</summary>\
             <div class=\"scroll tall\">{table}</div></details>"
        );
    }
}

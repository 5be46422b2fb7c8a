use std::path::{Path, PathBuf};

use edgefront_pareto::{Objective, Range};
use serde::Serialize;

use super::Exporter;
use crate::analysis::Analysis;
use crate::error::Error;
use crate::results::{Device, Fact, Row};
use crate::write::write_file;

/// `analysis.json`: the front and what is known of it, for programs.
#[derive(Clone, Copy, Debug)]
pub struct Json;

#[derive(Serialize)]
struct Summary<'a> {
    title: &'a str,
    setting: &'a [Fact],
    objectives: Vec<ObjectiveSummary<'a>>,
    parameters: &'a [String],
    devices: &'a [Device],
    trials: usize,
    fronts: usize,
    hypervolume: f64,
    front: Vec<Member<'a>>,
    baselines: &'a [Row],
    notes: &'a [String],
}

#[derive(Serialize)]
struct ObjectiveSummary<'a> {
    #[serde(flatten)]
    objective: &'a Objective,
    range: Option<Range>,
}

#[derive(Serialize)]
struct Member<'a> {
    #[serde(flatten)]
    row: &'a Row,
    robust: bool,
    knee: bool,
    membership: Option<f64>,
}

impl Exporter for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn export(&self, analysis: &Analysis, folder: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut text = serde_json::to_string_pretty(&summary(analysis))
            .expect("a summary has text keys and finite or null numbers");
        text.push('\n');
        let path = write_file(&folder.join("analysis.json"), text.as_bytes())?;
        Ok(vec![path])
    }
}

fn summary(analysis: &Analysis) -> Summary<'_> {
    let results = &analysis.results;
    let objectives = results.objectives.iter().enumerate();
    Summary {
        title: &results.title,
        setting: &results.setting,
        objectives: objectives
            .map(|(index, objective)| ObjectiveSummary {
                objective,
                range: analysis.ranges.get(index).copied(),
            })
            .collect(),
        parameters: &results.parameters,
        devices: &results.devices,
        trials: results.rows.len(),
        fronts: analysis
            .ranks
            .iter()
            .flatten()
            .max()
            .map_or(0, |last| last + 1),
        hypervolume: analysis.hypervolume,
        front: analysis
            .front
            .iter()
            .map(|&index| Member {
                row: &results.rows[index],
                robust: analysis.robust_front.contains(&index),
                knee: analysis.knee == Some(index),
                membership: analysis.membership.as_ref().map(|shares| shares[index]),
            })
            .collect(),
        baselines: &results.baselines,
        notes: &results.notes,
    }
}

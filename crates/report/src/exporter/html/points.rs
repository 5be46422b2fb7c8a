use serde::Serialize;

use crate::analysis::Analysis;
use crate::tables::{objective_column, objective_decimals};

/// What the interactive scatter draws, as JSON that may stand in a script element; `None` of fewer
/// than three objectives or without a complete trial.
pub(super) fn json(analysis: &Analysis) -> Option<String> {
    let results = &analysis.results;
    if results.objectives.len() < 3 || analysis.ranges.is_empty() {
        return None;
    }
    let data = Data {
        axes: AXES
            .map(|objective| Axis {
                label: objective_column(&results.objectives[objective]).heading(),
                decimals: objective_decimals(analysis, objective),
            })
            .into(),
        parameters: &results.parameters,
        groups: groups(analysis),
    };
    let text = serde_json::to_string(&data).expect("text and finite numbers make JSON");
    // `</script>` in a title must not end the element.
    Some(text.replace('<', "\\u003c"))
}

/// The objectives on the axes: two on the floor, the first (usually the accuracy) as the height.
const AXES: [usize; 3] = [1, 2, 0];

/// The most dominated trials in the page: it stays below 8 MB, and turns without delay.
const MOST_DOMINATED: usize = 40_000;

#[derive(Serialize)]
struct Data<'a> {
    axes: Vec<Axis>,
    parameters: &'a [String],
    groups: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Axis {
    label: String,
    decimals: usize,
}

#[derive(Serialize)]
struct Group<'a> {
    name: &'static str,
    label: String,
    points: Vec<Point<'a>>,
}

/// One trial: its name, its place on the three axes, its configuration. As a list, since there may
/// be a hundred thousand.
#[derive(Serialize)]
struct Point<'a>(String, [f64; 3], &'a [String]);

fn groups(analysis: &Analysis) -> Vec<Group<'_>> {
    let results = &analysis.results;
    let trial = |index: usize| {
        let row = &results.rows[index];
        let place = AXES.map(|objective| row.objectives[objective]);
        Point(format!("trial {}", row.id), place, &row.configuration)
    };
    let behind: Vec<usize> = (0..results.rows.len())
        .filter(|&index| analysis.ranks[index].is_some_and(|rank| rank > 0))
        .collect();
    let step = behind.len().div_ceil(MOST_DOMINATED).max(1);
    let dominated: Vec<Point<'_>> = behind.iter().copied().step_by(step).map(trial).collect();
    let baselines: Vec<Point<'_>> = results
        .baselines
        .iter()
        .filter(|row| AXES.iter().all(|&o| row.objectives[o].is_finite()))
        .map(|row| {
            let place = AXES.map(|objective| row.objectives[objective]);
            Point(row.key.clone(), place, &row.configuration)
        })
        .collect();
    let (robust, exact): (Vec<usize>, Vec<usize>) = analysis
        .front
        .iter()
        .partition(|&&row| analysis.is_robust(row));
    [
        ("dominated", "dominated trials", dominated),
        ("baseline", "baseline", baselines),
        (
            "front",
            if analysis.has_tolerance() {
                "front"
            } else {
                "Pareto front"
            },
            exact.into_iter().map(trial).collect(),
        ),
        (
            "robust",
            "front and robust",
            robust.into_iter().map(trial).collect(),
        ),
    ]
    .into_iter()
    .filter(|(_, _, points)| !points.is_empty())
    .map(|(name, label, points)| Group {
        name,
        label: if name == "dominated" && step > 1 {
            format!("{label} ({} of {})", points.len(), behind.len())
        } else {
            format!("{label} ({})", points.len())
        },
        points,
    })
    .collect()
}

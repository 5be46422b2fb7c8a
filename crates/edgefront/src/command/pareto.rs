use std::fs;
use std::path::Path;

use edgefront::pareto::{
    Indicator, NormalizedHypervolume, Objective, Points, front, front_within_tolerance, fronts,
    knee, normalize, ranges,
};
use edgefront::report::{Cell, Column, Table};
use serde_json::json;

use crate::cli::ParetoArgs;
use crate::error::Error;
use crate::output;

/// A file of results: its columns as text, and the objectives as numbers.
struct Results {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    points: Points,
}

pub fn run(args: &ParetoArgs) -> Result<(), Error> {
    let results = read(&args.file, &args.objectives)?;
    if args.json {
        output::json(&to_json(&results, &args.objectives));
    } else {
        output::data(&to_text(&results, &args.objectives));
    }
    Ok(())
}

fn read(path: &Path, objectives: &[Objective]) -> Result<Results, Error> {
    for (index, objective) in objectives.iter().enumerate() {
        let name = &objective.name;
        if objectives[..index].iter().any(|other| other.name == *name) {
            let reason = format!("--objective {name}: given twice, expected different columns");
            return Err(Error::Usage(reason));
        }
    }
    let content = |reason: String| Error::Content {
        path: path.to_path_buf(),
        reason,
    };
    let file = fs::File::open(path).map_err(Error::file(path))?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(file);
    let header: Vec<String> = reader
        .headers()
        .map_err(|e| content(e.to_string()))?
        .iter()
        .map(str::to_owned)
        .collect();
    let column = |objective: &Objective| {
        let name = &objective.name;
        let mut columns = (0..header.len()).filter(|&column| header[column] == *name);
        match (columns.next(), columns.next()) {
            (Some(column), None) => Ok(column),
            (Some(_), Some(_)) => Err(content(format!(
                "there are several columns `{name}`, expected one"
            ))),
            (None, _) => Err(content(match header.join(", ").as_str() {
                "" => format!("there is no column `{name}`, the file is empty"),
                known => format!("there is no column `{name}`, it has: {known}"),
            })),
        }
    };
    let columns = objectives
        .iter()
        .map(column)
        .collect::<Result<Vec<_>, _>>()?;
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|e| content(e.to_string()))?;
        for &column in &columns {
            let (text, name) = (&record[column], &header[column]);
            // An empty cell is a value that is not known; such a row is on no front.
            let value = if text.is_empty() {
                Ok(f64::NAN)
            } else {
                text.parse::<f64>()
            };
            values.push(value.map_err(|_| {
                let line = record.position().map_or(0, csv::Position::line);
                content(format!(
                    "line {line}, column `{name}`: `{text}`, expected a number"
                ))
            })?);
        }
        rows.push(record.iter().map(str::to_owned).collect());
    }
    let points = Points::new(objectives.len(), values)?;
    Ok(Results {
        header,
        rows,
        points,
    })
}

fn hypervolume(objectives: &[Objective], points: &Points) -> Option<f64> {
    let ranges = ranges(points)?;
    Some(NormalizedHypervolume.measure(&normalize(objectives, &ranges, points)))
}

fn to_text(results: &Results, objectives: &[Objective]) -> String {
    let points = &results.points;
    let members = front(objectives, points);
    let robust = front_within_tolerance(objectives, points);
    let columns = results
        .header
        .iter()
        .map(|name| Column::new(name.clone(), ""))
        .collect();
    let cells = |row: &usize| results.rows[*row].iter().map(|text| cell(text)).collect();
    let table = Table {
        columns,
        rows: members.iter().map(cells).collect(),
    };
    let mut text = table.to_text();
    let (all, on_front) = (points.len(), members.len());
    text.push_str(&format!("\n{on_front} of {all} rows are on the front"));
    if objectives.iter().any(|objective| objective.tolerance > 0.0) {
        text.push_str(&format!(", {} within the tolerances", robust.len()));
    }
    if let Some(volume) = hypervolume(objectives, points) {
        text.push_str(&format!("; normalised hypervolume {volume:.6}"));
    }
    text.push('\n');
    text
}

/// A cell as it stands in the file: a number, so that it is set flush right, where a number with
/// these decimals reads the same.
fn cell(text: &str) -> Cell {
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    let number = Cell::number(text.parse().ok(), decimals);
    if number.display() == text {
        number
    } else {
        Cell::text(text)
    }
}

fn to_json(results: &Results, objectives: &[Objective]) -> serde_json::Value {
    let points = &results.points;
    let member = |row: &usize| {
        let named = results
            .header
            .iter()
            .cloned()
            .zip(results.rows[*row].iter());
        let columns: serde_json::Map<_, _> =
            named.map(|(name, text)| (name, json!(text))).collect();
        json!({ "row": row, "objectives": points.row(*row), "columns": columns })
    };
    let ranges = ranges(points).unwrap_or_default();
    let ranges = objectives.iter().zip(&ranges).map(|(objective, range)| {
        json!({ "objective": objective.name, "min": range.min, "max": range.max })
    });
    let sizes: Vec<usize> = fronts(objectives, points).iter().map(Vec::len).collect();
    json!({
        "rows": points.len(),
        "front": front(objectives, points).iter().map(member).collect::<Vec<_>>(),
        "front_within_tolerance": front_within_tolerance(objectives, points),
        "knee": knee(objectives, points),
        "front_sizes": sizes,
        "ranges": ranges.collect::<Vec<_>>(),
        "hypervolume": hypervolume(objectives, points),
    })
}

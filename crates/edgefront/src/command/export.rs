use std::fs;
use std::path::Path;

use edgefront::report::{Cell, Table};
use edgefront::study::{Directory, ModelFormat, Outcome, Trial};

use crate::cli::ExportArgs;
use crate::error::Error;
use crate::{output, results};

pub fn run(args: &ExportArgs) -> Result<(), Error> {
    let (directory, outcome) = results::outcome(&args.study)?;
    let front = outcome.front();
    if front.is_empty() {
        return Err(Error::NoTrial {
            path: directory.path().to_path_buf(),
            reason: "there is no front to export".into(),
        });
    }
    let find = |number: &usize| {
        let member = front.iter().find(|trial| trial.id.number == *number);
        member.copied().ok_or_else(|| {
            let members: Vec<String> = front.iter().map(|t| t.id.number.to_string()).collect();
            let members = members.join(", ");
            Error::Usage(format!(
                "--trial {number}: not on the front, which is {members}"
            ))
        })
    };
    let chosen: Vec<&Trial> = if args.trial.is_empty() {
        front.clone()
    } else {
        args.trial.iter().map(find).collect::<Result<_, _>>()?
    };
    let folds = outcome.header.folds.len();
    if let Some(fold) = args.fold.filter(|fold| !(1..=folds).contains(fold)) {
        return Err(Error::Usage(format!(
            "--fold {fold}: expected one from 1 to {folds}"
        )));
    }
    let fold = args.fold.map(|fold| fold - 1);
    output::data(&write(&directory, &outcome, &chosen, fold, args.format, &args.out)?.to_text());
    Ok(())
}

/// Copies the networks of these trials, each of one fold, and tells which.
pub fn write(
    directory: &Directory,
    outcome: &Outcome,
    trials: &[&Trial],
    fold: Option<usize>,
    format: ModelFormat,
    folder: &Path,
) -> Result<Table, Error> {
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let mut table = Table::new(&[
        ("model", ""),
        ("weights of", ""),
        ("accuracy there", "%"),
        ("mean accuracy", "%"),
        ("latency", "ms"),
        ("size", "bytes"),
    ]);
    for trial in trials {
        let best = || {
            trial
                .folds
                .iter()
                .max_by(|a, b| a.accuracy().total_cmp(&b.accuracy()))
        };
        let record = match fold {
            Some(fold) => trial.folds.iter().find(|record| record.fold == fold),
            None => best(),
        };
        let Some(record) = record else { continue };
        let target = folder.join(format!("trial-{}.{}", trial.id, format.name()));
        let bytes = directory.copy_model(trial.id, record.fold, format, &target)?;
        table.rows.push(vec![
            Cell::text(target.display().to_string()),
            Cell::text(outcome.header.folds[record.fold].clone()),
            Cell::number(Some(record.accuracy()), 2),
            Cell::number(trial.accuracy(), 2),
            Cell::number(Some(trial.costs.mean_latency()), 3),
            Cell::count(bytes),
        ]);
    }
    Ok(table)
}

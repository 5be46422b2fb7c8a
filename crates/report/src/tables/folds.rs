use super::score_decimals;
use crate::analysis::Analysis;
use crate::results::{Fold, Row};
use crate::table::{Cell, Column, Table};

/// What a [`fold_table`] shows, for those who read it.
pub(crate) const FOLDS_LEGEND: &str = "Each score is that of the weights that were kept, which are \
    those after the best epoch by the validation tiles, or after the last one without any. The \
    confusion has a row of counts for each true class, of the predicted classes in their order.";

/// The folds of these trials, by their index, and below them those of the baselines: each score,
/// the confusion (a row of counts for each true class, of the predicted classes in order), and
/// the epoch whose weights were kept.
#[must_use]
pub fn fold_table(analysis: &Analysis, trials: &[usize]) -> Table {
    let results = &analysis.results;
    let mut columns = vec![Column::new("trial", ""), Column::new("fold", "")];
    let scores = results.scores.iter();
    columns.extend(scores.map(|score| Column::new(&score.name, &score.unit)));
    columns.extend(["confusion", "best epoch", "epochs"].map(|name| Column::new(name, "")));
    let trials = trials.iter().map(|&index| {
        let row = &results.rows[index];
        (row, Cell::count(row.id))
    });
    let baselines = results.baselines.iter();
    let baselines = baselines.map(|row| (row, Cell::text(&row.key)));
    Table {
        rows: trials
            .chain(baselines)
            .flat_map(|(row, name)| folds(analysis, row, &name))
            .collect(),
        columns,
    }
}

/// The course of every training, of the trials and below them of the baselines: one row for each
/// epoch, with its losses in nats.
#[must_use]
pub fn epoch_table(analysis: &Analysis) -> Table {
    let results = &analysis.results;
    let trials = results.rows.iter().map(|row| (row, Cell::count(row.id)));
    let baselines = results.baselines.iter();
    let baselines = baselines.map(|row| (row, Cell::text(&row.key)));
    let mut rows = Vec::new();
    for (row, name) in trials.chain(baselines) {
        for fold in &row.by_fold {
            for (number, epoch) in (1..).zip(&fold.epochs) {
                let loss = |loss| Cell::number(loss, 4);
                rows.push(vec![
                    name.clone(),
                    Cell::text(&fold.name),
                    Cell::count(number),
                    loss(epoch.train_loss),
                    loss(epoch.validation_loss),
                    loss(epoch.test_loss),
                    Cell::number(epoch.test_accuracy, 2),
                ]);
            }
        }
    }
    let columns = [
        ("trial", ""),
        ("fold", ""),
        ("epoch", ""),
        ("train_loss", "nats"),
        ("validation_loss", "nats"),
        ("test_loss", "nats"),
        ("test_accuracy", "%"),
    ];
    Table {
        columns: columns.map(|(name, unit)| Column::new(name, unit)).into(),
        rows,
    }
}

fn folds(analysis: &Analysis, row: &Row, name: &Cell) -> Vec<Vec<Cell>> {
    let scores = &analysis.results.scores;
    let cells = |fold: &Fold| {
        let values = fold.scores.iter().zip(scores);
        let values = values.map(|(&value, score)| Cell::number(Some(value), score_decimals(score)));
        let best = fold.best_epoch.map(|epoch| Cell::count(epoch as u64));
        [name.clone(), Cell::text(&fold.name)]
            .into_iter()
            .chain(values)
            .chain([
                Cell::text(confusion(&fold.confusion)),
                best.unwrap_or(Cell::Empty),
                Cell::count(fold.epochs.len() as u64),
            ])
            .collect()
    };
    row.by_fold.iter().map(cells).collect()
}

/// `40 2 / 3 35`.
fn confusion(rows: &[Vec<u64>]) -> String {
    let row = |counts: &Vec<u64>| {
        let counts: Vec<String> = counts.iter().map(u64::to_string).collect();
        counts.join(" ")
    };
    rows.iter().map(row).collect::<Vec<_>>().join(" / ")
}

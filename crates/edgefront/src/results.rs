//! From a study's outcome to the results that a report is made of.

use std::path::{Path, PathBuf};

use edgefront::engine::{ClassWeights, Schedule};
use edgefront::pareto::Objective;
use edgefront::random::Key;
use edgefront::report::{
    Analysis, Device, Epoch, Fact, Fold, Results, Row, Score, constant_parameters, front_summary,
};
use edgefront::study::{
    Directory, EpochRecord, FoldRecord, FoldWeights, Folds, OptimizerName, Outcome, StudyFile,
    TRAINED, Training, Trial, is_trained,
};

use crate::error::Error;

/// The directory of a study that is named by its file or by the directory itself.
pub fn directory(study: &Path) -> Result<PathBuf, Error> {
    if study.is_dir() {
        return Ok(study.to_path_buf());
    }
    Ok(StudyFile::read(study)?.directory(study))
}

/// What a study has found, by its file or its directory.
pub fn outcome(study: &Path) -> Result<(Directory, Outcome), Error> {
    let directory = Directory::new(directory(study)?);
    let outcome = Outcome::load(&directory)?;
    Ok((directory, outcome))
}

/// The analysis of what a study has found.
pub fn analysis(outcome: &Outcome) -> Result<Analysis, Error> {
    let key = Key::new(outcome.header.file.seed).with("analysis", 0);
    Ok(Analysis::new(results(outcome), key)?)
}

/// The front with the baselines below it, as text for a terminal.
pub fn front_table(outcome: &Outcome) -> Result<String, Error> {
    let analysis = analysis(outcome)?;
    let table = front_summary(&analysis).to_narrow_text();
    let constant: Vec<String> = constant_parameters(&analysis)
        .iter()
        .map(|fact| format!("{} {}", fact.name, fact.value))
        .collect();
    let constant = if constant.is_empty() {
        String::new()
    } else {
        format!("In all trials: {}.\n", constant.join(", "))
    };
    Ok(format!("{table}\n{constant}{}\n", analysis.summary()))
}

fn results(outcome: &Outcome) -> Results {
    let header = &outcome.header;
    let complete = outcome.complete();
    let folds = header.folds.len();
    let row = |trial: &Trial| row(outcome, trial);
    let baselines = outcome
        .baselines
        .iter()
        .filter(|trial| trial.is_complete(folds));
    let warning = header.file.folds.fold_weights.warning();
    let mut notes: Vec<String> = warning.into_iter().map(str::to_owned).collect();
    let left = outcome.trials.len() - complete.len();
    if left > 0 {
        let failed = outcome
            .trials
            .iter()
            .filter(|trial| trial.failure.is_some())
            .count();
        notes.push(format!(
            "Trials that are not complete: {left}; of these failed: {failed}."
        ));
    }
    let devices = header.devices.iter().enumerate().map(|(index, device)| {
        let coverage = complete
            .iter()
            .map(|trial| trial.costs.latency[index].coverage);
        let accuracy = device.accuracy.as_ref();
        Device {
            name: device.name.clone(),
            within_10_percent: accuracy.map(|a| a.within_10_percent / 100.0),
            mape_percent: accuracy.map(|a| a.mape_percent),
            coverage: coverage.reduce(f64::min),
        }
    });
    Results {
        title: title(&header.objectives),
        setting: setting(outcome),
        objectives: header.objectives.clone(),
        fold_objective: header.objectives.iter().position(|o| is_trained(&o.name)),
        scores: TRAINED
            .iter()
            .map(|&(name, unit, _)| Score {
                name: name.to_owned(),
                unit: unit.to_owned(),
            })
            .collect(),
        parameters: header.parameters.clone(),
        devices: devices.collect(),
        rows: complete.iter().map(|trial| row(trial)).collect(),
        baselines: baselines.map(row).collect(),
        notes,
    }
}

/// "Pareto front of accuracy, latency and memory".
fn title(objectives: &[Objective]) -> String {
    let names: Vec<&str> = objectives.iter().map(|o| o.name.as_str()).collect();
    match names.as_slice() {
        [others @ .., last] if !others.is_empty() => {
            format!("Pareto front of {} and {last}", others.join(", "))
        }
        names => format!("Pareto front of {}", names.join(", ")),
    }
}

fn setting(outcome: &Outcome) -> Vec<Fact> {
    let header = &outcome.header;
    let (file, dataset) = (&header.file, &header.dataset);
    let training = &file.training;
    let space = match (&file.space.preset, &file.space.file) {
        (Some(preset), _) => preset.clone(),
        (None, path) => path
            .as_ref()
            .map_or_else(String::new, |path| path.display().to_string()),
    };
    let complete = outcome.complete().len();
    let mut facts = vec![
        Fact::new(
            "Dataset",
            format!(
                "{} tiles of {} x {}, classes {}, bands {}",
                dataset.tiles,
                dataset.size[0],
                dataset.size[1],
                dataset.classes.join(" and "),
                dataset.bands.join(", ")
            ),
        ),
        Fact::new("Normalisation", dataset.normalization.clone()),
        Fact::new("Folds", folds_in_words(header.folds.len(), &file.folds)),
        Fact::new("Space", space),
        Fact::new(
            "Search",
            format!(
                "{}, {} complete trial{}",
                file.search.strategy,
                complete,
                if complete == 1 { "" } else { "s" }
            ),
        ),
        Fact::new("Training", training_text(training)),
        Fact::new("Seed", file.seed.to_string()),
    ];
    if let [_, positive] = dataset.classes.as_slice() {
        let fact = format!("{positive}, of which precision, recall, F1 and ROC-AUC are");
        facts.insert(1, Fact::new("Positive class", fact));
    }
    if !file.search.constraints.is_empty() {
        facts.push(Fact::new("Constraints", file.search.constraints.join(", ")));
    }
    facts
}

/// "10 epochs of SGD with momentum 0.9 from 0.05, schedule cosine, augmentation dihedral", and what
/// else is not the default.
fn training_text(training: &Training) -> String {
    let epochs = training.epochs;
    let plural = if epochs == 1 { "" } else { "s" };
    let optimizer = match training.optimizer {
        OptimizerName::Adam => "Adam".to_owned(),
        OptimizerName::AdamW => "AdamW".to_owned(),
        OptimizerName::Sgd => format!(
            "SGD with {}momentum {}",
            if training.nesterov == Some(true) {
                "Nesterov's "
            } else {
                ""
            },
            training.momentum()
        ),
    };
    let schedule = match training.schedule {
        Schedule::Constant => "constant",
        Schedule::Cosine => "cosine",
        Schedule::OneCycle => "one-cycle",
    };
    let mut text = format!(
        "{epochs} epoch{plural} of {optimizer} from {}, schedule {schedule}, augmentation {}",
        training.learning_rate,
        format!("{:?}", training.augment).to_lowercase()
    );
    let mut add = |name: &str, value: String| text += &format!(", {name} {value}");
    if training.weight_decay != 0.0 {
        add("weight decay", training.weight_decay.to_string());
    }
    match &training.class_weights {
        ClassWeights::None => {}
        ClassWeights::Balanced => add("class weights", "balanced".to_owned()),
        ClassWeights::List(weights) => add("class weights", format!("{weights:?}")),
    }
    if training.label_smoothing != 0.0 {
        add("label smoothing", training.label_smoothing.to_string());
    }
    if training.validation != 0.0 {
        add("validation share", training.validation.to_string());
    }
    if let Some(patience) = training.patience {
        add("patience", patience.to_string());
    }
    text
}

fn fold(outcome: &Outcome, record: &FoldRecord) -> Fold {
    let value = |&(name, ..): &(&str, &str, &str)| record.measure(name).unwrap_or(f64::NAN);
    Fold {
        name: outcome.header.folds[record.fold].clone(),
        scores: TRAINED.iter().map(value).collect(),
        confusion: record.confusion.clone(),
        best_epoch: record.best_epoch,
        epochs: record.epochs.iter().map(epoch).collect(),
    }
}

fn epoch(record: &EpochRecord) -> Epoch {
    // A loss of old may be no number.
    let known = |value: f64| Some(value).filter(|value| value.is_finite());
    Epoch {
        train_loss: known(record.train_loss),
        validation_loss: record.validation_loss.and_then(known),
        test_loss: known(record.test_loss),
        test_accuracy: known(record.test_accuracy),
    }
}

fn row(outcome: &Outcome, trial: &Trial) -> Row {
    let header = &outcome.header;
    let choice = |name: &String| {
        let own = trial.choices.iter().find(|(known, _)| known == name);
        own.and_then(|(_, value)| value.clone()).unwrap_or_default()
    };
    let measure = |name: &str| trial.measure(name).unwrap_or(f64::NAN);
    let learnt = header.objectives.iter().find(|o| is_trained(&o.name));
    let learnt = learnt.map_or("accuracy", |objective| objective.name.as_str());
    let own = |record: &FoldRecord| record.measure(learnt).unwrap_or(f64::NAN);
    Row {
        id: trial.id.number as u64,
        key: trial.key.clone(),
        configuration: header.parameters.iter().map(choice).collect(),
        objectives: header.objectives.iter().map(|o| measure(&o.name)).collect(),
        folds: trial.folds.iter().map(own).collect(),
        by_fold: (trial.folds.iter())
            .map(|record| fold(outcome, record))
            .collect(),
        latency_ms: trial
            .costs
            .latency
            .iter()
            .map(|latency| latency.milliseconds)
            .collect(),
        macs: Some(trial.costs.macs),
        weights: Some(trial.costs.parameters),
        extra: vec![
            Fact::new("architecture", trial.architecture.clone()),
            Fact::new("onnx_bytes", trial.costs.onnx_bytes.to_string()),
        ],
    }
}

/// `5 blocks of 1000, buffer 200`.
fn folds_in_words(count: usize, folds: &Folds) -> String {
    let mut words = format!("{count} {}", folds.method);
    if let Some(side) = folds.block_size {
        words.push_str(&format!(" of {side}"));
    }
    if let Some(seed) = folds.random_state {
        words.push_str(&format!(", random_state {seed}"));
    }
    if folds.buffer > 0.0 {
        words.push_str(&format!(", buffer {}", folds.buffer));
    }
    if folds.fold_weights == FoldWeights::Carried {
        words.push_str(", weights carried from each to the next");
    }
    words
}

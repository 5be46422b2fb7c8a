//! Whole studies on small synthetic tiles.

mod carried;
mod failures;
mod fitted;
mod folds;
mod memory;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use edgefront_study::{Error, Event, Limits, Outcome, Study};
use edgefront_tiles::{PrepareOptions, SynthOptions, prepare, synthesise};

/// A folder with a dataset of 32 tiles of 32 x 32.
fn dataset() -> tempfile::TempDir {
    dataset_by("band-minmax")
}

/// The same, normalised like this.
fn dataset_by(normalization: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tiles = folder.path().join("tiles");
    let mut options = SynthOptions::new(&tiles);
    (options.tiles_per_region, options.size) = (8, 32);
    synthesise(&options, &mut |_, _| {}).expect("tiles");
    let mut options = PrepareOptions::new(&tiles, folder.path().join("dataset"));
    options.recipe.normalization = normalization.into();
    prepare(&options, &mut |_, _| {}).expect("a dataset");
    folder
}

/// A study of this many trials of small networks, with further keys of `[training]`, or further
/// sections: `[folds]` instead of two stratified ones.
fn study_file(folder: &Path, name: &str, trials: usize, more: &str) -> PathBuf {
    let path = folder.join(format!("{name}.toml"));
    let folds = if more.contains("[folds]") {
        ""
    } else {
        "[folds]\ncount = 2"
    };
    let text = format!(
        "dataset = 'dataset'
         [space]
         preset = 'resnet18-drainage'
         [space.restrict]
         width = [32]
         stride = [2]
         batch_size = [8]
         [search]
         trials = {trials}
         baseline = false
         constraints = ['macs <= 2e7']
         {folds}
         [training]
         epochs = 2
         {more}"
    );
    fs::write(&path, text).expect("a study file");
    path
}

fn run(path: &Path, workers: usize) -> Result<Outcome, Error> {
    Study::open(path, None)?.run(Limits::workers(workers), &mut |_| {})
}

/// What two runs must agree on: everything but where they were kept and how many were asked for.
fn trials(outcome: &Outcome) -> String {
    format!("{:?}", outcome.trials)
}

#[test]
fn the_result_depends_neither_on_workers_nor_on_stops() {
    let folder = dataset();
    let one = run(&study_file(folder.path(), "one", 4, ""), 1).expect("a study");
    assert_eq!(one.complete().len(), 4);
    let three = run(&study_file(folder.path(), "three", 4, ""), 3).expect("a study");
    assert_eq!(trials(&one), trials(&three));
    // First two trials, then the file asks for four.
    run(&study_file(folder.path(), "more", 2, ""), 2).expect("a study");
    let more = run(&study_file(folder.path(), "more", 4, ""), 2).expect("a study");
    assert_eq!(trials(&one), trials(&more));
    // The networks of the front are there, those of the others are not.
    let models = fs::read_dir(folder.path().join("one/models"))
        .expect("models")
        .count();
    assert_eq!(models, 2 * one.front().len());
}

/// Every fault of a setting names the study file and the setting.
#[test]
fn faults_name_the_study_file_and_the_setting() {
    let folder = dataset();
    let space = "[space]\npreset = 'resnet18-drainage'\n";
    fs::write(
        folder.path().join("space.toml"),
        "name = 'x'\nfamily = 'y'\nparameter = []\n",
    )
    .expect("a space file");
    for (key, text) in [
        ("space.preset", "[space]\npreset = 'x'".to_owned()),
        ("space.file", "[space]\nfile = 'space.toml'".to_owned()),
        ("space", "[space]".to_owned()),
        (
            "space.restrict",
            format!("{space}[space.restrict]\nwidth = [1]"),
        ),
        (
            "objectives",
            format!("objectives = ['macs:min', 'macs:max']\n{space}"),
        ),
        (
            "search.strategy",
            format!("{space}[search]\nstrategy = 'x'"),
        ),
        (
            "search.constraints",
            format!("{space}[search]\nconstraints = ['macs < 3']"),
        ),
        (
            "search.constraints",
            format!("{space}[search]\nconstraints = ['f1 >= 3']"),
        ),
        ("training", format!("{space}[training]\nepochs = 0")),
        ("folds.method", format!("{space}[folds]\nmethod = 'x'")),
        ("folds", format!("{space}[folds]\ncount = 1000")),
        (
            "latency.devices",
            format!("{space}[latency]\ndevices = ['x']"),
        ),
        (
            "latency.devices",
            format!("{space}[latency]\ndevices = ['myriadvpu', 'myriadvpu']"),
        ),
    ] {
        let path = folder.path().join("faulty.toml");
        fs::write(&path, format!("dataset = 'dataset'\n{text}")).expect("a study file");
        let error = Study::open(&path, None).err().expect("a fault").to_string();
        let start = format!("{}: {key}: ", path.display());
        assert!(error.starts_with(&start), "{error}");
    }
}

/// A space of one's own may hold what does not fit the tiles, the file format or the machine.
#[test]
fn networks_that_cannot_be_are_passed_over() {
    let folder = dataset();
    let text = "name = 'own'
        family = 'resnet'
        [fixed]
        channels = 5
        stride = 2
        pool = false
        relu_after_add = false
        [[parameter]]
        name = 'width'
        values = [4, 4096]
        [[parameter]]
        name = 'kernel'
        values = [3, 200]
        [[parameter]]
        name = 'padding'
        values = [1]";
    fs::write(folder.path().join("own.toml"), text).expect("a space file");
    let path = folder.path().join("study.toml");
    let text = "dataset = 'dataset'
        [space]
        file = 'own.toml'
        [search]
        strategy = 'grid'
        [training]
        epochs = 1
        batch_size = 1000000000000
        [folds]
        count = 2";
    fs::write(&path, text).expect("a study file");
    let mut reasons = Vec::new();
    let study = Study::open(&path, None).expect("a study");
    let outcome = study.run(Limits::workers(2), &mut |event| {
        if let Event::Rejected { reason, .. } = event {
            reasons.push(reason.clone());
        }
    });
    let outcome = outcome.expect("an outcome");
    let keys: Vec<_> = outcome.complete().iter().map(|t| t.key.clone()).collect();
    assert_eq!(keys, ["width=4 kernel=3 padding=1"]);
    // The baselines see as many channels as the space fixes.
    assert!(outcome.baselines[0].key.starts_with("ResNet-18 channels=5"));
    assert!(
        outcome.baselines[0].is_complete(2),
        "{:?}",
        outcome.baselines
    );
    assert!(reasons[0].contains("kernel 200x200"), "{reasons:?}");
    assert!(reasons[1].contains("ONNX allows 2147483647"), "{reasons:?}");
}

/// Judged by F1, with validation and early stopping: what a fold's record says is what its best
/// epoch said, and the model is that epoch's.
#[test]
fn folds_keep_what_their_best_epoch_measured() {
    let folder = dataset();
    let more = "validation = 0.25
         patience = 1
         optimizer = 'sgd'
         learning_rate = 0.05
         schedule = 'one-cycle'
         class_weights = 'balanced'";
    let path = study_file(folder.path(), "study", 2, more);
    let text = fs::read_to_string(&path).expect("the study file");
    let text = text.replace("epochs = 2", "epochs = 8");
    let objectives = "objectives = ['f1:max:0.5', 'latency:min:0.5']\n";
    fs::write(&path, format!("{objectives}{text}")).expect("a study file");
    let outcome = run(&path, 2).expect("a study");
    assert_eq!(outcome.complete().len(), 2);
    let mut early = 0;
    for trial in &outcome.trials {
        assert!(trial.measure("f1").is_some() && trial.measure("roc_auc").is_some());
        for fold in &trial.folds {
            let best = fold.best_epoch.expect("an epoch");
            let loss = |epoch: usize| fold.epochs[epoch - 1].validation_loss.expect("a loss");
            assert!((1..=fold.epochs.len()).all(|epoch| loss(best) <= loss(epoch)));
            assert_eq!(fold.accuracy(), fold.epochs[best - 1].test_accuracy);
            early += usize::from(fold.epochs.len() == best + 1);
        }
    }
    assert!(early > 0, "no fold stops early, and nothing is tested");
}

/// A fold that an earlier run has begun goes on where that was saved, and ends with the same
/// result.
#[test]
fn a_fold_goes_on_where_it_was_saved() {
    let folder = dataset();
    let epochs = |name: &str| {
        let path = study_file(folder.path(), name, 1, "validation = 0.25");
        let text = fs::read_to_string(&path).expect("the study file");
        let text = text.replace("epochs = 2", "epochs = 4");
        fs::write(&path, text).expect("a study file");
        let mut study = Study::open(&path, None).expect("a study");
        study.set_checkpoint_interval(Duration::ZERO);
        study
    };
    let (first, second) = (epochs("first"), epochs("second"));
    let mut copied = 0;
    let whole = first.run(Limits::workers(1), &mut |event| {
        if let Event::Epoch {
            id, fold, epoch: 3, ..
        } = *event
        {
            let from = first.directory().checkpoint(id, fold);
            let to = second.directory().checkpoint(id, fold);
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            copied += fs::copy(from, to).expect("a checkpoint");
        }
    });
    assert!(copied > 0);
    let mut seen = Vec::new();
    let rest = second.run(Limits::workers(1), &mut |event| {
        if let Event::Epoch { fold, epoch, .. } = *event {
            seen.push((fold, epoch));
        }
    });
    // One was copied after epoch 2 or 3, as the worker went on.
    assert!(seen.len() < 8 && seen.contains(&(0, 4)), "{seen:?}");
    assert_eq!(
        trials(&whole.expect("a study")),
        trials(&rest.expect("a study"))
    );
    for study in [first, second] {
        assert!(!study.directory().path().join("checkpoints").exists());
    }
}

/// A store that was written before the study file had so many keys goes on.
#[test]
fn a_study_of_old_goes_on() {
    let folder = dataset();
    run(&study_file(folder.path(), "study", 1, ""), 1).expect("a study");
    let store = folder.path().join("study/study.sqlite");
    let connection = rusqlite::Connection::open(&store).expect("the store");
    let header: String = connection
        .query_row("SELECT header FROM study", [], |row| row.get(0))
        .expect("a header");
    let mut header: serde_json::Value = serde_json::from_str(&header).expect("JSON");
    let training = header["file"]["training"]
        .as_object_mut()
        .expect("settings");
    let of_old = [
        "epochs",
        "batch_size",
        "learning_rate",
        "weight_decay",
        "schedule",
        "augment",
    ];
    training.retain(|key, _| of_old.contains(&key.as_str()));
    assert_eq!(training.len(), of_old.len());
    connection
        .execute("UPDATE study SET header = ?1", [header.to_string()])
        .expect("an update");
    let outcome = run(&study_file(folder.path(), "study", 2, ""), 1).expect("a study");
    assert_eq!(outcome.complete().len(), 2);
}

/// What lies beside the models, in a folder that was there before, is left alone.
#[test]
fn files_of_others_are_left_alone() {
    let folder = dataset();
    let models = folder.path().join("study/models");
    fs::create_dir_all(models.join("folder")).expect("a folder");
    fs::write(models.join("trial-7.onnx"), "precious").expect("a file");
    run(&study_file(folder.path(), "study", 1, ""), 1).expect("a study");
    assert!(models.join("folder").exists() && models.join("trial-7.onnx").exists());
}

#[test]
fn constraints_hold_and_keys_differ() {
    let folder = dataset();
    let path = study_file(folder.path(), "study", 3, "");
    let study = Study::open(&path, None).expect("a study");
    let mut rejected = 0;
    let outcome = study
        .run(Limits::workers(2), &mut |event| {
            rejected += usize::from(matches!(event, Event::Rejected { .. }));
        })
        .expect("a study");
    assert!(
        outcome
            .trials
            .iter()
            .all(|trial| trial.costs.macs <= 20_000_000)
    );
    assert!(
        rejected > 0,
        "the constraint rejects nothing and tests nothing"
    );
    let mut keys: Vec<_> = outcome.trials.iter().map(|trial| &trial.key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3);
}

#[test]
fn other_settings_are_refused() {
    let folder = dataset();
    run(&study_file(folder.path(), "study", 1, ""), 1).expect("a study");
    let path = study_file(folder.path(), "study", 1, "augment = 'none'");
    let error = run(&path, 1).expect_err("another study").to_string();
    assert!(
        error.contains("training.augment = \"dihedral\", now it is \"none\""),
        "{error}"
    );
}

#[test]
fn a_record_that_was_tampered_with_is_refused() {
    let folder = dataset();
    let path = study_file(folder.path(), "study", 1, "");
    run(&path, 1).expect("a study");
    let store = folder.path().join("study/study.sqlite");
    let connection = rusqlite::Connection::open(&store).expect("the store");
    for broken in [r#""fold":7"#, r#""confusion":[[1],[2,3]]"#] {
        let (field, _) = broken.split_once(':').expect("a field");
        let record: String = connection
            .query_row("SELECT record FROM fold WHERE fold = 0", [], |row| {
                row.get(0)
            })
            .expect("a record");
        let start = record.find(field).expect("the field");
        let end = start + record[start..].find(",\"").expect("another field");
        let tampered = format!("{}{broken}{}", &record[..start], &record[end..]);
        let set = |record: &str| {
            let sql = "UPDATE fold SET record = ?1 WHERE fold = 0";
            connection.execute(sql, [record]).expect("an update");
        };
        set(&tampered);
        let error = run(&path, 1).expect_err(broken).to_string();
        assert!(error.contains("broken record: trial 0"), "{error}");
        set(&record);
    }
    run(&path, 1).expect("the study is whole again");
}

#[test]
fn a_second_process_is_refused() {
    let folder = dataset();
    let path = study_file(folder.path(), "study", 1, "");
    let study = Study::open(&path, None).expect("a study");
    let mut refused = None;
    study
        .run(Limits::workers(1), &mut |event| {
            if let Event::Started { .. } = event {
                refused = run(&path, 1).err();
            }
        })
        .expect("a study");
    assert!(matches!(refused, Some(Error::Busy(_))), "{refused:?}");
}

#[test]
fn a_device_file_lies_beside_the_study_file() {
    let folder = dataset();
    let own = folder.path().join("own.toml");
    let device = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../latency/devices/myriadvpu.toml"
    );
    fs::copy(device, &own).expect("a device file");
    let path = study_file(
        folder.path(),
        "study",
        1,
        "[latency]\ndevices = ['own.toml']",
    );
    Study::open(&path, None).expect("a study");
    fs::remove_file(&own).expect("a device file");
    let error = Study::open(&path, None).err().expect("a fault").to_string();
    assert!(error.contains(&own.display().to_string()), "{error}");
}

#[test]
fn settings_that_cannot_be_are_named() {
    let folder = dataset();
    for (more, expected) in [
        ("batch_size = 0", "batch_size"),
        ("learning_rate = -1.0", "learning_rate"),
        ("momentum = 0.5", "training: momentum is 0.5, expected none"),
        (
            "class_weights = [1.0]",
            "training: class_weights has 1 number(s), expected one for each of 2",
        ),
        ("patience = 1", "training: validation is 0"),
        ("[latency]\ndevices = ['pixel']", "pixel"),
        ("[latency]\ndevices = []", "latency.devices"),
    ] {
        let path = study_file(folder.path(), "study", 1, more);
        let error = run(&path, 1).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

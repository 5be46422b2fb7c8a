//! The unit of work is one fold of one trial.

use std::fs;
use std::path::Path;

use edgefront_engine::{Backend, Cpu, Error, Network};
use edgefront_graph::Graph;
use edgefront_study::{Event, Limits, Study};
use edgefront_tiles::{PrepareOptions, SynthOptions, prepare, synthesise};

use super::{dataset, study_file};

#[test]
fn the_folds_of_the_only_trial_run_side_by_side() {
    let folder = dataset();
    let path = study_file(folder.path(), "study", 1, "");
    let study = Study::open(&path, None).expect("a study");
    let mut course = Vec::new();
    let outcome = study.run(Limits::workers(2), &mut |event| match event {
        Event::FoldStarted { fold, .. } => course.push(("started", *fold)),
        Event::FoldFinished { record, .. } => course.push(("finished", record.fold)),
        _ => {}
    });
    assert_eq!(outcome.expect("a study").complete().len(), 1);
    assert_eq!(course[..2], [("started", 0), ("started", 1)]);
    assert_eq!(course.len(), 4);
}

/// A dataset of three regions, in the order of their names with 16, 4 and 16 tiles.
fn uneven_regions(folder: &Path) {
    let tiles = folder.join("tiles");
    let mut options = SynthOptions::new(&tiles);
    (options.tiles_per_region, options.size) = (16, 32);
    synthesise(&options, &mut |_, _| {}).expect("tiles");
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut paths: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        paths
    };
    let regions: Vec<_> = entries(&tiles).into_iter().filter(|p| p.is_dir()).collect();
    fs::remove_dir_all(&regions[3]).expect("a region");
    for class in ["DEM/F", "DEM/T", "Aer/F", "Aer/T"] {
        for file in &entries(&regions[1].join(class))[2..] {
            fs::remove_file(file).expect("a tile");
        }
    }
    fs::remove_file(tiles.join("labels.csv")).ok();
    let options = PrepareOptions::new(&tiles, folder.join("dataset"));
    prepare(&options, &mut |_, _| {}).expect("a dataset");
}

/// The processor, as if it had room for batches of so many images only.
struct Narrow(usize);

impl Backend for Narrow {
    fn name(&self) -> &'static str {
        "narrow"
    }

    fn prepare(&self, graph: &Graph, batch_size: usize) -> Result<Box<dyn Network>, Error> {
        if batch_size > self.0 {
            let node = graph.node(graph.input()).name.clone();
            let reason = format!("no room for {batch_size} images");
            return Err(Error::Unsupported { node, reason });
        }
        Cpu::new().prepare(graph, batch_size)
    }
}

/// The batch is all there is to train on, so that the fold that leaves out the smallest region
/// needs more room than there is, and the others do not. What is kept is what comes before it,
/// whatever ended before it.
#[test]
fn a_trial_fails_in_its_first_fold_that_does() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    uneven_regions(folder.path());
    let run = |name: &str, workers: usize, room: usize| {
        let path = study_file(folder.path(), name, 1, "[folds]\nmethod = 'region'");
        let text = fs::read_to_string(&path).expect("the study file");
        fs::write(&path, text.replace("batch_size = [8]", "batch_size = [32]")).expect("a file");
        let study = Study::open(&path, None).expect("a study");
        study
            .run_on(&Narrow(room), Limits::workers(workers), &mut |_| {})
            .expect("a study")
            .trials
            .remove(0)
    };
    // What does for the first fold, with 20 tiles to train on, does not for the second with 32.
    let failed = run("one", 1, 20);
    let names: Vec<_> = failed.folds.iter().map(|fold| fold.name.as_str()).collect();
    let whole = run("whole", 3, 32);
    assert_eq!(names, [whole.folds[0].name.as_str()]);
    let start = format!("{}: node ", whole.folds[1].name);
    let failure = failed.failure.as_deref().expect("a failure");
    assert!(failure.starts_with(&start), "{failure}");
    assert!(failure.ends_with("no room for 32 images"), "{failure}");
    assert_eq!(failed, run("three", 3, 20));
    // As if the third had ended, and then the run, before the second failed.
    let store = folder.path().join("whole/study.sqlite");
    let connection = rusqlite::Connection::open(store).expect("the store");
    let changed = connection.execute("DELETE FROM fold WHERE fold = 1", []);
    assert_eq!(changed.expect("a change"), 1);
    drop(connection);
    assert_eq!(failed, run("whole", 2, 20));
    let models = fs::read_dir(folder.path().join("whole/models")).expect("models");
    assert_eq!(models.count(), 0, "a trial that failed keeps no model");
}

/// The settings of a fold rule come from the study file.
#[test]
fn a_study_is_dealt_by_blocks_with_a_buffer() {
    let folder = dataset();
    let open = |folds: &str| {
        let path = study_file(folder.path(), "blocks", 1, &format!("[folds]\n{folds}"));
        Study::open(&path, None)
    };
    let study = open("method = 'blocks'\nblock_size = 60\nbuffer = 5\ncount = 2").expect("a study");
    let names = &study.run(Limits::workers(1), &mut |_| {}).expect("a study");
    assert_eq!(names.header.folds, ["fold 1", "fold 2"]);
    assert_eq!(names.complete().len(), 1);
    for (folds, expected) in [
        ("method = 'blocks'", "block_size is not given"),
        ("method = 'region'\nblock_size = 60", "block_size is given"),
        (
            "method = 'grouped'\nrandom_state = 1",
            "random_state is given",
        ),
        ("buffer = -1", "buffer is -1"),
        ("random_sate = 1", "did you mean `random_state`?"),
    ] {
        let error = open(folds).err().expect(folds).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

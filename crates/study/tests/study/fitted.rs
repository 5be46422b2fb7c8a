//! Normalisations whose constants are fitted to the training tiles of each fold.

use std::fs;
use std::path::Path;

use edgefront_engine::{Cpu, predict};
use edgefront_graph::onnx::Model;
use edgefront_random::Key;
use edgefront_study::{Outcome, Study};
use edgefront_tiles::normalize::Scaling;
use edgefront_tiles::recipe::{Grid, Recipe, Scratch};
use edgefront_tiles::{Dataset, fold};

use super::{dataset_by, run, study_file, trials};

/// The models of the first trial, one for each fold.
fn models(path: &Path, outcome: &Outcome) -> Vec<Model> {
    let study = Study::open(path, None).expect("a study");
    let folds = 0..outcome.header.folds.len();
    let files = folds.map(|fold| study.directory().model(outcome.trials[0].id, fold));
    files
        .map(|file| {
            let bytes = fs::read(file).expect("a model");
            assert_eq!(bytes.len() as u64, outcome.trials[0].costs.onnx_bytes);
            Model::decode(&bytes).expect("a model")
        })
        .collect()
}

/// A model's file says all that is needed to make its input of a tile: its network then says of
/// the test tiles what the study says that it does.
#[test]
fn the_recipe_of_a_model_makes_the_input_that_it_was_trained_with() {
    for normalization in ["band-minmax", "dataset-zscore", "dataset-minmax"] {
        let folder = dataset_by(normalization);
        let path = study_file(folder.path(), "study", 1, "");
        let outcome = run(&path, 2).expect("a study");
        let raw = Dataset::open(&dataset_by("none").path().join("dataset")).expect("a dataset");
        let splits = fold::by_name("stratified")
            .and_then(|rule| {
                rule.split(
                    raw.tiles(),
                    &fold::FoldOptions::new(2),
                    Key::new(42).with("folds", 0),
                )
            })
            .expect("folds");
        for (fold, model) in models(&path, &outcome).iter().enumerate() {
            let recipe = Recipe::from_metadata(&model.metadata).expect("a recipe");
            assert_eq!(recipe.bands(), ["dem", "r", "g", "b", "nir"]);
            let channels = recipe.channels().len();
            assert_eq!(channels, model.graph.input_shape().channels);
            let mut confusion = vec![vec![0; 2]; 2];
            let (mut scratch, mut input) = (Scratch::default(), Vec::new());
            for &tile in &splits[fold].test {
                let pixels = raw.image(tile).chunks_exact(7);
                let bands: Vec<f32> = pixels.flat_map(|pixel| pixel[..5].to_vec()).collect();
                let grid = Grid::new(raw.width(), None);
                recipe.apply(&[&bands], &grid, &mut scratch, &mut input);
                let said = predict(&Cpu::new(), &model.graph, &model.weights, &input, 1);
                let said = &said.expect("a prediction")[0];
                confusion[raw.labels()[tile]][usize::from(said[1] > said[0])] += 1;
            }
            let record = &outcome.trials[0].folds[fold];
            assert_eq!(confusion, record.confusion, "{normalization}, fold {fold}");
        }
    }
}

/// The constants of each fold's models.
fn constants(folder: &Path) -> Vec<Vec<Scaling>> {
    let path = study_file(folder, "study", 1, "");
    let outcome = run(&path, 1).expect("a study");
    models(&path, &outcome)
        .iter()
        .map(|model| {
            let recipe = Recipe::from_metadata(&model.metadata).expect("a recipe");
            recipe.scalings().expect("constants").to_vec()
        })
        .collect()
}

/// Other values in the test tiles of a fold change the constants of the other fold only.
#[test]
fn test_tiles_have_no_say_in_the_constants() {
    let folder = dataset_by("dataset-minmax");
    let before = constants(folder.path());
    assert_ne!(before[0], before[1]);

    let dataset = Dataset::open(&folder.path().join("dataset")).expect("a dataset");
    let split = fold::by_name("stratified")
        .and_then(|rule| {
            rule.split(
                dataset.tiles(),
                &fold::FoldOptions::new(2),
                Key::new(42).with("folds", 0),
            )
        })
        .expect("folds")
        .remove(0);
    let other = dataset_by("dataset-minmax");
    let path = other.path().join("dataset");
    let mut writer = edgefront_tiles::dataset::DatasetWriter::create(
        &path,
        edgefront_tiles::dataset::Format {
            height: dataset.height(),
            width: dataset.width(),
            recipe: dataset.recipe().clone(),
            classes: dataset.classes().to_vec(),
        },
    )
    .expect("a dataset");
    for (number, tile) in dataset.tiles().iter().enumerate() {
        let mut image = dataset.image(number).to_vec();
        if split.test.contains(&number) {
            image
                .iter_mut()
                .for_each(|value| *value = 3.0 * *value + 1.0);
        }
        writer.push(tile.clone(), &image).expect("a tile");
    }
    writer
        .finish(dataset.provenance().clone())
        .expect("a dataset");
    let after = constants(other.path());
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
}

#[test]
fn the_result_depends_neither_on_workers_nor_on_stops() {
    let folder = dataset_by("dataset-zscore");
    let one = run(&study_file(folder.path(), "one", 3, ""), 1).expect("a study");
    assert_eq!(one.complete().len(), 3);
    run(&study_file(folder.path(), "more", 1, ""), 2).expect("a study");
    let more = run(&study_file(folder.path(), "more", 3, ""), 2).expect("a study");
    assert_eq!(trials(&one), trials(&more));
}

/// A study is not trained on tiles that are not those that were prepared.
#[test]
fn a_dataset_that_has_changed_is_refused() {
    let folder = dataset_by("none");
    let images = folder.path().join("dataset/images.npy");
    let mut bytes = fs::read(&images).expect("images");
    *bytes.last_mut().expect("values") ^= 1;
    fs::write(&images, bytes).expect("a file");
    let error = run(&study_file(folder.path(), "study", 1, ""), 1).expect_err("other tiles");
    assert!(
        error.to_string().contains("images.npy: SHA-256 is"),
        "{error}"
    );
}

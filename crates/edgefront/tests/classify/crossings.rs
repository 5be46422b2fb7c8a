//! Crossings are put into terrain, and a network that has learnt what they look like finds them.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use edgefront::engine::{Cpu, Optimizer, Samples, Schedule, TrainOptions, initial_weights, train};
use edgefront::graph::op::{BatchNorm, Conv2d, Flatten, GlobalAveragePool, Linear, Relu};
use edgefront::graph::{Folded, Graph, Shape, Window, onnx::Model};
use edgefront::random::Key;
use edgefront::tiles::raster::read_raster;
use edgefront::tiles::{Dataset, Difficulty, PrepareOptions, SynthOptions, prepare, synthesise};

use crate::{done, path};

const TILE: usize = 64;
const SCENE: usize = 448;

/// Terrain of easy crossings, those of a class in `REGION/{DEM,Aer}/CLASS`.
fn terrain(folder: &Path, size: usize, per_region: usize, seed: u64) -> PathBuf {
    let mut options = SynthOptions::new(folder);
    options.tiles_per_region = per_region;
    options.size = size;
    options.seed = seed;
    options.difficulty = Difficulty::EASY;
    synthesise(&options, &mut |_, _| {}).expect("terrain");
    options.output
}

/// A network of four convolutions, each of which halves the map.
fn graph(channels: usize) -> Graph {
    let mut graph = Graph::new(Shape::new(channels, TILE, TILE)).expect("a shape");
    let mut x = graph.input();
    for (layer, width) in [16, 32, 48, 64].into_iter().enumerate() {
        let conv = Conv2d::new(width, Window::square(3, 2, 1));
        x = graph
            .push(format!("conv{layer}"), conv, &[x])
            .expect("a layer");
        x = graph
            .push(format!("norm{layer}"), BatchNorm, &[x])
            .expect("a layer");
        x = graph
            .push(format!("relu{layer}"), Relu, &[x])
            .expect("a layer");
    }
    x = graph
        .push("mean", GlobalAveragePool, &[x])
        .expect("a layer");
    x = graph.push("flat", Flatten, &[x]).expect("a layer");
    let linear = Linear { out_features: 2 };
    graph.push("fc", linear, &[x]).expect("a layer");
    graph
}

/// A model that has learnt from tiles of terrain.
fn learn(folder: &Path, file: &Path) {
    let tiles = terrain(&folder.join("tiles"), TILE, 150, 1);
    let options = PrepareOptions::new(tiles, folder.join("dataset"));
    prepare(&options, &mut |_, _| {}).expect("a dataset");
    let dataset = Dataset::open(&options.output).expect("a dataset");
    let graph = graph(dataset.channels());
    let shape = graph.input_shape();
    let samples = Samples::new(dataset.images(), dataset.labels(), shape, 2).expect("samples");
    let all: Vec<usize> = (0..dataset.len()).collect();
    let (learn, test) = all.split_at(dataset.len() - 4);
    let key = Key::new(5);
    let options = TrainOptions {
        epochs: 14,
        batch_size: 16,
        learning_rate: 4e-3,
        optimizer: Optimizer::default(),
        schedule: Schedule::OneCycle,
        ..TrainOptions::default()
    };
    let trained = train(
        &Cpu::new(),
        &graph,
        &initial_weights(&graph, key),
        &samples,
        learn,
        test,
        &options,
        key,
        &mut |_| ControlFlow::Continue(()),
    );
    let trained = trained.expect("the network trains");
    let folded = Folded::new(&graph).expect("a graph");
    let mut metadata = dataset.recipe().to_metadata();
    metadata.push(("classes".into(), dataset.classes().join(",")));
    let model = Model {
        graph: folded.graph().clone(),
        weights: folded.weights(&trained.best.weights).expect("its weights"),
        metadata,
    };
    fs::write(file, model.encode()).expect("a temporary file");
}

/// Wide pieces of terrain with one crossing each, somewhere in the middle third of their sides: the
/// most probable window of most lies there, which by chance one of six would; and the map is
/// brighter there than elsewhere.
#[test]
fn crossings_are_found_where_they_lie() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let model = folder.path().join("model.onnx");
    learn(folder.path(), &model);
    let scenes = terrain(&folder.path().join("scenes"), SCENE, 6, 9);
    let out = folder.path().join("map");
    let (mut found, mut all) = (0, 0);
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for region in ["california", "illinois", "nebraska", "north_dakota"] {
        for name in ["2", "4", "6"] {
            let raster = |kind| scenes.join(format!("{region}/{kind}/T/{name}.tif"));
            let (dem, aerial) = (raster("DEM"), raster("Aer"));
            let args = [path(&model), path(&dem), path(&aerial), "--out", path(&out)];
            done(&[&args[..], &["--threshold", "0"]].concat());

            let place = read_raster(&dem)
                .expect("a scene")
                .transform
                .expect("a place");
            let points = fs::read_to_string(out.join("detections.geojson")).expect("points");
            let points: serde_json::Value = serde_json::from_str(&points).expect("GeoJSON");
            let points = points["features"].as_array().expect("points");
            let of = |point: &serde_json::Value, key: &str| {
                point["properties"][key].as_f64().expect("a number")
            };
            let best = points
                .iter()
                .max_by(|a, b| of(a, "probability").total_cmp(&of(b, "probability")));
            let best = best.expect("a point");
            let across = (of(best, "x") - place.left) / SCENE as f64;
            let down = (place.top - of(best, "y")) / SCENE as f64;
            let is_middle = |share: f64| (0.3..0.7).contains(&share);
            found += usize::from(is_middle(across) && is_middle(down));
            all += 1;

            let map = read_raster(&out.join("probability.tif")).expect("a map");
            for (cell, &probability) in map.samples.iter().enumerate() {
                let share = |place: usize, of: usize| (place as f64 + 0.5) / of as f64;
                let across = share(cell % map.width, map.width);
                let down = share(cell / map.width, map.height);
                match is_middle(across) && is_middle(down) {
                    true => inside.push(f64::from(probability)),
                    false => outside.push(f64::from(probability)),
                }
            }
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (inside, outside) = (mean(&inside), mean(&outside));
    println!("{found} of {all} found, {inside:.3} in the middle, {outside:.3} around it");
    // Two of twelve by chance; with seven, chance has one in a thousand.
    assert!(found >= 7, "{found} of {all}");
    assert!(inside > 1.3 * outside, "{inside} and {outside}");
}

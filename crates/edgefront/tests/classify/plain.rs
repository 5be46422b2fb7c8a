//! A model whose answers can be told without it.

use std::path::Path;

use edgefront::graph::op::{Flatten, GlobalAveragePool, Linear};
use edgefront::graph::{Graph, Shape, Weights, onnx::Model};
use edgefront::tiles::recipe::RecipeOptions;

/// The second class's odds grow by e for each of so many units of the first band's mean.
pub const SLOPE: f32 = 12.0;

/// A model of tiles of `size` pixels: the probability of class `T` is the logistic function of
/// [`SLOPE`] times the mean of the first band less a half. The bands are taken as they are.
pub fn model(bands: &[&str], size: usize) -> Model {
    let mut graph = Graph::new(Shape::new(bands.len(), size, size)).expect("a shape");
    let mut x = graph.input();
    x = (graph.push("mean", GlobalAveragePool, &[x])).expect("a layer");
    x = graph.push("flat", Flatten, &[x]).expect("a layer");
    let linear = Linear { out_features: 2 };
    let last = graph.push("fc", linear, &[x]).expect("a layer");
    let mut weights = Weights::zeros(&graph);
    let [weight, bias] = weights.of_mut(last) else {
        panic!("a linear layer has a weight and a bias");
    };
    // Rows are outputs.
    weight.data[bands.len()] = SLOPE;
    bias.data[1] = -SLOPE / 2.0;
    let options = RecipeOptions {
        normalization: "none".into(),
        channels: Some(bands.iter().map(|&band| band.to_owned()).collect()),
        ..RecipeOptions::default()
    };
    let names: Vec<String> = bands.iter().map(|&band| band.to_owned()).collect();
    let mut metadata = options.recipe(&names).expect("a recipe").to_metadata();
    metadata.push(("classes".into(), "F,T".into()));
    Model {
        graph,
        weights,
        metadata,
    }
}

/// Writes a model's file.
pub fn write(model: &Model, path: &Path) {
    std::fs::write(path, model.encode()).expect("a temporary file");
}

//! What the scripts in `fixtures/` say of a network and of what PyTorch made of it.

use edgefront_graph::{Graph, ResNet, Shape, Stem};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    /// Bands, rows and columns.
    input: [usize; 3],
    width: usize,
    /// Kernel, stride and padding.
    stem: [usize; 3],
    /// Kernel and stride.
    pool: Option<(usize, usize)>,
    relu_after_add: bool,
    classes: usize,
    pub batch: usize,
    /// Adam's learning rate.
    pub rate: f64,
    /// The mean cross-entropy of the batch before each step.
    #[serde(default)]
    pub losses: Vec<f64>,
    /// Of the images of the batch after the last step.
    pub logits: Vec<f64>,
}

impl Case {
    pub fn graph(&self) -> Graph {
        let [bands, rows, columns] = self.input;
        let [kernel, stride, padding] = self.stem;
        let network = ResNet {
            input: Shape::new(bands, rows, columns),
            stem: Stem {
                kernel,
                stride,
                padding,
                pool: self.pool,
            },
            width: self.width,
            relu_after_add: self.relu_after_add,
            classes: self.classes,
        };
        network.build().expect("the cases are valid")
    }
}

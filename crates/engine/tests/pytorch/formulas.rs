//! Numbers that both sides compute: see `fixtures/formulas.py`.

use edgefront_graph::op::Op;
use edgefront_graph::{Graph, Tensor, Weights};

use crate::case::Case;

/// A number in [-1, 1) from a hash of its index.
fn noise(index: usize, seed: u64) -> f64 {
    let mut h = (index as u64 * 2_654_435_761 + seed * 40_503 + 1) as u32;
    h = (h ^ h >> 15).wrapping_mul(2_246_822_519);
    h = (h ^ h >> 13).wrapping_mul(3_266_489_917);
    f64::from(h ^ h >> 16) / f64::from(1u32 << 31) - 1.0
}

pub fn weights(graph: &Graph) -> Weights {
    let mut seed = 0;
    Weights::build(graph, |node, parameter| {
        let norm = matches!(graph.node(node).op, Op::BatchNorm(_));
        if !parameter.trainable {
            let value = if parameter.name == "running_var" {
                1.0
            } else {
                0.0
            };
            return Tensor::filled(&parameter.dims, value);
        }
        let fan_in: usize = parameter.dims[1..].iter().product();
        let (scale, offset) = match (norm, parameter.name) {
            (true, "weight") => (0.1, 1.0),
            (true, _) => (0.1, 0.0),
            _ => (1.5 / (fan_in as f64).sqrt(), 0.0),
        };
        let data = (0..parameter.elements())
            .map(|i| (noise(i, seed) * scale + offset) as f32)
            .collect();
        seed += 1;
        Tensor {
            dims: parameter.dims.clone(),
            data,
        }
    })
}

/// Images, in the engine's order of bands, and labels of a case.
pub fn batch(case: &Case) -> (Vec<f32>, Vec<usize>) {
    let shape = case.graph().input_shape();
    let labels: Vec<usize> = (0..case.batch).map(|image| image % 2).collect();
    let images = (0..case.batch * shape.elements())
        .map(|i| {
            let column = i / shape.channels % shape.width;
            let label = labels[i / shape.elements()] as f64;
            let ramp = (column as f64 / (shape.width - 1) as f64) as f32;
            (noise(i, 1000) + label * f64::from(ramp)) as f32
        })
        .collect();
    (images, labels)
}

use edgefront_graph::op::Op;
use edgefront_graph::{Graph, Tensor, Weights};
use edgefront_random::Key;

/// Weights to start a training from, as PyTorch draws them by default: convolutions and fully
/// connected layers uniform within one over the root of their fan-in, weights and biases alike
/// (He et al., 2015, with `a = sqrt(5)`); batch norms the identity.
///
/// Each tensor has its own stream: the draws of a node do not depend on the nodes before it.
#[must_use]
pub fn initial_weights(graph: &Graph, key: Key) -> Weights {
    Weights::build(graph, |node, parameter| {
        let value = match (&graph.node(node).op, parameter.name) {
            (Op::BatchNorm(_), "weight" | "running_var") => 1.0,
            (Op::BatchNorm(_), _) => 0.0,
            _ => {
                // The weight is a node's first tensor; all its dimensions but the outputs are fan-in.
                let fan_in: usize = graph.parameters(node)[0].dims[1..].iter().product();
                let bound = 1.0 / (fan_in as f64).sqrt();
                let mut stream = key
                    .with("node", node.index() as u64)
                    .with(parameter.name, 0)
                    .stream();
                let data = (0..parameter.elements())
                    .map(|_| stream.uniform(-bound, bound) as f32)
                    .collect();
                return Tensor {
                    dims: parameter.dims.clone(),
                    data,
                };
            }
        };
        Tensor::filled(&parameter.dims, value)
    })
}

#[cfg(test)]
mod tests {
    use edgefront_graph::ResNet;

    use super::*;

    #[test]
    fn draws_fill_the_interval_of_their_fan_in() {
        let graph = ResNet::resnet18(7, 40, 2).build().unwrap();
        let weights = initial_weights(&graph, Key::new(1));
        let conv = graph
            .ids()
            .find(|&id| graph.node(id).name == "conv1")
            .unwrap();
        let data = &weights.of(conv)[0].data;
        let bound = 1.0 / (7.0f32 * 49.0).sqrt();
        assert!(data.iter().all(|value| value.abs() <= bound));
        let deviation =
            (data.iter().map(|value| value * value).sum::<f32>() / data.len() as f32).sqrt();
        assert!((deviation / (bound / 3f32.sqrt()) - 1.0).abs() < 0.02);
        let norm = graph
            .ids()
            .find(|&id| graph.node(id).name == "bn1")
            .unwrap();
        let first: Vec<f32> = weights
            .of(norm)
            .iter()
            .map(|tensor| tensor.data[0])
            .collect();
        assert_eq!(first, [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(weights, initial_weights(&graph, Key::new(1)));
        assert_ne!(weights, initial_weights(&graph, Key::new(2)));
    }
}

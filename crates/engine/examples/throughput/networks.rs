use edgefront_engine::initial_weights;
use edgefront_graph::{Graph, ResNet, Shape, Stem, Weights};
use edgefront_random::Key;

/// A configuration by its name.
pub fn graph(name: &str) -> Result<Graph, String> {
    let (width, kernel, stride, padding, pool) = match name {
        "A" => (32, 3, 2, 1, Some((3, 2))),
        "B" => (64, 5, 2, 2, Some((3, 2))),
        "C" => (32, 3, 2, 1, None),
        "D" => (64, 3, 1, 1, None),
        _ => return Err(format!("`{name}` is none of A, B, C, D")),
    };
    let network = ResNet {
        input: Shape::new(7, 100, 100),
        stem: Stem {
            kernel,
            stride,
            padding,
            pool,
        },
        width,
        relu_after_add: false,
        classes: 2,
    };
    Ok(network.build().expect("the configurations are valid"))
}

pub fn weights(graph: &Graph) -> Weights {
    initial_weights(graph, Key::new(1))
}

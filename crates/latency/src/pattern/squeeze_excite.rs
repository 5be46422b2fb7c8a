//! Squeeze and excitation (Hu et al., "Squeeze-and-excitation networks", CVPR 2018): a map's
//! channels are scaled by factors computed from their averages.

use super::{ANY, Pattern};

pub(super) const PATTERNS: &[Pattern] = &[
    // TensorFlow: the hard sigmoid is spelt (x + 3), relu6, * 1/6.
    Pattern {
        kind: "se",
        operators: &[
            "avgpool", "conv", "BiasAdd", "relu", "conv", "BiasAdd", "add", "relu", "mul", "mul",
            ANY,
        ],
        edges: &[
            (0, 1),
            (1, 2),
            (2, 3),
            (3, 4),
            (4, 5),
            (5, 6),
            (6, 7),
            (7, 8),
            (8, 9),
            (10, 0),
            (10, 9),
        ],
        root: 0,
    },
    // ONNX with a hard sigmoid of its own.
    Pattern {
        kind: "se",
        operators: &["gap", "conv", "relu", "conv", "hardsigmoid", "mul", ANY],
        edges: &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (6, 0), (6, 5)],
        root: 0,
    },
    // RegNet: the gate is a sigmoid. Neither this nor the next is among nn-Meter's.
    Pattern {
        kind: "se",
        operators: &["gap", "conv", "relu", "conv", "Sigmoid", "mul", ANY],
        edges: &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (6, 0), (6, 5)],
        root: 0,
    },
    // EfficientNet: and x * sigmoid(x) between the convolutions.
    Pattern {
        kind: "se",
        operators: &[
            "gap", "conv", "Sigmoid", "mul", "conv", "Sigmoid", "mul", ANY,
        ],
        edges: &[
            (0, 1),
            (1, 2),
            (1, 3),
            (2, 3),
            (3, 4),
            (4, 5),
            (5, 6),
            (7, 0),
            (7, 6),
        ],
        root: 0,
    },
    // ONNX from PyTorch's own modules: two means, the hard sigmoid as x * relu6(x + 3) / 6.
    Pattern {
        kind: "se",
        operators: &[
            "gap", "gap", "conv", "relu", "conv", "add", "relu", "div", "mul", "mul",
        ],
        edges: &[
            (0, 1),
            (1, 2),
            (2, 3),
            (3, 4),
            (4, 5),
            (5, 6),
            (6, 7),
            (7, 8),
            (4, 8),
            (8, 9),
        ],
        root: 0,
    },
];

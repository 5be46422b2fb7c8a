//! Layer normalisation (Ba et al., 2016) in the parts that exporters made of it before ONNX had the
//! operator: (x - mean) / sqrt(mean((x - mean)^2) + epsilon), then a scale and a shift.

use super::{ANY, Pattern};

pub(super) const PATTERNS: &[Pattern] = &[Pattern {
    kind: "LayerNormalization",
    operators: &[
        "ReduceMean",
        "sub",
        "Pow",
        "ReduceMean",
        "add",
        "Sqrt",
        "div",
        "mul",
        "add",
        ANY,
    ],
    edges: &[
        (0, 1),
        (1, 2),
        (2, 3),
        (3, 4),
        (4, 5),
        (5, 6),
        (1, 6),
        (6, 7),
        (7, 8),
        (9, 0),
        (9, 1),
    ],
    root: 0,
}];

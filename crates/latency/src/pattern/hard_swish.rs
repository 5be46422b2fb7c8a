//! Hard swish (Howard et al., "Searching for `MobileNetV3`", ICCV 2019): x * relu6(x + 3) / 6.

use super::{ANY, Pattern};

pub(super) const PATTERNS: &[Pattern] = &[
    Pattern {
        kind: "hswish",
        operators: &["add", "relu", "mul", "mul", ANY],
        edges: &[(0, 1), (1, 2), (2, 3), (4, 0), (4, 3)],
        root: 0,
    },
    Pattern {
        kind: "hswish",
        operators: &["add", "relu", "div", "mul", ANY],
        edges: &[(0, 1), (1, 2), (2, 3), (4, 0), (4, 3)],
        root: 0,
    },
    // With a hard sigmoid of its own, as PyTorch exports it for older versions of ONNX.
    Pattern {
        kind: "hswish",
        operators: &["hardsigmoid", "mul", ANY],
        edges: &[(0, 1), (2, 0), (2, 1)],
        root: 0,
    },
    // The same on a network's input, which some converters keep no node for.
    Pattern {
        kind: "hswish",
        operators: &["add", "relu", "mul", "mul"],
        edges: &[(0, 1), (1, 2), (2, 3)],
        root: 0,
    },
    Pattern {
        kind: "hswish",
        operators: &["add", "relu", "div", "mul"],
        edges: &[(0, 1), (1, 2), (2, 3)],
        root: 0,
    },
];

//! Smooth activations in the parts that exporters make of them. nn-Meter has none of these.

use super::{ANY, Pattern};

pub(super) const PATTERNS: &[Pattern] = &[
    // SiLU (Elfwing et al., 2018), or swish: x * sigmoid(x).
    Pattern {
        kind: "silu",
        operators: &["Sigmoid", "mul", ANY],
        edges: &[(0, 1), (2, 0), (2, 1)],
        root: 0,
    },
    // GELU (Hendrycks and Gimpel, 2016): x * (1 + erf(x / sqrt 2)) * 0.5.
    Pattern {
        kind: "gelu",
        operators: &["div", "Erf", "add", "mul", "mul", ANY],
        edges: &[(0, 1), (1, 2), (2, 3), (3, 4), (5, 0), (5, 3)],
        root: 0,
    },
    // The same as (1 + erf(x / sqrt 2)) * (x * 0.5).
    Pattern {
        kind: "gelu",
        operators: &["div", "Erf", "add", "mul", "mul", ANY],
        edges: &[(0, 1), (1, 2), (2, 3), (4, 3), (5, 0), (5, 4)],
        root: 0,
    },
];

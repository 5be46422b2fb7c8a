//! A global average and the flattening after it.

use super::Pattern;

pub(super) const PATTERNS: &[Pattern] = &[Pattern {
    kind: "gap",
    operators: &["gap", "reshape"],
    edges: &[(0, 1)],
    root: 0,
}];

//! Channel shuffle (Zhang et al., "`ShuffleNet`", CVPR 2018): groups of channels interleaved.

use super::Pattern;

pub(super) const PATTERNS: &[Pattern] = &[
    // TensorFlow computes the shapes at run time.
    Pattern {
        kind: "channelshuffle",
        operators: &[
            "reshape",
            "transpose",
            "reshape",
            "Pack",
            "StridedSlice",
            "Pack",
            "StridedSlice",
        ],
        edges: &[(0, 1), (1, 2), (3, 0), (4, 3), (5, 2), (6, 5)],
        root: 0,
    },
    Pattern {
        kind: "channelshuffle",
        operators: &["reshape", "transpose", "reshape"],
        edges: &[(0, 1), (1, 2)],
        root: 0,
    },
];

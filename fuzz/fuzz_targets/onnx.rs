//! An ONNX model: refused, or outlined soundly.
#![no_main]

use std::collections::HashSet;

use edgefront_graph::onnx::{Outline, OutlineOptions, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(outline) = Outline::decode(bytes, &OutlineOptions::default()) else {
        return;
    };
    let operators = outline.operators();
    let mut names = HashSet::new();
    for (place, operator) in operators.iter().enumerate() {
        assert!(names.insert(&operator.name), "two of one name");
        assert!(operator.outputs.iter().flatten().all(|extent| *extent > 0));
        for operand in &operator.inputs {
            if let Source::Operator { index, output } = operand.source {
                assert!(index < place, "read before it is made");
                assert_eq!(operators[index].outputs[output], operand.shape);
            }
        }
    }
    let macs = operators.iter().map(|operator| operator.macs).sum::<u64>();
    assert_eq!(macs, outline.macs());
});

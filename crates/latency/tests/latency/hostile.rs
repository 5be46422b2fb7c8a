//! Graphs built to be slow or wrong.

use std::fmt::Write as _;
use std::time::Instant;

use edgefront_latency::{Error, Ir, Rules, detect};

use crate::network::Network;

/// Layers in which every operator reads all of the layer before: a search for a pattern that tried
/// all paths would not end.
#[test]
fn an_interwoven_graph_is_given_up_in_time() {
    let layers = ["Add", "Relu", "Mul", "Relu"];
    let width = 120;
    let mut text = String::from("{");
    for (depth, kind) in layers.iter().enumerate() {
        for node in 0..width {
            let reads: Vec<String> = (0..if depth == 0 { 0 } else { width })
                .map(|other| format!("\"{}.{other}\"", depth - 1))
                .collect();
            let separator = if text.len() > 1 { "," } else { "" };
            write!(
                text,
                r#"{separator}"{depth}.{node}": {{"attr": {{"type": "{kind}"}}, "inbounds": [{}]}}"#,
                reads.join(",")
            )
            .unwrap();
        }
    }
    text.push('}');
    let ir = Ir::from_json(&text, "hostile.json").unwrap();
    let started = Instant::now();
    // No kind of operator follows the last layer, so that every path is tried in vain.
    let result = detect(&ir, &Rules::cortex_a76_cpu());
    assert!(started.elapsed().as_secs() < 20);
    match result {
        Ok(kernels) => assert!(!kernels.is_empty()),
        Err(error) => assert!(matches!(error, Error::Pattern { .. }), "{error}"),
    }
}

#[test]
fn a_cycle_is_an_error_that_names_a_node() {
    let network = Network::default()
        .op("a", "Relu", &["c"])
        .op("b", "Relu", &["a"])
        .op("c", "Relu", &["b"]);
    let error = detect(&network.ir(), &Rules::adreno_gpu()).unwrap_err();
    assert!(
        matches!(&error, Error::Cycle { node } if node == "a"),
        "{error}"
    );
}

#[test]
fn an_empty_graph_has_no_kernels() {
    let ir = Ir::from_json("{}", "empty.json").unwrap();
    assert!(detect(&ir, &Rules::adreno_gpu()).unwrap().is_empty());
}

/// The largest dimensions that a file may state, more of them than a machine word can multiply.
#[test]
fn huge_shapes_do_not_overflow() {
    let dimension = 1 << 24;
    let map = format!("{:?}", [dimension; 4]);
    let deep = format!("{:?}", [dimension; 8]);
    for (kind, input, output) in [("Conv", &map, &map), ("ReduceMean", &map, &deep)] {
        let text = format!(
            r#"{{"a": {{"attr": {{"type": "{kind}", "input_shape": [{input}],
            "output_shape": [{output}], "attr": {{"ks": [{dimension}, {dimension}]}}}},
            "inbounds": []}}}}"#
        );
        let ir = Ir::from_json(&text, "hostile.json").unwrap();
        let kernels = detect(&ir, &Rules::adreno_gpu()).unwrap();
        assert!(kernels[0].macs.is_finite() && kernels[0].output_elements.is_finite());
    }
}

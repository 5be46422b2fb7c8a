//! nn-Meter's fusion rules: refused, or they survive being written and fuse a network.
#![no_main]

use std::sync::LazyLock;

use edgefront_latency::{Ir, Rules, detect};
use libfuzzer_sys::fuzz_target;

/// Operators of all kinds that rules name, each reading the one before it and the one before that.
static NETWORK: LazyLock<Ir> = LazyLock::new(|| {
    let kinds = [
        "conv", "bn", "relu", "dwconv", "add", "relu", "fc", "se", "concat", "reshape",
    ];
    let node = |(at, kind): (usize, &&str)| {
        let inbounds: Vec<String> = (at.saturating_sub(2)..at)
            .map(|i| format!("\"{i}\""))
            .collect();
        format!(
            r#""{at}": {{"attr": {{"type": "{kind}", "input_shape": [[1,8,8,4],[1,8,8,4]],
            "output_shape": [[1,8,8,4]], "attr": {{"ks": [3,3]}}}}, "inbounds": [{}]}}"#,
            inbounds.join(",")
        )
    };
    let nodes: Vec<String> = kinds
        .iter()
        .cycle()
        .take(30)
        .enumerate()
        .map(node)
        .collect();
    Ir::from_json(&format!("{{{}}}", nodes.join(",")), "network").expect("a sound network")
});

fuzz_target!(|text: &str| {
    let Ok(rules) = Rules::from_nn_meter(text, "fuzzed") else {
        return;
    };
    let again = Rules::from_nn_meter(&rules.to_nn_meter(), "written");
    assert_eq!(again.expect("what was written is read"), rules);
    let kernels = detect(&NETWORK, &rules).expect("any rules fuse an acyclic network");
    assert!(!kernels.is_empty() && kernels.len() <= NETWORK.nodes().len());
});

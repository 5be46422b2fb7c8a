//! Importing an nn-Meter predictor, as a user does it.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::{done, text};

/// A forest of three features, which is what nn-Meter knows of an addition.
const FOREST: &str = "../latency/fixtures/forests/1.9.1-protocol-4.pkl";
const ADDITION: &str = r#"{
    "a": {"attr": {"type": "Relu", "input_shape": [[1, 8, 8, 4]], "output_shape": [[1, 8, 8, 4]]},
          "inbounds": []},
    "b": {"attr": {"type": "Add", "input_shape": [[1, 8, 8, 4], [1, 8, 8, 4]],
          "output_shape": [[1, 8, 8, 4]]}, "inbounds": ["a"]}}"#;

#[test]
fn a_folder_becomes_a_device() {
    let folder = tempfile::tempdir().unwrap();
    let predictor = folder.path().join("k8");
    fs::create_dir(&predictor).unwrap();
    fs::copy(FOREST, predictor.join("add_finegrained1.pkl")).unwrap();
    fs::copy(FOREST, predictor.join("relu.pkl")).unwrap();
    let meta = "name: k8_predictor\nversion: 2.5\nkernel_predictors:\n    - add\n    - fc\n";
    fs::write(predictor.join("meta.yaml"), meta).unwrap();
    let rules = r#"{"BF_conv_relu": {"obey": true}, "BF_conv_bn": {"obey": null}}"#;
    fs::write(predictor.join("fusion_rules.json"), rules).unwrap();

    let [_, said] = done(folder.path(), &["device", "import", "k8"]);
    assert!(
        said.contains("relu.pkl is left out: predictor `relu` takes 3 features"),
        "{said}"
    );
    assert!(said.contains("warning: no forest of fc"), "{said}");
    assert!(
        said.contains("k8_predictor.forests: 1 forests, 6 trees"),
        "{said}"
    );

    fs::write(folder.path().join("graph.json"), ADDITION).unwrap();
    let device = "k8_predictor";
    let [out, said] = done(
        folder.path(),
        &["latency", "graph.json", "--device", device, "--json"],
    );
    let out: serde_json::Value = serde_json::from_str(&out).unwrap();
    let found = &out["devices"][0];
    assert_eq!(found["device"], "k8_predictor");
    assert!(found["milliseconds"].as_f64().unwrap() > 0.0);
    assert_eq!(found["coverage"]["kernels"], 0.5);
    assert!(
        said.contains("k8_predictor has no figures for kernel relu (a)"),
        "{said}"
    );

    let [rules, _] = done(folder.path(), &["device", "show", device, "--rules"]);
    let rules: serde_json::Value = serde_json::from_str(&rules).unwrap();
    assert_eq!(rules["BF_conv_relu"]["obey"], true);
    assert!(rules.get("BF_conv_bn").is_none());
    let [shown, _] = done(folder.path(), &["device", "show", device]);
    assert!(shown.contains("k8_predictor, version 2.5"), "{shown}");
}

/// Pickles that ask for memory or time, in a process that may not have more than 200 MB.
#[test]
#[cfg(target_os = "linux")]
fn a_hostile_pickle_is_refused_within_a_second_and_200_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fusion_rules.json"), "{}").unwrap();
    let forest = fs::read(FOREST).unwrap();
    let program = |step: &[u8], times| [&b"\x80\x04N"[..], &step.repeat(times), b"."].concat();
    for (pickle, expected) in [
        (
            b"cos\nsystem\n(S'true'\ntR.".to_vec(),
            "`os.system`, expected only",
        ),
        (program(b"(", 20_000_000), "more than 64 collections"),
        (program(b"\x85", 20_000_000), "more than 500000 values"),
        (
            program(b"]\x94", 10_000_000),
            "more than 65536 values on the stack",
        ),
        (
            program(b"]\x940", 7_000_000),
            "more than 1000000 instructions",
        ),
        (
            b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.".to_vec(),
            "more bytes",
        ),
        (forest[..forest.len() / 2].to_vec(), "more bytes"),
    ] {
        fs::write(folder.path().join("add.pkl"), pickle).unwrap();
        let start = Instant::now();
        let output = Command::new("sh")
            .args(["-c", "ulimit -v 200000 && exec \"$0\" \"$@\""])
            .args([env!("CARGO_BIN_EXE_edgefront"), "device", "import", "."])
            .current_dir(folder.path())
            .output()
            .expect("there is a shell");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("add.pkl`: ") && said.contains(expected),
            "{said}"
        );
        assert!(start.elapsed() < Duration::from_secs(1), "{said}");
    }
}

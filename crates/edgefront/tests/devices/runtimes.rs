//! Measuring a model, with each runtime.

use std::fs;
use std::path::Path;

use edgefront::graph::ResNet;
use edgefront::latency::model_of;

use crate::{done, failed, json};

/// A folder with a small model, `model.onnx`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let graph = ResNet::resnet18(3, 32, 2).build().unwrap();
    fs::write(folder.path().join("model.onnx"), model_of(&graph).unwrap()).unwrap();
    folder
}

/// Measures a model in batches of two, and checks what is said.
fn measured(folder: &Path, model: &str, runtime: &str) {
    let common = ["measure", model, "--runtime", runtime, "--repeats", "3"];
    let [out, _] = done(folder, &[&common[..], &["--batch", "2", "--json"]].concat());
    let out = json(&out);
    assert_eq!(
        (&out["runtime"], &out["batch"]),
        (&runtime.into(), &2.into())
    );
    assert_eq!((&out["model"], &out["threads"]), (&model.into(), &1.into()));
    assert_eq!(out["milliseconds"]["runs"], 3);
    let times = ["min", "median", "p90"].map(|key| out["milliseconds"][key].as_f64().unwrap());
    assert!(0.0 < times[0] && times.is_sorted(), "{out}");
    assert!(out["noise"].is_array());
    let [table, _] = done(folder, &common);
    for word in [runtime, "median (ms)", "mean CPU (ms)"] {
        assert!(table.contains(word), "{table}");
    }
}

#[test]
fn the_engine_runs_a_model() {
    let folder = folder();
    measured(folder.path(), "model.onnx", "engine");
}

#[test]
fn what_cannot_be_measured_is_said() {
    let folder = folder();
    let folder = folder.path();
    fs::write(folder.join("text.onnx"), "no model").unwrap();
    for (args, code, expected) in [
        (&["none.onnx"][..], 1, "none.onnx: "),
        (&["text.onnx"], 1, "text.onnx: "),
        (&["model.onnx", "--batch", "0"], 2, "'--batch <BATCH>'"),
        (
            &["model.onnx", "--repeats", "0"],
            2,
            "'--repeats <REPEATS>'",
        ),
        (
            &["model.onnx", "--onnxruntime", "text.onnx"],
            2,
            "expected `--runtime onnxruntime`",
        ),
    ] {
        let said = failed(folder, &[&["measure"][..], args].concat(), code);
        assert!(said.contains(expected), "{said}");
    }
}

#[cfg(feature = "onnxruntime")]
mod onnxruntime {
    use std::io::Write as _;
    use std::process::Command;

    use super::*;
    use crate::edgefront;
    use crate::interpreter::python;

    /// Whether there is a library to test with; says so if not.
    fn library() -> bool {
        let named = std::env::var_os("ORT_DYLIB_PATH").is_some_and(|path| !path.is_empty());
        if !named {
            // Straight to the stream: the harness hides what a passing test prints.
            let _ = writeln!(
                std::io::stderr(),
                "skipped: ORT_DYLIB_PATH does not name a library of ONNX Runtime"
            );
        }
        named
    }

    /// With an activation that the engine does not have, in place of each ReLU.
    fn write_foreign(folder: &Path) {
        let mut model = fs::read(folder.join("model.onnx")).unwrap();
        let (own, foreign) = (b"\x22\x04Relu", b"\x22\x04Ceil");
        for place in 0..model.len() - own.len() {
            if model[place..].starts_with(own) {
                model[place..place + own.len()].copy_from_slice(foreign);
            }
        }
        fs::write(folder.join("foreign.onnx"), model).unwrap();
    }

    #[test]
    fn it_runs_what_the_engine_runs_and_what_it_does_not() {
        if !library() {
            return;
        }
        let folder = folder();
        let folder = folder.path();
        write_foreign(folder);
        measured(folder, "model.onnx", "onnxruntime");
        let said = failed(folder, &["measure", "foreign.onnx"], 1);
        assert!(said.contains("Ceil"), "{said}");
        measured(folder, "foreign.onnx", "onnxruntime");
        fs::write(folder.join("text.onnx"), "no model").unwrap();
        let said = failed(
            folder,
            &["measure", "text.onnx", "--runtime", "onnxruntime"],
            1,
        );
        assert!(
            said.starts_with("error: text.onnx: runtime onnxruntime: "),
            "{said}"
        );
    }

    #[test]
    fn weights_may_lie_beside_the_model() {
        if !library() {
            return;
        }
        let Some(python) = python("onnx") else {
            return;
        };
        let folder = folder();
        let script = "import onnx; onnx.save(onnx.load('model.onnx'), 'apart.onnx', \
                      save_as_external_data=True, location='weights', size_threshold=0)";
        let mut command = Command::new(python);
        let saved = command.args(["-c", script]).current_dir(&folder).status();
        assert!(saved.expect("Python runs").success());
        assert!(folder.path().join("weights").exists());
        measured(folder.path(), "apart.onnx", "onnxruntime");
    }

    #[test]
    fn a_library_that_is_none_is_an_error() {
        let folder = folder();
        let folder = folder.path();
        let common = ["measure", "model.onnx", "--runtime", "onnxruntime"];
        for (library, expected) in [
            ("none.so", "cannot read `none.so`: "),
            ("model.onnx", "runtime onnxruntime: failed to load from `"),
        ] {
            let args = [&common[..], &["--onnxruntime", library]].concat();
            let said = failed(folder, &args, 1);
            assert!(said.contains(expected), "{said}");
        }
        let mut command = edgefront(folder);
        let output = command.args(common).env_remove("ORT_DYLIB_PATH").output();
        let output = output.expect("the binary runs");
        assert_eq!(output.status.code(), Some(2));
        let said = crate::text(&output.stderr);
        assert!(
            said.contains("expected its path as `--onnxruntime`"),
            "{said}"
        );
    }
}

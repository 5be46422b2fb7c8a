//! A device of this machine, from its first measurement to a prediction.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use edgefront::graph::ResNet;
use edgefront::latency::model_of;

use crate::{done, edgefront, failed, json};

const CALIBRATE: [&str; 5] = ["device", "calibrate", "board", "--minutes", "0.001"];

fn measurements(journal: &Path) -> usize {
    fs::read_to_string(journal).map_or(0, |text| text.lines().count())
}

/// Begins a calibration and kills it amid its measurements.
fn kill_a_calibration(folder: &Path, journal: &Path) {
    let child = edgefront(folder)
        .args(CALIBRATE)
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.expect("the binary runs");
    while measurements(journal) < 20 && child.try_wait().expect("the child is ours").is_none() {
        sleep(Duration::from_millis(20));
    }
    child.kill().expect("the child is ours");
    child.wait().expect("the child is ours");
}

#[test]
fn a_killed_calibration_goes_on_and_makes_a_device() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let journal = folder.join("devices/board.journal");
    kill_a_calibration(folder, &journal);
    assert!(!folder.join("devices/board.toml").exists());
    let left = measurements(&journal);
    assert!(left >= 20, "{left}");

    // Another setting does not go on from it.
    let other = [&CALIBRATE[..], &["--threads", "2"]].concat();
    let said = failed(folder, &other, 1);
    assert!(said.contains("board.journal"), "{said}");
    let [_, said] = done(folder, &CALIBRATE);
    assert!(said.contains("board.journal: going on after "), "{said}");
    assert!(said.contains("board.toml: mean error "), "{said}");
    assert!(measurements(&journal) > left);

    let [list, _] = done(folder, &["device", "list", "--json"]);
    let list = json(&list);
    let devices = list.as_array().unwrap();
    assert_eq!(devices.len(), 5);
    assert_eq!(devices[4]["name"], "board");
    assert!(devices[4]["file"].as_str().unwrap().ends_with("board.toml"));
    assert!(devices[4]["held_out"]["networks"].as_u64().unwrap() > 0);
    let [list, _] = done(folder, &["device", "list"]);
    assert!(
        list.contains("built in") && list.contains("board.toml"),
        "{list}"
    );
    let [shown, _] = done(folder, &["device", "show", "board"]);
    assert!(shown.starts_with("board\n"), "{shown}");
    let [rules, _] = done(folder, &["device", "show", "board", "--rules"]);
    assert!(json(&rules).is_object(), "{rules}");

    let verify = [
        "device",
        "verify",
        "board",
        "--networks",
        "2",
        "--rounds",
        "1",
    ];
    let [out, _] = done(folder, &[&verify[..], &["--json"]].concat());
    let out = json(&out);
    assert_eq!(out["accuracy"]["networks"], 2);
    for network in out["networks"].as_array().unwrap() {
        let [predicted, measured, error] =
            ["predicted", "measured", "error"].map(|key| network[key].as_f64().unwrap());
        assert!(predicted > 0.0 && measured > 0.0, "{network}");
        assert!(
            (predicted / measured - 1.0 - error).abs() < 1e-9,
            "{network}"
        );
    }

    let graph = ResNet::resnet18(5, 100, 2).build().unwrap();
    fs::write(folder.join("model.onnx"), model_of(&graph).unwrap()).unwrap();
    let latency = ["latency", "model.onnx", "--device", "board", "--json"];
    let [out, _] = done(folder, &latency);
    let found = &json(&out)["devices"][0];
    assert_eq!(found["device"], "board");
    assert!(found["milliseconds"].as_f64().unwrap() > 0.0, "{found}");

    let said = failed(folder, &["device", "verify", "bord"], 2);
    assert!(said.contains("`bord`") && said.contains("board"), "{said}");
    let said = failed(folder, &["device", "calibrate", "myriadvpu"], 1);
    assert!(said.contains("built in"), "{said}");
}

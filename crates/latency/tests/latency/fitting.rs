//! Fitting a device to files of measurements.

use std::fs;
use std::path::PathBuf;

use edgefront_graph::{ResNet, Stem};
use edgefront_latency::{
    Error, FitOptions, Ir, Predictor, Rules, Target, device, fit, fit_targets,
};

/// Networks "measured" on a built-in device: the fit must find a device that agrees with it.
fn measured(column: &str) -> Vec<String> {
    let cpu = device("cortexA76cpu").unwrap();
    let mut lines = Vec::new();
    for bands in 1..=8 {
        for width in [8, 12, 16, 20, 24, 28, 32, 40, 48, 64] {
            for kernel in [3, 5] {
                let network = ResNet {
                    width,
                    stem: Stem {
                        kernel,
                        stride: 1 + bands % 2,
                        padding: 1,
                        pool: (bands % 3 > 0).then_some((3, 2)),
                    },
                    ..ResNet::resnet18(bands, 40 + 2 * width, 2)
                };
                let ir = Ir::from_graph(&network.build().unwrap());
                let milliseconds = cpu.predict(&ir).unwrap().milliseconds;
                lines.push(format!(
                    r#"{{"id":"{bands}-{width}-{kernel}","family":"bands{bands}","other":null,"{column}":{milliseconds},"graph":{}}}"#,
                    ir.to_json()
                ));
            }
        }
    }
    lines
}

fn written(folder: &tempfile::TempDir, lines: &[String]) -> PathBuf {
    let path = folder.path().join("measured.jsonl");
    fs::write(&path, lines.join("\n")).unwrap();
    path
}

fn board() -> Target {
    Target {
        name: "board".to_owned(),
        column: "board_ms".to_owned(),
        rules: Rules::cortex_a76_cpu(),
    }
}

#[test]
fn a_fit_agrees_with_the_device_that_made_the_measurements() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = measured("board_ms");
    let path = written(&folder, &lines);
    let mut networks = 0;
    let fitted = fit(&path, &board(), &FitOptions::default(), &mut |progress| {
        networks = progress.networks;
        assert!(progress.bytes <= progress.total_bytes);
    })
    .unwrap();
    assert_eq!(networks, 160);
    assert_eq!((fitted.name(), fitted.source().networks), ("board", 160));
    let accuracy = fitted.held_out().overall;
    // Each network is held out once, and each of the eight families.
    assert_eq!(accuracy.networks, 160);
    assert_eq!(fitted.families_left_out().len(), 8);
    assert!(accuracy.mape_percent < 1.0, "{accuracy:?}");
    assert_eq!(accuracy.within_10_percent, 100.0);
    assert!(
        fitted
            .terms()
            .values()
            .all(|&coefficient| coefficient >= 0.0)
    );

    // Of a network outside the file too, and whatever the order of the file.
    let graph = ResNet::resnet18(6, 90, 2).build().unwrap();
    let ir = Ir::from_graph(&graph);
    let prediction = fitted.predict(&ir).unwrap();
    let truth = device("cortexA76cpu").unwrap().predict(&ir).unwrap();
    let stem = |p: &edgefront_latency::Prediction| p.kernels[0].milliseconds.unwrap();
    let error = (prediction.milliseconds - stem(&prediction)) / (truth.milliseconds - stem(&truth));
    assert!((error - 1.0).abs() < 0.05, "{error}");
    lines.reverse();
    let path = written(&folder, &lines);
    let again = fit(&path, &board(), &FitOptions::default(), &mut |_| ()).unwrap();
    assert_eq!(again.held_out(), fitted.held_out());
}

#[test]
fn several_devices_are_fitted_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, &measured("board_ms"));
    let gpu = Target {
        name: "gpu".to_owned(),
        rules: Rules::adreno_gpu(),
        ..board()
    };
    let options = FitOptions::default();
    let together = fit_targets(&path, &[board(), gpu.clone()], &options, &mut |_| ()).unwrap();
    assert_eq!(together[1].name(), "gpu");
    let alone = fit(&path, &board(), &options, &mut |_| ()).unwrap();
    assert_eq!(together[0].held_out(), alone.held_out());
}

#[test]
fn faults_of_the_file_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let good = measured("board_ms");
    let message = |lines: &[String], target: &Target| {
        let path = written(&folder, lines);
        let result = fit(&path, target, &FitOptions::default(), &mut |_| ());
        result.unwrap_err().to_string()
    };
    for (line, expected) in [
        ("{\"id\": \"a\"".to_owned(), "EOF"),
        (
            "{\"id\": \"a\", \"family\": \"b\"}".to_owned(),
            "missing field `graph`",
        ),
        (
            good[0].replace(r#""board_ms":"#, r#""board_ms":-"#),
            "expected milliseconds above 0",
        ),
        (
            good[0].replace(r#""type":"Conv""#, r#""typo":"Conv""#),
            "has no type",
        ),
        (
            good[0].replace(r#""ks":[3,3]"#, r#""ks":[3,0]"#),
            "kernel [3, 0]",
        ),
        (format!("{} x", good[0]), "trailing characters"),
    ] {
        let mut lines = good.clone();
        lines.insert(2, line);
        let message = message(&lines, &board());
        assert!(message.contains("measured.jsonl` line 3: "), "{message}");
        assert!(message.contains(expected), "{message} lacks {expected}");
    }
    let other = Target {
        column: "other".to_owned(),
        ..board()
    };
    let none = message(&good, &other);
    assert!(
        none.contains("has 0 networks measured on `other`, expected at least 50"),
        "{none}"
    );
    assert!(message(&good[..40], &board()).contains("has 40 networks"));
    let missing = fit(
        &folder.path().join("none"),
        &board(),
        &FitOptions::default(),
        &mut |_| (),
    );
    assert!(matches!(missing, Err(Error::File { .. })));
}

#[test]
fn a_truncated_archive_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("measured.jsonl.zst");
    fs::write(&path, [0x28, 0xb5, 0x2f, 0xfd, 0x00]).unwrap();
    let result = fit(&path, &board(), &FitOptions::default(), &mut |_| ());
    assert!(
        matches!(result, Err(Error::Measurements { line: 1, .. })),
        "{result:?}"
    );
}

//! The built-in devices against published measurements and predictions, which lie beside the
//! checkout and not in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use edgefront_latency::{Ir, Predictor, builtin_devices};
use flate2::read::GzDecoder;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    id: String,
    graph: Ir,
    nnmeter_predicted: BTreeMap<String, Option<f64>>,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

/// Networks that nn-Meter takes for others: grouped convolutions for dense ones, windows of 1 x 7 for
/// windows of 7 x 7.
const TAKEN_FOR_OTHERS: &[&str] = &["resnext50_32x4d", "inception_v3"];

pub fn shared(file: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/device-latency");
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    // Straight to the stream: the harness hides what a passing test prints.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {file} is not beside the checkout"
    );
    None
}

/// The mean absolute relative error, in percent.
fn mape(pairs: &[(f64, f64)]) -> f64 {
    let error = |(predicted, truth): &(f64, f64)| (predicted / truth - 1.0).abs();
    100.0 * pairs.iter().map(error).sum::<f64>() / pairs.len() as f64
}

#[test]
fn published_networks_are_near_their_published_latencies() {
    let Some(path) = shared("reference-graphs.jsonl.gz") else {
        return;
    };
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let references: Vec<Reference> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(references.len(), 31);
    // Mean errors that the additive model had when it was fitted, with some room; in percent.
    let bounds = [
        ("cortexA76cpu", 5.0, 4.0),
        ("adreno640gpu", 6.0, 4.0),
        ("adreno630gpu", 5.0, 4.0),
        ("myriadvpu", 7.0, 13.0),
    ];
    for (device, (name, nn_meter_bound, measured_bound)) in builtin_devices().iter().zip(bounds) {
        assert_eq!(device.name(), name);
        let (mut nn_meter, mut measured) = (Vec::new(), Vec::new());
        for reference in &references {
            let prediction = device.predict(&reference.graph).unwrap();
            if prediction.coverage.kernels < 1.0 {
                println!(
                    "{name} {}: coverage {:?}, unknown {:?}",
                    reference.id, prediction.coverage, prediction.unknown
                );
                continue;
            }
            let column = &device.source().column;
            let published = reference.nnmeter_predicted.get(column);
            let comparable = !TAKEN_FOR_OTHERS.contains(&reference.id.as_str());
            if let Some(Some(published)) = published.filter(|_| comparable) {
                nn_meter.push((prediction.milliseconds, *published));
            }
            if let Some(truth) = reference
                .rest
                .get(column)
                .and_then(serde_json::Value::as_f64)
            {
                measured.push((prediction.milliseconds, truth));
            }
        }
        let (to_nn_meter, to_measured) = (mape(&nn_meter), mape(&measured));
        println!(
            "{name}: {to_nn_meter:.1} % from nn-Meter on {}, {to_measured:.1} % from {} measured",
            nn_meter.len(),
            measured.len()
        );
        assert!(
            nn_meter.len() >= 25 && to_nn_meter < nn_meter_bound,
            "{to_nn_meter}"
        );
        assert!(
            measured.len() >= 14 && to_measured < measured_bound,
            "{to_measured}"
        );
    }
}

use std::fs;
use std::path::Path;

use edgefront::graph::onnx::Model;
use edgefront::latency::{Ir, Prediction, Summary, builtin_devices, predict_all};
use edgefront::report::{Cell, Table};
use serde_json::json;

use crate::cli::LatencyArgs;
use crate::devices::Named;
use crate::error::Error;
use crate::output;

pub fn run(args: &LatencyArgs) -> Result<(), Error> {
    let devices: Vec<Named> = if args.device.is_empty() {
        builtin_devices().iter().map(Named::BuiltIn).collect()
    } else {
        let names = args.device.iter();
        names
            .map(|name| Named::open(name))
            .collect::<Result<_, _>>()?
    };
    let network = read(&args.model)?;
    if network.nodes().is_empty() {
        return Err(Error::Content {
            path: args.model.clone(),
            reason: "a network without operators, expected at least one".into(),
        });
    }
    let predictions = predict_all(&network, devices.iter().map(Named::predictor))?;
    for prediction in &predictions {
        for kernel in &prediction.unknown {
            let device = &prediction.device;
            output::message(&format!(
                "warning: {device} has no figures for kernel {kernel}"
            ));
        }
    }
    let summary = Summary::of(&predictions)?;
    if args.json {
        output::json(&to_json(&predictions, &summary));
    } else {
        output::data(&to_text(&predictions, &summary, args.kernels));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Ir, Error> {
    if path.extension().is_some_and(|ending| ending == "json") {
        return Ok(Ir::read(path)?);
    }
    let bytes = fs::read(path).map_err(Error::file(path))?;
    let model = Model::decode(&bytes).map_err(|source| Error::Model {
        path: path.to_path_buf(),
        source,
    })?;
    Ok(Ir::from_graph(&model.graph))
}

fn to_text(predictions: &[Prediction], summary: &Summary, kernels: bool) -> String {
    let mut table = Table::new(&[
        ("device", ""),
        ("latency", "ms"),
        ("coverage", "% of MACs"),
        ("held-out error", "%"),
        ("held out within 10 %", "%"),
    ]);
    for prediction in predictions {
        let accuracy = prediction.accuracy.as_ref();
        table.rows.push(vec![
            Cell::text(&prediction.device),
            Cell::number(Some(prediction.milliseconds), 3),
            Cell::number(Some(100.0 * prediction.coverage.macs), 0),
            Cell::number(accuracy.map(|a| a.mape_percent), 2),
            Cell::number(accuracy.map(|a| a.within_10_percent), 2),
        ]);
    }
    let mut text = table.to_text();
    if predictions.len() > 1 {
        let Summary { mean, std, .. } = summary;
        text.push_str(&format!(
            "\nmean {mean:.3} ms, population standard deviation {std:.3} ms\n"
        ));
    }
    for prediction in predictions.iter().filter(|_| kernels) {
        let mut table = Table::new(&[("kernel", ""), ("time", "ms"), ("share", "%"), ("from", "")]);
        for kernel in &prediction.kernels {
            let time = kernel.milliseconds;
            let share = time.map(|ms| 100.0 * ms / prediction.milliseconds);
            table.rows.push(vec![
                Cell::text(&kernel.kernel.op),
                Cell::number(time, 4),
                Cell::number(share, 1),
                Cell::text(&kernel.kernel.name),
            ]);
        }
        text.push_str(&format!("\n{}\n{}", prediction.device, table.to_text()));
    }
    text
}

fn to_json(predictions: &[Prediction], summary: &Summary) -> serde_json::Value {
    let devices = predictions.iter().map(|prediction| {
        let kernels = prediction.kernels.iter().map(|kernel| {
            json!({
                "op": kernel.kernel.op,
                "name": kernel.kernel.name,
                "milliseconds": kernel.milliseconds,
            })
        });
        json!({
            "device": prediction.device,
            "milliseconds": prediction.milliseconds,
            "coverage": { "kernels": prediction.coverage.kernels, "macs": prediction.coverage.macs },
            "unknown": prediction.unknown,
            "held_out": prediction.accuracy,
            "kernels": kernels.collect::<Vec<_>>(),
        })
    });
    json!({
        "devices": devices.collect::<Vec<_>>(),
        "mean": summary.mean,
        "std": summary.std,
        "max": summary.max,
    })
}

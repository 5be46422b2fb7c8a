mod network;

use std::collections::BTreeSet;

use edgefront::latency::{Family, KernelTime, Library, LibraryDevice, Prediction, Summary};
use edgefront::report::{Cell, Table};
use serde_json::json;

use crate::cli::{LatencyArgs, PredictorName};
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

use self::network::Network;

pub fn run(args: &LatencyArgs) -> Result<(), Error> {
    let library = Library::of_user().by(args.predictor.into());
    let open = |name: &String| library.open(name);
    let devices: Vec<LibraryDevice> = if args.device.is_empty() {
        library.builtin()
    } else {
        // Named twice, a device would count twice in the mean.
        let asked: BTreeSet<&String> = args.device.iter().collect();
        if asked.len() < args.device.len() {
            let devices = args.device.join(", ");
            return Err(Error::Usage(format!(
                "--device {devices}: expected each device once"
            )));
        }
        args.device.iter().map(open).collect::<Result<_, _>>()?
    };
    let network = Network::read(&args.model, &args.input_shape)?;
    let batch = network.ir.batch();
    if batch > 1 {
        output::message(&format!(
            "warning: the model takes {batch} images at a time; its latency is that of one image"
        ));
    }
    // Forests take seconds to grow, sums of terms nothing.
    let bar = (args.predictor == PredictorName::NnMeter)
        .then(|| Bar::items("growing the forests of nn-Meter"));
    let mut predictions: Vec<Prediction> = Vec::new();
    for device in &devices {
        if let Some(bar) = &bar {
            bar.set(predictions.len() as u64, devices.len() as u64);
        }
        let prediction = device.model.predictor().predict(&network.ir)?;
        if prediction.kernels.is_empty() {
            return Err(Error::Content {
                path: args.model.clone(),
                reason: "a network without operators, expected at least one".into(),
            });
        }
        predictions.push(prediction);
    }
    if let Some(bar) = bar {
        bar.finish();
    }
    for prediction in &predictions {
        warn_of_unknown(prediction);
    }
    let summary = Summary::of(&predictions)?;
    if args.json {
        output::json(&to_json(&network, &predictions, &summary));
    } else {
        output::data(&to_text(&network, &predictions, &summary, args.kernels));
    }
    Ok(())
}

/// Says which kernels are missing from the time, one line for each kind.
fn warn_of_unknown(prediction: &Prediction) {
    let mut kinds: Vec<(&str, Vec<&str>)> = Vec::new();
    let unknown = prediction.kernels.iter();
    for timed in unknown.filter(|timed| timed.milliseconds.is_none()) {
        let (op, name) = (timed.kernel.op.as_str(), timed.kernel.name.as_str());
        match kinds.iter_mut().find(|(kind, _)| *kind == op) {
            Some((_, names)) => names.push(name),
            None => kinds.push((op, vec![name])),
        }
    }
    for (op, names) in kinds {
        let others = match names.len() - 1 {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        let (device, first) = (&prediction.device, names[0]);
        output::message(&format!(
            "warning: {device} has no figures for kernel {op} ({first}{others})"
        ));
    }
}

/// The share of the time that kernels take for which others stand, from 0 to 1.
fn approximated(prediction: &Prediction) -> f64 {
    let kernels = prediction.kernels.iter();
    let approximate = kernels.filter(|timed| timed.kernel.is_approximate());
    let milliseconds: f64 = approximate.filter_map(|timed| timed.milliseconds).sum();
    if milliseconds > 0.0 {
        milliseconds / prediction.milliseconds
    } else {
        0.0
    }
}

/// The kind of kernel whose time was taken for another's.
fn stand_in(timed: &KernelTime) -> Option<&'static str> {
    let known = timed.kernel.is_approximate() && timed.milliseconds.is_some();
    timed.kernel.family.filter(|_| known).map(Family::name)
}

/// The first of the operators that a kernel was fused from, and how many there are.
fn origin(name: &str) -> String {
    match name.split_once(';') {
        None => name.to_owned(),
        Some((first, rest)) => {
            let others = rest.split(';').count();
            format!("{first} and {others} more")
        }
    }
}

fn to_text(
    network: &Network,
    predictions: &[Prediction],
    summary: &Summary,
    kernels: bool,
) -> String {
    let mut table = Table::new(&[
        ("device", ""),
        ("latency", "ms"),
        ("coverage", "% of MACs"),
        ("approximated", "% of time"),
        ("held-out error", "%"),
        ("held out within 10 %", "%"),
    ]);
    for prediction in predictions {
        let accuracy = prediction.accuracy.as_ref();
        table.rows.push(vec![
            Cell::text(&prediction.device),
            Cell::number(Some(prediction.milliseconds), 3),
            Cell::number(Some(100.0 * prediction.coverage.macs), 0),
            Cell::number(Some(100.0 * approximated(prediction)), 0),
            Cell::number(accuracy.map(|a| a.mape_percent), 2),
            Cell::number(accuracy.map(|a| a.within_10_percent), 2),
        ]);
    }
    let mut text = String::new();
    if let Some((macs, parameters)) = network.size {
        let (macs, parameters) = (macs as f64 / 1e6, parameters as f64 / 1e6);
        text.push_str(&format!(
            "{macs:.1} million multiply-accumulates, {parameters:.2} million parameters\n\n"
        ));
    }
    text.push_str(&table.to_text());
    if predictions.len() > 1 {
        let Summary { mean, std, .. } = summary;
        text.push_str(&format!(
            "\nmean {mean:.3} ms, population standard deviation {std:.3} ms\n"
        ));
    }
    for prediction in predictions.iter().filter(|_| kernels) {
        let mut table = Table::new(&[
            ("kernel", ""),
            ("time", "ms"),
            ("share", "%"),
            ("timed as", ""),
            ("from", ""),
        ]);
        for kernel in &prediction.kernels {
            let time = kernel.milliseconds;
            let share = time.map(|ms| 100.0 * ms / prediction.milliseconds);
            table.rows.push(vec![
                Cell::text(&kernel.kernel.op),
                Cell::number(time, 4),
                Cell::number(share, 1),
                stand_in(kernel).map_or(Cell::Empty, Cell::text),
                Cell::text(origin(&kernel.kernel.name)),
            ]);
        }
        text.push_str(&format!("\n{}\n{}", prediction.device, table.to_text()));
    }
    text
}

fn to_json(network: &Network, predictions: &[Prediction], summary: &Summary) -> serde_json::Value {
    let devices = predictions.iter().map(|prediction| {
        let kernels = prediction.kernels.iter().map(|kernel| {
            json!({
                "op": kernel.kernel.op,
                "name": kernel.kernel.name,
                "milliseconds": kernel.milliseconds,
                "timed_as": stand_in(kernel),
            })
        });
        json!({
            "device": prediction.device,
            "milliseconds": prediction.milliseconds,
            "coverage": { "kernels": prediction.coverage.kernels, "macs": prediction.coverage.macs },
            "approximated": approximated(prediction),
            "unknown": prediction.unknown,
            "held_out": prediction.accuracy,
            "kernels": kernels.collect::<Vec<_>>(),
        })
    });
    json!({
        "macs": network.size.map(|(macs, _)| macs),
        "parameters": network.size.map(|(_, parameters)| parameters),
        "devices": devices.collect::<Vec<_>>(),
        "mean": summary.mean,
        "std": summary.std,
        "max": summary.max,
    })
}

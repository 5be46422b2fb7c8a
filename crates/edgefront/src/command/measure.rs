use std::fs;
use std::time::Duration;

use edgefront::latency::{Effort, ModelFile, Timing, measure};
use edgefront::report::{Cell, Table};
use serde_json::json;

use crate::cli::MeasureArgs;
use crate::error::Error;
use crate::{output, runtime};

pub fn run(args: &MeasureArgs) -> Result<(), Error> {
    let bytes = fs::read(&args.model).map_err(Error::file(&args.model))?;
    let runtime = runtime::open(&args.host)?;
    let model = ModelFile {
        bytes: &bytes,
        folder: args.model.parent(),
    };
    let mut session = runtime
        .load(model, args.batch.get().into())
        .map_err(|error| Error::Content {
            path: args.model.clone(),
            reason: error.to_string(),
        })?;
    let effort = Effort {
        warm_up: args.warm_up,
        repeats: args.repeats,
        at_least: Duration::ZERO,
    };
    let timing = measure(session.as_mut(), effort)?;
    for noise in timing.noise() {
        output::message(&format!("warning: {noise}"));
    }
    if args.json {
        output::json(&json!({
            "model": args.model,
            "runtime": runtime.name(),
            "threads": args.host.threads,
            "batch": args.batch,
            "milliseconds": timing,
            "noise": timing.noise(),
        }));
    } else {
        output::data(&to_text(runtime.name(), &timing));
    }
    Ok(())
}

fn to_text(runtime: &str, timing: &Timing) -> String {
    let mut table = Table::new(&[
        ("runtime", ""),
        ("runs", ""),
        ("min", "ms"),
        ("median", "ms"),
        ("p90", "ms"),
        ("mean", "ms"),
        ("mean CPU", "ms"),
    ]);
    table.rows.push(vec![
        Cell::text(runtime),
        Cell::count(timing.runs as u64),
        Cell::number(Some(timing.min), 3),
        Cell::number(Some(timing.median), 3),
        Cell::number(Some(timing.p90), 3),
        Cell::number(Some(timing.mean), 3),
        Cell::number(timing.cpu, 3),
    ]);
    table.to_text()
}

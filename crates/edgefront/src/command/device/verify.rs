use std::collections::HashSet;

use edgefront::graph::Graph;
use edgefront::latency::{Library, Model, Verified, verify};
use edgefront::random::Key;
use edgefront::report::{Cell, Table};
use serde_json::json;

use super::networks;
use crate::cli::VerifyArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;
use crate::runtime::{self, moment};

pub fn run(args: &VerifyArgs) -> Result<(), Error> {
    let device = Library::of_user().open(&args.name)?;
    let runtime = runtime::open(&args.host)?;
    let mut seed = args.seed;
    if let Model::Additive(model) = device.model.as_ref() {
        let source = model.source();
        let here = runtime::setting(runtime.as_ref(), &args.host);
        if source.column == here {
            seed = seed.or(Some(source.seed));
        } else {
            let (name, found) = (device.name(), &source.column);
            output::message(&format!(
                "warning: {name} predicts `{found}`, what is measured is `{here}`"
            ));
        }
    }
    let networks = unseen(args, seed.unwrap_or(0))?;
    let bar = Bar::items("measuring");
    let verified = verify(
        device.model.predictor(),
        &networks,
        args.rounds,
        &mut |graph| moment(runtime.as_ref(), graph),
        &mut |done, all| bar.set(done as u64, all as u64),
    )?;
    bar.finish();
    if args.json {
        output::json(&to_json(device.name(), &verified));
    } else {
        output::data(&to_text(&verified));
    }
    Ok(())
}

/// Networks that a calibration with the same seed has not measured.
fn unseen(args: &VerifyArgs, seed: u64) -> Result<Vec<(String, Graph)>, Error> {
    let key = Key::new(seed);
    let fitted = networks::draw(&args.space, networks::FITTED, key.with("fit", 0))?;
    let fitted: HashSet<_> = fitted.iter().map(|(_, graph)| graph.key()).collect();
    let wanted = args.networks + fitted.len();
    let mut fresh = networks::draw(&args.space, wanted, key.with("verify", 0))?;
    fresh.retain(|(_, graph)| !fitted.contains(&graph.key()));
    fresh.truncate(args.networks);
    Ok(fresh)
}

fn to_text(verified: &[Verified]) -> String {
    let mut table = Table::new(&[
        ("network", ""),
        ("predicted", "ms"),
        ("measured", "ms"),
        ("error", "%"),
    ]);
    for network in verified {
        table.rows.push(vec![
            Cell::text(&network.name),
            Cell::number(Some(network.predicted), 3),
            Cell::number(Some(network.measured), 3),
            Cell::number(Some(100.0 * network.error()), 2),
        ]);
    }
    let accuracy = Verified::accuracy(verified);
    format!(
        "{}\n{} networks: mean error {:.2} %, {:.2} % within 5 %, {:.2} % within 10 %\n",
        table.to_text(),
        accuracy.networks,
        accuracy.mape_percent,
        accuracy.within_5_percent,
        accuracy.within_10_percent
    )
}

fn to_json(device: &str, verified: &[Verified]) -> serde_json::Value {
    let networks = verified.iter().map(|network| {
        json!({
            "network": network.name,
            "predicted": network.predicted,
            "measured": network.measured,
            "error": network.error(),
        })
    });
    json!({
        "device": device,
        "accuracy": Verified::accuracy(verified),
        "networks": networks.collect::<Vec<_>>(),
    })
}

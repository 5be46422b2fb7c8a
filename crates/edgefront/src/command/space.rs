use std::fs;

use edgefront::report::{Cell, Table};
use edgefront::space::{Census, Parameter, Role, Space};
use serde_json::json;

use crate::cli::{SpaceArgs, SpaceCommand, SpaceShowArgs};
use crate::error::Error;
use crate::output;

pub fn run(args: &SpaceArgs) -> Result<(), Error> {
    let SpaceCommand::Show(args) = &args.command;
    let space = open(args)?;
    if args.json {
        output::json(&to_json(&space, &space.census()));
    } else {
        output::data(&to_text(&space, &space.census()));
    }
    Ok(())
}

fn open(args: &SpaceShowArgs) -> Result<Space, Error> {
    match (&args.preset, &args.file) {
        (Some(name), _) => Ok(Space::preset(name)?),
        (None, Some(path)) => {
            let text = fs::read_to_string(path).map_err(Error::file(path))?;
            let named = |e: edgefront::space::Error| Error::Content {
                path: path.clone(),
                reason: e.to_string(),
            };
            Space::parse(&text).map_err(named)
        }
        (None, None) => Err(Error::Usage("give a space's file or --preset NAME".into())),
    }
}

fn role(parameter: &Parameter) -> &'static str {
    match parameter.role {
        Role::Architecture => "architecture",
        Role::Input => "input",
        Role::Training => "training",
    }
}

fn condition(parameter: &Parameter) -> String {
    let when = parameter.when.as_ref();
    when.map_or_else(String::new, |when| {
        format!("{} = {}", when.parameter, when.equals)
    })
}

fn to_text(space: &Space, census: &Census) -> String {
    let mut parameters = Table::new(&[
        ("parameter", ""),
        ("values", ""),
        ("changes the", ""),
        ("only if", ""),
    ]);
    for parameter in space.parameters() {
        let values: Vec<String> = parameter.values.iter().map(ToString::to_string).collect();
        parameters.rows.push(vec![
            Cell::text(&parameter.name),
            Cell::text(values.join(", ")),
            Cell::text(role(parameter)),
            Cell::text(condition(parameter)),
        ]);
    }
    let mut counts = Table::new(&[("", ""), ("with aliases", ""), ("distinct", "")]);
    let mut count = |what: &str, all: Option<usize>, distinct: usize| {
        let all = Cell::number(all.map(|n| n as f64), 0);
        counts
            .rows
            .push(vec![Cell::text(what), all, Cell::count(distinct as u64)]);
    };
    let Census {
        combinations,
        configurations,
        architectures,
        ..
    } = *census;
    count(
        "architectures per input combination",
        Some(configurations),
        architectures,
    );
    let all = format!("trainings over all {combinations} combinations");
    count(&all, Some(census.all_configurations), census.trainings);
    count("networks to profile", None, census.networks);
    let (name, family) = (space.name(), space.family().name());
    format!(
        "{name} (family {family})\n\n{}\n{}",
        parameters.to_text(),
        counts.to_text()
    )
}

fn to_json(space: &Space, census: &Census) -> serde_json::Value {
    let parameters = space.parameters().iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "values": parameter.values,
            "role": role(parameter),
            "when": parameter.when.as_ref().map(|when| {
                json!({ "parameter": when.parameter, "equals": when.equals })
            }),
        })
    });
    json!({
        "name": space.name(),
        "family": space.family().name(),
        "parameters": parameters.collect::<Vec<_>>(),
        "input_combinations": census.combinations,
        "configurations_per_combination": census.configurations,
        "architectures_per_combination": census.architectures,
        "configurations": census.all_configurations,
        "trainings": census.trainings,
        "networks_to_profile": census.networks,
    })
}

//! The command line. Standard output is data, standard error is progress and messages.

mod cli;
mod command;
mod error;
mod output;
mod progress;
mod results;
mod runtime;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Demo(args) => command::demo::run(&args),
        Command::Tiles(args) => command::tiles::run(&args),
        Command::Space(args) => command::space::run(&args),
        Command::Search(args) => command::search::run(&args),
        Command::Latency(args) => command::latency::run(&args),
        Command::Measure(args) => command::measure::run(&args),
        Command::Device(args) => command::device::run(&args),
        Command::Pareto(args) => command::pareto::run(&args),
        Command::Report(args) => command::report::run(&args),
        Command::Export(args) => command::export::run(&args),
        Command::Classify(args) => command::classify::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::message(&format!("error: {error}"));
            if let Some(hint) = error.hint() {
                output::message(&format!("hint: {hint}"));
            }
            ExitCode::from(error.exit_code())
        }
    }
}

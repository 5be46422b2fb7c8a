mod fit;
mod import;
mod list;
mod show;

use crate::cli::{DeviceArgs, DeviceCommand};
use crate::error::Error;

pub fn run(args: &DeviceArgs) -> Result<(), Error> {
    match &args.command {
        DeviceCommand::List(args) => {
            list::run(args);
            Ok(())
        }
        DeviceCommand::Show(args) => show::run(args),
        DeviceCommand::Fit(args) => fit::run(args),
        DeviceCommand::Import(args) => import::run(args),
    }
}

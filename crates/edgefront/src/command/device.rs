mod calibrate;
mod emulate;
mod fit;
mod import;
mod list;
mod networks;
mod show;
mod verify;

use crate::cli::{DeviceArgs, DeviceCommand};
use crate::error::Error;

pub fn run(args: &DeviceArgs) -> Result<(), Error> {
    match &args.command {
        DeviceCommand::List(args) => list::run(args),
        DeviceCommand::Show(args) => show::run(args),
        DeviceCommand::Fit(args) => fit::run(args),
        DeviceCommand::Emulate(args) => emulate::run(args),
        DeviceCommand::Import(args) => import::run(args),
        DeviceCommand::Calibrate(args) => calibrate::run(args),
        DeviceCommand::Verify(args) => verify::run(args),
    }
}

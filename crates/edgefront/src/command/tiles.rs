pub mod align;
pub mod clip;
pub mod info;
pub mod prepare;
pub mod synth;

use crate::cli::tiles::{TilesArgs, TilesCommand};
use crate::error::Error;

pub fn run(args: &TilesArgs) -> Result<(), Error> {
    match &args.command {
        TilesCommand::Synth(args) => synth::run(args),
        TilesCommand::Align(args) => align::run(args),
        TilesCommand::Clip(args) => clip::run(args),
        TilesCommand::Prepare(args) => prepare::run(args),
        TilesCommand::Info(args) => info::run(args),
    }
}

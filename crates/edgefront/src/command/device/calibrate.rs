use std::fs;
use std::time::Duration;

use edgefront::latency::{Calibration, Device, Journal, Library, Phase, calibrate};
use edgefront::random::Key;

use super::networks;
use crate::cli::CalibrateArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;
use crate::runtime::{self, moment};

pub fn run(args: &CalibrateArgs) -> Result<(), Error> {
    let path = Library::of_user().place(&args.name, Device::FILE_ENDING)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    let runtime = runtime::open(&args.host)?;
    let setting = runtime::setting(runtime.as_ref(), &args.host);
    let networks = networks::draw(
        &args.space,
        networks::FITTED,
        Key::new(args.seed).with("fit", 0),
    )?;
    // Measurements of other networks would count for time and be of no use.
    let measured = format!("{setting}, space {}, seed {}", args.space, args.seed);
    let journal_path = path.with_extension("journal");
    if args.restart {
        Journal::remove(&journal_path)?;
    }
    let mut journal = Journal::open(&journal_path, &measured)?;
    if !journal.is_empty() {
        let place = journal_path.display();
        output::message(&format!(
            "{place}: going on after {} measurements",
            journal.len()
        ));
    }
    let calibration = Calibration {
        name: &args.name,
        runtime: &setting,
        networks: &networks,
        budget: Duration::from_secs_f64(60.0 * args.minutes),
        seed: args.seed,
    };
    let bar = Bar::items("first pass");
    let device = calibrate(
        &calibration,
        &mut journal,
        &mut |graph| moment(runtime.as_ref(), graph),
        &mut |progress| match progress.phase {
            Phase::First => bar.set(progress.measured as u64, progress.total as u64),
            // From here on it is the time that runs out.
            Phase::Refining => {
                bar.rename("seconds of measuring");
                bar.set(progress.spent.as_secs(), calibration.budget.as_secs());
            }
        },
    )?;
    bar.finish();
    device.write(&path)?;
    let error = device.held_out().overall;
    output::message(&format!(
        "{}: mean error {:.2} %, {:.2} % within 10 % on {} networks held out",
        path.display(),
        error.mape_percent,
        error.within_10_percent,
        error.networks,
    ));
    Ok(())
}

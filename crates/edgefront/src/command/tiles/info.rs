mod json;
mod sheet;
mod text;

use edgefront::random::Key;
use edgefront::tiles::fold::{FoldOptions, Setting, by_name};
use edgefront::tiles::{Dataset, InfoOptions, summarise};

use crate::cli::tiles::InfoArgs;
use crate::error::Error;
use crate::output;

pub fn run(args: &InfoArgs) -> Result<(), Error> {
    let dataset = Dataset::open(&args.dataset)?;
    if args.verify {
        dataset.verify()?;
    }
    let summary = summarise(&dataset, &options(args)?);
    if let Some(path) = &args.sheet {
        sheet::draw(&dataset, &summary, args.per_class).save_png(path)?;
        output::message(&format!("contact sheet in {}", path.display()));
    }
    if args.json {
        output::json(&json::report(&dataset, &summary));
    } else {
        output::data(&text::report(&dataset, &summary));
    }
    Ok(())
}

fn options(args: &InfoArgs) -> Result<InfoOptions, Error> {
    let mut options = InfoOptions {
        key: Key::new(args.seed).with("folds", 0), // As in a study.
        ..InfoOptions::default()
    };
    for (_, folds) in &mut options.rules {
        (folds.count, folds.buffer) = (args.folds, args.buffer);
    }
    if !args.fold.is_empty() {
        let rule = |name: &String| {
            let rule = by_name(name)?;
            let folds = FoldOptions {
                block_size: (args.block_size)
                    .filter(|_| rule.settings().contains(&Setting::BlockSize)),
                buffer: args.buffer,
                ..FoldOptions::new(args.folds)
            };
            Ok((rule, folds))
        };
        options.rules = args.fold.iter().map(rule).collect::<Result<_, Error>>()?;
    }
    Ok(options)
}

use std::fs;

use edgefront::tiles::{AlignOptions, align};

use crate::cli::tiles::AlignArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

pub fn run(args: &AlignArgs) -> Result<(), Error> {
    fs::create_dir_all(&args.out).map_err(Error::file(&args.out))?;
    let [dem, image] = ["dem.tif", "image.tif"].map(|name| args.out.join(name));
    let options = AlignOptions::new(args.rasters.options(), dem, image);
    let bar = Bar::items("resampling rows");
    let size = align(&options, &mut |done, all| bar.set(done as u64, all as u64))
        .map_err(Error::Rasters)?;
    bar.finish();
    let out = args.out.display();
    output::message(&format!("dem.tif and image.tif of {size} pixels in {out}"));
    Ok(())
}

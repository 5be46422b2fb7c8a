//! Chores of the workspace, run as `cargo xtask`.

mod tiff_corpus;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the workspace")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Read every file of a corpus of TIFF files and compare with what is known of it
    TiffCorpus {
        /// The corpus: folders of files beside a manifest.json
        corpus: PathBuf,
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Read one raster in this process, under limits: what `tiff-corpus` starts for each file
    #[command(hide = true)]
    ReadRaster {
        /// The file
        file: PathBuf,
        /// Address space that this process may use, in MiB
        #[arg(long)]
        memory: u64,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::TiffCorpus { corpus, json } => tiff_corpus::run(&corpus, json),
        Chore::ReadRaster { file, memory } => tiff_corpus::read_under_limit(&file, memory),
    };
    match done {
        Ok(code) => code,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

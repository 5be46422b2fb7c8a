//! What runs models on this machine: one file each.

mod classifier;
mod engine;
#[cfg(feature = "onnxruntime")]
mod onnxruntime;

use std::time::Duration;

use clap::ValueEnum;
use edgefront::graph::Graph;
use edgefront::latency::{self, Effort, ModelFile, Runtime, Timing, model_of};
use edgefront::random::Key;

use crate::cli::HostArgs;
use crate::error::Error;
pub use classifier::classifiers;
use engine::Engine;

/// A runtime by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RuntimeName {
    /// The engine of this program.
    Engine,
    /// ONNX Runtime, whose library is loaded.
    Onnxruntime,
}

/// The runtime that the command line asks for.
pub fn open(args: &HostArgs) -> Result<Box<dyn Runtime>, Error> {
    match args.runtime {
        RuntimeName::Engine if args.onnxruntime.is_some() => Err(Error::Usage(
            "`--onnxruntime` names a library, expected `--runtime onnxruntime` with it".to_owned(),
        )),
        RuntimeName::Engine => Ok(Box::new(Engine::new(args.threads.into()))),
        RuntimeName::Onnxruntime => open_onnxruntime(args),
    }
}

/// What a calibration is of: a runtime and its threads.
pub fn setting(runtime: &dyn Runtime, args: &HostArgs) -> String {
    format!("{}, {} thread(s)", runtime.name(), args.threads)
}

#[cfg(feature = "onnxruntime")]
fn open_onnxruntime(args: &HostArgs) -> Result<Box<dyn Runtime>, Error> {
    use onnxruntime::{LIBRARY_VARIABLE, OnnxRuntime};

    let named = || std::env::var_os(LIBRARY_VARIABLE).filter(|path| !path.is_empty());
    let library = args.onnxruntime.clone().or_else(|| named().map(Into::into));
    let library = library.ok_or_else(|| {
        Error::Usage(format!(
            "no library of ONNX Runtime, expected its path as `--onnxruntime` or in \
             {LIBRARY_VARIABLE}"
        ))
    })?;
    Ok(Box::new(OnnxRuntime::open(&library, args.threads.into())?))
}

#[cfg(not(feature = "onnxruntime"))]
fn open_onnxruntime(_: &HostArgs) -> Result<Box<dyn Runtime>, Error> {
    Err(Error::Usage(
        "this program was built without ONNX Runtime, expected the feature `onnxruntime`"
            .to_owned(),
    ))
}

/// What a network takes in a calibration: a few runs, so that all can be measured often.
pub fn moment(runtime: &dyn Runtime, graph: &Graph) -> Result<f64, latency::Error> {
    let model = ModelFile {
        bytes: &model_of(graph)?,
        folder: None,
    };
    let mut session = runtime.load(model, 1)?;
    let effort = Effort {
        warm_up: 2,
        repeats: 5,
        at_least: Duration::from_millis(30),
    };
    let Timing { median, .. } = latency::measure(session.as_mut(), effort)?;
    Ok(median)
}

/// So many numbers of an image, from 0 to 1.
fn image(numbers: usize) -> Vec<f32> {
    let mut stream = Key::new(0).with("image", 0).stream();
    (0..numbers).map(|_| stream.unit() as f32).collect()
}

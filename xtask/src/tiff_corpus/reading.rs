//! One file, read in a process of its own.

use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use edgefront_tiles::Error;
use edgefront_tiles::raster::{Placement, RasterFile, Window};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the reading of one file may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub time: Duration,
    /// Address space in MiB: what the process may ask for, used or not.
    pub memory: u64,
}

/// What came of a file.
#[derive(Debug)]
pub enum Reading {
    Decoded(Decoded),
    /// Refused with the name of the feature that is not supported.
    Unsupported(String),
    /// Refused as damaged.
    Damaged(String),
    /// The process died: a panic or a signal.
    Crashed(String),
    /// It ran longer than allowed.
    Slow,
}

/// The pixels and the place that a file was found to have.
#[derive(Debug, Deserialize, Serialize)]
pub struct Decoded {
    /// Of the stored samples, little-endian, rows by columns by bands.
    pub sha256: String,
    pub width: usize,
    pub height: usize,
    pub bands: usize,
    pub epsg: Option<u32>,
    /// Left, top, width and height of a pixel.
    pub north_up: Option<[f64; 4]>,
    pub nodata: Option<String>,
}

#[derive(Deserialize, Serialize)]
enum Answer {
    Decoded(Decoded),
    Unsupported(String),
    Damaged(String),
}

/// Has a process of its own read a file.
pub fn read(file: &Path, limits: &Limits) -> Result<Reading, String> {
    let program = std::env::current_exe().map_err(|e| format!("cannot find this program: {e}"))?;
    let mut child = Command::new(program)
        .args(["read-raster", "--memory", &limits.memory.to_string()])
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("cannot start a process: {e}"))?;
    let start = Instant::now();
    // The answers are far shorter than a pipe is deep: they can wait until the process has ended.
    let status = loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => break status,
            None if start.elapsed() > limits.time => {
                child.kill().map_err(|e| e.to_string())?;
                child.wait().map_err(|e| e.to_string())?;
                return Ok(Reading::Slow);
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    let (mut answer, mut complaint) = (String::new(), String::new());
    for (pipe, text) in [
        (
            child.stdout.take().map(|p| Box::new(p) as Box<dyn Read>),
            &mut answer,
        ),
        (
            child.stderr.take().map(|p| Box::new(p) as Box<dyn Read>),
            &mut complaint,
        ),
    ] {
        if let Some(mut pipe) = pipe {
            pipe.read_to_string(text).map_err(|e| e.to_string())?;
        }
    }
    if !status.success() {
        let first = complaint.lines().find(|line| !line.is_empty());
        return Ok(Reading::Crashed(format!(
            "{status}: {}",
            first.unwrap_or("no message")
        )));
    }
    let answer = serde_json::from_str(&answer).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(match answer {
        Answer::Decoded(decoded) => Reading::Decoded(decoded),
        Answer::Unsupported(feature) => Reading::Unsupported(feature),
        Answer::Damaged(reason) => Reading::Damaged(reason),
    })
}

/// Reads a file with no more than `memory` MiB of address space and prints what came of it.
///
/// # Errors
/// The limit cannot be set.
pub fn read_under_limit(file: &Path, memory: u64) -> Result<ExitCode, String> {
    let limit = Rlimit {
        current: Some(memory << 20),
        maximum: Some(memory << 20),
    };
    setrlimit(Resource::As, limit).map_err(|e| format!("cannot limit memory: {e}"))?;
    let answer = match decode(file) {
        Ok(decoded) => Answer::Decoded(decoded),
        Err(Error::RasterUnsupported { feature, .. }) => Answer::Unsupported(feature),
        Err(error) => Answer::Damaged(error.to_string()),
    };
    let answer = serde_json::to_string(&answer).map_err(|e| e.to_string())?;
    println!("{answer}");
    Ok(ExitCode::SUCCESS)
}

fn decode(file: &Path) -> Result<Decoded, Error> {
    let file = RasterFile::open(file)?;
    let info = file.info();
    let whole = Window {
        column: 0,
        row: 0,
        width: info.width,
        height: info.height,
    };
    // The way that everything else goes.
    file.read_window(whole)?;
    let mut stored = file.read_stored(whole)?;
    if cfg!(target_endian = "big") {
        let bytes = stored.kind.bytes();
        stored
            .bytes
            .chunks_exact_mut(bytes)
            .for_each(<[u8]>::reverse);
    }
    let digest = Sha256::digest(&stored.bytes);
    Ok(Decoded {
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        width: info.width,
        height: info.height,
        bands: info.bands,
        epsg: info.epsg,
        north_up: match info.placement {
            Placement::NorthUp(t) => Some([t.left, t.top, t.pixel_width, t.pixel_height]),
            _ => None,
        },
        nodata: info.nodata.map(|value| value.to_string()),
    })
}

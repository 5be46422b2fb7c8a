//! Devices as a user meets them: imported, measured, calibrated, verified, asked.

mod board;
mod import;
#[cfg(feature = "onnxruntime")]
#[path = "../../../engine/tests/pytorch/interpreter.rs"]
mod interpreter;
mod runtimes;

use std::path::Path;
use std::process::{Command, Output};

/// The program, in a folder that holds the user's devices, too.
fn edgefront(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgefront"));
    command
        .current_dir(folder)
        .env("EDGEFRONT_DEVICES", folder.join("devices"));
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

fn run(folder: &Path, args: &[&str]) -> (Option<i32>, [String; 2]) {
    let ran = edgefront(folder).args(args).output();
    let Output {
        status,
        stdout,
        stderr,
    } = ran.expect("the binary runs");
    (status.code(), [text(&stdout), text(&stderr)])
}

/// Runs a command that must end well, and gives back its standard output and error.
fn done(folder: &Path, args: &[&str]) -> [String; 2] {
    let (code, said) = run(folder, args);
    assert_eq!(code, Some(0), "{args:?}: {}", said[1]);
    said
}

/// Runs a command that must fail with this exit code, and gives back its standard error.
fn failed(folder: &Path, args: &[&str], expected: i32) -> String {
    let (code, [out, err]) = run(folder, args);
    assert_eq!(code, Some(expected), "{args:?}: {err}");
    assert!(out.is_empty(), "an error is no data: {out}");
    err
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON")
}

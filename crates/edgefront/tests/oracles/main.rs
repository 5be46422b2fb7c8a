//! Files that we write, judged by the programs of others: Python packages from PyPI, where they
//! are installed. `EDGEFRONT_PYTHON`, or else `python3`, is asked for them.

mod clip;
mod cog;
mod folds;
#[path = "../../../engine/tests/pytorch/interpreter.rs"]
mod interpreter;
mod map;
mod onnx;
#[path = "../classify/plain.rs"]
mod plain;
mod safetensors;
mod terrain;
mod tiff;

use std::fs;
use std::path::Path;
use std::process::Command;

use interpreter::python;

/// Runs one of the scripts in this folder, which must be content.
fn judge(python: &str, script: &str, args: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/oracles")
        .join(script);
    let output = Command::new(python)
        .arg(script)
        .args(args)
        .output()
        .expect("python runs");
    let [out, err] =
        [output.stdout, output.stderr].map(|b| String::from_utf8_lossy(&b).into_owned());
    assert!(output.status.success(), "{args:?}: {out}{err}");
    print!("{out}");
}

/// Writes float32 as NumPy's `fromfile` reads them.
fn write(path: &Path, values: &[f32]) {
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    fs::write(path, bytes).expect("a temporary file");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

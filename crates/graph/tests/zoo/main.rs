//! The classifiers of torchvision, outlined: MACs and parameters are PyTorch's, each shape is the
//! one that onnx infers. `zoo.py` exports the files and asks both.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::Path;

use edgefront_graph::onnx::{Outline, OutlineOptions};
use flate2::read::GzDecoder;

/// What others say of one file.
#[derive(serde::Deserialize)]
struct Expected {
    /// By PyTorch.
    macs: u64,
    /// By PyTorch, where the file keeps all batch norms.
    parameters: Option<u64>,
    /// Float initializers of the file, without scalars and statistics.
    stored: u64,
    /// Of each node's outputs, if onnx can tell.
    shapes: HashMap<String, Vec<Option<Vec<usize>>>>,
}

/// What a comparison has found.
#[derive(Default)]
struct Compared {
    networks: usize,
    parameters: usize,
    shapes: usize,
}

/// Models of attention: some of their products are of weights alone, which run once, if at all,
/// while PyTorch counts them; and their files hold tables that are not trained.
const ATTENTION: [&str; 3] = ["maxvit", "swin", "vit"];

fn read(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if path.extension() == Some(OsStr::new("gz")) {
        let mut unpacked = Vec::new();
        GzDecoder::new(&bytes[..])
            .read_to_end(&mut unpacked)
            .expect("a file of gzip's");
        return unpacked;
    }
    bytes
}

/// Outlines each file of a folder and compares it with what the folder's `expected.json` says.
fn compare(folder: &Path, suffix: &str) -> Compared {
    let expected = read(&folder.join(format!("expected.json{suffix}")));
    let expected: HashMap<String, Expected> = serde_json::from_slice(&expected).expect("zoo.py's");
    let mut compared = Compared::default();
    for (file, expected) in &expected {
        let bytes = read(&folder.join(format!("{file}{suffix}")));
        let outline = Outline::decode(&bytes, &OutlineOptions::default())
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        for operator in outline.operators() {
            let Some(shapes) = expected.shapes.get(&operator.name) else {
                continue;
            };
            for (ours, theirs) in operator.outputs.iter().zip(shapes) {
                if let Some(theirs) = theirs {
                    assert_eq!(ours, theirs, "{file}: {}", operator.name);
                    compared.shapes += 1;
                }
            }
        }
        compared.networks += 1;
        if ATTENTION.iter().any(|name| file.starts_with(name)) {
            continue;
        }
        assert_eq!(outline.macs(), expected.macs, "{file}: MACs");
        assert_eq!(
            outline.parameters(),
            expected.stored,
            "{file}: parameters in the file"
        );
        if let Some(parameters) = expected.parameters {
            assert_eq!(
                outline.parameters(),
                parameters,
                "{file}: parameters in PyTorch"
            );
            compared.parameters += 1;
        }
    }
    compared
}

#[test]
fn one_network_of_each_family() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/zoo");
    let compared = compare(&folder, ".gz");
    assert!(compared.networks >= 30, "{} networks", compared.networks);
    assert!(
        compared.parameters >= 15,
        "{} with batch norms",
        compared.parameters
    );
    assert!(compared.shapes >= 3000, "{} shapes", compared.shapes);
}

#[test]
fn the_whole_zoo() {
    let Some(folder) = std::env::var_os("EDGEFRONT_ZOO") else {
        println!("skipped: EDGEFRONT_ZOO names no folder that zoo.py has filled");
        return;
    };
    let compared = compare(Path::new(&folder), "");
    let Compared {
        networks,
        parameters,
        shapes,
    } = compared;
    println!("{networks} files, {shapes} shapes, {parameters} with PyTorch's parameters");
}

//! What `latency` is asked about: a file with a network.

use std::fs::File;
use std::path::Path;

use edgefront::graph::onnx::{Outline, OutlineOptions};
use edgefront::latency::Ir;
use memmap2::Mmap;

use crate::cli::InputShape;
use crate::error::Error;

/// A network whose latency is asked for.
pub struct Network {
    pub ir: Ir,
    /// Multiply-accumulates and trained numbers; `None` of a graph that does not say.
    pub size: Option<(u64, u64)>,
}

impl Network {
    /// Reads an ONNX model, or a graph in nn-Meter's layout from a file that ends in `.json`.
    pub fn read(path: &Path, shapes: &[InputShape]) -> Result<Self, Error> {
        if path.extension().is_some_and(|ending| ending == "json") {
            if !shapes.is_empty() {
                let path = path.display();
                return Err(Error::Usage(format!(
                    "--input-shape: {path} is a graph with fixed shapes; expected an ONNX model"
                )));
            }
            let ir = Ir::read(path)?;
            return Ok(Self { ir, size: None });
        }
        read_onnx(path, shapes)
    }
}

fn read_onnx(path: &Path, shapes: &[InputShape]) -> Result<Network, Error> {
    let file = File::open(path).map_err(Error::file(path))?;
    // SAFETY: the map is read-only and lives for this function. A file that another process cuts
    // short meanwhile ends this one with a signal; nothing that is kept depends on the bytes.
    let map = unsafe { Mmap::map(&file) }.map_err(Error::file(path))?;
    let input_shapes = shapes.iter();
    let options = OutlineOptions {
        input_shapes: input_shapes
            .map(|shape| (shape.input.clone(), shape.dimensions.clone()))
            .collect(),
    };
    let outline = Outline::decode(&map, &options).map_err(|source| Error::Model {
        path: path.to_path_buf(),
        source,
    })?;
    Ok(Network {
        ir: Ir::from_onnx(&outline),
        size: Some((outline.macs(), outline.parameters())),
    })
}

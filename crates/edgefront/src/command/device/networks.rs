//! Networks of a space, drawn to be measured.

use std::collections::HashSet;

use edgefront::graph::Graph;
use edgefront::random::Key;
use edgefront::space::{Space, TileShape};

use crate::error::Error;

/// Whole networks that a device is fitted to, beside single kernels: with 64, nine of ten others are
/// predicted within 10 %, with 160 nineteen of twenty, and with 192 no more.
pub const FITTED: usize = 160;

/// The tiles of the drainage-crossing study.
const TILE: TileShape = TileShape {
    height: 100,
    width: 100,
    classes: 2,
};

/// Draws different networks of a preset space, at most `count`, with their names.
pub fn draw(preset: &str, count: usize, key: Key) -> Result<Vec<(String, Graph)>, Error> {
    let space = Space::preset(preset)?;
    let mut stream = key.stream();
    let mut known = HashSet::new();
    let mut networks = Vec::new();
    // A small space is soon exhausted.
    for _ in 0..50 * count {
        if networks.len() == count {
            break;
        }
        let configuration = space.sample(&mut stream);
        let graph = space.build(&configuration, TILE)?;
        if known.insert(graph.key()) {
            networks.push((space.key(&configuration), graph));
        }
    }
    Ok(networks)
}

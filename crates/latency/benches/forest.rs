//! A forest of 500 deep trees: our layout beside a plain loop over nodes.
//!
//! `cargo bench -p edgefront-latency --bench forest`

use std::hint::black_box;
use std::time::Instant;

use edgefront_latency::{Forest, Node, Tree};
use edgefront_random::{Key, Stream};

const FEATURES: usize = 7;
const TREES: usize = 500;
/// Each call has features of its own: no node is warm because the call before used it.
const CALLS: usize = 2000;

fn main() {
    for leaves in [100, 1_000, 5_000, 20_000] {
        let mut random = Key::new(1).stream();
        let trees: Vec<Tree> = (0..TREES).map(|_| grow(leaves, &mut random)).collect();
        let rows: Vec<[f64; FEATURES]> = (0..CALLS)
            .map(|_| std::array::from_fn(|_| random.unit()))
            .collect();
        let depth: usize = trees.iter().map(|tree| descend(tree, &rows[0]).1).sum();
        let plain = time(&rows, |row| {
            let sum: f64 = trees.iter().map(|tree| descend(tree, row).0).sum();
            sum / TREES as f64
        });
        let forest = Forest::new(FEATURES, trees).expect("grown trees are sound");
        let ours = time(&rows, |row| forest.predict(row));
        assert_eq!(plain.1, ours.1, "both loops predict the same");
        println!(
            "{TREES} trees of {leaves} leaves, mean depth {:.1}: plain {:.1} us a call, ours {:.1} us",
            depth as f64 / TREES as f64,
            plain.0,
            ours.0,
        );
    }
}

/// Microseconds a call, and the sum of the predictions.
fn time(rows: &[[f64; FEATURES]], predict: impl Fn(&[f64]) -> f64) -> (f64, f64) {
    let start = Instant::now();
    let sum = rows.iter().map(|row| black_box(predict(row))).sum();
    (start.elapsed().as_secs_f64() * 1e6 / rows.len() as f64, sum)
}

/// A tree of this many leaves over the unit cube, unbalanced as trees grown from data are: uniform
/// features lead to each leaf as often as to any other.
fn grow(leaves: usize, random: &mut Stream) -> Tree {
    let mut nodes = vec![Node::Leaf(0.0)];
    let mut pending = vec![(0, leaves, [[0.0, 1.0]; FEATURES])];
    while let Some((at, leaves, cell)) = pending.pop() {
        if leaves == 1 {
            nodes[at] = Node::Leaf(random.unit());
            continue;
        }
        let share = 0.2 + 0.6 * random.unit();
        let left = ((leaves as f64 * share) as usize).clamp(1, leaves - 1);
        let feature = random.below(FEATURES);
        let [low, high] = cell[feature];
        let threshold = low + (high - low) * left as f64 / leaves as f64;
        let (mut below, mut above) = (cell, cell);
        below[feature][1] = threshold;
        above[feature][0] = threshold;
        nodes[at] = Node::Split {
            feature,
            threshold,
            left: nodes.len(),
            right: nodes.len() + 1,
        };
        pending.push((nodes.len(), left, below));
        pending.push((nodes.len() + 1, leaves - left, above));
        nodes.extend([Node::Leaf(0.0); 2]);
    }
    Tree::new(nodes).expect("every leaf is split once")
}

/// The leaf and how deep it is, one node after the other.
fn descend(tree: &Tree, features: &[f64]) -> (f64, usize) {
    let (mut at, mut depth) = (0, 0);
    loop {
        match tree.nodes()[at] {
            Node::Leaf(value) => return (value, depth),
            Node::Split {
                feature,
                threshold,
                left,
                right,
            } => {
                let goes_left = f64::from(features[feature] as f32) <= threshold;
                at = if goes_left { left } else { right };
                depth += 1;
            }
        }
    }
}

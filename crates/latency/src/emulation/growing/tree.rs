//! A regression tree that grows where it is asked.

use edgefront_random::Key;

use super::split::{Split, Splitter};
use super::training::Training;

/// Variances up to this are none, as in scikit-learn.
const PURE: f64 = f64::EPSILON;

/// A regression tree (Breiman, Friedman, Olshen and Stone, "Classification and regression trees",
/// 1984) of which only the paths exist that something was asked about.
///
/// A node is a function of its samples and its key, and its key of the path that leads to it: what
/// was asked before does not matter, and each answer is that of the whole tree.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// The bootstrap sample, in which each node owns a range.
    samples: Vec<u16>,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    /// Nothing has been asked about these samples yet.
    Bud {
        start: u32,
        end: u32,
        depth: u32,
        key: Key,
    },
    Leaf(f64),
    Fork {
        feature: u32,
        /// The left branch; the right one follows it.
        left: u32,
        threshold: f64,
    },
}

/// How far and how freely trees grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The most forks on a path.
    pub depth: u32,
    /// Features that are drawn for a fork; more, where all of these are constant.
    pub features: usize,
}

impl Tree {
    /// A tree on a bootstrap sample: as many samples as there are, drawn with replacement.
    pub(crate) fn new(training: &Training, key: Key) -> Self {
        let mut stream = key.with("bootstrap", 0).stream();
        let count = training.len();
        let samples = (0..count).map(|_| stream.below(count) as u16).collect();
        Self {
            nodes: vec![Node::Bud {
                start: 0,
                end: count as u32,
                depth: 0,
                key: key.with("root", 0),
            }],
            samples,
        }
    }

    /// The mean target of the leaf that these features lead to.
    pub(crate) fn predict(
        &mut self,
        features: &[f32],
        training: &Training,
        growth: Growth,
        splitter: &mut Splitter,
    ) -> f64 {
        let mut at = 0;
        loop {
            match self.nodes[at] {
                Node::Leaf(value) => return value,
                Node::Fork {
                    feature,
                    left,
                    threshold,
                } => {
                    let right = f64::from(features[feature as usize]) > threshold;
                    at = left as usize + usize::from(right);
                }
                Node::Bud { .. } => self.grow(at, training, growth, splitter),
            }
        }
    }

    /// Makes a leaf or a fork with two buds of a bud.
    fn grow(&mut self, at: usize, training: &Training, growth: Growth, splitter: &mut Splitter) {
        let Node::Bud {
            start,
            end,
            depth,
            key,
        } = self.nodes[at]
        else {
            return;
        };
        let samples = &mut self.samples[start as usize..end as usize];
        let (mean, variance) = moments(samples, training.targets());
        let split = if variance <= PURE || depth >= growth.depth {
            None
        } else {
            choose(samples, training, growth.features, key, splitter)
        };
        let Some(split) = split else {
            self.nodes[at] = Node::Leaf(mean);
            return;
        };
        let ranks = training.ranks(split.feature);
        // Stable, so that a branch's order depends on its path alone.
        samples.sort_by_key(|&sample| ranks[sample as usize] > split.rank);
        let left = samples.partition_point(|&sample| ranks[sample as usize] <= split.rank);
        let middle = start + left as u32;
        let bud = |start, end, side| Node::Bud {
            start,
            end,
            depth: depth + 1,
            key: key.with("branch", side),
        };
        self.nodes[at] = Node::Fork {
            feature: split.feature as u32,
            left: self.nodes.len() as u32,
            threshold: split.threshold,
        };
        self.nodes
            .extend([bud(start, middle, 0), bud(middle, end, 1)]);
    }
}

/// The best split among features in random order: so many of them, and on until one is not constant.
fn choose(
    samples: &[u16],
    training: &Training,
    features: usize,
    key: Key,
    splitter: &mut Splitter,
) -> Option<Split> {
    let mut order: Vec<usize> = (0..training.width()).collect();
    key.stream().shuffle(&mut order);
    let mut best = None;
    for (looked_at, &feature) in order.iter().enumerate() {
        if looked_at >= features && best.is_some() {
            break;
        }
        best = Splitter::better(best, splitter.best(training, samples, feature));
    }
    best
}

/// Mean and variance of the samples' targets.
fn moments(samples: &[u16], targets: &[f64]) -> (f64, f64) {
    let count = samples.len() as f64;
    let of = || samples.iter().map(|&sample| targets[sample as usize]);
    let mean = of().sum::<f64>() / count;
    let variance = of().map(|target| (target - mean).powi(2)).sum::<f64>() / count;
    (mean, variance)
}

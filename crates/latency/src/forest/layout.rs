//! How the nodes of a forest lie in memory.
//!
//! A descent is a chain of loads, each waiting for the one before it, so what counts is how many
//! lines of the cache it touches. A node has eight bytes: a split packs threshold, feature, the way
//! to its children and which of them are leaves; a leaf is its value and nothing else, since its
//! parent knows it for one. The two children of a split lie side by side, and a line of the cache
//! holds four such pairs: the children of a split, of those their children, and so on as far as
//! they fit. So a step down finds its node in the line it is in more often than not.

use std::collections::VecDeque;

use super::tree::{Node, Tree};

/// The most features that a split's six bits can name.
pub(super) const MAX_FEATURES: usize = 1 << FEATURE_BITS;

const FEATURE_BITS: u32 = 6;
/// How many bits say how far behind a split its children lie.
const OFFSET_BITS: u32 = 24;
const OFFSET_MASK: u64 = (1 << OFFSET_BITS) - 1;
const OFFSET_SHIFT: u32 = 32;
/// The bit that says that the left child is a leaf; the next says so of the right one.
const LEAF_SHIFT: u32 = OFFSET_SHIFT + OFFSET_BITS;
const FEATURE_SHIFT: u32 = LEAF_SHIFT + 2;

/// The nodes in a line of the cache.
const LINE: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
struct Line([u64; LINE]);

/// The nodes of many trees. They are known by their places, and a parent comes before its children.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Nodes {
    lines: Vec<Line>,
    /// Places in use; those behind it in the last line are free.
    len: usize,
}

impl Nodes {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a tree; where its root stands.
    pub(super) fn plant(&mut self, tree: &Tree) -> u32 {
        match *tree.nodes() {
            // Every root is a split. This one asks for nothing.
            [leaf @ Node::Leaf(_)] => {
                let split = Node::Split {
                    feature: 0,
                    threshold: 0.0,
                    left: 1,
                    right: 2,
                };
                self.plant_split(&[split, leaf, leaf])
            }
            ref nodes => self.plant_split(nodes),
        }
    }

    /// Adds a tree whose first node is a split.
    fn plant_split(&mut self, nodes: &[Node]) -> u32 {
        // A place stays free, so that two children never lie in two lines.
        self.push(0);
        let root = self.len;
        self.push(pack(&nodes[0], nodes));
        // Splits whose children have no place yet, with their own.
        let mut pending = vec![(root, 0)];
        let mut line = VecDeque::new();
        while let Some(split) = pending.pop() {
            line.push_back(split);
            loop {
                let Some((at, split)) = line.pop_front() else {
                    break;
                };
                let Node::Split { left, right, .. } = nodes[split] else {
                    unreachable!("only splits are pending");
                };
                *self.node_mut(at) |= ((self.len - at) as u64) << OFFSET_SHIFT;
                for child in [left, right] {
                    if matches!(nodes[child], Node::Split { .. }) {
                        line.push_back((self.len, child));
                    }
                    self.push(pack(&nodes[child], nodes));
                }
                if self.len.is_multiple_of(LINE) {
                    break;
                }
            }
            pending.extend(line.drain(..).rev());
        }
        u32::try_from(root).expect("a forest's nodes are counted")
    }

    /// The leaves that these features lead to from each of these roots.
    pub(super) fn descend<const TREES: usize>(
        &self,
        roots: [u32; TREES],
        features: &[f32; MAX_FEATURES],
    ) -> [f64; TREES] {
        let mut at = roots.map(|root| root as usize);
        // In step, and without a branch on what a node says: a tree whose leaf is found looks at
        // the same split again until the last has found its own.
        loop {
            let mut descending = false;
            for at in &mut at {
                let (child, is_leaf) = self.child(*at, features);
                descending |= !is_leaf;
                *at = if is_leaf { *at } else { child };
            }
            if !descending {
                return at.map(|at| f64::from_bits(self.node(self.child(at, features).0)));
            }
        }
    }

    /// Where a split sends these features, and whether a leaf is there.
    fn child(&self, at: usize, features: &[f32; MAX_FEATURES]) -> (usize, bool) {
        let split = self.node(at);
        let threshold = f32::from_bits(split as u32);
        let right = features[(split >> FEATURE_SHIFT) as usize] > threshold;
        let offset = (split >> OFFSET_SHIFT) & OFFSET_MASK;
        let is_leaf = (split >> (LEAF_SHIFT + u32::from(right))) & 1 == 1;
        (at + offset as usize + usize::from(right), is_leaf)
    }

    fn node(&self, at: usize) -> u64 {
        self.lines[at / LINE].0[at % LINE]
    }

    fn node_mut(&mut self, at: usize) -> &mut u64 {
        &mut self.lines[at / LINE].0[at % LINE]
    }

    fn push(&mut self, node: u64) {
        if self.len.is_multiple_of(LINE) {
            self.lines.push(Line([0; LINE]));
        }
        self.len += 1;
        *self.node_mut(self.len - 1) = node;
    }
}

/// The node as it lies in memory, but for how far behind a split its children are.
fn pack(node: &Node, nodes: &[Node]) -> u64 {
    match *node {
        Node::Leaf(value) => value.to_bits(),
        Node::Split {
            feature,
            threshold,
            left,
            right,
        } => {
            let leaf = |child: usize| u64::from(matches!(nodes[child], Node::Leaf(_)));
            u64::from(round_down(threshold).to_bits())
                | (leaf(left) << LEAF_SHIFT)
                | (leaf(right) << (LEAF_SHIFT + 1))
                | ((feature as u64) << FEATURE_SHIFT)
        }
    }
}

/// The largest number in single precision that is not above this one.
fn round_down(threshold: f64) -> f32 {
    let nearest = threshold as f32;
    if f64::from(nearest) > threshold {
        nearest.next_down()
    } else {
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A complete tree: 2^depth leaves.
    fn complete(depth: u32) -> Tree {
        let splits = (1 << depth) - 1;
        let split = |at| Node::Split {
            feature: at % MAX_FEATURES,
            threshold: at as f64,
            left: 2 * at + 1,
            right: 2 * at + 2,
        };
        let leaves = (0..=splits).map(|leaf| Node::Leaf(leaf as f64));
        Tree::new((0..splits).map(split).chain(leaves).collect()).unwrap()
    }

    #[test]
    fn a_descent_touches_a_line_for_every_two_levels_or_more() {
        let mut nodes = Nodes::default();
        let root = nodes.plant(&complete(16)) as usize;
        assert_eq!(
            nodes.len(),
            1 << 17,
            "nothing lies between nodes but one place"
        );
        let mut lines = 0;
        for path in 0..1u64 << 16 {
            let (mut at, mut line) = (root, usize::MAX);
            for level in 0..=16 {
                lines += usize::from(at / LINE != line);
                line = at / LINE;
                if level < 16 {
                    let right = path >> level & 1 == 1;
                    let feature = if right {
                        f32::INFINITY
                    } else {
                        f32::NEG_INFINITY
                    };
                    let (child, is_leaf) = nodes.child(at, &[feature; MAX_FEATURES]);
                    assert_eq!(is_leaf, level == 15);
                    at = child;
                }
            }
        }
        let mean = f64::from(lines as u32) / f64::from(1 << 16);
        assert!(mean < 9.0, "{mean} lines for 17 nodes");
    }

    #[test]
    fn thresholds_are_rounded_down() {
        for threshold in [0.1, -0.1, 1.0, 1e-60, -1e-60, 1e300, -1e300, 0.0] {
            let down = round_down(threshold);
            assert!(f64::from(down) <= threshold && f64::from(down.next_up()) > threshold);
        }
    }
}

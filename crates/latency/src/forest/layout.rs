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
/// The pairs of children in a line of the cache.
const PAIRS: usize = LINE / 2;

/// A number in single precision as an integer of the same order, so that features and thresholds
/// are compared without leaving the integer registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub(super) struct Ordered(i32);

impl Ordered {
    /// A feature, rounded to the nearest number in single precision.
    pub(super) fn nearest(number: f64) -> Self {
        // The sum turns -0 into 0, which it equals.
        let bits = (number as f32 + 0.0).to_bits() as i32;
        // The bits of negative numbers rise as the numbers fall: all but the sign are turned.
        Self(bits ^ (((bits >> 31) as u32) >> 1) as i32)
    }

    /// The largest in single precision that is not above this threshold.
    fn below(threshold: f64) -> Self {
        let nearest = threshold as f32;
        if f64::from(nearest) > threshold {
            Self::nearest(f64::from(nearest.next_down()))
        } else {
            Self::nearest(threshold)
        }
    }
}

impl From<Ordered> for f64 {
    fn from(Ordered(integer): Ordered) -> Self {
        let bits = integer ^ (((integer >> 31) as u32) >> 1) as i32;
        f32::from_bits(bits as u32).into()
    }
}

/// The nodes of many trees. They are known by their places, and a parent comes before its children.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    words: Vec<u64>,
    /// Where the nodes begin: at a line of the cache.
    start: usize,
}

impl PartialEq for Nodes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Nodes {
    /// The leaves that these features lead to from each of these roots.
    pub(super) fn descend<const TREES: usize>(
        &self,
        roots: &[u32; TREES],
        features: &[Ordered; MAX_FEATURES],
    ) -> [f64; TREES] {
        let nodes = self.as_slice();
        let mut at = *roots;
        // In step, and without a branch on what a node says: a tree whose leaf is found looks at
        // the same split again until the last has found its own.
        loop {
            let next: [(u32, bool); TREES] =
                std::array::from_fn(|tree| child(nodes, at[tree], features));
            let mut descending = false;
            for (at, (child, is_leaf)) in at.iter_mut().zip(next) {
                descending |= !is_leaf;
                *at = if is_leaf { *at } else { child };
            }
            if !descending {
                return next.map(|(leaf, _)| f64::from_bits(nodes[leaf as usize]));
            }
        }
    }

    /// The tree with this root, in preorder.
    pub(super) fn tree(&self, root: u32) -> Vec<Node> {
        let nodes = self.as_slice();
        let mut tree = Vec::new();
        // What comes next: whether a leaf, where, and which split it is the right child of.
        let mut pending = vec![(false, root, None)];
        while let Some((is_leaf, place, parent)) = pending.pop() {
            let (at, node) = (tree.len(), nodes[place as usize]);
            if let Some(Node::Split { right, .. }) = parent.map(|parent: usize| &mut tree[parent]) {
                *right = at;
            }
            if is_leaf {
                tree.push(Node::Leaf(f64::from_bits(node)));
                continue;
            }
            let child = |side: u64| {
                let place = u64::from(place) + ((node >> OFFSET_SHIFT) & OFFSET_MASK) + side;
                ((node >> LEAF_SHIFT >> side) & 1 == 1, place as u32)
            };
            let ((left_is_leaf, left), (right_is_leaf, right)) = (child(0), child(1));
            pending.push((right_is_leaf, right, Some(at)));
            pending.push((left_is_leaf, left, None));
            tree.push(Node::Split {
                feature: (node >> FEATURE_SHIFT) as usize,
                threshold: Ordered(node as i32).into(),
                left: at + 1,
                right: 0,
            });
        }
        tree
    }

    fn as_slice(&self) -> &[u64] {
        &self.words[self.start..]
    }
}

/// Where the split in this place sends these features, and whether a leaf is there.
#[inline(always)]
fn child(nodes: &[u64], at: u32, features: &[Ordered; MAX_FEATURES]) -> (u32, bool) {
    let split = nodes[at as usize];
    let threshold = Ordered(split as i32);
    let right = u32::from(features[(split >> FEATURE_SHIFT) as usize] > threshold);
    let offset = ((split >> OFFSET_SHIFT) & OFFSET_MASK) as u32;
    let is_leaf = (split >> (LEAF_SHIFT + right)) & 1 == 1;
    (at + offset + right, is_leaf)
}

/// Nodes in the making: trees are added one by one.
#[derive(Default)]
pub(super) struct Planting {
    nodes: Vec<u64>,
}

/// A split that has its place; its children have none yet.
#[derive(Clone, Copy)]
struct Placed {
    /// Its place.
    at: usize,
    /// Its index in the tree.
    node: usize,
}

impl Planting {
    /// How many nodes there are so far, free places included.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
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
            _ => self.plant_split(tree.nodes()),
        }
    }

    /// The nodes, moved to where a line of the cache begins.
    pub(super) fn finish(self) -> Nodes {
        let mut words: Vec<u64> = Vec::with_capacity(self.nodes.len() + LINE);
        let start = words.as_ptr().align_offset(LINE * size_of::<u64>());
        // An offset that cannot be told costs time, not correctness.
        let start = if start < LINE { start } else { 0 };
        words.resize(start, 0);
        words.extend(self.nodes);
        Nodes { words, start }
    }

    /// Adds a tree whose first node is a split.
    fn plant_split(&mut self, nodes: &[Node]) -> u32 {
        let line = self.nodes.len().next_multiple_of(LINE);
        self.nodes.resize(line, 0);
        // The root's neighbour stays free, so that children lie in pairs.
        self.nodes.extend([pack(&nodes[0], nodes), 0]);
        let sizes = splits(nodes);
        let mut pending = vec![Placed { at: line, node: 0 }];
        // Subtrees that do not fill a line, by their pairs of children.
        let mut small: [Vec<Placed>; PAIRS] = Default::default();
        while let Some(split) = pending.pop() {
            let mut rest = self.plant_line(split, nodes);
            while let Some(split) = rest.pop_back() {
                match sizes[split.node] as usize {
                    size @ 0..PAIRS => small[size].push(split),
                    _ => pending.push(split),
                }
            }
        }
        // They share lines: three pairs and one, two and two, four times one.
        let [_, mut ones, twos, threes] = small;
        for three in threes {
            self.plant_whole(three, nodes);
            if let Some(one) = ones.pop() {
                self.plant_whole(one, nodes);
            }
        }
        for split in twos.into_iter().chain(ones) {
            self.plant_whole(split, nodes);
        }
        u32::try_from(line).expect("a forest's nodes are counted")
    }

    /// Places all descendants of a split.
    fn plant_whole(&mut self, split: Placed, nodes: &[Node]) {
        let mut rest = VecDeque::from([split]);
        while let Some(split) = rest.pop_front() {
            rest.extend(self.plant_line(split, nodes));
        }
    }

    /// Places descendants of a split breadth first until the line is full; the splits among them
    /// whose own children found no place.
    fn plant_line(&mut self, split: Placed, nodes: &[Node]) -> VecDeque<Placed> {
        let mut rest = VecDeque::from([split]);
        while let Some(Placed { at, node }) = rest.pop_front() {
            let Node::Split { left, right, .. } = nodes[node] else {
                unreachable!("only splits are placed without their children");
            };
            self.nodes[at] |= ((self.nodes.len() - at) as u64) << OFFSET_SHIFT;
            for child in [left, right] {
                if matches!(nodes[child], Node::Split { .. }) {
                    let at = self.nodes.len();
                    rest.push_back(Placed { at, node: child });
                }
                self.nodes.push(pack(&nodes[child], nodes));
            }
            if self.nodes.len().is_multiple_of(LINE) {
                break;
            }
        }
        rest
    }
}

/// How many splits the subtree of each node has.
fn splits(nodes: &[Node]) -> Vec<u32> {
    let mut order = vec![0];
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        if let Node::Split { left, right, .. } = nodes[at] {
            order.extend([left, right]);
        }
        next += 1;
    }
    let mut sizes = vec![0; nodes.len()];
    for &at in order.iter().rev() {
        if let Node::Split { left, right, .. } = nodes[at] {
            sizes[at] = 1 + sizes[left] + sizes[right];
        }
    }
    sizes
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
            u64::from(Ordered::below(threshold).0 as u32)
                | (leaf(left) << LEAF_SHIFT)
                | (leaf(right) << (LEAF_SHIFT + 1))
                | ((feature as u64) << FEATURE_SHIFT)
        }
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
        let mut planting = Planting::default();
        let root = planting.plant(&complete(16));
        assert_eq!(planting.len(), 1 << 17, "no place is free but one");
        let nodes = planting.finish();
        let mut lines = 0;
        for path in 0..1u64 << 16 {
            let (mut at, mut line) = (root, u32::MAX);
            for level in 0..=16 {
                lines += usize::from(at / LINE as u32 != line);
                line = at / LINE as u32;
                if level < 16 {
                    let right = path >> level & 1 == 1;
                    let feature = Ordered::nearest(if right { 1e9 } else { -1e9 });
                    let (child, is_leaf) = child(nodes.as_slice(), at, &[feature; MAX_FEATURES]);
                    assert_eq!(is_leaf, level == 15);
                    at = child;
                }
            }
        }
        let mean = f64::from(lines as u32) / f64::from(1 << 16);
        assert!(mean < 8.0, "{mean} lines for 17 nodes");
    }

    #[test]
    fn the_order_of_integers_is_that_of_numbers() {
        let numbers = [-1e300, -2.0, -1.0, -1e-40, 0.0, 1e-40, 0.1, 1.0, 2.0, 1e300];
        for (i, a) in numbers.iter().enumerate() {
            for (j, b) in numbers.iter().enumerate() {
                let order = Ordered::nearest(*a).partial_cmp(&Ordered::nearest(*b));
                assert_eq!(order, i.partial_cmp(&j), "{a} {b}");
            }
        }
        assert_eq!(f64::from(Ordered::nearest(-0.5)), -0.5);
        assert_eq!(f64::from(Ordered::nearest(1e9)), 1e9);
        assert_eq!(Ordered::nearest(-0.0), Ordered::nearest(0.0));
        assert_eq!(Ordered::below(-0.0), Ordered::nearest(0.0));
        assert!(
            Ordered::below(0.1) < Ordered::nearest(0.1),
            "0.1 is rounded up"
        );
    }
}

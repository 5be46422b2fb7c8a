//! A single regression tree, checked when it is made.

use crate::error::Error;

/// The most nodes of a tree: far above the samples that one is grown from.
const MAX_NODES: usize = 1 << 23;

/// A binary regression tree. Its first node is the root, and every other node is the child of
/// exactly one.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    /// The tree's prediction.
    Leaf(f64),
    /// A question, and where each answer leads.
    Split {
        /// The feature that is compared, from 0.
        feature: usize,
        /// Features up to this one, in single precision, go to the left.
        threshold: f64,
        /// The index of the left child.
        left: usize,
        /// The index of the right child.
        right: usize,
    },
}

impl Tree {
    /// The tree of these nodes, the first of them its root.
    ///
    /// # Errors
    /// [`Error::Forest`] where there is none or more than 2^23, a child is not among the nodes or has
    /// several parents, a node is not reached from the root, or a number is not finite.
    pub fn new(nodes: Vec<Node>) -> Result<Self, Error> {
        let fault = |reason| Err(Error::Forest { reason });
        if !(1..=MAX_NODES).contains(&nodes.len()) {
            let count = nodes.len();
            return fault(format!(
                "a tree of {count} nodes, expected 1 to {MAX_NODES}"
            ));
        }
        let mut reached = vec![false; nodes.len()];
        reached[0] = true;
        let mut pending = vec![0];
        let mut count = 1;
        while let Some(at) = pending.pop() {
            let (number, children) = match nodes[at] {
                Node::Leaf(value) => (value, None),
                Node::Split {
                    threshold,
                    left,
                    right,
                    ..
                } => (threshold, Some([left, right])),
            };
            if !number.is_finite() {
                return fault(format!(
                    "node {at} holds {number}, expected a finite number"
                ));
            }
            for child in children.into_iter().flatten() {
                if child >= nodes.len() {
                    let count = nodes.len();
                    return fault(format!(
                        "node {at} has child {child}, expected one below {count}"
                    ));
                }
                if reached[child] {
                    return fault(format!(
                        "node {child} is reached twice, expected one parent"
                    ));
                }
                reached[child] = true;
                count += 1;
                pending.push(child);
            }
        }
        if count < nodes.len() {
            let alone = reached
                .iter()
                .position(|reached| !reached)
                .unwrap_or_default();
            return fault(format!(
                "node {alone} is no descendant of the first, expected a tree"
            ));
        }
        Ok(Self { nodes })
    }

    /// The nodes, the root first.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The highest feature that it splits by; none of a tree without splits.
    pub(super) fn last_feature(&self) -> Option<usize> {
        let feature = |node: &Node| match node {
            Node::Split { feature, .. } => Some(*feature),
            Node::Leaf(_) => None,
        };
        self.nodes.iter().filter_map(feature).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(left: usize, right: usize) -> Node {
        Node::Split {
            feature: 0,
            threshold: 0.5,
            left,
            right,
        }
    }

    fn reason(nodes: Vec<Node>) -> String {
        Tree::new(nodes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let leaf = Node::Leaf(1.0);
        assert!(Tree::new(vec![split(2, 1), leaf, leaf]).is_ok());
        assert!(reason(vec![]).contains("a tree of 0 nodes"));
        assert!(reason(vec![split(1, 3), leaf, leaf]).contains("node 0 has child 3"));
        assert!(reason(vec![split(1, 1), leaf, leaf]).contains("node 1 is reached twice"));
        assert!(reason(vec![split(0, 1), leaf]).contains("node 0 is reached twice"));
        assert!(reason(vec![split(1, 2), leaf, split(0, 1)]).contains("reached twice"));
        // A cycle that nothing leads to.
        let aside = vec![
            split(1, 2),
            leaf,
            leaf,
            split(4, 5),
            split(3, 6),
            leaf,
            leaf,
        ];
        assert!(reason(aside).contains("node 3 is no descendant of the first"));
        assert!(reason(vec![Node::Leaf(f64::NAN)]).contains("node 0 holds NaN"));
        let infinite = Node::Split {
            feature: 0,
            threshold: f64::INFINITY,
            left: 1,
            right: 2,
        };
        assert!(reason(vec![infinite, leaf, leaf]).contains("node 0 holds inf"));
    }
}

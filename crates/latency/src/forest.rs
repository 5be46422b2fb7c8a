//! Random forests: a number predicted as the mean of many regression trees.
//!
//! Breiman, "Random forests", Machine Learning 45 (2001). The trees are made elsewhere (imported
//! from scikit-learn or grown by this crate); here they are kept and evaluated, to the last bit as
//! scikit-learn evaluates them.

mod layout;
mod tree;

use crate::error::Error;
use layout::{MAX_FEATURES, Nodes, Ordered, Planting};

pub use tree::{Node, Tree};

/// The most nodes of a forest, 16 GiB of them.
const MAX_NODES: usize = 1 << 31;

/// How many trees are descended side by side. A step down a tree waits for the node before it;
/// with several trees under way the processor fetches the nodes of some while it waits for others.
const LANES: usize = 8;

/// Regression trees whose mean is the prediction.
///
/// Each node takes eight bytes, laid out so that a descent touches few lines of the cache. A
/// [`Tree`]'s thresholds are rounded down to single precision on the way in. That changes no
/// prediction: features are compared in single precision, as scikit-learn does, and there are no
/// such numbers between a threshold and the one below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    features: usize,
    nodes: Nodes,
    /// Where each tree begins among the nodes.
    roots: Vec<u32>,
}

impl Forest {
    /// A forest of these trees over this many features.
    ///
    /// # Errors
    /// [`Error::Forest`] where there is no tree, where a tree splits by a feature beyond the given
    /// number, or of more than 64 features or 2^31 nodes.
    pub fn new(features: usize, trees: impl IntoIterator<Item = Tree>) -> Result<Self, Error> {
        Self::try_new(features, trees.into_iter().map(Ok))
    }

    /// A forest of trees that are made one by one, so that there is never more than one of them.
    ///
    /// # Errors
    /// The first of the trees' own, otherwise as [`Forest::new`].
    pub fn try_new(
        features: usize,
        trees: impl IntoIterator<Item = Result<Tree, Error>>,
    ) -> Result<Self, Error> {
        if !(1..=MAX_FEATURES).contains(&features) {
            return Err(Error::Forest {
                reason: format!("{features} features, expected 1 to {MAX_FEATURES}"),
            });
        }
        let mut nodes = Planting::default();
        let mut roots = Vec::new();
        for (number, tree) in trees.into_iter().enumerate() {
            let tree = tree?;
            if let Some(feature) = tree.last_feature().filter(|&last| last >= features) {
                return Err(Error::Forest {
                    reason: format!(
                        "tree {number} splits by feature {feature}, expected one below {features}"
                    ),
                });
            }
            roots.push(nodes.plant(&tree));
            if nodes.len() > MAX_NODES {
                return Err(Error::Forest {
                    reason: format!("more than {MAX_NODES} nodes"),
                });
            }
        }
        if roots.is_empty() {
            return Err(Error::Forest {
                reason: "no tree, expected at least one".to_owned(),
            });
        }
        Ok(Self {
            features,
            nodes: nodes.finish(),
            roots,
        })
    }

    /// How many features a prediction takes.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features
    }

    /// How many trees there are, at least one.
    #[must_use]
    pub fn trees(&self) -> usize {
        self.roots.len()
    }

    /// A tree of the forest, from 0, its nodes in preorder and its thresholds as the forest keeps
    /// them. A tree that is a leaf comes back as a split between two such leaves.
    ///
    /// # Panics
    /// If there is none of this number.
    #[must_use]
    pub fn tree(&self, number: usize) -> Tree {
        Tree::new(self.nodes.tree(self.roots[number])).expect("only trees are planted")
    }

    /// The mean of the trees.
    ///
    /// The features are rounded to single precision first, and the trees summed in their order: the
    /// result is that of scikit-learn's `RandomForestRegressor.predict`, bit for bit. They must be
    /// finite for it to mean anything.
    ///
    /// # Panics
    /// If their number is not [`Forest::features`].
    #[must_use]
    pub fn predict(&self, features: &[f64]) -> f64 {
        assert_eq!(features.len(), self.features, "the number of features");
        let mut rounded = [Ordered::default(); MAX_FEATURES];
        for (to, &from) in rounded.iter_mut().zip(features) {
            *to = Ordered::nearest(from);
        }
        let (groups, rest) = self.roots.as_chunks::<LANES>();
        let mut sum = 0.0;
        for group in groups {
            for leaf in self.nodes.descend(group, &rounded) {
                sum += leaf;
            }
        }
        for root in rest {
            let [leaf] = self.nodes.descend(&[*root], &rounded);
            sum += leaf;
        }
        sum / self.roots.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Trees of any shape: each split takes one of the leaves there are, in a given order.
    fn tree(features: usize) -> impl Strategy<Value = Vec<Node>> {
        let split = (
            any::<prop::sample::Index>(),
            0..features,
            -4.0f64..4.0,
            -1e3f64..1e3,
        );
        (prop::collection::vec(split, 0..60), -1e3f64..1e3).prop_map(|(splits, first)| {
            let mut nodes = vec![Node::Leaf(first)];
            for (which, feature, threshold, value) in splits {
                let leaves: Vec<usize> = (0..nodes.len())
                    .filter(|&i| matches!(nodes[i], Node::Leaf(_)))
                    .collect();
                let at = leaves[which.index(leaves.len())];
                let old = nodes[at];
                nodes[at] = Node::Split {
                    feature,
                    threshold,
                    left: nodes.len(),
                    right: nodes.len() + 1,
                };
                nodes.extend([Node::Leaf(value), old]);
            }
            nodes
        })
    }

    /// What scikit-learn does, in its words: single-precision features, double-precision thresholds.
    fn descend(nodes: &[Node], features: &[f64]) -> f64 {
        let mut at = 0;
        loop {
            match nodes[at] {
                Node::Leaf(value) => return value,
                Node::Split {
                    feature,
                    threshold,
                    left,
                    right,
                } => {
                    let goes_left = f64::from(features[feature] as f32) <= threshold;
                    at = if goes_left { left } else { right };
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_prediction_is_the_mean_of_plain_descents(
            trees in prop::collection::vec(tree(5), 1..40),
            rows in prop::collection::vec(prop::collection::vec(-5.0f64..5.0, 5), 1..20),
        ) {
            let planted = trees.iter().map(|nodes| Tree::new(nodes.clone()).unwrap());
            let forest = Forest::new(5, planted).unwrap();
            for row in rows {
                let sum = trees.iter().map(|tree| descend(tree, &row)).fold(0.0, |a, b| a + b);
                prop_assert_eq!(forest.predict(&row), sum / trees.len() as f64);
            }
        }
    }

    /// Features on a threshold and beside it, where the rounding of either decides.
    #[test]
    fn features_are_compared_in_single_precision() {
        let third = 1.0 / 3.0;
        for threshold in [
            third,
            f64::from(third as f32),
            16_777_217.0,
            1e-50,
            -1e-50,
            0.0,
            1e300,
        ] {
            let nodes = vec![
                Node::Split {
                    feature: 0,
                    threshold,
                    left: 2,
                    right: 1,
                },
                Node::Leaf(7.0),
                Node::Leaf(3.0),
            ];
            let forest = Forest::new(1, [Tree::new(nodes.clone()).unwrap()]).unwrap();
            let single = threshold as f32;
            for x in [single.next_down(), single, single.next_up(), -single, 0.0] {
                for x in [
                    f64::from(x),
                    f64::from(x).next_up(),
                    f64::from(x).next_down(),
                ] {
                    assert_eq!(
                        forest.predict(&[x]),
                        descend(&nodes, &[x]),
                        "{x} {threshold}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_forest_has_trees_and_knows_its_features() {
        let leaf = || Tree::new(vec![Node::Leaf(2.5)]).unwrap();
        let forest = Forest::new(3, [leaf(), leaf()]).unwrap();
        assert_eq!((forest.features(), forest.trees()), (3, 2));
        assert_eq!(forest.predict(&[1.0, 2.0, 3.0]), 2.5);
        let reason = |result: Result<Forest, Error>| result.unwrap_err().to_string();
        assert!(reason(Forest::new(3, [])).contains("no tree"));
        assert!(reason(Forest::new(0, [leaf()])).contains("0 features, expected 1 to 64"));
        let split = Node::Split {
            feature: 3,
            threshold: 0.0,
            left: 1,
            right: 2,
        };
        let tree = Tree::new(vec![split, Node::Leaf(0.0), Node::Leaf(1.0)]).unwrap();
        assert!(reason(Forest::new(3, [leaf(), tree])).contains("tree 1 splits by feature 3"));
    }
}

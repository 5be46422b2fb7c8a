//! Random forests that grow where they are asked.
//!
//! A forest of hundreds of trees on twenty thousand samples takes tens of seconds to grow, and few
//! of its leaves are ever reached: a network has a dozen different convolutions. So nodes are made
//! when a prediction first comes to them.

mod split;
mod training;
mod tree;

use edgefront_random::Key;

use split::Splitter;
use tree::Tree;

pub(crate) use training::Training;
pub(crate) use tree::Growth;

/// A random forest (Breiman, "Random forests", 2001) as scikit-learn's `RandomForestRegressor`
/// grows it: bootstrap samples, squared error, down to single samples. A prediction is the mean of
/// its trees.
#[derive(Clone, Debug)]
pub(crate) struct GrowingForest {
    training: Training,
    growth: Growth,
    trees: Vec<Tree>,
    splitter: Splitter,
}

impl GrowingForest {
    /// So many trees. They are a function of samples and key; growing them is left to
    /// [`GrowingForest::predict`].
    pub(crate) fn new(training: Training, trees: usize, growth: Growth, key: Key) -> Self {
        let tree = |index| Tree::new(&training, key.with("tree", index as u64));
        Self {
            trees: (0..trees).map(tree).collect(),
            training,
            growth,
            splitter: Splitter::default(),
        }
    }

    /// The prediction of these features, as many as the samples have.
    pub(crate) fn predict(&mut self, features: &[f64]) -> f64 {
        let features: Vec<f32> = features.iter().map(|&value| value as f32).collect();
        let mut sum = 0.0;
        for tree in &mut self.trees {
            sum += tree.predict(&features, &self.training, self.growth, &mut self.splitter);
        }
        sum / self.trees.len() as f64
    }
}

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

pub use training::Training;
pub use tree::Growth;

/// A random forest (Breiman, "Random forests", 2001) as scikit-learn's `RandomForestRegressor`
/// grows it: bootstrap samples, squared error, down to single samples. A prediction is the mean of
/// its trees.
#[derive(Clone, Debug)]
pub struct GrowingForest {
    training: Training,
    growth: Growth,
    trees: Vec<Tree>,
    splitter: Splitter,
}

impl GrowingForest {
    /// So many trees. They are a function of samples and key; growing them is left to
    /// [`GrowingForest::predict`].
    #[must_use]
    pub fn new(training: Training, trees: usize, growth: Growth, key: Key) -> Self {
        let tree = |index| Tree::new(&training, key.with("tree", index as u64));
        Self {
            trees: (0..trees).map(tree).collect(),
            training,
            growth,
            splitter: Splitter::default(),
        }
    }

    /// The prediction of these features, as many as the samples have.
    ///
    /// # Panics
    /// If they are fewer, or there is no sample.
    pub fn predict(&mut self, features: &[f64]) -> f64 {
        let features: Vec<f32> = features.iter().map(|&value| value as f32).collect();
        let mut sum = 0.0;
        for tree in &mut self.trees {
            sum += tree.predict(&features, &self.training, self.growth, &mut self.splitter);
        }
        sum / self.trees.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROWTH: Growth = Growth {
        depth: 50,
        features: 2,
    };

    /// 400 points of three features and a function of them.
    fn samples() -> Vec<(Vec<f64>, f64)> {
        let mut stream = Key::new(7).stream();
        (0..400)
            .map(|_| {
                let x = vec![
                    stream.below(9) as f64,
                    stream.unit(),
                    stream.below(50) as f64,
                ];
                let y = x[0] * x[0] + 10.0 * x[1] + x[2];
                (x, y)
            })
            .collect()
    }

    fn forest(samples: &[(Vec<f64>, f64)], trees: usize, growth: Growth) -> GrowingForest {
        let of = |(features, target): &(Vec<f64>, f64)| (features.clone(), *target);
        let owned: Vec<(Vec<f64>, f64)> = samples.iter().map(of).collect();
        let pairs = owned
            .iter()
            .map(|(features, target)| (features.as_slice(), *target));
        GrowingForest::new(Training::new(pairs), trees, growth, Key::new(1))
    }

    /// A branch is a function of its path: what was asked before does not matter.
    #[test]
    fn the_order_of_questions_does_not_matter() {
        let samples = samples();
        let asked: Vec<&[f64]> = samples.iter().map(|(x, _)| x.as_slice()).collect();
        let mut forwards = forest(&samples, 12, GROWTH);
        let mut backwards = forest(&samples, 12, GROWTH);
        let first: Vec<u64> = asked
            .iter()
            .map(|x| forwards.predict(x).to_bits())
            .collect();
        let mut second: Vec<u64> = asked
            .iter()
            .rev()
            .map(|x| backwards.predict(x).to_bits())
            .collect();
        second.reverse();
        assert_eq!(first, second);
        let mut alone = forest(&samples, 12, GROWTH);
        assert_eq!(alone.predict(asked[200]).to_bits(), first[200]);
    }

    /// A bootstrap sample leaves a third out, so that a tree is right on two thirds.
    #[test]
    fn a_full_tree_gives_back_the_samples_that_it_was_grown_on() {
        let samples = samples();
        let mut tree = forest(&samples, 1, GROWTH);
        let right = samples
            .iter()
            .filter(|(x, y)| tree.predict(x) == *y)
            .count();
        assert!((220..290).contains(&right), "{right} of 400");
        let mut stump = forest(&samples, 1, Growth { depth: 1, ..GROWTH });
        let mut values: Vec<f64> = samples.iter().map(|(x, _)| stump.predict(x)).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        assert_eq!(values.len(), 2);
    }

    #[test]
    fn a_forest_follows_the_function_between_its_samples() {
        let samples = samples();
        let mut forest = forest(&samples, 100, GROWTH);
        for x in [[4.0, 0.3, 20.0], [7.0, 0.8, 45.0], [1.0, 0.1, 30.0]] {
            let truth = x[0] * x[0] + 10.0 * x[1] + x[2];
            let predicted = forest.predict(&x);
            assert!((predicted - truth).abs() < 6.0, "{predicted}, {truth}");
        }
    }
}

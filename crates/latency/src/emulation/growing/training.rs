//! What a forest is grown from: feature vectors and their targets.

/// Feature vectors with a target each.
///
/// Features are in single precision, as scikit-learn keeps them. Beside each value stands its rank
/// among the distinct values of its feature: trees sort and count by ranks.
#[derive(Clone, Debug)]
pub struct Training {
    /// The distinct values of each feature, ascending.
    distinct: Vec<Vec<f32>>,
    /// The rank of each sample's value, feature by feature.
    ranks: Vec<Vec<u16>>,
    targets: Vec<f64>,
}

impl Training {
    /// The most samples: ranks and places of samples have 16 bits.
    pub const MAX_SAMPLES: usize = 1 << 16;

    /// Feature vectors of one length, each with its target; those beyond
    /// [`Training::MAX_SAMPLES`] are left out.
    #[must_use]
    pub fn new<'a>(samples: impl IntoIterator<Item = (&'a [f64], f64)>) -> Self {
        let samples: Vec<(&[f64], f64)> = samples.into_iter().take(Self::MAX_SAMPLES).collect();
        let width = samples.first().map_or(0, |(features, _)| features.len());
        let (mut distinct, mut ranks) = (Vec::new(), Vec::new());
        for feature in 0..width {
            let column = || samples.iter().map(|(features, _)| features[feature] as f32);
            let mut values: Vec<f32> = column().collect();
            values.sort_unstable_by(f32::total_cmp);
            values.dedup();
            let rank = |value| values.partition_point(|&below| below < value) as u16;
            ranks.push(column().map(rank).collect());
            distinct.push(values);
        }
        Self {
            distinct,
            ranks,
            targets: samples.iter().map(|&(_, target)| target).collect(),
        }
    }

    /// How many samples there are.
    pub(crate) fn len(&self) -> usize {
        self.targets.len()
    }

    /// How many features a sample has.
    pub(crate) fn width(&self) -> usize {
        self.distinct.len()
    }

    /// The distinct values of a feature, ascending.
    pub(crate) fn distinct(&self, feature: usize) -> &[f32] {
        &self.distinct[feature]
    }

    /// The rank of each sample's value of a feature.
    pub(crate) fn ranks(&self, feature: usize) -> &[u16] {
        &self.ranks[feature]
    }

    /// The target of each sample.
    pub(crate) fn targets(&self) -> &[f64] {
        &self.targets
    }
}

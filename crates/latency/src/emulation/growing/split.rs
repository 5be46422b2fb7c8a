//! The best place to cut a set of samples in two.

use super::training::Training;

/// A cut: samples whose value of the feature has a rank up to this one go left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Split {
    pub(crate) feature: usize,
    pub(crate) rank: u16,
    /// What values are compared with: midway between the values on either side.
    pub(crate) threshold: f64,
    /// Σ² / n of both sides: larger is better, and the squared error falls as it grows.
    score: f64,
}

/// The samples that share a value.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    rank: u16,
    count: u32,
    sum: f64,
}

/// Looks for splits; keeps its memory from one node to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Splitter {
    groups: Vec<Group>,
    order: Vec<(u16, u16)>,
}

impl Splitter {
    /// The split of this feature that lowers the squared error most, the lowest of equals; `None`
    /// where all samples have the same value.
    pub(crate) fn best(
        &mut self,
        training: &Training,
        samples: &[u16],
        feature: usize,
    ) -> Option<Split> {
        let distinct = training.distinct(feature);
        self.group(training, samples, feature);
        let total: f64 = self.groups.iter().map(|group| group.sum).sum();
        let (mut count, mut sum) = (0.0, 0.0);
        let mut best: Option<Split> = None;
        for pair in self.groups.windows(2) {
            count += f64::from(pair[0].count);
            sum += pair[0].sum;
            let rest = samples.len() as f64 - count;
            let score = sum * sum / count + (total - sum) * (total - sum) / rest;
            if best.is_none_or(|best| score > best.score) {
                let [low, high] = [pair[0].rank, pair[1].rank].map(|rank| distinct[rank as usize]);
                best = Some(Split {
                    feature,
                    rank: pair[0].rank,
                    threshold: f64::from(low) / 2.0 + f64::from(high) / 2.0,
                    score,
                });
            }
        }
        best
    }

    /// The better of two splits of the same samples, the first of equals.
    pub(crate) fn better(first: Option<Split>, second: Option<Split>) -> Option<Split> {
        match (first, second) {
            (Some(first), Some(second)) if second.score > first.score => Some(second),
            (first, second) => first.or(second),
        }
    }

    /// Fills the groups, ascending. Within a group the sum runs in the order of the samples, however
    /// they are found.
    fn group(&mut self, training: &Training, samples: &[u16], feature: usize) {
        let (ranks, targets) = (training.ranks(feature), training.targets());
        let distinct = training.distinct(feature).len();
        self.groups.clear();
        let add = |group: &mut Group, sample: u16| {
            group.count += 1;
            group.sum += targets[sample as usize];
        };
        if distinct <= samples.len() * samples.len().ilog2() as usize {
            self.groups.resize(distinct, Group::default());
            for &sample in samples {
                let rank = ranks[sample as usize];
                self.groups[rank as usize].rank = rank;
                add(&mut self.groups[rank as usize], sample);
            }
            self.groups.retain(|group| group.count > 0);
        } else {
            let of = |&sample: &u16| (ranks[sample as usize], sample);
            self.order.clear();
            self.order.extend(samples.iter().map(of));
            self.order.sort_by_key(|&(rank, _)| rank);
            for &(rank, sample) in &self.order {
                if self.groups.last().is_none_or(|last| last.rank != rank) {
                    self.groups.push(Group {
                        rank,
                        ..Group::default()
                    });
                }
                if let Some(last) = self.groups.last_mut() {
                    add(last, sample);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The least squared error of cutting the samples in two at a value of the feature.
    fn least_error(samples: &[(f64, f64)]) -> Option<f64> {
        let error = |side: Vec<f64>| {
            let mean = side.iter().sum::<f64>() / side.len() as f64;
            side.iter()
                .map(|target| (target - mean).powi(2))
                .sum::<f64>()
        };
        let cut = |at: f64| {
            let side = |left: bool| -> Vec<f64> {
                let own = samples.iter().filter(|(value, _)| (*value <= at) == left);
                own.map(|(_, target)| *target).collect()
            };
            let (left, right) = (side(true), side(false));
            (!left.is_empty() && !right.is_empty()).then(|| error(left) + error(right))
        };
        let errors = samples.iter().filter_map(|(value, _)| cut(*value));
        errors.min_by(f64::total_cmp)
    }

    proptest! {
        #[test]
        fn a_split_is_the_best_of_all(
            samples in prop::collection::vec((0..12_u32, -5.0..5.0_f64), 2..60),
            others in 0..40_usize,
        ) {
            let samples: Vec<(f64, f64)> =
                samples.into_iter().map(|(value, target)| (f64::from(value), target)).collect();
            // Samples of other nodes: with many distinct values the splitter sorts, else it counts.
            let others = (0..others).map(|i| (100.0 + i as f64, 0.0));
            let all: Vec<(f64, f64)> = samples.iter().copied().chain(others).collect();
            let rows: Vec<[f64; 1]> = all.iter().map(|(value, _)| [*value]).collect();
            let targets = all.iter().map(|(_, target)| *target);
            let training = Training::new(rows.iter().map(<[f64; 1]>::as_slice).zip(targets));
            let own: Vec<u16> = (0..samples.len() as u16).collect();
            let split = Splitter::default().best(&training, &own, 0);
            prop_assert_eq!(split.is_some(), least_error(&samples).is_some());
            if let Some(split) = split {
                let squares: f64 = samples.iter().map(|(_, target)| target * target).sum();
                let found = squares - split.score;
                let least = least_error(&samples).unwrap();
                prop_assert!((found - least).abs() < 1e-9, "{found}, {least}");
                let below = samples.iter().filter(|(value, _)| *value <= split.threshold).count();
                let ranks = training.ranks(0);
                let left = own.iter().filter(|i| ranks[**i as usize] <= split.rank).count();
                prop_assert_eq!(below, left);
            }
        }
    }
}

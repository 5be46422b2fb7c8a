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

use serde::{Deserialize, Serialize};

/// How often each class was taken for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    classes: usize,
    /// Row by row: the label, then the prediction.
    counts: Vec<u64>,
}

impl Confusion {
    /// An empty table.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self {
            classes,
            counts: vec![0; classes * classes],
        }
    }

    /// Counts one prediction.
    ///
    /// # Panics
    /// If the label or the prediction is no class of the table.
    pub fn add(&mut self, label: usize, predicted: usize) {
        assert!(
            label < self.classes && predicted < self.classes,
            "class {} in a table of {}",
            label.max(predicted),
            self.classes
        );
        self.counts[label * self.classes + predicted] += 1;
    }

    /// Samples of `label` that were predicted to be `predicted`.
    ///
    /// # Panics
    /// If the label or the prediction is no class of the table.
    #[must_use]
    pub fn count(&self, label: usize, predicted: usize) -> u64 {
        self.counts[label * self.classes..(label + 1) * self.classes][predicted]
    }

    /// Samples counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The share of right predictions, in 0 to 1; `None` of an empty table.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        let right = (0..self.classes)
            .map(|class| self.count(class, class))
            .sum();
        share(right, self.total())
    }

    /// The share of a class's samples that were found, in 0 to 1; `None` if there are none.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    pub fn recall(&self, class: usize) -> Option<f64> {
        let row = &self.counts[class * self.classes..(class + 1) * self.classes];
        share(row[class], row.iter().sum())
    }

    /// The mean recall of the classes that have samples: an accuracy that a frequent class cannot
    /// carry alone. `None` of an empty table.
    #[must_use]
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let recalls: Vec<f64> = (0..self.classes)
            .filter_map(|class| self.recall(class))
            .collect();
        (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_right_totals() {
        let mut confusion = Confusion::new(3);
        for (label, predicted, times) in [(0, 0, 8), (0, 1, 2), (1, 1, 1), (1, 0, 1)] {
            for _ in 0..times {
                confusion.add(label, predicted);
            }
        }
        assert_eq!(confusion.total(), 12);
        assert_eq!(confusion.count(0, 1), 2);
        assert_eq!(confusion.accuracy(), Some(0.75));
        assert_eq!(confusion.recall(0), Some(0.8));
        assert_eq!(confusion.recall(2), None);
        assert_eq!(confusion.balanced_accuracy(), Some(0.65));
        assert_eq!(Confusion::new(2).accuracy(), None);
    }
}

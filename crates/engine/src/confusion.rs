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

    /// A table of these counts: one row for each label, with one count for each prediction. `None`
    /// if it is not square.
    #[must_use]
    pub fn from_rows(rows: &[Vec<u64>]) -> Option<Self> {
        let classes = rows.len();
        rows.iter().all(|row| row.len() == classes).then(|| Self {
            classes,
            counts: rows.concat(),
        })
    }

    /// The counts: one row for each label, with one count for each prediction.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<u64>> {
        let rows = self.counts.chunks(self.classes.max(1));
        rows.map(<[u64]>::to_vec).collect()
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

    /// Samples of a class.
    fn labelled(&self, class: usize) -> u64 {
        (0..self.classes)
            .map(|other| self.count(class, other))
            .sum()
    }

    /// Samples that were taken for a class.
    fn predicted(&self, class: usize) -> u64 {
        (0..self.classes)
            .map(|other| self.count(other, class))
            .sum()
    }

    /// The share of a class's samples that were found, in 0 to 1; `None` if there are none.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    pub fn recall(&self, class: usize) -> Option<f64> {
        share(self.count(class, class), self.labelled(class))
    }

    /// The share of right ones among the samples that were taken for a class, in 0 to 1; `None` if
    /// there are none.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    pub fn precision(&self, class: usize) -> Option<f64> {
        share(self.count(class, class), self.predicted(class))
    }

    /// The harmonic mean of precision and recall of a class, in 0 to 1, which is 0 where nothing
    /// of it was found; `None` if no sample was of the class or taken for it.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    pub fn f1(&self, class: usize) -> Option<f64> {
        let right = 2 * self.count(class, class);
        share(right, self.labelled(class) + self.predicted(class))
    }

    /// One figure from a measure of classes, such as [`Confusion::f1`]. Of two classes it is that
    /// of the second, the positive one; of more the mean over those that occur as label or
    /// prediction (the "macro" average), where a measure without a value counts 0. `None` if
    /// there is no class to measure.
    #[must_use]
    pub fn average(&self, measure: fn(&Self, usize) -> Option<f64>) -> Option<f64> {
        let classes = if self.classes == 2 {
            1..2
        } else {
            0..self.classes
        };
        let values: Vec<f64> = classes
            .filter(|&class| self.labelled(class) + self.predicted(class) > 0)
            .map(|class| measure(self, class).unwrap_or(0.0))
            .collect();
        mean(&values)
    }

    /// The mean recall of the classes that have samples: an accuracy that a frequent class cannot
    /// carry alone. `None` of an empty table.
    #[must_use]
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let recalls: Vec<f64> = (0..self.classes)
            .filter_map(|class| self.recall(class))
            .collect();
        mean(&recalls)
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
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
        assert_eq!(Confusion::new(2).average(Confusion::f1), None);
        assert_eq!(confusion.precision(2), None);
        assert_eq!(Confusion::from_rows(&confusion.rows()), Some(confusion));
        assert_eq!(Confusion::from_rows(&[vec![1, 2], vec![3]]), None);
    }

    #[test]
    fn measures_are_those_of_scikit_learn() {
        let fixture: serde_json::Value =
            serde_json::from_str(include_str!("../fixtures/training.json")).unwrap();
        for case in fixture["metrics"].as_array().unwrap() {
            let rows: Vec<Vec<u64>> = serde_json::from_value(case["confusion"].clone()).unwrap();
            let confusion = Confusion::from_rows(&rows).unwrap();
            for (name, value) in [
                ("accuracy", confusion.accuracy()),
                ("balanced_accuracy", confusion.balanced_accuracy()),
                ("precision", confusion.average(Confusion::precision)),
                ("recall", confusion.average(Confusion::recall)),
                ("f1", confusion.average(Confusion::f1)),
            ] {
                let (value, expected) = (value.unwrap(), case[name].as_f64().unwrap());
                assert!(
                    (value - expected).abs() < 1e-12,
                    "{name}: {value}, {expected}"
                );
            }
        }
    }
}

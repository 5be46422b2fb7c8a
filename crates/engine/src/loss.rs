use std::fmt;

use serde::de::{Error as _, SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;
use crate::optimizer::demand;

/// What a training step minimises: the softmax cross-entropy, in the form of PyTorch's
/// `CrossEntropyLoss`.
///
/// The mean over a batch is that of the samples' losses, each counted as often as its class
/// weighs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossOptions {
    /// A positive weight for each class; `None` where all weigh 1.
    pub class_weights: Option<Vec<f64>>,
    /// The share of a label that is spread evenly over all classes, in [0, 1) (Szegedy et al.,
    /// "Rethinking the Inception Architecture", 2016).
    pub label_smoothing: f64,
}

impl LossOptions {
    /// The weight of a class.
    pub(crate) fn weight(&self, class: usize) -> f64 {
        let weights = self.class_weights.as_ref();
        weights.map_or(1.0, |weights| weights[class])
    }

    /// How much a batch with these labels counts.
    pub(crate) fn total(&self, labels: &[usize]) -> f64 {
        labels.iter().map(|&label| self.weight(label)).sum()
    }

    pub(crate) fn check(&self, classes: usize) -> Result<(), Error> {
        if let Some(weights) = &self.class_weights {
            check_weights(weights)?;
            if weights.len() != classes {
                return Err(Error::ClassWeights {
                    got: weights.len(),
                    classes,
                });
            }
        }
        demand(
            "label_smoothing",
            self.label_smoothing,
            (0.0..1.0).contains(&self.label_smoothing),
            "at least 0 and below 1",
        )
    }
}

/// How the classes weigh in the loss. In files: `"none"`, `"balanced"`, or a list of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ClassWeights {
    /// Each sample counts the same.
    #[default]
    None,
    /// Each class counts the same, as the number of samples over the number of classes and that of
    /// the class's samples (scikit-learn's "balanced"). Counted in the training samples; a class
    /// without any weighs 1.
    Balanced,
    /// A positive weight for each class.
    List(Vec<f64>),
}

impl ClassWeights {
    /// The weight of each class, for a training on samples with these labels.
    pub(crate) fn of(
        &self,
        labels: impl Iterator<Item = usize>,
        classes: usize,
    ) -> Option<Vec<f64>> {
        match self {
            Self::None => None,
            Self::List(weights) => Some(weights.clone()),
            Self::Balanced => {
                let mut counts = vec![0usize; classes];
                labels.for_each(|label| counts[label] += 1);
                let samples: usize = counts.iter().sum();
                let present = counts.iter().filter(|&&count| count > 0).count();
                let weight = |&count: &usize| match count {
                    0 => 1.0,
                    count => samples as f64 / (present * count) as f64,
                };
                Some(counts.iter().map(weight).collect())
            }
        }
    }

    /// Whether there are none, or as many as classes.
    ///
    /// # Errors
    /// If the list is of another length.
    pub fn check_classes(&self, classes: usize) -> Result<(), Error> {
        match self {
            Self::List(weights) if weights.len() != classes => Err(Error::ClassWeights {
                got: weights.len(),
                classes,
            }),
            _ => Ok(()),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        match self {
            Self::List(weights) => check_weights(weights),
            Self::None | Self::Balanced => Ok(()),
        }
    }
}

fn check_weights(weights: &[f64]) -> Result<(), Error> {
    weights.iter().try_for_each(|&weight| {
        let holds = weight.is_finite() && weight > 0.0;
        demand("class_weights", weight, holds, "positive numbers")
    })
}

impl Serialize for ClassWeights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Balanced => serializer.serialize_str("balanced"),
            Self::List(weights) => weights.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ClassWeights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrList;
        impl<'de> Visitor<'de> for NameOrList {
            type Value = ClassWeights;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`none`, `balanced`, or a list of one number per class")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<ClassWeights, E> {
                match name {
                    "none" => Ok(ClassWeights::None),
                    "balanced" => Ok(ClassWeights::Balanced),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(name), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<ClassWeights, A::Error> {
                let weights = Vec::deserialize(SeqAccessDeserializer::new(list));
                weights.map(ClassWeights::List).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(NameOrList)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_weights_make_classes_count_the_same() {
        let labels = [0, 0, 0, 2];
        let weights = ClassWeights::Balanced.of(labels.into_iter(), 3).unwrap();
        assert_eq!(weights, [4.0 / 6.0, 1.0, 2.0]);
        let options = LossOptions {
            class_weights: Some(weights),
            label_smoothing: 0.0,
        };
        assert_eq!(options.total(&labels[..3]), options.total(&labels[3..]));
    }

    #[test]
    fn weights_are_a_name_or_a_list() {
        for (text, expected) in [
            ("\"none\"", ClassWeights::None),
            ("\"balanced\"", ClassWeights::Balanced),
            ("[1.0,2.5]", ClassWeights::List(vec![1.0, 2.5])),
        ] {
            let read: ClassWeights = serde_json::from_str(text).unwrap();
            assert_eq!(read, expected);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        let error = serde_json::from_str::<ClassWeights>("\"equal\"").unwrap_err();
        assert!(
            error.to_string().contains(
                "string \"equal\", expected `none`, `balanced`, or a list of one number per class"
            ),
            "{error}"
        );
    }

    #[test]
    fn weights_that_make_no_sense_are_named() {
        let refused = |weights: &[f64], label_smoothing| {
            let options = LossOptions {
                class_weights: Some(weights.to_vec()),
                label_smoothing,
            };
            options.check(2).unwrap_err().to_string()
        };
        assert_eq!(
            refused(&[1.0, 0.0], 0.0),
            "class_weights is 0, expected positive numbers"
        );
        assert_eq!(
            refused(&[1.0], 0.0),
            "class_weights has 1 number(s), expected one for each of 2 classes"
        );
        assert_eq!(
            refused(&[1.0, 2.0], 1.0),
            "label_smoothing is 1, expected at least 0 and below 1"
        );
    }
}

//! Which training samples are held back, so that a training can be judged while it lasts without
//! a look at the test samples.

use edgefront_random::Key;

use crate::{Error, Samples};

/// Splits the training samples into those to learn from and those to validate with, both in their
/// order. Each class gives this `share` of its samples, rounded, but at least one of two and never
/// its last; which ones, the key says.
///
/// # Errors
/// If no class has two samples.
pub(crate) fn hold_back(
    samples: &Samples<'_>,
    train: &[usize],
    share: f64,
    key: Key,
) -> Result<(Vec<usize>, Vec<usize>), Error> {
    if share == 0.0 {
        return Ok((train.to_vec(), Vec::new()));
    }
    let mut held = vec![false; train.len()];
    for class in 0..samples.classes() {
        let mut places: Vec<usize> = (0..train.len())
            .filter(|&place| samples.label(train[place]) == class)
            .collect();
        if places.len() < 2 {
            continue;
        }
        let count = (share * places.len() as f64).round() as usize;
        let count = count.clamp(1, places.len() - 1);
        key.with("validation", class as u64)
            .stream()
            .shuffle(&mut places);
        for &place in &places[..count] {
            held[place] = true;
        }
    }
    let those = |wanted: bool| -> Vec<usize> {
        (train.iter().zip(&held))
            .filter(|&(_, &held)| held == wanted)
            .map(|(&index, _)| index)
            .collect()
    };
    let (learn, validation) = (those(false), those(true));
    if validation.is_empty() {
        return Err(Error::NoValidationSamples);
    }
    Ok((learn, validation))
}

#[cfg(test)]
mod tests {
    use edgefront_graph::Shape;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every sample is on exactly one side, in order, and each class gives its share.
        #[test]
        fn each_class_gives_its_share(
            labels in prop::collection::vec(0usize..3, 4..60),
            share in 0.05f64..0.95,
            seed in any::<u64>(),
        ) {
            let images = vec![0.0; labels.len()];
            let samples = Samples::new(&images, &labels, Shape::vector(1), 3).unwrap();
            let train: Vec<usize> = (0..labels.len()).rev().collect();
            let (learn, validation) = hold_back(&samples, &train, share, Key::new(seed)).unwrap();
            prop_assert!(learn.is_sorted_by(|a, b| a > b));
            prop_assert!(validation.is_sorted_by(|a, b| a > b));
            let mut all = [learn.clone(), validation.clone()].concat();
            all.sort_by(|a, b| b.cmp(a));
            prop_assert_eq!(&all, &train);
            for class in 0..3 {
                let count = |indices: &[usize]| {
                    indices.iter().filter(|&&index| labels[index] == class).count()
                };
                let (held, of) = (count(&validation), count(&train));
                let wanted = share * of as f64;
                prop_assert!((held as f64 - wanted).abs() <= 0.5 || held <= 1 || held + 1 == of);
                prop_assert_eq!(held >= 1, of >= 2);
                prop_assert!(of == 0 || held < of);
            }
            let again = hold_back(&samples, &train, share, Key::new(seed)).unwrap();
            prop_assert_eq!(again, (learn, validation));
        }
    }

    #[test]
    fn nothing_to_hold_back_is_an_error() {
        let samples = Samples::new(&[0.0; 2], &[0, 1], Shape::vector(1), 2).unwrap();
        assert!(matches!(
            hold_back(&samples, &[0, 1], 0.5, Key::new(1)),
            Err(Error::NoValidationSamples)
        ));
        let none = hold_back(&samples, &[1, 0], 0.0, Key::new(1)).unwrap();
        assert_eq!(none, (vec![1, 0], vec![]));
    }
}

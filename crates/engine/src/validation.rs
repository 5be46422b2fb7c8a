//! Which training samples are held back, so that a training can be judged while it lasts without
//! a look at the test samples.

use std::collections::BTreeMap;

use edgefront_random::Key;

use crate::{Error, Samples};

/// Splits the training samples into those to learn from and those to validate with, both in their
/// order; which ones, the key says.
///
/// Each class gives this `share` of its samples, rounded, but at least one of two and never its
/// last. Samples in groups are held back by whole groups, as near to that as the groups allow:
/// else what is validated with would be kin of what is learnt from, and lead to stopping too late.
///
/// # Errors
/// If no class has two samples, or each group has the last sample of a class.
pub(crate) fn hold_back(
    samples: &Samples<'_>,
    train: &[usize],
    share: f64,
    key: Key,
) -> Result<(Vec<usize>, Vec<usize>), Error> {
    if share == 0.0 {
        return Ok((train.to_vec(), Vec::new()));
    }
    let held = match train.iter().map(|&index| samples.group(index)).collect() {
        Some(groups) => whole_groups(samples, train, groups, share, key),
        None => single_samples(samples, train, share, key),
    };
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

/// How many of so many samples of a class are wanted; 0 if there are fewer than two.
fn wanted(share: f64, samples: usize) -> usize {
    match samples {
        0 | 1 => 0,
        _ => ((share * samples as f64).round() as usize).clamp(1, samples - 1),
    }
}

/// Whether each training sample is held back, drawn sample by sample.
fn single_samples(samples: &Samples<'_>, train: &[usize], share: f64, key: Key) -> Vec<bool> {
    let mut held = vec![false; train.len()];
    for class in 0..samples.classes() {
        let mut places: Vec<usize> = (0..train.len())
            .filter(|&place| samples.label(train[place]) == class)
            .collect();
        let count = wanted(share, places.len());
        key.with("validation", class as u64)
            .stream()
            .shuffle(&mut places);
        for &place in &places[..count] {
            held[place] = true;
        }
    }
    held
}

/// Whether each training sample is held back, drawn group by group: of the groups in random order
/// each that brings the classes nearer to their shares, or else the one group that does best.
fn whole_groups(
    samples: &Samples<'_>,
    train: &[usize],
    groups: Vec<usize>,
    share: f64,
    key: Key,
) -> Vec<bool> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, group) in groups.into_iter().enumerate() {
        members.entry(group).or_default().push(place);
    }
    let mut members: Vec<Vec<usize>> = members.into_values().collect();
    key.with("validation groups", 0)
        .stream()
        .shuffle(&mut members);

    let classes = 0..samples.classes();
    let count = |places: &[usize], class: usize| {
        let of_class = |&&place: &&usize| samples.label(train[place]) == class;
        places.iter().filter(of_class).count()
    };
    let all: Vec<usize> = (0..train.len()).collect();
    let totals: Vec<usize> = classes.clone().map(|class| count(&all, class)).collect();
    // How far the classes are from their shares; infinite if the last of one would be held back.
    let distance = |held: &[usize]| -> f64 {
        (held.iter().zip(&totals))
            .filter(|&(_, &total)| total > 0)
            .map(|(&held, &total)| {
                if held == total {
                    return f64::INFINITY;
                }
                let off = held as f64 - wanted(share, total) as f64;
                (off / total as f64).powi(2)
            })
            .sum()
    };
    let with = |held: &[usize], group: &[usize]| -> Vec<usize> {
        (held.iter().enumerate())
            .map(|(class, held)| held + count(group, class))
            .collect()
    };
    let none = vec![0; samples.classes()];
    let (mut taken, mut held) = (Vec::new(), none.clone());
    for group in &members {
        let more = with(&held, group);
        if distance(&more) < distance(&held) {
            held = more;
            taken.push(group);
        }
    }
    if taken.is_empty() {
        let alone = |group: &Vec<usize>| distance(&with(&none, group));
        let least = members.iter().min_by(|a, b| alone(a).total_cmp(&alone(b)));
        taken.extend(least.filter(|group| alone(group).is_finite()));
    }
    let mut held = vec![false; train.len()];
    for &place in taken.into_iter().flatten() {
        held[place] = true;
    }
    held
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

    proptest! {
        /// No group is on both sides, each class is learnt, and shares are met where groups are
        /// small.
        #[test]
        fn groups_stay_whole(
            labels in prop::collection::vec(0usize..2, 60..120),
            size in 1usize..6,
            seed in any::<u64>(),
        ) {
            let images = vec![0.0; labels.len()];
            let groups: Vec<usize> = (0..labels.len()).map(|n| n / size).collect();
            let samples = Samples::new(&images, &labels, Shape::vector(1), 2).unwrap();
            let samples = samples.with_groups(&groups).unwrap();
            let train: Vec<usize> = (0..labels.len()).collect();
            let (learn, validation) = hold_back(&samples, &train, 0.2, Key::new(seed)).unwrap();
            prop_assert_eq!(learn.len() + validation.len(), train.len());
            for &held in &validation {
                prop_assert!(learn.iter().all(|&index| groups[index] != groups[held]));
            }
            let share = validation.len() as f64 / train.len() as f64;
            prop_assert!((0.1..0.3).contains(&share), "{}", share);
            for class in 0..2 {
                prop_assert!(learn.iter().any(|&index| labels[index] == class));
            }
        }
    }

    #[test]
    fn of_large_groups_one_is_held_back_or_none() {
        let (images, labels) = ([0.0; 8], [0, 1, 0, 1, 0, 1, 0, 1]);
        let samples = Samples::new(&images, &labels, Shape::vector(1), 2).unwrap();
        let train: Vec<usize> = (0..8).collect();
        let held = |groups: &[usize]| {
            let samples = samples.with_groups(groups).unwrap();
            hold_back(&samples, &train, 0.1, Key::new(3)).map(|(_, validation)| validation.len())
        };
        assert_eq!(held(&[0, 0, 0, 0, 1, 1, 1, 1]).unwrap(), 4);
        assert!(matches!(held(&[0; 8]), Err(Error::NoValidationSamples)));
        assert!(matches!(
            samples.with_groups(&[0; 7]),
            Err(Error::Groups {
                groups: 7,
                samples: 8
            })
        ));
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

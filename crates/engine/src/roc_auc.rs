use crate::Prediction;

/// The area under the ROC curve, in 0 to 1: how probable it is that a sample of a class scores
/// higher in it than a sample of another class, where equal scores count half (Hanley and
/// `McNeil`, 1982). 0.5 is what guessing gives.
///
/// Of two classes it is that of the second, the positive one; of more the mean over the classes,
/// each against the rest. A class that none or all of the samples have takes no part; `None` if
/// there is no other.
#[must_use]
pub fn roc_auc(predictions: &[Prediction]) -> Option<f64> {
    let classes = predictions.first()?.probabilities.len();
    let classes = if classes == 2 { 1..2 } else { 0..classes };
    let areas: Vec<f64> = classes
        .filter_map(|class| one_against_rest(predictions, class))
        .collect();
    (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64)
}

/// The area of one class, by the ranks of its samples (Mann and Whitney, 1947).
fn one_against_rest(predictions: &[Prediction], class: usize) -> Option<f64> {
    let mut scored: Vec<(f64, bool)> = predictions
        .iter()
        .map(|prediction| (prediction.probabilities[class], prediction.label == class))
        .collect();
    let own = scored.iter().filter(|(_, own)| *own).count() as f64;
    let others = scored.len() as f64 - own;
    if own == 0.0 || others == 0.0 {
        return None;
    }
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Twice the number of pairs that are in order, so that it is a whole number.
    let mut in_order = 0;
    let mut below = 0;
    for equal in scored.chunk_by(|a, b| a.0 == b.0) {
        let own = equal.iter().filter(|(_, own)| *own).count();
        let others = equal.len() - own;
        in_order += own * (2 * below + others);
        below += others;
    }
    Some(in_order as f64 / (2.0 * own * others))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictions(labels: &[usize], scores: &[f64]) -> Vec<Prediction> {
        (labels.iter().zip(scores).enumerate())
            .map(|(index, (&label, &score))| Prediction {
                index,
                label,
                predicted: usize::from(score > 0.5),
                probabilities: vec![1.0 - score, score],
            })
            .collect()
    }

    #[test]
    fn pairs_in_order_count_one_and_ties_half() {
        let area = |labels: &[usize], scores: &[f64]| roc_auc(&predictions(labels, scores));
        assert_eq!(area(&[0, 0, 1, 1], &[0.1, 0.2, 0.3, 0.4]), Some(1.0));
        assert_eq!(area(&[1, 1, 0, 0], &[0.1, 0.2, 0.3, 0.4]), Some(0.0));
        assert_eq!(area(&[0, 1, 0, 1], &[0.5; 4]), Some(0.5));
        // Of the pairs (0.2, 0.5), (0.6, 0.5), (0.2, 0.2), (0.6, 0.2): one, none, a half, none.
        assert_eq!(area(&[0, 0, 1, 1], &[0.2, 0.6, 0.5, 0.2]), Some(1.5 / 4.0));
        assert_eq!(area(&[1, 1], &[0.2, 0.6]), None);
        assert_eq!(area(&[], &[]), None);
    }

    #[test]
    fn areas_are_those_of_scikit_learn() {
        let fixture: serde_json::Value =
            serde_json::from_str(include_str!("../fixtures/training.json")).unwrap();
        for case in fixture["metrics"].as_array().unwrap() {
            let labels: Vec<usize> = serde_json::from_value(case["labels"].clone()).unwrap();
            let scores: Vec<Vec<f64>> =
                serde_json::from_value(case["probabilities"].clone()).unwrap();
            let predictions: Vec<Prediction> = (labels.into_iter().zip(scores).enumerate())
                .map(|(index, (label, probabilities))| Prediction {
                    index,
                    label,
                    predicted: 0,
                    probabilities,
                })
                .collect();
            let (area, expected) = (roc_auc(&predictions), case["roc_auc"].as_f64());
            assert!((area.unwrap() - expected.unwrap()).abs() < 1e-12);
        }
    }
}

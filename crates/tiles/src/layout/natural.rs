use std::cmp::Ordering;

/// Compares names as people count: runs of digits by their value, all else by its characters.
///
/// Names that differ in leading zeros only are ordered by length, so that the order is total.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    while !rest_a.is_empty() && !rest_b.is_empty() {
        let (run_a, after_a) = split_run(rest_a);
        let (run_b, after_b) = split_run(rest_b);
        let order = match (is_number(run_a), is_number(run_b)) {
            (true, true) => {
                let (a, b) = (run_a.trim_start_matches('0'), run_b.trim_start_matches('0'));
                a.len().cmp(&b.len()).then_with(|| a.cmp(b))
            }
            _ => run_a.cmp(run_b),
        };
        if order != Ordering::Equal {
            return order;
        }
        (rest_a, rest_b) = (after_a, after_b);
    }
    rest_a
        .len()
        .cmp(&rest_b.len())
        .then_with(|| a.len().cmp(&b.len()))
        .then_with(|| a.cmp(b))
}

fn is_number(run: &str) -> bool {
    run.starts_with(|c: char| c.is_ascii_digit())
}

fn split_run(text: &str) -> (&str, &str) {
    let digits = is_number(text);
    let end = text
        .find(|c: char| c.is_ascii_digit() != digits)
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_count() {
        let mut names = ["10", "9", "a2", "a10", "a1b3", "007", "7", "A9", ""];
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(
            names,
            ["", "7", "007", "9", "10", "A9", "a1b3", "a2", "a10"]
        );
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in "[a0-2]{0,6}", b in "[a0-2]{0,6}", c in "[a0-2]{0,6}") {
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            prop_assert_eq!(compare(&a, &b) == Ordering::Equal, a == b);
            if compare(&a, &b) != Ordering::Greater && compare(&b, &c) != Ordering::Greater {
                prop_assert_ne!(compare(&a, &c), Ordering::Greater);
            }
        }
    }
}

//! Work shared out to threads.

use std::thread;

/// What `f` makes of each item, in the order of the items, whatever the number of threads.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    f: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let share = items.len().div_ceil(threads.max(1)).max(1);
    let f = &f;
    thread::scope(|scope| {
        let workers: Vec<_> = items
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(f).collect::<Vec<R>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| match worker.join() {
                Ok(results) => results,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..103).collect();
        for threads in [0, 1, 2, 7, 200] {
            assert_eq!(map(&items, threads, |n| n * n)[100], 10_000);
            assert_eq!(map(&items, threads, |&n| n), items);
        }
        assert!(map(&[], 3, |n: &usize| *n).is_empty());
    }
}

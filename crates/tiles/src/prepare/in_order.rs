//! Work shared out to threads that take turns where order matters.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// Does three things to each item on `threads` threads: `work` in any order; then `take`, in the
/// order of the items, one at a time; then `finish` of what `take` gave, in that order too, but
/// beside the next `take`. Stops at the first error of `take`, and gives it.
///
/// One thread does all three to an item, so that the item's data stay in its processor's cache;
/// `start` makes what a thread keeps from item to item. `progress` is told, on this thread, how
/// many items have been taken. A panic of any of them is passed on.
pub(super) fn in_order<I: Sync, S, R, T, E: Send>(
    items: &[I],
    threads: usize,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &I) -> R + Sync,
    take: impl FnMut(&mut S, &I, R) -> Result<T, E> + Send,
    finish: impl Fn(&mut S, T) + Sync,
    progress: impl FnMut(usize),
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let (taking, finishing) = (Line::new(take), Line::new(()));
    let (done, taken) = channel();
    let run = |done: Sender<usize>| {
        let _stopper = Stopper(&|| {
            taking.stop();
            finishing.stop();
        });
        let mut state = start();
        loop {
            let number = next.fetch_add(1, Relaxed);
            let Some(item) = items.get(number) else {
                return;
            };
            let result = work(&mut state, item);
            // Kept while it is this item's turn: of several, the error of the first item counts.
            let keep = |error| {
                let mut first = failure.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(error);
            };
            let outcome = taking.pass(number, |take| take(&mut state, item, result).map_err(keep));
            let given = match outcome {
                None => return,
                Some(Ok(given)) => given,
                Some(Err(())) => {
                    taking.stop();
                    return;
                }
            };
            let is_last = number + 1 == items.len();
            if is_last || (number + 1).is_multiple_of(PROGRESS_STEP) {
                // Without a listener there is nobody to be told.
                let _ = done.send(number + 1);
            }
            if finishing
                .pass(number, |()| finish(&mut state, given))
                .is_none()
            {
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            let (done, run) = (done.clone(), &run);
            scope.spawn(move || run(done));
        }
        drop(done);
        taken.iter().for_each(progress);
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Items between two reports of progress, which wake the thread that listens.
const PROGRESS_STEP: usize = 16;

/// A line in which each number waits for the one before it.
struct Line<T> {
    turn: Mutex<Turn<T>>,
    moved: Condvar,
}

struct Turn<T> {
    /// The number whose turn it is; `None` once the line has been stopped.
    number: Option<usize>,
    /// What they come for.
    counter: T,
}

impl<T> Line<T> {
    fn new(counter: T) -> Self {
        Self {
            turn: Mutex::new(Turn {
                number: Some(0),
                counter,
            }),
            moved: Condvar::new(),
        }
    }

    /// Waits for the turn of this number and does `work`; `None` if the line is stopped before.
    fn pass<R>(&self, number: usize, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let turn = self.turn.lock().ok()?;
        let is_early = |turn: &mut Turn<T>| turn.number.is_some_and(|at| at != number);
        let mut turn = self.moved.wait_while(turn, is_early).ok()?;
        turn.number?;
        let result = work(&mut turn.counter);
        turn.number = Some(number + 1);
        drop(turn);
        self.moved.notify_all();
        Some(result)
    }

    /// Sends all who wait and all who come away.
    fn stop(&self) {
        self.turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .number = None;
        self.moved.notify_all();
    }
}

/// Does something when a panic drops it: without the thread that panics, others would wait for
/// ever.
struct Stopper<'a>(&'a dyn Fn());

impl Drop for Stopper<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            (self.0)();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Doubles the numbers up to `count`, with an error at `last`: what was taken and finished,
    /// and how far the progress went.
    fn doubled(
        count: usize,
        threads: usize,
        last: usize,
    ) -> (Result<(), usize>, Vec<usize>, Vec<usize>, usize) {
        let items: Vec<usize> = (0..count).collect();
        let (mut taken, finished, mut most) = (Vec::new(), Mutex::new(Vec::new()), 0);
        let result = in_order(
            &items,
            threads,
            || (),
            |(), &item| {
                // Some take longer than those after them.
                thread::sleep(Duration::from_micros((item * 7 % 5) as u64 * 50));
                2 * item
            },
            |(), &item, twice| {
                taken.push(twice);
                if item == last { Err(item) } else { Ok(twice) }
            },
            |(), twice| finished.lock().unwrap().push(twice),
            |done| most = most.max(done),
        );
        (result, taken, finished.into_inner().unwrap(), most)
    }

    #[test]
    fn all_is_taken_and_finished_in_order() {
        let expected: Vec<usize> = (0..100).map(|item| 2 * item).collect();
        for threads in [1, 2, 7] {
            let (result, taken, finished, most) = doubled(100, threads, usize::MAX);
            assert_eq!(result, Ok(()));
            assert_eq!(taken, expected);
            assert_eq!(finished, expected);
            assert_eq!(most, 100);
        }
        assert_eq!(doubled(0, 3, 0), (Ok(()), vec![], vec![], 0));
    }

    #[test]
    fn an_error_ends_the_work() {
        for threads in [1, 4] {
            let (result, taken, ..) = doubled(50, threads, 13);
            assert_eq!(result, Err(13));
            assert_eq!(taken.len(), 14);
        }
    }

    #[test]
    fn a_panic_is_passed_on() {
        for place in 0..3 {
            let fail = |at: usize, &item: &i32| assert!(at != place || item != 3, "item {item}");
            let panicked = std::panic::catch_unwind(|| {
                in_order(
                    &[0, 1, 2, 3, 4, 5],
                    2,
                    || (),
                    |(), item| fail(0, item),
                    |(), item, ()| {
                        fail(1, item);
                        Ok::<_, ()>(*item)
                    },
                    |(), item| fail(2, &item),
                    |_| {},
                )
            });
            assert!(panicked.is_err(), "{place}");
        }
    }
}

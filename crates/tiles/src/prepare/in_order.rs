//! Work shared out to threads, its results taken in order.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Memory for the values of a tile. There is a fixed number of them, which go round: from a thread
/// that fills one to whoever reads it last, who hands it back.
pub(super) type Buffer = Vec<f32>;

/// The buffers that nobody uses.
pub(super) struct Pool {
    free: Mutex<Receiver<Buffer>>,
    give_back: Sender<Buffer>,
}

impl Pool {
    /// A pool of `count` empty buffers.
    pub(super) fn new(count: usize) -> Self {
        let (give_back, free) = channel();
        for _ in 0..count {
            give_back
                .send(Buffer::new())
                .expect("the receiver is on this stack");
        }
        Self {
            free: Mutex::new(free),
            give_back,
        }
    }

    /// Where buffers are handed back.
    pub(super) fn give_back(&self) -> Sender<Buffer> {
        self.give_back.clone()
    }
}

/// Does `work` on each item, on `threads` threads, and gives the results to `take` in the order of
/// the items, on this thread; stops at the first error of `take`.
///
/// Each piece of work gets a buffer of the pool, and whoever ends with it must give it back: so
/// there are never more results waiting than buffers. `start` makes what a thread keeps from item
/// to item. A panic in `work` is passed on.
pub(super) fn in_order<I: Sync, S, R: Send, E>(
    items: &[I],
    threads: usize,
    pool: Pool,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &I, Buffer) -> R + Sync,
    mut take: impl FnMut(&I, R) -> Result<(), E>,
) -> Result<(), E> {
    let Pool { free, give_back } = pool;
    let next = AtomicUsize::new(0);
    let (send, results) = channel();
    let run = |send: Sender<(usize, thread::Result<R>)>| {
        let mut state = start();
        loop {
            // First the buffer, then the number: the least number that is out has a buffer, so it
            // comes back, however many wait for their turn.
            let free = free.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(buffer) = free else { return };
            let number = next.fetch_add(1, Relaxed);
            let Some(item) = items.get(number) else {
                return;
            };
            let result = catch_unwind(AssertUnwindSafe(|| work(&mut state, item, buffer)));
            if send.send((number, result)).is_err() {
                return;
            }
        }
    };
    let threads = threads.min(items.len());
    let outcome = thread::scope(|scope| {
        for _ in 0..threads {
            let (send, run) = (send.clone(), &run);
            scope.spawn(move || run(send));
        }
        let mut early = BTreeMap::new();
        let outcome = items.iter().enumerate().try_for_each(|(number, item)| {
            while !early.contains_key(&number) {
                let (number, result) = results.recv().expect("each item has a result, or a panic");
                early.insert(number, result);
            }
            let result = early.remove(&number).expect("it has just come");
            take(item, result.map_err(Stop::Panic)?).map_err(Stop::Error)
        });
        next.store(items.len(), Relaxed);
        for _ in 0..threads {
            // A thread that waits for a buffer gets one, and learns that there is no more to do.
            let _ = give_back.send(Buffer::new());
        }
        outcome
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Panic(panic)) => resume_unwind(panic),
    }
}

/// Why the work ended early.
enum Stop<E> {
    Error(E),
    Panic(Box<dyn Any + Send>),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Doubles the numbers up to `count`; stops at `last`.
    fn doubled(count: usize, threads: usize, last: usize) -> Result<Vec<usize>, usize> {
        let items: Vec<usize> = (0..count).collect();
        let pool = Pool::new(threads + 1);
        let give_back = pool.give_back();
        let mut taken = Vec::new();
        let work = |_: &mut (), &item: &usize, mut buffer: Buffer| {
            // Some take longer than those after them.
            thread::sleep(std::time::Duration::from_micros((item * 7 % 5) as u64 * 50));
            buffer.clear();
            buffer.push(2.0 * item as f32);
            buffer
        };
        in_order(
            &items,
            threads,
            pool,
            || (),
            work,
            |&item, buffer: Buffer| {
                taken.push(buffer[0] as usize);
                give_back.send(buffer).unwrap();
                if item == last { Err(item) } else { Ok(()) }
            },
        )?;
        Ok(taken)
    }

    #[test]
    fn results_come_in_order() {
        let expected: Vec<usize> = (0..100).map(|item| 2 * item).collect();
        for threads in [1, 2, 7] {
            assert_eq!(doubled(100, threads, usize::MAX).unwrap(), expected);
        }
        assert_eq!(doubled(0, 3, usize::MAX).unwrap(), []);
    }

    #[test]
    fn an_error_ends_the_work() {
        for threads in [1, 4] {
            assert_eq!(doubled(50, threads, 13), Err(13));
        }
    }

    #[test]
    #[should_panic(expected = "item 3")]
    fn a_panic_is_passed_on() {
        let work = |_: &mut (), item: &usize, buffer: Buffer| {
            assert!(*item != 3, "item {item}");
            buffer
        };
        let pool = Pool::new(2);
        let give_back = pool.give_back();
        let _ = in_order(
            &[0, 1, 2, 3, 4, 5],
            2,
            pool,
            || (),
            work,
            |_, buffer| give_back.send(buffer).map_err(|_| ()),
        );
    }
}

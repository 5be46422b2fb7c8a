use std::any::Any;
use std::hint::spin_loop;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// Rounds of waiting awake before a thread sleeps: some tenths of a millisecond. A step of a
/// training has hundreds of pieces of work with a few microseconds between them, which is less
/// than it takes to wake a thread.
const ROUNDS: usize = 10_000;

type Work<'a> = dyn Fn(usize) + Sync + 'a;

/// Threads that all do one piece of work at a time, the caller among them.
pub(super) struct Pool {
    state: Arc<State>,
    workers: Vec<JoinHandle<()>>,
    /// Held while there is work: there is room for one piece.
    busy: Mutex<()>,
}

struct State {
    /// The work of this round.
    work: Mutex<Option<Lent>>,
    /// Counts the pieces of work.
    round: AtomicUsize,
    /// Workers that have not done this round's work yet.
    pending: AtomicUsize,
    /// What a worker's part of the work has panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    sleepers: AtomicUsize,
    bed: Mutex<()>,
    alarm: Condvar,
    stop: AtomicBool,
}

/// Work whose lifetime the compiler does not see.
#[derive(Clone, Copy)]
struct Lent(NonNull<Work<'static>>);

// SAFETY: the work may be called from several threads at a time, and `Pool::run` does not return
// before the last call has.
unsafe impl Send for Lent {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// `count` threads, the caller's counted.
    ///
    /// # Errors
    /// If the system gives no more threads.
    pub fn new(count: usize) -> io::Result<Self> {
        let state = Arc::new(State {
            work: Mutex::new(None),
            round: AtomicUsize::new(0),
            pending: AtomicUsize::new(0),
            panic: Mutex::new(None),
            sleepers: AtomicUsize::new(0),
            bed: Mutex::new(()),
            alarm: Condvar::new(),
            stop: AtomicBool::new(false),
        });
        let mut pool = Self {
            state: Arc::clone(&state),
            workers: Vec::new(),
            busy: Mutex::new(()),
        };
        for index in 1..count {
            let state = Arc::clone(&state);
            let builder = thread::Builder::new().name(format!("kernels-{index}"));
            pool.workers
                .push(builder.spawn(move || state.serve(index))?);
        }
        Ok(pool)
    }

    pub fn count(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `work(thread)` on each thread, 0 being the caller's, and returns when all have done.
    /// The work must not call this itself: it would wait for its own end.
    ///
    /// # Panics
    /// As `work` does, once all have done.
    pub fn run(&self, work: &Work<'_>) {
        let _busy = lock(&self.busy);
        let state = &*self.state;
        // SAFETY: only the lifetime changes. This function does not return before `pending` says
        // that no worker calls the work any more, whatever panics.
        let lent = unsafe {
            std::mem::transmute::<NonNull<Work<'_>>, NonNull<Work<'static>>>(work.into())
        };
        *lock(&state.work) = Some(Lent(lent));
        state.pending.store(self.workers.len(), Ordering::Relaxed);
        state.round.fetch_add(1, Ordering::SeqCst);
        state.wake();
        let own = catch_unwind(AssertUnwindSafe(|| work(0)));
        let mut rounds = 0;
        while state.pending.load(Ordering::Acquire) > 0 {
            rounds += 1;
            if rounds < ROUNDS {
                spin_loop();
            } else {
                thread::yield_now();
            }
        }
        let others = lock(&state.panic).take();
        if let Err(panic) = own.and(others.map_or(Ok(()), Err)) {
            resume_unwind(panic);
        }
    }
}

impl State {
    fn wake(&self) {
        // A worker counts itself a sleeper before it looks at the round for the last time.
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            let _bed = lock(&self.bed);
            self.alarm.notify_all();
        }
    }

    fn serve(&self, thread: usize) {
        let mut seen = 0;
        while self.wait(&mut seen) {
            let work = lock(&self.work).expect("there is work in every round");
            // SAFETY: `Pool::run` has lent the work until this worker is no longer pending.
            let work = unsafe { work.0.as_ref() };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(thread))) {
                *lock(&self.panic) = Some(panic);
            }
            self.pending.fetch_sub(1, Ordering::Release);
        }
    }

    /// Waits for the round after the one that was `seen`; false if there is none.
    fn wait(&self, seen: &mut usize) -> bool {
        let news =
            || self.round.load(Ordering::SeqCst) != *seen || self.stop.load(Ordering::SeqCst);
        let mut rounds = 0;
        while !news() && rounds < ROUNDS {
            rounds += 1;
            spin_loop();
        }
        if !news() {
            let mut bed = lock(&self.bed);
            self.sleepers.fetch_add(1, Ordering::SeqCst);
            while !news() {
                bed = self.alarm.wait(bed).unwrap_or_else(PoisonError::into_inner);
            }
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
        *seen = self.round.load(Ordering::SeqCst);
        !self.stop.load(Ordering::SeqCst)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        self.state.wake();
        for worker in self.workers.drain(..) {
            // A worker catches the panics of its work.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_thread_works_once_a_round() {
        let pool = Pool::new(3).unwrap();
        let calls = [const { AtomicUsize::new(0) }; 3];
        for round in 1..2000 {
            pool.run(&|thread| {
                calls[thread].fetch_add(1, Ordering::Relaxed);
            });
            if round % 500 == 0 {
                thread::sleep(Duration::from_millis(20)); // they fall asleep
            }
            for count in &calls {
                assert_eq!(count.load(Ordering::Relaxed), round);
            }
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        let pool = Pool::new(2).unwrap();
        for culprit in 0..2 {
            let work = |thread| assert_ne!(thread, culprit, "on purpose");
            assert!(catch_unwind(AssertUnwindSafe(|| pool.run(&work))).is_err());
            let sum = AtomicUsize::new(0);
            pool.run(&|thread| {
                sum.fetch_add(thread + 1, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 3);
        }
    }
}

mod pool;

use std::io;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use pool::Pool;

/// The threads that share a network's work.
///
/// Work comes in parts that do not depend on each other and whose results are the same however
/// they are cut, so that a network's are the same whatever the number of threads.
pub(crate) struct Threads {
    /// None for a single thread, which is the caller's own.
    pool: Option<Pool>,
}

impl Threads {
    /// The caller's thread.
    pub fn one() -> Self {
        Self { pool: None }
    }

    /// # Errors
    /// If the system gives no more threads.
    pub fn new(count: usize) -> io::Result<Self> {
        let pool = (count > 1).then(|| Pool::new(count)).transpose()?;
        Ok(Self { pool })
    }

    pub fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, Pool::count)
    }

    /// Calls `work(part, thread)` for each part below `parts`; all are done on return. No two
    /// parts have the same thread, which is below [`count`](Self::count), at the same time.
    pub fn each(&self, parts: usize, work: impl Fn(usize, usize) + Sync) {
        let Some(pool) = self.pool.as_ref().filter(|_| parts > 1) else {
            return (0..parts).for_each(|part| work(part, 0));
        };
        let next = AtomicUsize::new(0);
        pool.run(&|thread| {
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= parts {
                    break;
                }
                work(part, thread);
            }
        });
    }

    /// Calls `work` for each part, which may hold what no other part does; all are done on return.
    pub fn each_of<P: Send>(&self, parts: impl Iterator<Item = P> + Send, work: impl Fn(P) + Sync) {
        let Some(pool) = &self.pool else {
            return parts.for_each(work);
        };
        let parts = Mutex::new(parts);
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        pool.run(&|_| {
            while let Some(part) = next() {
                work(part);
            }
        });
    }

    /// How many of `len` things make a good part of the work: all for a single thread, else so few
    /// that each thread gets some parts.
    pub fn share(&self, len: usize) -> usize {
        match self.count() {
            1 => len.max(1),
            count => len.div_ceil(2 * count).max(1),
        }
    }
}

/// A buffer whose parts several threads write at a time.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    start: *mut f32,
    len: usize,
    life: PhantomData<&'a mut [f32]>,
}

// SAFETY: the buffer is lent for the life of the value, and whoever makes references or writes to
// it promises that no two threads do so to the same part.
unsafe impl Send for Shared<'_> {}
// SAFETY: as above.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    pub fn new(buffer: &'a mut [f32]) -> Self {
        Self {
            start: buffer.as_mut_ptr(),
            len: buffer.len(),
            life: PhantomData,
        }
    }

    pub fn start(self) -> *mut f32 {
        self.start
    }

    /// # Safety
    /// Nobody else reads or writes this part meanwhile.
    ///
    /// # Panics
    /// If it is not within the buffer.
    pub unsafe fn part(self, range: Range<usize>) -> &'a mut [f32] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: within the buffer, and nobody else's, by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }
}

mod pool;

use std::io;
use std::marker::PhantomData;
use std::ops::Range;
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
    ///
    /// The first parts always go to the first thread, and so on, because what comes first in one
    /// piece of work comes first in the next: it is still in that thread's cache.
    pub fn each(&self, parts: usize, work: impl Fn(usize, usize) + Sync) {
        let Some(pool) = self.pool.as_ref().filter(|_| parts > 1) else {
            return (0..parts).for_each(|part| work(part, 0));
        };
        let count = pool.count();
        pool.run(&|thread| {
            let own = thread * parts / count..(thread + 1) * parts / count;
            own.for_each(|part| work(part, thread));
        });
    }

    /// Calls `work` for each part, which may hold what no other part does; all are done on return.
    pub fn each_of<P: Send>(&self, parts: impl Iterator<Item = P>, work: impl Fn(P) + Sync) {
        if self.pool.is_none() {
            return parts.for_each(work);
        }
        let parts: Vec<Mutex<Option<P>>> = parts.map(|part| Mutex::new(Some(part))).collect();
        self.each(parts.len(), |part, _| {
            let mut part = parts[part].lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(part) = part.take() {
                work(part);
            }
        });
    }

    /// How many of `len` things make a part of the work, if there is to be one for each thread.
    pub fn share(&self, len: usize) -> usize {
        len.div_ceil(self.count()).max(1)
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

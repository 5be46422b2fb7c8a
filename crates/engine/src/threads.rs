use std::marker::PhantomData;
use std::ops::Range;

/// The threads that share a network's work.
///
/// Work comes in parts that do not depend on each other and that are the same whatever the number
/// of threads, so that results are, too.
#[derive(Clone, Debug)]
pub(crate) struct Threads {
    count: usize,
}

impl Threads {
    pub fn new(count: usize) -> Self {
        Self { count }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// Calls `work(part, thread)` for each part below `parts`; all are done on return. No two
    /// parts have the same thread, which is below [`count`](Self::count), at the same time.
    pub fn each(&self, parts: usize, work: impl Fn(usize, usize) + Sync) {
        for part in 0..parts {
            work(part, 0);
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

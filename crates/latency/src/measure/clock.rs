//! The time that the processor has worked for this process.

use std::time::Duration;

/// CPU time of all threads of the process; `None` where the system does not tell.
#[cfg(unix)]
pub(super) fn cpu_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).ok()?;
    let nanoseconds = u32::try_from(time.tv_nsec).ok()?;
    Some(Duration::new(seconds, nanoseconds))
}

/// CPU time of all threads of the process; `None` where the system does not tell.
#[cfg(not(unix))]
pub(super) fn cpu_time() -> Option<Duration> {
    None
}

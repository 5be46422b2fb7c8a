//! Work on several threads whose results come in order.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, RecvError};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Jobs on their way for each worker: one that it does, and as many that wait as keep it busy while
/// the next are made, which now and then takes long: a row of blocks of a raster is decoded at once.
const AHEAD: usize = 32;

/// Has each of the `workers`, on a thread of its own, `work` on the next of the jobs, and gives
/// `take` the results in the order of the jobs.
///
/// The jobs are made and the results taken on the calling thread. So what both do needs no locks,
/// and no more than a few jobs for each worker are on their way at a time, however many there are.
///
/// # Errors
/// The first error of a job or of `take`. Jobs that are being worked on then are waited for.
pub(super) fn in_order<W, J, R, E>(
    workers: &mut [W],
    jobs: impl IntoIterator<Item = Result<J, E>>,
    work: impl Fn(&mut W, J) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    W: Send,
    J: Send,
    R: Send,
{
    let most = AHEAD * workers.len();
    assert!(most > 0, "work without workers");
    let (send_job, jobs_to_do) = mpsc::channel::<(usize, J)>();
    let jobs_to_do = Mutex::new(jobs_to_do);
    let (send_result, results) = mpsc::channel();
    let next_job = || -> Result<(usize, J), RecvError> {
        let queue = jobs_to_do.lock().unwrap_or_else(PoisonError::into_inner);
        queue.recv()
    };
    thread::scope(|scope| {
        // Whichever way this is left, the queue ends, and with it the workers.
        let send_job = send_job;
        for worker in workers {
            let (send_result, next_job, work) = (send_result.clone(), &next_job, &work);
            scope.spawn(move || {
                while let Ok((number, job)) = next_job() {
                    // A result that never came would be waited for.
                    let result = catch_unwind(AssertUnwindSafe(|| work(worker, job)));
                    if send_result.send((number, result)).is_err() {
                        break;
                    }
                }
            });
        }
        let (mut sent, mut taken) = (0, 0);
        let mut early = BTreeMap::new();
        let mut take_next = |taken: &mut usize| -> Result<(), E> {
            let (number, result) = results.recv().expect("a worker outlives its jobs");
            early.insert(number, result.unwrap_or_else(|panic| resume_unwind(panic)));
            while let Some(result) = early.remove(taken) {
                take(result)?;
                *taken += 1;
            }
            Ok(())
        };
        for job in jobs {
            let sending = send_job.send((sent, job?));
            assert!(sending.is_ok(), "the queue outlives this loop");
            sent += 1;
            while sent - taken >= most {
                take_next(&mut taken)?;
            }
        }
        while taken < sent {
            take_next(&mut taken)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn squares(workers: usize, jobs: usize) -> Vec<usize> {
        let mut workers = vec![(); workers];
        let mut squares = Vec::new();
        let jobs = (0..jobs).map(Ok::<_, ()>);
        let work = |(): &mut (), n: usize| {
            // The first of a few is the slowest.
            thread::sleep(Duration::from_micros(200 * (4 - n as u64 % 4)));
            n * n
        };
        in_order(&mut workers, jobs, work, |square| {
            squares.push(square);
            Ok(())
        })
        .unwrap();
        squares
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let expected: Vec<usize> = (0..50).map(|n| n * n).collect();
        for workers in [1, 2, 5] {
            assert_eq!(squares(workers, 50), expected);
            assert!(squares(workers, 0).is_empty());
        }
    }

    #[test]
    fn few_jobs_are_on_their_way() {
        let (made, mut taken) = (AtomicUsize::new(0), 0);
        let jobs = (0..100).map(|n| {
            made.fetch_add(1, Ordering::SeqCst);
            Ok::<usize, ()>(n)
        });
        in_order(
            &mut [(); 2],
            jobs,
            |(), n| n,
            |_| {
                taken += 1;
                assert!(made.load(Ordering::SeqCst) - taken <= 2 * AHEAD);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(taken, 100);
    }

    #[test]
    fn errors_of_jobs_and_results_end_it() {
        let work = |(): &mut (), n: usize| n;
        let jobs = (0..).map(|n| if n == 30 { Err("job") } else { Ok(n) });
        let ended = in_order(&mut [(); 3], jobs, work, |_| Ok(()));
        assert_eq!(ended, Err("job"));
        let take = |n| if n == 10 { Err("taking") } else { Ok(()) };
        let ended = in_order(&mut [(); 3], (0..).map(Ok), work, take);
        assert_eq!(ended, Err("taking"));
    }

    #[test]
    #[should_panic(expected = "job 7")]
    fn a_panic_of_a_worker_is_passed_on() {
        let jobs = (0..100).map(Ok::<usize, ()>);
        let work = |(): &mut (), n| assert!(n != 7, "job {n}");
        let _ = in_order(&mut [(); 2], jobs, work, |()| Ok(()));
    }
}

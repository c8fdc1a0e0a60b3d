//! Worker threads; results come back in index order, so that they never depend on how many there are.

use std::io;
use std::thread::{Builder, JoinHandle};

use rayon::{ThreadBuilder, ThreadPool, ThreadPoolBuilder};

/// Worker threads, as many as the system gives.
#[derive(Debug)]
pub struct Pool {
    /// `None`: the thread that made it is the one worker.
    workers: Option<ThreadPool>,
    wanted: usize,
}

/// A pool of `threads` workers; 0 for one per core. Where the system does not give as many, it has half of them, a quarter, and
/// so on, and where it gives none, work is done on the thread that asks for the pool.
pub fn pool(threads: usize) -> Pool {
    pool_by(threads, &|worker| Builder::new().spawn(move || worker.run()))
}

/// Starts a worker.
type Spawn<'a> = dyn Fn(ThreadBuilder) -> io::Result<JoinHandle<()>> + 'a;

fn pool_by(threads: usize, spawn: &Spawn<'_>) -> Pool {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let wanted = if threads == 0 { cores() } else { threads };
    let fewer = std::iter::successors(Some(wanted), |&n| Some(n / 2).filter(|&n| n > 0));
    let workers = fewer.into_iter().find_map(|n| workers(n, spawn));
    if workers.is_none() && rayon::current_thread_index().is_none() {
        let alone = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        // The thread is its worker from now on, so that the pool has no end before it.
        std::mem::forget(alone.expect("it needs no thread"));
    }
    Pool { workers, wanted }
}

fn workers(n: usize, spawn: &Spawn<'_>) -> Option<ThreadPool> {
    let mut started = Vec::new();
    let builder = ThreadPoolBuilder::new().num_threads(n);
    let workers = builder.spawn_handler(|worker| spawn(worker).map(|thread| started.push(thread))).build().ok();
    if workers.is_none() {
        // What they took is given back before fewer are asked for.
        started.into_iter().for_each(|thread| drop(thread.join()));
    }
    workers
}

impl Pool {
    /// Does `work` on the workers.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.workers {
            Some(workers) => workers.install(work),
            None => work(),
        }
    }

    /// How many workers there are.
    pub fn threads(&self) -> usize {
        self.workers.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    /// How many were asked for.
    pub fn wanted(&self) -> usize {
        self.wanted
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn a_pool_has_the_workers_that_were_asked_for() {
        let threads = |n: usize| pool(n).install(rayon::current_num_threads);
        assert_eq!((threads(1), threads(3)), (1, 3));
        assert_eq!((pool(3).threads(), pool(3).wanted()), (3, 3));
        assert_eq!(pool(0).wanted(), std::thread::available_parallelism().map_or(1, usize::from));
    }

    /// A system that gives so many threads.
    fn within(limit: usize, threads: usize) -> Pool {
        pool_by(threads, &|worker| {
            if worker.index() >= limit {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Builder::new().spawn(move || worker.run())
        })
    }

    #[test]
    fn a_pool_makes_do_with_the_threads_that_there_are() {
        let squares = || (0..1000_u64).into_par_iter().map(|n| n * n).collect::<Vec<_>>();
        let expected: Vec<u64> = (0..1000).map(|n| n * n).collect();
        // Without any, a second pool on the same thread must serve as well, and threads may come back.
        for (limit, expected_threads) in [(20, 16), (3, 2), (1, 1), (0, 1), (0, 1), (8, 8)] {
            let pool = within(limit, 16);
            assert_eq!((pool.threads(), pool.wanted()), (expected_threads, 16));
            assert_eq!(pool.install(rayon::current_num_threads), expected_threads);
            assert_eq!(pool.install(squares), expected);
            let (left, right) = pool.install(|| rayon::join(squares, squares));
            assert!(left == expected && right == expected);
        }
    }
}

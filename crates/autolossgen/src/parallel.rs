//! Worker threads; results come back in index order, so that they never depend on how many there are.

use rayon::{ThreadPool, ThreadPoolBuilder};

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
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let wanted = if threads == 0 { cores() } else { threads };
    let mut fewer =
        std::iter::successors(Some(threads), |&n| Some(if n == 0 { wanted } else { n } / 2).filter(|&n| n > 0));
    let workers = fewer.find_map(|n| ThreadPoolBuilder::new().num_threads(n).build().ok());
    if workers.is_none() && rayon::current_thread_index().is_none() {
        let alone = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        // The thread is its worker from now on, so that the pool has no end before it.
        std::mem::forget(alone.expect("it needs no thread"));
    }
    Pool { workers, wanted }
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
    use super::*;

    #[test]
    fn a_pool_has_the_workers_that_were_asked_for() {
        let threads = |n: usize| pool(n).install(rayon::current_num_threads);
        assert_eq!((threads(1), threads(3)), (1, 3));
        assert_eq!((pool(3).threads(), pool(3).wanted()), (3, 3));
        assert_eq!(pool(0).wanted(), std::thread::available_parallelism().map_or(1, usize::from));
    }
}

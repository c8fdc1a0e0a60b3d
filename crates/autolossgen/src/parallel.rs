//! Worker threads; results come back in index order, so that they never depend on how many there are.

/// A pool of `threads` workers; 0 for one per core.
///
/// # Panics
/// When the operating system gives no thread.
pub fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("the system gives threads")
}

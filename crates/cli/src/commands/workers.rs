//! The threads of a command.

use autolossgen::{Pool, pool};

use crate::message::{count, say};

/// Worker threads, 0 for one per core; says where the system gives fewer.
pub fn workers(threads: usize) -> Pool {
    let pool = pool(threads);
    if pool.threads() < pool.wanted() {
        let (found, wanted) = (count(pool.threads() as u64, "thread", "threads"), pool.wanted());
        say(format_args!(
            "threads: the system gives {found} and not {wanted}; the results are the same, and take longer"
        ));
    }
    pool
}

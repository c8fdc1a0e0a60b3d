//! Trainings to convergence: a [`Job`] says what is trained, a [`JobResult`] what came of it, an [`Executor`] runs them.
//!
//! The trainings of the converged reward, of Phase III and of `eval` are jobs. [`Local`] runs them on the threads of this
//! process; [`Remembered`] keeps on disk what any executor has done.

mod folds;
mod job;
mod local;
mod remembered;

pub use folds::Folds;
pub use job::{Batch, Executor, Job, JobResult, OnResult};
pub(crate) use job::{run, run_apart};
pub use local::{Fresh, Local, fresh};
pub use remembered::{Finished, Remembered};

//! What a run found, for people and for other tools: the page of a run, its explanation, TensorBoard events, figures, and the
//! tables of the paper beside ours.
//!
//! Everything here reads: a journal is the only source of a page, and no function of this crate writes into it.
//! [`reproduce`](mod@reproduce) alone trains, through the same search, check and test as any other run.

mod drawing;
mod figure;
pub mod loss_table;
mod page;
mod progress;
mod report;
pub mod reproduce;
mod run_explanation;
pub mod tensorboard;
mod view;

pub use drawing::figure_of;
pub use figure::{Figure, Panel, Series};
pub use page::{RankingReportPage, RankingSummary, is_report};
pub use progress::Progress;
pub use report::{FILE, Report, Summary, place};
pub use run_explanation::{Correlation, ExplainedLoss, RunExplanation, explain_run};

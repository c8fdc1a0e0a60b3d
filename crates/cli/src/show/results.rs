//! Results as a person reads them.

use std::path::Path;

use autolossgen::formula::{Formula, Semantics, simplified};
use autolossgen::record::{Candidate, CheckReport, Counts, History, LossResult, StopReason, TestReport, Verdict};
use autolossgen::recsys::Task;
use autolossgen::{Config, RewardRule, Run};

use super::hall::hall_of_fame;
use super::table::{Table, shorten};
use super::{loss_table, tuned};
use crate::message::count;

/// Rows of a list of candidates.
const LISTED: usize = 15;

/// What Phase I came to, in one line; `before` are the samples of the time before it was cut off.
pub fn search_line(counts: &Counts, before: &Counts, ended: StopReason, seconds: f64, rule: RewardRule) -> String {
    if before.sampled > 0 {
        return format!("{}, the last of them in {seconds:.1} s", ended_line(counts, ended, rule));
    }
    let rate = |n: u64| n as f64 / seconds.max(1e-9);
    format!(
        "{} sampled in {seconds:.1} s ({:.0}/s, {:.0} trained/s): {}; ended because {ended}",
        counts.sampled,
        rate(counts.sampled),
        rate(counts.trained + counts.diverged + counts.saturated),
        counts.in_words(rule),
    )
}

/// What Phase I had come to.
pub fn ended_line(counts: &Counts, ended: StopReason, rule: RewardRule) -> String {
    format!("{} sampled: {}; ended because {ended}", counts.sampled, counts.in_words(rule))
}

/// Why a search left nothing, and what to try.
pub fn nothing_accepted(run: &Run) -> String {
    match History::of(run.records()).complete_search() {
        Some(search) => format!(
            "none of the losses of up to {} nodes trains this recommender; try a smaller training.learning_rate, or more nodes \
             (controller.max_nodes)",
            search.enumerated.nodes
        ),
        None => "no loss was accepted; search longer (--samples) or with another --seed".to_owned(),
    }
}

/// Why a check left nothing, and what to try.
pub fn nothing_valid(report: &CheckReport) -> String {
    let candidates = count(report.candidates.len() as u64, "candidate", "candidates");
    format!(
        "none of {candidates} has the right sign of the derivative on {} or more of the simulated pairs; search longer \
         (--samples), with another --seed, or with a lower check.threshold",
        report.threshold
    )
}

/// What a training to convergence came to, in one line.
pub fn trained_line(losses: usize, seconds: f64) -> String {
    format!("{} trained in {seconds:.1} s", count(losses as u64, "loss", "losses"))
}

/// The candidates of a search, best reward first; those that a check left, once there was one.
pub fn found(run: &Run) -> String {
    match run.checked() {
        Some(report) => checked(report, run.folder()),
        None => candidates(&Candidate::of(run.records()), run.folder()),
    }
}

fn candidates(candidates: &[Candidate], folder: &Path) -> String {
    let mut table = Table::new(&["candidate", "sample", "accepted", "best reward"]);
    let mut order: Vec<&Candidate> = candidates.iter().collect();
    order.sort_by(|a, b| b.reward.total_cmp(&a.reward));
    for candidate in order.iter().take(LISTED) {
        table.row(vec![
            shorten(&candidate.formula.to_string()),
            candidate.sample.to_string(),
            candidate.accepted.to_string(),
            format!("{:+.4}", candidate.reward),
        ]);
    }
    format!("{table}{}", more(candidates.len(), folder))
}

/// The valid candidates, best reward first.
pub fn checked(report: &CheckReport, folder: &Path) -> String {
    let mut table = Table::new(&["valid candidate", "positive rate", "accepted", "best reward"]);
    let mut valid: Vec<_> = report.candidates.iter().filter(|checked| checked.verdict == Verdict::Valid).collect();
    valid.sort_by(|a, b| b.candidate.reward.total_cmp(&a.candidate.reward));
    for checked in valid.iter().take(LISTED) {
        let known = checked.gradient_of.as_ref().map_or(String::new(), |name| format!("  = {name}"));
        table.row(vec![
            shorten(&checked.candidate.formula.to_string()) + &known,
            format!("{:.4}", checked.positive_rate),
            checked.candidate.accepted.to_string(),
            format!("{:+.4}", checked.candidate.reward),
        ]);
    }
    format!("{table}{}", more(valid.len(), folder))
}

fn more(n: usize, folder: &Path) -> String {
    if n <= LISTED {
        return String::new();
    }
    format!("and {} more, in {}\n", n - LISTED, folder.join("candidates.json").display())
}

/// A verdict and an empty line, for above a table, a sentence a line; empty where there is none.
pub fn verdict(sentences: Option<Vec<String>>) -> String {
    sentences.map_or(String::new(), |sentences| format!("Verdict: {}\n\n", sentences.join("\n  ")))
}

/// The end of a run: the best loss, the table, how it was found and where the files are.
pub fn conclusion(report: &TestReport, run: &Run) -> String {
    let mut text = format!("\n{}", verdict(run.verdict_in_words(report)));
    match report.best.map(|best| &report.results[best]) {
        Some(best) => {
            let epsilon = if best.chose_epsilon() { format!("   with ε = {:e}", best.epsilon) } else { String::new() };
            text += &format!("The best of the losses found, by validation (★):\n\n    {}{epsilon}\n\n", best.formula);
            text += &that_is(best).map_or(String::new(), |simpler| format!("that is:\n\n    {simpler}\n\n"));
            if let Some(name) = &best.gradient_of {
                text += &format!(
                    "Up to a positive constant its gradient is that of {name}: the search found a known loss.\n\n"
                );
            }
        }
        None => text += "Nothing survived: every loss found diverged in its first epoch.\n\n",
    }
    text += &loss_table::table(report, run.config());
    text += &tuned::lines(report, run.config());
    if run.config().search.reward == RewardRule::Converged {
        text += &hall_of_fame(run);
    }
    text += "\n";
    text += &notes(report, run);
    text
}

/// The best loss in a simpler form, at the ε that was chosen for it.
fn that_is(best: &LossResult) -> Option<Formula> {
    let semantics = Semantics { epsilon: best.epsilon, clamp: best.clamp };
    let loss = best.formula.parse::<Formula>().ok()?.compile(semantics).ok()?;
    simplified(&loss).map(|found| found.loss.formula().clone())
}

/// What the p-values are of.
fn comparison(task: Task) -> &'static str {
    match task {
        Task::Classification => {
            "p: test AUC of the best loss found (★) against each baseline; DeLong, corrected by Holm."
        }
        Task::Regression => {
            "p: squared errors on the test rows of the best loss found (★) against each baseline; paired t-test, corrected \
             by Holm."
        }
    }
}

/// On what terms every loss was trained under `fixed`.
fn terms(config: &Config) -> String {
    let training = &config.training;
    format!("; every loss at learning rate {} and L2 {:e}, seed {}", training.learning_rate, training.l2, config.seed)
}

/// What a complete search looked at, what it can claim, and where the named losses stand; empty for one that sampled.
pub fn complete(run: &Run) -> Vec<String> {
    let history = History::of(run.records());
    let Some(search) = history.complete_search() else { return Vec::new() };
    let lines = [search.enumerated.in_words(), search.in_words()];
    lines.into_iter().chain(history.placed_in_words()).collect()
}

fn notes(report: &TestReport, run: &Run) -> String {
    let rows = &report.dataset;
    let is_fixed = report.budget.is_none();
    let mut lines = vec![format!(
        "{} on {}: {} rows to train, {} to validate, {} to test{}.",
        report.model,
        rows.name,
        rows.train,
        rows.validation,
        rows.test,
        if is_fixed { terms(run.config()) } else { String::new() }
    )];
    if is_fixed && !report.comparisons.is_empty() {
        lines.push(comparison(run.config().task).into());
    }
    if report.results.iter().any(|result| result.gradient_of.is_some()) {
        lines.push("= name: the gradient is that of the named loss up to a positive constant.".into());
    }
    lines.extend(report.stages_in_words(run.config(), run.records()));
    lines.push(format!(
        "Search: {} sampled: {}.",
        run.searched().0.sampled,
        run.searched().0.in_words(run.config().search.reward)
    ));
    lines.extend(complete(run));
    if let Some(checked) = run.checked() {
        lines.push(format!("Check: {}.", checked.in_words()));
    }
    lines.extend(History::of(run.records()).screened_in_words(run.config()));
    lines.push(format!("Files: {}", run.folder().display()));
    lines.join("\n") + "\n"
}

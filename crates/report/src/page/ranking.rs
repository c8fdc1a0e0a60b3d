//! The page of a run of ranking: verdict, the best loss, all losses, how they were found.

use std::path::Path;

use autolossgen::RunError;
use autolossgen::data::file::write_atomically;
use autolossgen::formula::{Formula, Semantics, ranking_mathml};
use autolossgen::ranking::{RankingAxis, RankingReport, RankingResult, RankingTrial, Stage};
use autolossgen::record::p_value;
use autolossgen::run::{RankingHistory, RankingRecord};
use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use super::{Section, contents, document, part};
use crate::loss_table::Cell;

/// Losses of a search that the page lists.
const LISTED: usize = 200;

/// A run of ranking as its page shows it.
#[derive(Clone, Debug)]
pub struct RankingReportPage {
    history: RankingHistory,
}

/// What a page was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RankingSummary {
    /// Trials of the search
    pub trials: usize,
    /// Whether nothing is left to do
    pub finished: bool,
    /// Losses in the test
    pub tested: usize,
}

impl RankingReportPage {
    /// The page of the run in a folder, which is only read, also while another process works on it.
    ///
    /// # Errors
    /// As [`RankingHistory::read`]; a run that has not tried a loss yet.
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        let page = Self::of(&RankingHistory::read(folder)?);
        if page.history.trials().next().is_some() {
            return Ok(page);
        }
        let folder = folder.display();
        Err(RunError::Phase(format!("{folder} has tried no loss yet, and there is nothing to report")))
    }

    /// The page of a history.
    pub fn of(history: &RankingHistory) -> Self {
        Self { history: history.clone() }
    }

    /// What it was made of.
    pub fn summary(&self) -> RankingSummary {
        let tested = self.history.tested();
        RankingSummary {
            trials: self.history.trials().count(),
            finished: tested.is_some(),
            tested: tested.map_or(0, |report| report.results.len()),
        }
    }

    /// Writes the page, whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), RunError> {
        Ok(write_atomically(file, self.html().as_bytes())?)
    }

    /// The page: HTML with its style and data in it.
    pub fn html(&self) -> String {
        let history = &self.history;
        let mut sections = Vec::new();
        if let Some(report) = history.tested() {
            sections.extend(best(report, history));
            sections.push(losses(report, history));
            sections.push(chosen(report));
        }
        sections.push(search(history));
        sections.push(settings(history));
        let (name, version) = match history.records().first() {
            Some(RankingRecord::RankingStart { data, version, .. }) => (data.as_str(), version.as_str()),
            _ => ("", ""),
        };
        let verdict: Vec<String> = history.tested().map(RankingReport::verdict).unwrap_or_default();
        let top = html! {
            header {
                h1 { "Loss functions for " (name) ", ranking" }
                p.soft {
                    "A search for the loss that trains " (history.config().model.named()) " best: seed " (history.config().seed)
                    ", chosen by validation " (history.config().selection.metric.title()) ", full ranking."
                }
                @if !verdict.is_empty() { p.verdict { (verdict.join(" ")) } }
                @if history.tested().is_none() {
                    p.note role="status" {
                        @if history.found().is_some() { "The search has ended; the losses are not tested yet." }
                        @else { "The search has not ended." }
                    }
                }
            }
            (contents(&sections))
        };
        let versions = format!(
            "Written by autolossgen {} from the journal of a run by autolossgen {version}.",
            env!("CARGO_PKG_VERSION")
        );
        document(&format!("{name}, ranking"), &top, &sections, &versions)
    }
}

/// The best loss on validation.
fn best(report: &RankingReport, history: &RankingHistory) -> Option<Section> {
    let best = *report.by_validation().first()?;
    let formula: Formula = best.formula.parse().ok()?;
    let loss = formula.compile_ranking(Semantics::unclamped(1e-6)).ok()?;
    let candidate = history.found()?.iter().find(|candidate| candidate.formula.to_string() == best.formula);
    let origin = match candidate {
        Some(found) if found.is_of_complete => "Found among all losses of few nodes.".to_owned(),
        Some(_) => "Found by evolution.".to_owned(),
        None => format!("The named loss {}: no loss that was found is better on validation.", best.loss),
    };
    let body = html! {
        p { (origin) }
        div.formula tabindex="0" role="region" aria-label="The formula, typeset" { (PreEscaped(ranking_mathml(&loss))) }
        p { code { (best.formula) } }
        p.soft { "s⁺ is the score of a positive, s⁻ those of its N negatives." }
        p.soft { "As code: " code { "autolossgen export --task ranking '" (best.formula) "' --to pytorch" } }
    };
    Some(Section { id: "best", title: "The best loss", body, charts: Vec::new() })
}

fn cell(value: Option<f64>) -> Cell {
    Cell { text: value.map_or("–".to_owned(), |value| format!("{value:.4}")), value }
}

/// Every row of the test.
fn losses(report: &RankingReport, history: &RankingHistory) -> Section {
    let metric = report.metric;
    let further = history.config().metrics();
    let further = &further[1..];
    let ranked = report.by_validation();
    let p = |title: &str| report.comparisons.iter().find(|found| found.other == title).map(|found| found.p_holm);
    let of_p = |title: &str| Cell { text: p(title).map_or(String::new(), p_value), value: p(title) };
    let body = html! {
        p {
            (report.dataset.users) " users, " (report.dataset.items) " items; " (report.dataset.test_users)
            " users in the test. A user is ranked all items but those of training and validation. ★: the best loss on validation; validation: " (history.config().selection.described()) "; p is over users and seeds, \
             against ★, corrected by Holm, and conditional on the settings that validation chose. In brackets: no loss."
        }
        (part::boxed("Tested losses", "", html! {
            table.sortable {
                thead {
                    tr {
                        th scope="col" { "loss" }
                        th.number scope="col" { "validation " (metric.title()) }
                        th.number scope="col" { "test " (metric.title()) }
                        th.number scope="col" { "95% interval" }
                        th.number scope="col" { "p against ★" }
                        @for metric in further { th.number scope="col" { (metric.title()) } }
                        th.number scope="col" { "coverage" }
                    }
                }
                tbody {
                    @for (at, result) in ranked.iter().enumerate() {
                        tr.best[at == 0] {
                            th scope="row" { @if at == 0 { "★ " } (named(result)) }
                            (part::number(&cell(result.validation)))
                            (part::number(&cell(result.test.get(&metric.to_string()).copied())))
                            (part::number(&interval(result)))
                            (part::number(&of_p(&result.loss)))
                            @for metric in further { (part::number(&cell(result.test.get(&metric.to_string()).copied()))) }
                            (part::number(&coverage(result.lists.map(|lists| lists.coverage))))
                        }
                    }
                    @for reference in &report.references {
                        tr {
                            th scope="row" { "(" (reference.predictor) ")" }
                            (part::number(&cell(Some(reference.validation))))
                            (part::number(&cell(reference.test.get(&metric.to_string()).copied())))
                            (part::number(&cell(None)))
                            (part::number(&of_p(&reference.predictor)))
                            @for metric in further { (part::number(&cell(reference.test.get(&metric.to_string()).copied()))) }
                            (part::number(&coverage(Some(reference.lists.coverage))))
                        }
                    }
                }
            }
        }))
        @for why in &report.left_out { p.soft { "Left out: " (why) "." } }
    };
    Section { id: "losses", title: "Beside the named losses", body, charts: Vec::new() }
}

fn named(result: &RankingResult) -> Markup {
    if result.loss == result.formula {
        html! { code { (result.formula) } }
    } else {
        html! { (result.loss) }
    }
}

fn interval(result: &RankingResult) -> Cell {
    match result.interval {
        Some([low, high]) => Cell { text: format!("{low:.4} to {high:.4}"), value: Some(low) },
        None => Cell { text: "–".into(), value: None },
    }
}

fn coverage(share: Option<f64>) -> Cell {
    Cell { text: share.map_or("–".to_owned(), |share| format!("{:.1}%", 100.0 * share)), value: share }
}

/// The settings that validation chose.
fn chosen(report: &RankingReport) -> Section {
    let rows = report.by_validation();
    let points = rows.into_iter().filter_map(|result| Some((result, result.point?)));
    let body = html! {
        p { "Each loss had as many configurations, from the same field and its own neighbours; * is an end of what was tried." }
        (part::boxed("Chosen settings", "", html! {
            table.sortable {
                thead {
                    tr {
                        th scope="col" { "loss" }
                        th scope="col" { "similarity" }
                        @for name in ["learning rate", "L2", "τ", "scale", "N", "configurations", "epochs"] {
                            th.number scope="col" { (name) }
                        }
                    }
                }
                tbody {
                    @for (result, point) in points {
                        tr {
                            th scope="row" { (named(result)) }
                            td { (point.similarity) }
                            @for axis in [
                                RankingAxis::LearningRate, RankingAxis::L2, RankingAxis::Temperature, RankingAxis::InitStd,
                                RankingAxis::NNegatives,
                            ] {
                                (part::number(&setting(result, axis, axis.of(&point))))
                            }
                            td.number { (result.configurations) }
                            td.number { (result.epochs) }
                        }
                    }
                }
            }
        }))
    };
    Section { id: "chosen", title: "Chosen settings", body, charts: Vec::new() }
}

fn setting(result: &RankingResult, axis: RankingAxis, value: f32) -> Cell {
    let mark = if result.at_edge.contains(&axis) { "*" } else { "" };
    Cell { text: format!("{value}{mark}"), value: Some(f64::from(value)) }
}

/// What was counted and tried.
fn search(history: &RankingHistory) -> Section {
    let mut ended: Vec<&RankingTrial> =
        history.trials().filter(|trial| matches!(trial.stage, Stage::Complete | Stage::Evolution)).collect();
    ended.sort_by(|one, other| other.validation().total_cmp(&one.validation()));
    let n_ended = ended.len();
    ended.truncate(LISTED);
    let metric = history.config().selection.metric.title();
    let body = html! {
        @if let Some(found) = history.enumerated() {
            p {
                "Complete up to " (found.nodes) " nodes: " (found.functions) " functions of pos, neg and gap, " (found.gradients)
                " derivatives up to a positive factor, " (found.admissible) " of them of the right sign. Evolution goes on from the best of \
                 them, with coefficients."
            }
        }
        p { (n_ended) " losses were trained to convergence" @if n_ended > LISTED { "; the best " (LISTED) " of them" } ":" }
        (part::boxed("Losses that were trained to convergence", "tall long", html! {
            table.sortable {
                thead {
                    tr {
                        th scope="col" { "formula" }
                        th.number scope="col" { "nodes" }
                        th scope="col" { "by" }
                        th.number scope="col" { "validation " (metric) }
                    }
                }
                tbody {
                    @for trial in &ended {
                        tr {
                            th scope="row" { code { (trial.formula) } }
                            td.number { (trial.formula.complexity()) }
                            td { @if trial.stage == Stage::Complete { "complete part" } @else { "evolution" } }
                            (part::number(&cell(Some(trial.validation()).filter(|value| value.is_finite()))))
                        }
                    }
                }
            }
        }))
    };
    Section { id: "search", title: "The search", body, charts: Vec::new() }
}

fn settings(history: &RankingHistory) -> Section {
    let body = html! {
        details {
            summary { "Configuration (config.toml)" }
            pre tabindex="0" { code { (history.config().to_toml()) } }
        }
    };
    Section { id: "settings", title: "Settings", body, charts: Vec::new() }
}

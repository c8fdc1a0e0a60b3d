//! The losses found beside the baselines: the scale of intervals, the table, and what trivial predictors get.

use autolossgen::recsys::{Direction, Metric, Task};
use autolossgen::settings::Choice;
use maud::{Markup, html};

use super::{Section, part};
use crate::report::Report;
use crate::view::intervals::{Intervals, Row};
use crate::view::losses::{Column, columns};
use autolossgen::record::{Origin, STEP_IN_WORDS, TestReport};

pub(super) fn section(report: &Report) -> Option<Section> {
    let (tested, config) = (report.tested()?, &report.config);
    let metric = config.task.metric();
    let body = html! {
        p { (protocol(tested)) }
        @if let Some(intervals) = Intervals::of(tested, config) { (chart(&intervals, metric, tested)) }
        h3 { "Table" }
        (part::boxed("Tested losses", "", table(report, tested)))
        @for note in notes(report, tested) { p.soft { (note) } }
        h3 { "Without a recommender" }
        (part::boxed("Trivial predictors on test", "", trivial(tested)))
    };
    Some(Section { id: "losses", title: "Beside the baselines", body, charts: Vec::new() })
}

fn protocol(tested: &TestReport) -> String {
    match &tested.budget {
        Some(budget) => format!("Protocol {}: {}", tested.protocol, budget.in_words()),
        None => format!(
            "Protocol {}: every loss at the same learning rate and L2, with one seed; ε alone is chosen, on validation.",
            tested.protocol
        ),
    }
}

fn chart(intervals: &Intervals, metric: Metric, tested: &TestReport) -> Markup {
    let of = if tested.budget.is_some() {
        "mean over the seeds and its 95% interval"
    } else {
        "with its 95% interval over the rows"
    };
    let better = match metric.direction() {
        Direction::Maximize => "higher is better",
        Direction::Minimize => "lower is better",
    };
    html! {
            figure {
                figcaption {
                    strong { "Test " (metric.title()) ", " (of) "; " (better) }
    @for (class, name) in [("best", "★, the best on validation"), ("found", "found"), ("baseline", "baseline")] {
                        span.key { i class=(class) {} (name) }
                    }
                }
                div.intervals {
                    @for row in &intervals.rows { (interval(row, &intervals.ticks)) }
                    div.axis aria-hidden="true" {
                        div.name {}
                    div.track {
                        @for (place, text) in &intervals.ticks { span style={ "left:" (percent(*place)) } { (text) } }
                    }
                    div {}
                    }
                }
            }
        }
}

fn interval(row: &Row, ticks: &[(f64, String)]) -> Markup {
    let class = if row.is_best {
        "best"
    } else if row.is_baseline {
        "baseline"
    } else {
        "found"
    };
    html! {
        div class=(class) title={ (row.loss) ": " (row.text) } {
            span.name { @if row.is_best { "★ " } (row.loss) }
            div.track aria-hidden="true" {
                @for (place, _) in ticks { i style={ "left:" (percent(*place)) } {} }
                @match (row.mean, row.ends) {
                    (None, _) => span.off { "off the scale" },
                    (Some(_), Some((low, high))) => span.bar style={ "left:" (percent(low)) ";width:" (percent(high - low)) } {},
                    (Some(_), None) => {},
                }
                @if let Some(mean) = row.mean { span.dot style={ "left:" (percent(mean)) } {} }
            }
            span.value { (row.text) }
        }
    }
}

fn percent(place: f64) -> String {
    format!("{place:.2}%")
}

fn table(report: &Report, tested: &TestReport) -> Markup {
    let columns = columns(tested, &report.config);
    html! {
        table.sortable {
            thead {
                tr {
                    th scope="col" { "loss" }
                    @for column in &columns { th.number scope="col" { (column.heading()) } }
                }
            }
            tbody { @for index in tested.by_validation(report.config.metric()) { (row(index, &columns, tested)) } }
        }
    }
}

fn row(index: usize, columns: &[Column], tested: &TestReport) -> Markup {
    let (result, is_best) = (&tested.results[index], tested.best == Some(index));
    html! {
        tr.best[is_best] {
            th scope="row" {
                @if is_best { "★ " }
                @if result.origin == Origin::Baseline { (result.loss) } @else { code { (result.loss) } }
                (part::same_as(result.gradient_of.as_deref()))
            }
            @for column in columns {
                @let cell = column.cell(index, tested);
                (part::number(&cell.text, cell.value))
            }
        }
    }
}

fn notes(report: &Report, tested: &TestReport) -> Vec<String> {
    let config = &report.config;
    let mut notes = Vec::new();
    if tested.budget.is_some() {
        notes.push(STEP_IN_WORDS.to_owned());
    }
    if !tested.comparisons.is_empty() {
        notes.push(comparison(config.task, tested));
    }
    notes.extend(tested.optimism_in_words(config.metric()));
    notes.extend(tested.stages_in_words(config, &report.records));
    notes
}

/// What the p-values are of.
fn comparison(task: Task, tested: &TestReport) -> String {
    let rows = match task {
        Task::Classification => "DeLong's test",
        Task::Regression => "paired t-test on the squared errors",
    };
    let (over_seeds, seed) = match &tested.budget {
        Some(budget) => ("p, seeds: paired t-test over the seeds. ", format!(" with seed {}", budget.seeds[0])),
        None => ("", String::new()),
    };
    format!(
        "★ minus it: the test {} of ★ minus that of the baseline. {over_seeds}p, rows: the test rows{seed} ({rows}). Corrected \
         over all baselines (Holm); above 0.05 the two cannot be told apart on these data.",
        task.metric().title()
    )
}

fn trivial(tested: &TestReport) -> Markup {
    let has = |metric: &Metric| tested.trivial.iter().any(|trivial| trivial.test.contains_key(metric.name()));
    let metrics: Vec<Metric> = Metric::ALL.iter().copied().filter(has).collect();
    html! {
        table {
            thead {
                tr {
                    th scope="col" { "predictor" }
                    @for metric in &metrics { th.number scope="col" { "test " (metric.title()) } }
                }
            }
            tbody {
                @for trivial in &tested.trivial {
                    tr {
                        th scope="row" { (trivial.predictor) }
                        @for metric in &metrics {
                            @let value = trivial.test.get(metric.name()).copied();
                            (part::number(&value.map_or(String::new(), |value| format!("{value:.4}")), value))
                        }
                    }
                }
            }
        }
    }
}

//! The page: sections of HTML, and around them style, scripts and data.

mod best;
mod candidates;
mod losses;
mod pareto;
mod part;
mod search;
mod settings;

use std::path::Path;

use autolossgen::RunError;
use autolossgen::record::Verdict;
use autolossgen::recsys::file::write_atomically;
use autolossgen::settings::Choice;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::progress::Progress;
use crate::report::Report;
use crate::view::best::Best;
use crate::view::chart::{self, Chart};

const STYLE: &str = include_str!("../assets/report.css");
const SCRIPT: &str = include_str!("../assets/report.js");
const UPLOT: &str = include_str!("../uplot/uPlot.iife.min.js");
const UPLOT_STYLE: &str = include_str!("../uplot/uPlot.min.css");
const UPLOT_LICENCE: &str = include_str!("../uplot/LICENSE");

/// Nothing is loaded from anywhere, whatever the page contains.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'";

/// A part of the page under a heading.
struct Section {
    id: &'static str,
    title: &'static str,
    body: Markup,
    charts: Vec<Chart>,
}

impl Report {
    /// The page: HTML with its style, scripts and data in it.
    pub fn html(&self) -> String {
        html(self)
    }

    /// Writes the page, whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), RunError> {
        Ok(write_atomically(file, self.html().as_bytes())?)
    }
}

/// The whole page.
fn html(report: &Report) -> String {
    let best = Best::of(report);
    let sections: Vec<Section> = [
        best::section(report, best.as_ref()),
        losses::section(report),
        Some(search::section(report)),
        candidates::section(report),
        pareto::section(report),
        Some(settings::section(report)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let charts: Vec<&Chart> = sections.iter().flat_map(|section| &section.charts).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(report))
            body {
                (top(report, &sections))
                main { @for section in &sections { (section) } }
                footer { (foot(report)) }
                script type="application/json" id="charts" { (PreEscaped(chart::json(&charts))) }
                script { (PreEscaped(UPLOT)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

impl maud::Render for Section {
    fn render(&self) -> Markup {
        html! {
            section id=(self.id) aria-labelledby={ (self.id) "-title" } {
                h2 id={ (self.id) "-title" } { (self.title) }
                (self.body)
            }
        }
    }
}

fn title(report: &Report) -> String {
    format!("{}, {}", report.start().1.name, report.config.model.name)
}

fn head(report: &Report) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            title { (title(report)) " – AutoLossGen" }
            link rel="icon" href="data:,";
            (licence())
            style { (PreEscaped(UPLOT_STYLE)) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

fn licence() -> PreEscaped<String> {
    PreEscaped(format!(
        "<!-- Charts are drawn by uPlot, which is in this page under these terms:\n{UPLOT_LICENCE}\n-->"
    ))
}

fn top(report: &Report, sections: &[Section]) -> Markup {
    let (stage, config) = (report.stage(), &report.config);
    html! {
        header {
            h1 { "Loss functions for " (title(report)) }
            p.soft {
                "A search for the loss that trains this recommender best: preset " (config.preset) ", seed " (config.seed)
                ", rewarded and chosen by validation " (config.metric().title()) ", judged by test "
                (config.task.metric().title()) "."
            }
            @match stage {
                Progress::Tested => {}
                _ => p.note role="status" { (stage.in_words()) " " (rest(report, stage)) }
            }
            noscript { p.note { "Charts, sorting and searching need JavaScript; the tables are all here without it." } }
            (figures(report))
        }
        nav aria-label="Sections" {
            ul { @for section in sections { li { a href={ "#" (section.id) } { (section.title) } } } }
        }
    }
}

/// What can be done about a run that has not come to its end.
fn rest(report: &Report, stage: Progress) -> String {
    match stage {
        Progress::Searching => format!(
            "This page shows its first {} samples. autolossgen report writes it anew; autolossgen run --resume goes on with a search \
             that was cut off.",
            part::grouped(report.counts.sampled)
        ),
        Progress::Searched => "autolossgen test does both.".to_owned(),
        Progress::Checked => "autolossgen test does it.".to_owned(),
        _ => "A longer search, or another seed, may find some.".to_owned(),
    }
}

/// The run in a few numbers.
fn figures(report: &Report) -> Markup {
    let counts = &report.counts;
    let summary = report.summary();
    let valid = report
        .checked()
        .map(|checked| checked.candidates.iter().filter(|checked| checked.verdict == Verdict::Valid).count());
    html! {
        dl.figures {
            (figure("sampled", part::grouped(counts.sampled), None))
            (figure("trained", part::grouped(counts.trained), None))
            (figure("candidates", part::grouped(summary.candidates as u64), None))
            @if let Some(valid) = valid { (figure("valid", part::grouped(valid as u64), None)) }
            @if summary.tested > 0 {
                (figure("losses tested", summary.tested.to_string(), Some("baselines included".to_owned())))
            }
            @if let Some((value, beside)) = reached(report) {
                (figure(&format!("test {} of ★", report.config.task.metric().title()), value, beside))
            }
        }
    }
}

fn figure(name: &str, value: String, beside: Option<String>) -> Markup {
    html! { div { dt { (name) } dd { (value) @if let Some(beside) = beside { small { (beside) } } } } }
}

/// What the best loss reached on test, and what the best baseline did.
fn reached(report: &Report) -> Option<(String, Option<String>)> {
    let (tested, metric) = (report.tested()?, report.config.task.metric());
    let value = |index: usize| tested.results[index].test.get(metric.name()).map(|value| format!("{value:.4}"));
    let is_baseline = |index: &usize| tested.results[*index].origin == autolossgen::record::Origin::Baseline;
    let baseline = tested.by_validation(report.config.metric()).into_iter().find(is_baseline);
    let beside = baseline.and_then(|index| Some(format!("{} {}", tested.results[index].loss, value(index)?)));
    Some((value(tested.best?)?, beside))
}

fn foot(report: &Report) -> Markup {
    let version = env!("CARGO_PKG_VERSION");
    html! { p { "Written by autolossgen " (version) " from the journal of a run by autolossgen " (report.start().0) "." } }
}

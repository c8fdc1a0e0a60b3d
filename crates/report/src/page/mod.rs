//! The page: sections of HTML, and around them style, scripts and data.

mod best;
mod candidates;
mod losses;
mod pareto;
mod part;
mod policy;
mod ranking;
mod search;
mod settings;

use std::path::Path;

use autolossgen::RunError;
use autolossgen::data::file::write_atomically;
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use ranking::{RankingReportPage, RankingSummary};

use crate::report::Report;
use crate::view::chart::{self, Chart};
use crate::view::overview::{KeyNumber, Overview};

const STYLE: &str = include_str!("../assets/report.css");
const SCRIPT: &str = include_str!("../assets/report.js");
const UPLOT: &str = include_str!("../uplot/uPlot.iife.min.js");
const UPLOT_STYLE: &str = include_str!("../uplot/uPlot.min.css");
const UPLOT_LICENCE: &str = include_str!("../uplot/LICENSE");

/// Nothing is loaded from anywhere, and no script runs but those of the page, whatever a name in it contains.
fn policy() -> String {
    let scripts = [UPLOT, SCRIPT].map(policy::source).join(" ");
    format!("default-src 'none'; style-src 'unsafe-inline'; script-src {scripts}; img-src data:; base-uri 'none'")
}

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
    let overview = Overview::of(report);
    let sections: Vec<Section> = [
        best::section(report),
        losses::section(report),
        Some(search::section(report)),
        candidates::section(report),
        pareto::section(report),
        Some(settings::section(report)),
    ]
    .into_iter()
    .flatten()
    .collect();
    document(&overview.title, &top(&overview, &sections), &sections, &overview.versions)
}

/// A page with its style, scripts and data in it.
fn document(title: &str, top: &Markup, sections: &[Section], versions: &str) -> String {
    let charts: Vec<&Chart> = sections.iter().flat_map(|section| &section.charts).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(title))
            body {
                (top)
                main { @for section in sections { (section) } }
                footer { p { (versions) } }
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

/// How the title of a page ends.
const TITLE_END: &str = " – AutoLossGen";

/// Whether a text begins as a page of a run does; 16 KiB are enough to tell.
pub fn is_report(text: &str) -> bool {
    text.starts_with("<!DOCTYPE html>") && text.contains(&format!("{TITLE_END}</title>"))
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta http-equiv="Content-Security-Policy" content=(policy());
            title { (title) (TITLE_END) }
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

fn top(overview: &Overview, sections: &[Section]) -> Markup {
    html! {
        header {
            h1 { "Loss functions for " (overview.title) }
            p.soft { (overview.purpose) }
            @if let Some(verdict) = &overview.verdict { p.verdict { (verdict) } }
            @if let Some(note) = &overview.note { p.note role="status" { (note) } }
            noscript { p.note { "Charts, sorting and searching need JavaScript; the tables are all here without it." } }
            dl.figures { @for number in &overview.numbers { (key_number(number)) } }
        }
        (contents(sections))
    }
}

fn contents(sections: &[Section]) -> Markup {
    html! {
        nav aria-label="Sections" {
            ul { @for section in sections { li { a href={ "#" (section.id) } { (section.title) } } } }
        }
    }
}

fn key_number(KeyNumber { name, value, beside }: &KeyNumber) -> Markup {
    html! { div { dt { (name) } dd { (value) @if let Some(beside) = beside { small { (beside) } } } } }
}

//! Data, configuration, and how to repeat the run.

use autolossgen::settings::Choice;
use maud::{Markup, html};

use super::{Section, part};
use crate::progress::Progress;
use crate::report::Report;
use autolossgen::record::DatasetSizes;

pub(super) fn section(report: &Report) -> Section {
    let (version, dataset, checksum) = report.start();
    let body = html! {
        h3 { "Data" }
        dl.facts.short {
            (data(dataset))
            dt { "SHA-256" } dd { code { (checksum) } }
            dt { "version" } dd { "autolossgen " (version) }
        }
        @if let Some(tested) = report.tested().filter(|tested| tested.dataset != *dataset) {
            p.note { "The test had other sizes:" }
            dl.facts.short { (data(&tested.dataset)) }
        }
        h3 { "The run again" }
        pre { code { (command(report)) } }
        p.soft { (repetition(report)) }
        details {
            summary { "Configuration (config.toml)" }
            pre tabindex="0" { code { (report.config.to_toml()) } }
        }
    };
    Section { id: "settings", title: "Data and settings", body, charts: Vec::new() }
}

fn data(row: &DatasetSizes) -> Markup {
    let rows = (row.train + row.validation + row.test) as f64;
    let density = 100.0 * rows / (row.users as f64 * row.items as f64).max(1.0);
    let n = |n: usize| part::grouped(n as u64);
    html! {
        dt { "name" } dd { (row.name) }
        dt { "users, items" } dd { (n(row.users)) ", " (n(row.items)) }
        dt { "rows" } dd { (n(row.train)) " to train, " (n(row.validation)) " to validate, " (n(row.test)) " to test" }
        dt { "density" } dd { (format!("{density:.2}%")) }
        dt { "labels" } dd { @if row.graded { "graded, from 0 to 1" } @else { "0 and 1" } }
    }
}

/// As far as this run has come. It names no folder, so that the page does not depend on where the run lies.
fn command(report: &Report) -> String {
    let config = &report.config;
    let stage = report.stage();
    if matches!(stage, Progress::Searching | Progress::Searched) {
        return "autolossgen search --config config.toml --out again".to_owned();
    }
    let protocol =
        report.tested().map(|tested| &tested.protocol).filter(|protocol| **protocol != config.test.protocol.name());
    let protocol = protocol.map_or(String::new(), |protocol| format!(" --protocol {protocol}"));
    format!("autolossgen run --config config.toml{protocol} --out again")
}

fn repetition(report: &Report) -> &'static str {
    let limit = report.config.search.time;
    if limit > 0.0 {
        "In the folder of the run, or with the configuration below as config.toml. The search may end by time, and then at \
         another sample than here; up to there the journal is the same, byte for byte."
    } else {
        "In the folder of the run, or with the configuration below as config.toml, and the same data. The same seed writes the \
         same journal, byte for byte, at any number of threads."
    }
}

//! The hall of fame: quality against complexity.

use maud::{Markup, html};

use super::{Section, part};
use crate::report::Report;
use crate::view::chart::{Chart, Series, Style};
use autolossgen::record::{FrontEntry, ParetoFront};

pub(super) fn section(report: &Report) -> Option<Section> {
    let hall = ParetoFront::of(&report.records);
    let entries = hall.entries();
    if entries.is_empty() {
        return None;
    }
    let chart = Chart::new("fame", "Reward against complexity", "nodes", "reward")
        .over(entries.iter().map(|entry| entry.complexity as f64))
        .with(Series::new("reward", 1, Style::Steps), entries.iter().map(|entry| Some(entry.reward)));
    let body = html! {
        p { "The losses that no simpler one equals. " (report.config.reward_in_words()) }
        @if let Some(added) = hall.added_in_words(&report.records) { p { (added) } }
        (part::figure(&chart, "From step to step a more complex loss has a higher reward."))
        (part::boxed("Hall of fame", "", table(entries)))
    };
    Some(Section { id: "fame", title: "Hall of fame", body, charts: vec![chart] })
}

fn table(entries: &[FrontEntry]) -> Markup {
    html! {
        table.sortable {
            thead {
                tr {
                    th scope="col" { "formula" }
                    th.number scope="col" { "nodes" }
                    th.number scope="col" { "reward" }
                    th.number scope="col" { "sample" }
                }
            }
            tbody {
                @for entry in entries {
                    tr {
                        th scope="row" {
                            code { (entry.formula) }
                            @if let Some(name) = &entry.known { " " span.tag { (name) } }
                        }
                        (part::number(&entry.complexity.to_string(), Some(entry.complexity as f64)))
                        (part::number(&format!("{:+.4}", entry.reward), Some(entry.reward)))
                        (part::number(&entry.sample.to_string(), Some(entry.sample as f64)))
                    }
                }
            }
        }
    }
}

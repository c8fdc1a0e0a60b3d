//! The hall of fame: quality against complexity.

use maud::{Markup, html};

use super::{Section, part};
use crate::report::Report;
use crate::report::chart::{Chart, Series, Style};
use crate::search::{Famous, HallOfFame};

pub(super) fn section(report: &Report) -> Option<Section> {
    let hall = HallOfFame::of(&report.records);
    let entries = hall.entries();
    if entries.is_empty() {
        return None;
    }
    let chart = Chart::new("fame", "Reward against complexity", "nodes", "reward")
        .over(entries.iter().map(|famous| famous.complexity as f64))
        .with(Series::new("reward", 1, Style::Steps), entries.iter().map(|famous| Some(famous.reward)));
    let body = html! {
        p { "The losses that no simpler one equals. " (report.config.reward_in_words()) }
        @if let Some(added) = hall.added_in_words(&report.records) { p { (added) } }
        (part::figure(&chart, "From step to step a more complex loss has a higher reward."))
        (part::boxed("Hall of fame", "", table(entries)))
    };
    Some(Section { id: "fame", title: "Hall of fame", body, charts: vec![chart] })
}

fn table(entries: &[Famous]) -> Markup {
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
                @for famous in entries {
                    tr {
                        th scope="row" {
                            code { (famous.formula) }
                            @if let Some(name) = &famous.known { " " span.tag { (name) } }
                        }
                        (part::number(&famous.complexity.to_string(), Some(famous.complexity as f64)))
                        (part::number(&format!("{:+.4}", famous.reward), Some(famous.reward)))
                        (part::number(&famous.sample.to_string(), Some(famous.sample as f64)))
                    }
                }
            }
        }
    }
}

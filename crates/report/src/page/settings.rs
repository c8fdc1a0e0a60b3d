//! Data, configuration, and how to repeat the run.

use maud::html;

use super::{Section, part};
use crate::report::Report;
use crate::view::settings::Settings;

pub(super) fn section(report: &Report) -> Section {
    let settings = Settings::of(report);
    let body = html! {
        h3 { "Data" }
        (part::facts("facts short", &settings.origin))
        @if let Some(tested) = &settings.tested {
            p.note { "The test had other sizes:" }
            (part::facts("facts short", tested))
        }
        h3 { "The run again" }
        pre { code { (settings.command) } }
        p.soft { (settings.repetition) }
        details {
            summary { "Configuration (config.toml)" }
            pre tabindex="0" { code { (settings.config) } }
        }
    };
    Section { id: "settings", title: "Data and settings", body, charts: Vec::new() }
}

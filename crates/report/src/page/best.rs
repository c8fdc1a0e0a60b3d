//! The best loss, typeset, and what it does.

use autolossgen::explain::Explanation;
use maud::{Markup, PreEscaped, html};

use super::{Section, part};
use crate::report::Report;
use crate::view::best::{Best, BestLoss};

pub(super) fn section(report: &Report) -> Option<Section> {
    let (body, charts) = match Best::of(report)? {
        Best::Diverged(text) => (html! { p { (text) } }, Vec::new()),
        Best::Found(best) => (found(&best), best.curves.into_iter().collect()),
    };
    Some(Section { id: "best", title: "The best loss", body, charts })
}

const CURVES: &str =
    "As it trains, scale included; dashed, binary cross-entropy. Negative pushes ŷ up, positive pushes it down.";

fn found(best: &BestLoss) -> Markup {
    html! {
        p { (best.origin) }
        div.formula tabindex="0" role="region" aria-label="The formula, typeset" { (PreEscaped(&best.typeset)) }
        p { code { (best.formula) } (part::same_as(best.gradient_of.as_deref())) }
        (part::facts("facts short", &best.facts))
        @if let Some(command) = &best.export { p.soft { "As code: " code { (command) } } }
        @if let Some(chart) = &best.curves { (part::figure(chart, CURVES)) }
        @match &best.explanation {
            Ok(explanation) => (findings(explanation)),
            Err(problem) => p.note { (problem) },
        }
    }
}

fn findings(explanation: &Explanation) -> Markup {
    html! {
        h3 { "What it does" }
        dl.facts { @for (title, text) in explanation.findings() { dt { (title) } dd { (text) } } }
        @if !explanation.warnings.is_empty() {
            h3 { "What to know before training with it" }
            ul.warnings { @for warning in &explanation.warnings { li { (warning) } } }
        }
    }
}

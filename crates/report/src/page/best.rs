//! The best loss, typeset, and what it does.

use autolossgen::formula::{Clamp, mathml};
use maud::{Markup, PreEscaped, html};

use super::{Section, part};
use crate::report::Report;
use crate::view::best::{Best, Found};
use autolossgen::explain::{Explanation, number};
use autolossgen::record::LossResult;

pub(super) fn section(report: &Report, best: Option<&Best<'_>>) -> Option<Section> {
    let Some(best) = best else {
        let tested = report.tested()?;
        let body = html! { p { "Every loss found diverged in its first epoch; " (tested.results.len()) " losses were tested." } };
        return Some(Section { id: "best", title: "The best loss", body, charts: Vec::new() });
    };
    let curves = best.curves(&report.config);
    let body = html! {
        p { (origin(best)) }
        div.formula tabindex="0" role="region" aria-label="The formula, typeset" { (PreEscaped(unscaled(best))) }
        p { code { (best.formula) } (part::same_as(best.gradient_of())) }
        (facts(best))
        @if let Some(command) = best.export() { p.soft { "As code: " code { (command) } } }
        @if let Some(chart) = &curves { (part::figure(chart, CURVES)) }
        @match &best.explanation {
            Ok(explanation) => (findings(explanation)),
            Err(problem) => p.note { (problem) },
        }
    };
    Some(Section { id: "best", title: "The best loss", body, charts: curves.into_iter().collect() })
}

const CURVES: &str =
    "As it trains, scale included; dashed, binary cross-entropy. Negative pushes ŷ up, positive pushes it down.";

fn origin(best: &Best<'_>) -> String {
    match &best.found {
        Found::Test(_) => "Of the losses found, the best on validation (★). Test rows chose nothing.".to_owned(),
        Found::Search(found) => format!(
            "Not tested yet: of the losses found so far, the one with the highest reward, {:+.4} at sample {}.",
            found.reward,
            part::grouped(found.sample)
        ),
    }
}

/// The formula without its scale, which stands below it.
fn unscaled(best: &Best<'_>) -> String {
    mathml(&best.loss.clone().scaled(1.0))
}

fn facts(best: &Best<'_>) -> Markup {
    let semantics = best.loss.semantics();
    let result = match &best.found {
        Found::Test(result) => Some(*result),
        Found::Search(_) => None,
    };
    html! {
        dl.facts.short {
            dt { "ŷ, y, h, ε" } dd { "prediction σ(h), label, logit, smoothing" }
            dt { "ε" } dd { (epsilon(best)) }
            dt { "clamp" } dd { (clamp(semantics.clamp)) }
            dt { "scale" } dd { (best.loss.scale()) ", by which the loss is multiplied in training" }
            dt { "nodes" } dd { (best.formula.complexity()) }
            @if let Some(simpler) = best.explanation.as_ref().ok().and_then(|found| found.simplified.as_ref()) {
                dt { "simplified" } dd { code { (simpler.formula) } " (" (simpler.complexity) " nodes)" }
            }
            @if let Some(result) = result { (chosen(result)) }
        }
    }
}

fn chosen(result: &LossResult) -> Markup {
    html! {
        dt { "learning rate" } dd { (result.learning_rate) }
        dt { "L2" } dd { (format!("{:e}", result.l2)) }
        @if let Some(tuned) = &result.tuned { dt { "effective step" } dd { (number(tuned.step_size)) } }
    }
}

fn epsilon(best: &Best<'_>) -> String {
    let epsilon = best.loss.semantics().epsilon;
    if best.formula.depends_on_epsilon() { format!("{epsilon:e}") } else { "plays no part".to_owned() }
}

fn clamp(clamp: Clamp) -> String {
    match clamp {
        Clamp::None => "none".to_owned(),
        Clamp::Signed(limit) => format!("every result within ±{limit:e}"),
        Clamp::Positive(low, high) => format!("every result from {low:e} to {high:e}"),
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

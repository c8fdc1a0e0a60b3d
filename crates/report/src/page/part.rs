//! Parts that several sections have.

use maud::{Markup, html};

use crate::loss_table::Cell;
use crate::view::chart::Chart;
use crate::view::fact::Fact;

/// The place of a chart, with what it shows in words.
pub(super) fn figure(chart: &Chart, caption: &str) -> Markup {
    html! {
        figure {
            figcaption { strong { (chart.title) } (caption) }
            div.plot data-chart=(chart.id) role="group" aria-label={ "Chart: " (chart.title) } {}
        }
    }
}

/// A wide table in a box of its own, which scrolls.
pub(super) fn boxed(name: &str, class: &str, table: Markup) -> Markup {
    html! { div class={ "scroll " (class) } role="region" aria-label=(name) tabindex="0" { (table) } }
}

/// A cell with a number: its text, and the value by which it is sorted.
pub(super) fn number(cell: &Cell) -> Markup {
    let value = cell.value.map_or(String::new(), |value| value.to_string());
    html! { td.number data-value=(value) { (cell.text) } }
}

/// A list of named values.
pub(super) fn facts(class: &str, facts: &[Fact]) -> Markup {
    html! {
        dl class=(class) {
            @for fact in facts {
                dt { (fact.name) }
                dd { @if let Some(code) = &fact.code { code { (code) } } (fact.text) }
            }
        }
    }
}

/// The named loss with the same gradient.
pub(super) fn same_as(name: Option<&str>) -> Markup {
    html! {
        @if let Some(name) = name {
            " "
            span.tag title={ "its gradient is that of " (name) " up to a positive constant" } { "= " (name) }
        }
    }
}

//! Parts that several sections have.

use maud::{Markup, html};

use crate::view::chart::Chart;

/// A number with its thousands apart.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let group = |(at, digit): (usize, char)| {
        let is_start = at > 0 && (digits.len() - at).is_multiple_of(3);
        is_start.then_some('\u{202f}').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(group).collect()
}

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
pub(super) fn number(text: &str, value: Option<f64>) -> Markup {
    html! { td.number data-value=(value.map_or(String::new(), |value| value.to_string())) { (text) } }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"]);
    }
}

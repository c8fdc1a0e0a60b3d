//! The explanation of a loss as a person reads it.

use autolossgen::explain::{CurvePoint, Explanation, Simplification, Slope, number};

use super::plot::{plot, range};
use super::table::Table;

/// Everything that is said of a loss; with its curves drawn, or not.
pub fn text(explanation: &Explanation, curves: bool) -> String {
    let drawn = if curves { drawn(&explanation.curve) } else { String::new() };
    format!(
        "{}\n{}\n{drawn}{}{}",
        heading(explanation),
        slopes(&explanation.curve),
        findings(explanation),
        warnings(explanation)
    )
}

fn heading(explanation: &Explanation) -> String {
    let name = explanation.name.map_or(String::new(), |name| format!("{name}: "));
    format!(
        "{name}{}\n{}{}{}",
        explanation.formula,
        line("canonical", &format!("{} ({} nodes)", explanation.canonical, explanation.complexity)),
        explanation.simplified.as_ref().map_or(String::new(), simplified),
        line("read", &explanation.terms()),
    )
}

fn simplified(found: &Simplification) -> String {
    let agreement = match found.within() {
        0.0 => "the same value and gradient".to_owned(),
        difference => format!("value and gradient within {difference:.0e} of it"),
    };
    let range = format!("|logit| ≤ {}, y from 0 to 1", found.verified_up_to_logit);
    line("simplified", &format!("{} ({} nodes; verified for {range}: {agreement})", found.formula, found.complexity))
}

/// One finding; further lines stand below the first.
fn line(title: &str, text: &str) -> String {
    format!("{title:<12}{}\n", text.replace('\n', &format!("\n{:12}", "")))
}

fn slopes(curve: &[CurvePoint]) -> String {
    let mut table = Table::new(&["ŷ", "dL/dŷ, y = 0", "y = 1", "dL/dlogit, y = 0", "y = 1"]);
    for point in CurvePoint::shown(curve) {
        let slopes = [
            point.negative.by_prediction,
            point.positive.by_prediction,
            point.negative.by_logit,
            point.positive.by_logit,
        ];
        table.row([point.prediction].into_iter().chain(slopes).map(number).collect());
    }
    table.to_string()
}

/// dL/dlogit over ŷ, both labels side by side.
fn drawn(curve: &[CurvePoint]) -> String {
    let side = |label: u8, of: fn(&CurvePoint) -> &Slope| {
        let slopes: Vec<f64> = curve.iter().map(|point| of(point).by_logit).collect();
        let (low, high) = range(&slopes);
        (format!("dL/dlogit, y = {label}: {} to {}", number(low), number(high)), plot(&slopes))
    };
    let (left, right) = (side(0, |point| &point.negative), side(1, |point| &point.positive));
    let titles = format!("{:<38}{}\n", left.0, right.0);
    let rows = left.1.iter().zip(&right.1).map(|(left, right)| format!("{left}    {right}\n"));
    let axis = format!("0{:^32}1    0{:^32}1\n\n", "ŷ", "ŷ");
    titles + &rows.collect::<String>() + &axis
}

fn findings(explanation: &Explanation) -> String {
    explanation.findings().iter().map(|(title, text)| line(title, text)).collect()
}

fn warnings(explanation: &Explanation) -> String {
    explanation.warnings.iter().map(|warning| format!("! {warning}\n")).collect()
}

//! The results of Phase III as a table that a person reads.

use autolossgen::test::{LossResult, Metrics, TestReport};

use crate::table::Table;

/// Longest formula that a table cell shows whole.
const FORMULA_WIDTH: usize = 44;

/// One row a loss, best validation first; below them the trivial predictors.
pub fn table(report: &TestReport) -> String {
    let mut table =
        Table::new(["loss", "ε", "epoch", "valid. AUC", "test AUC", "95% interval", "F1", "accuracy", "p (Holm)"]);
    let mut order: Vec<usize> = (0..report.results.len()).collect();
    let auc = |index: &usize| report.results[*index].validation.get("auc").copied().unwrap_or(f64::NEG_INFINITY);
    order.sort_by(|a, b| auc(b).total_cmp(&auc(a)));
    for index in order {
        table.row(row(index, report));
    }
    for trivial in &report.trivial {
        let mut cells = vec![format!("  {}", trivial.predictor), String::new(), String::new(), String::new()];
        cells.extend([number(&trivial.test, "auc"), String::new()]);
        cells.extend([number(&trivial.test, "f1"), number(&trivial.test, "accuracy")]);
        table.row(cells);
    }
    table.to_string()
}

fn row(index: usize, report: &TestReport) -> Vec<String> {
    let result = &report.results[index];
    let mark = if report.best == Some(index) { "★" } else { " " };
    let versus = report.comparisons.iter().find(|comparison| comparison.baseline == result.loss);
    vec![
        format!("{mark} {}", shorten(&result.loss)),
        epsilon(result),
        result.best_epoch.to_string(),
        number(&result.validation, "auc"),
        number(&result.test, "auc"),
        result.auc_interval.map_or(String::new(), |(low, high)| format!("{low:.4} – {high:.4}")),
        number(&result.test, "f1"),
        number(&result.test, "accuracy"),
        versus.map_or(String::new(), |versus| p_value(versus.p_holm)),
    ]
}

/// ε where validation chose among several.
fn epsilon(result: &LossResult) -> String {
    if result.grid.len() > 1 { format!("{:e}", result.epsilon) } else { String::new() }
}

fn number(metrics: &Metrics, name: &str) -> String {
    metrics.get(name).map_or("–".to_owned(), |value| format!("{value:.4}"))
}

/// p to three digits, never as 0.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= FORMULA_WIDTH {
        return text.to_owned();
    }
    format!("{}…", text.chars().take(FORMULA_WIDTH - 1).collect::<String>())
}

/// "1 loss", "7 losses".
pub fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

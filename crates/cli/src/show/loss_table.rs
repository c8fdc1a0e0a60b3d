//! The table of losses in a terminal.

use autolossgen::Config;
use autolossgen::record::TestReport;
use autolossgen_report::loss_table::{LossRow, LossTable};

use super::table::{Table, shorten};

/// One row a loss, best validation first; below them the trivial predictors, where they have a metric that is shown.
pub fn table(report: &TestReport, config: &Config) -> String {
    let losses = LossTable::narrow(report, config);
    let headings = losses.headings();
    let mut table = Table::new(&headings.iter().map(String::as_str).collect::<Vec<_>>());
    losses.rows().into_iter().chain(losses.trivial_rows()).for_each(|row| table.row(cells(row)));
    table.to_string()
}

fn cells(row: LossRow) -> Vec<String> {
    let mark = if row.is_best { "★" } else { " " };
    let same = row.gradient_of.map_or(String::new(), |name| format!(" = {name}"));
    let loss = format!("{mark} {}{same}", shorten(&row.loss));
    std::iter::once(loss).chain(row.cells.into_iter().map(|cell| cell.text)).collect()
}

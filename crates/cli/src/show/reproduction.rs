//! A table or figure of the paper beside ours, as a person reads it.

use autolossgen_report::reproduce::{Reproduction, Row};

use super::table::{Table, shorten};

/// A column of the table: its heading, and a row's cell.
type Column = (&'static str, Box<dyn Fn(&Row) -> String>);

/// The report as a person reads it; columns in which no row has anything are left out.
pub fn text(report: &Reproduction) -> String {
    let shown: Vec<Column> = columns(report).into_iter().filter(|column| is_used(column, report)).collect();
    let mut table = Table::new(&shown.iter().map(|(heading, _)| *heading).collect::<Vec<_>>());
    for row in &report.rows {
        table.row(shown.iter().map(|(_, cell)| cell(row)).collect());
    }
    let mut text = format!("{}\npreset {}\n", report.title, report.preset);
    if !report.rows.is_empty() {
        text += &format!("\n{table}");
    }
    for (heading, lines) in [("Notes", &report.notes), ("Readings of the paper", &report.readings)] {
        if !lines.is_empty() {
            text += &format!("\n{heading}\n{}", lines.iter().map(|line| format!("- {line}\n")).collect::<String>());
        }
    }
    text
}

fn is_used((_, cell): &Column, report: &Reproduction) -> bool {
    report.rows.iter().any(|row| !cell(row).is_empty())
}

fn columns(report: &Reproduction) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![
        ("loss", Box::new(|row| shorten(&row.loss))),
        ("metric", Box::new(|row| row.metric.clone())),
        ("paper", Box::new(|row| number(row.paper, row.is_count))),
        ("ours", Box::new(|row| number(row.ours, row.is_count))),
        ("difference", Box::new(|row| signed(row.difference, row.is_count))),
        ("95% interval", Box::new(|row| interval(row.interval, row.is_count))),
        ("seeds", Box::new(|row| joined(&row.seeds))),
    ];
    let place: [Column; 3] = [
        ("model", Box::new(|row| row.model.clone())),
        ("data", Box::new(|row| row.dataset.clone())),
        ("task", Box::new(|row| row.task.clone())),
    ];
    columns.splice(0..0, place);
    columns.extend(headings(report).into_iter().map(|heading| {
        let cell = move |row: &Row| row.columns.iter().find(|(own, _)| *own == heading).map(|(_, text)| text.clone());
        (heading, Box::new(move |row: &Row| cell(row).unwrap_or_default()) as Box<dyn Fn(&Row) -> String>)
    }));
    columns
}

/// Headings of the columns of text, in the order of their first occurrence.
fn headings(report: &Reproduction) -> Vec<&'static str> {
    let mut headings = Vec::new();
    for (heading, _) in report.rows.iter().flat_map(|row| &row.columns) {
        if !headings.contains(heading) {
            headings.push(*heading);
        }
    }
    headings
}

/// Counts and large numbers without a fraction, small shares with their digits, all else to four places; so is the mean of
/// counts that is no whole number.
fn number(value: Option<f64>, is_count: bool) -> String {
    match value {
        None => String::new(),
        Some(value) if value.abs() >= 100.0 || is_count && value.fract() == 0.0 => format!("{value:.0}"),
        Some(value) if value != 0.0 && value.abs() < 0.001 => format!("{value:.2e}"),
        Some(value) => format!("{value:.4}"),
    }
}

fn signed(value: Option<f64>, is_count: bool) -> String {
    let sign = if value.is_some_and(|value| value > 0.0) { "+" } else { "" };
    format!("{sign}{}", number(value, is_count))
}

fn interval(interval: Option<(f64, f64)>, is_count: bool) -> String {
    let number = |value| number(Some(value), is_count);
    interval.map_or(String::new(), |(low, high)| format!("{} – {}", number(low), number(high)))
}

fn joined(seeds: &[u64]) -> String {
    seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_what_they_are() {
        let share = |value: f64| number(Some(value), false);
        assert_eq!(
            (share(93_792.0), share(0.80874), share(0.00014)),
            ("93792".into(), "0.8087".into(), "1.40e-4".into())
        );
        assert_eq!((share(0.0), share(1.0), number(None, false)), ("0.0000".into(), "1.0000".into(), String::new()));
        let count = |value: f64| number(Some(value), true);
        assert_eq!((count(60.0), count(0.0), count(59.5)), ("60".into(), "0".into(), "59.5000".into()));
        let signed = |value: f64| signed(Some(value), false);
        assert_eq!((signed(0.001), signed(-0.25)), ("+0.0010".into(), "-0.2500".into()));
        assert_eq!(interval(Some((3.0, 5.5)), true), "3 – 5.5000");
    }

    #[test]
    fn a_report_without_rows_has_no_table() {
        let mut report = Reproduction::default();
        report.title = "Table 5".into();
        report.notes.push("interrupted".into());
        assert_eq!(text(&report), "Table 5\npreset \n\nNotes\n- interrupted\n");
    }
}

//! Aligned columns for people.

/// Longest formula that a cell shows whole.
const FORMULA_WIDTH: usize = 44;

/// A formula, cut to the width of a cell.
pub fn shorten(text: &str) -> String {
    if text.chars().count() <= FORMULA_WIDTH {
        return text.to_owned();
    }
    format!("{}…", text.chars().take(FORMULA_WIDTH - 1).collect::<String>())
}

/// Rows of cells under a heading; the first column to the left, the others to the right.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with this heading.
    pub fn new(heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(|cell| cell.to_string()).collect()] }
    }

    /// Appends a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (number, row) in self.rows.iter().enumerate() {
            writeln!(f, "{}", line(row, &widths).trim_end())?;
            if number == 0 {
                writeln!(f, "{}", widths.iter().map(|&w| "─".repeat(w)).collect::<Vec<_>>().join("  "))?;
            }
        }
        Ok(())
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cell = |(column, text): (usize, &String)| {
        let pad = " ".repeat(widths[column] - text.chars().count());
        if column == 0 { format!("{text}{pad}") } else { format!("{pad}{text}") }
    };
    row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_characters() {
        let mut table = Table::new(&["loss", "AUC"]);
        table.row(vec!["ε".into(), "0.8".into()]);
        assert_eq!(table.to_string(), "loss  AUC\n────  ───\nε     0.8\n");
    }
}

//! Charts as the data that the page's script draws.

use serde::Serialize;

use super::decimate::{POINTS, decimated};

/// A chart: its axes and its lines.
#[derive(Debug, Serialize)]
pub(crate) struct Chart {
    /// Of the element that it is drawn in.
    pub(crate) id: &'static str,
    /// What is said of it to those who do not see it.
    #[serde(skip)]
    pub(crate) title: String,
    /// Axes.
    pub(crate) x: &'static str,
    pub(crate) y: String,
    /// Whether the lines are areas, one upon the other.
    pub(crate) stacked: bool,
    pub(crate) series: Vec<Series>,
    /// x, and then one list of values a series; `null` is a gap.
    pub(crate) data: Vec<Vec<Option<f64>>>,
}

/// A line of a chart.
#[derive(Debug, Serialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Number of its colour, from 1.
    pub(crate) colour: u8,
    pub(crate) style: Style,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Style {
    Line,
    Dashed,
    /// Steps, with the points marked.
    Steps,
}

impl Series {
    pub(crate) fn new(name: impl Into<String>, colour: u8, style: Style) -> Self {
        Self { name: name.into(), colour, style }
    }
}

impl Chart {
    /// One without a line.
    pub(crate) fn new(id: &'static str, title: impl Into<String>, x: &'static str, y: impl Into<String>) -> Self {
        let (title, y) = (title.into(), y.into());
        Self { id, title, x, y, stacked: false, series: Vec::new(), data: vec![Vec::new()] }
    }

    /// The values of x.
    #[must_use]
    pub(crate) fn over(mut self, x: impl IntoIterator<Item = f64>) -> Self {
        self.data[0] = x.into_iter().map(|x| Some(rounded(x))).collect();
        self
    }

    /// A further line, with a value for each x.
    #[must_use]
    pub(crate) fn with(mut self, series: Series, values: impl IntoIterator<Item = Option<f64>>) -> Self {
        let values: Vec<Option<f64>> =
            values.into_iter().map(|value| value.filter(|y| y.is_finite()).map(rounded)).collect();
        debug_assert_eq!(values.len(), self.data[0].len(), "{}: {}", self.id, series.name);
        self.series.push(series);
        self.data.push(values);
        self
    }

    /// x and the first line, decimated.
    #[must_use]
    pub(crate) fn of_points(self, series: Series, points: &[(f64, f64)]) -> Self {
        let points = decimated(points, POINTS);
        self.over(points.iter().map(|point| point.0)).with(series, points.iter().map(|point| Some(point.1)))
    }

    /// A level line over every x.
    #[must_use]
    pub(crate) fn with_level(self, series: Series, height: f64) -> Self {
        let n = self.data[0].len();
        self.with(series, vec![Some(height); n])
    }
}

/// Six digits, which no eye tells from all.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().expect("a number reads back")
}

/// Charts as JSON that may stand inside a script element: `<` is escaped, so that nothing in it ends the element.
pub(crate) fn json(charts: &[&Chart]) -> String {
    serde_json::to_string(charts).expect("charts are JSON").replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_chart_ends_its_script() {
        let name = "</script><b>";
        let chart =
            Chart::new("a", "a", "x", "y").over([1.0]).with(Series::new(name, 1, Style::Line), [Some(0.1 + 0.2)]);
        let text = json(&[&chart]);
        assert!(!text.contains('<') && text.contains("[[1.0],[0.3]]"), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read[0]["series"][0]["name"], name);
    }

    #[test]
    fn what_is_not_finite_is_a_gap() {
        let line = Series::new("line", 1, Style::Line);
        let chart = Chart::new("a", "a", "x", "y").over([1.0, 2.0]).with(line, [Some(f64::NAN), None]);
        assert_eq!(chart.data[1], [None, None]);
    }
}

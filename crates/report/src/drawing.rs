//! The derivatives of a loss as a picture.

use autolossgen::explain::{CurvePoint, Explanation, Slope, number};

use crate::figure::{Figure, Panel, Series};

/// Longest text of a formula in the title.
const TITLE: usize = 90;

/// Width of the ends of (0, 1) that do not set the scale of an axis where a loss is steep.
const END: f64 = 0.1;

/// Upper bound of an axis, as a multiple of the range of the panel's middle.
const STEEP: f64 = 2.0;

/// Margin above and below the lines, as a share of their range.
const MARGIN: f64 = 0.05;

/// dL/dlogit and dL/dŷ over ŷ for both labels, as the figure `file`.
pub fn figure_of(explanation: &Explanation, file: &str) -> Figure {
    let text = explanation.name.map_or_else(|| explanation.formula.to_string(), str::to_owned);
    let title = match text.char_indices().nth(TITLE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    let curve = &explanation.curve;
    let panels = vec![
        panel(curve, "what the training sees", "dL/dlogit", |slope| slope.by_logit),
        panel(curve, "along the prediction", "dL/dŷ", |slope| slope.by_prediction),
    ];
    Figure { file: file.to_owned(), title, panels }
}

fn panel(curve: &[CurvePoint], title: &str, y: &str, of: fn(&Slope) -> f64) -> Panel {
    let line = |name: &str, label: fn(&CurvePoint) -> &Slope| Series {
        name: name.to_owned(),
        points: curve.iter().map(|point| (point.prediction, of(label(point)))).collect(),
    };
    let series = vec![line("y = 0", |point| &point.negative), line("y = 1", |point| &point.positive)];
    let range = range(&series);
    let outside = largest(&series, |_| true) > range.1.abs().max(range.0.abs());
    let caption =
        if outside { format!("beyond the axis: up to {}", number(largest(&series, |_| true))) } else { String::new() };
    Panel { title: title.to_owned(), caption, x: "prediction ŷ".to_owned(), y: y.to_owned(), range, series }
}

/// The largest size of the values at some ŷ.
fn largest(series: &[Series], at: impl Fn(f64) -> bool) -> f64 {
    let points = series.iter().flat_map(|series| &series.points).filter(|(prediction, _)| at(*prediction));
    points.map(|(_, value)| value.abs()).fold(0.0, f64::max)
}

/// Bounds with 0 between them around all values, or, where the ends are far steeper than the middle, around less.
fn range(series: &[Series]) -> (f64, f64) {
    let middle = largest(series, |prediction| (END..=1.0 - END).contains(&prediction));
    let limit = if middle > 0.0 { STEEP * middle } else { f64::INFINITY };
    let values = series.iter().flat_map(|series| &series.points).map(|(_, value)| value.clamp(-limit, limit));
    let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let margin = if high > low { MARGIN * (high - low) } else { 1.0 };
    (low - margin, high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: impl Fn(f64) -> f64) -> Vec<Series> {
        let points = (1..200).map(|step| f64::from(step) / 200.0).map(|prediction| (prediction, value(prediction)));
        vec![Series { name: String::new(), points: points.collect() }]
    }

    #[test]
    fn an_axis_is_around_all_values_and_zero() {
        let (low, high) = range(&line(|prediction| 2.0 * prediction));
        assert!(low < 0.0 && low > -0.2 && high > 1.99 && high < 2.2, "{low} {high}");
        assert_eq!(range(&line(|_| 0.0)), (-1.0, 1.0));
    }

    #[test]
    fn ends_that_are_steep_do_not_set_the_scale() {
        let (low, high) = range(&line(|prediction| -1.0 / prediction));
        assert!(low < -20.0 && low > -22.0 && high > 0.0, "{low} {high}");
    }
}

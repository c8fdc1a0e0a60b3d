//! Line charts as SVG.

use kuva::backend::svg::SvgBackend;
use kuva::plot::{LegendPosition, LinePlot};
use kuva::render::annotations::ReferenceLine;
use kuva::render::figure::Figure as Panels;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use serde::Serialize;

/// Points of a line that are drawn; more would only make the file larger.
const POINTS: usize = 600;

/// Line colours that people with any colour vision tell apart (Okabe and Ito 2008).
const COLOURS: [&str; 4] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"];

/// Width and height of a panel, in pixels.
const PANEL: (f64, f64) = (560.0, 460.0);

/// Characters in a line of a caption.
const CAPTION_WIDTH: usize = 84;

/// A figure of one or more panels side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// File name without a folder, as in fig5-mf-ml-100k.svg
    pub file: String,
    /// Title above all panels
    pub title: String,
    /// Its panels, from left to right
    pub panels: Vec<Panel>,
}

/// Lines over one pair of axes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Panel {
    /// Title
    pub title: String,
    /// What there is to say of it
    pub caption: String,
    /// Horizontal axis, with its unit
    pub x: String,
    /// Vertical axis, with its unit
    pub y: String,
    /// Bounds of the vertical axis; what is outside is not drawn
    pub range: (f64, f64),
    /// The lines
    pub series: Vec<Series>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// Name in the legend
    pub name: String,
    /// (x, y), x increasing
    pub points: Vec<(f64, f64)>,
}

impl Figure {
    /// The figure as an SVG document.
    pub fn to_svg(&self) -> String {
        let plots: Vec<Vec<Plot>> = self.panels.iter().map(Panel::plots).collect();
        let layouts = self.panels.iter().zip(&plots).map(|(panel, plots)| panel.layout(plots)).collect();
        let panels = Panels::new(1, self.panels.len())
            .with_title(&self.title)
            .with_plots(plots)
            .with_layouts(layouts)
            .with_cell_size(PANEL.0, PANEL.1);
        SvgBackend.render_scene(&panels.render())
    }
}

impl Panel {
    fn plots(&self) -> Vec<Plot> {
        let line = |(series, colour): (&Series, &&str)| {
            let line = LinePlot::new().with_data(thinned(&series.points)).with_color(*colour);
            Plot::Line(line.with_legend(&series.name).with_stroke_width(2.0))
        };
        self.series.iter().zip(COLOURS.iter().cycle()).map(line).collect()
    }

    fn layout(&self, plots: &[Plot]) -> Layout {
        let (low, high) = self.range;
        let layout = Layout::auto_from_plots(plots)
            .with_title(&self.title)
            .with_title_size(16)
            .with_subtitle(&self.caption)
            .with_subtitle_wrap(CAPTION_WIDTH)
            .with_x_label(&self.x)
            .with_y_label(&self.y)
            .with_y_axis_min(low)
            .with_y_axis_max(high)
            .with_legend_position(LegendPosition::OutsideBottomCenter);
        // Where 0 is within, it is what the lines are read against.
        if low < 0.0 && high > 0.0 {
            return layout.with_reference_line(ReferenceLine::horizontal(0.0).with_color("#888888"));
        }
        layout
    }
}

/// At most [`POINTS`] of the points, evenly spaced, the last always among them.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(POINTS).max(1);
    let last = points.len().saturating_sub(1);
    points.iter().enumerate().filter(|(i, _)| i % step == 0 || *i == last).map(|(_, point)| *point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends() {
        let points: Vec<(f64, f64)> = (0..10_000).map(|i| (f64::from(i), 0.0)).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= POINTS + 1);
        assert_eq!((thin[0].0, thin[thin.len() - 1].0), (0.0, 9999.0));
        assert_eq!(thinned(&points[..3]), points[..3]);
        assert!(thinned(&[]).is_empty());
    }

    #[test]
    fn a_figure_says_what_it_shows() {
        let series = vec![Series { name: "training".into(), points: vec![(0.0, 0.5), (10.0, 0.7)] }];
        let panel = |title: &str| Panel {
            title: title.into(),
            caption: "after the paper".into(),
            x: "update".into(),
            y: "AUC".into(),
            range: (0.4, 0.8),
            series: series.clone(),
        };
        let panels = vec![panel("(a) with"), panel("(b) without")];
        let svg = Figure { file: "f.svg".into(), title: "Figure 5".into(), panels }.to_svg();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        for text in ["Figure 5", "(a) with", "(b) without", "after the paper", "update", "AUC", "training"] {
            assert!(svg.contains(text), "{text}");
        }
    }
}

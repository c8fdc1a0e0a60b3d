//! The loss that the page is about: the best by validation, or, before the test, by reward.

use autolossgen::formula::{Clamp, Formula, Loss, NamedLoss, Semantics};

use super::chart::{Chart, Series, Style};
use crate::report::Report;
use autolossgen::explain::{CurvePoint, Explanation, explain};
use autolossgen::record::Candidate;
use autolossgen::record::LossResult;
use autolossgen::{Config, gradient_scale};

/// The best loss of a run.
pub(crate) struct Best<'a> {
    pub(crate) formula: Formula,
    /// As it trains.
    pub(crate) loss: Loss,
    pub(crate) found: Found<'a>,
    /// What it does; why there is nothing to say where it is not finite.
    pub(crate) explanation: Result<Explanation, String>,
}

/// Where a best loss comes from.
pub(crate) enum Found<'a> {
    /// The test: best by validation.
    Test(&'a LossResult),
    /// The search: best by reward.
    Search(Candidate),
}

impl<'a> Best<'a> {
    /// `None` where there is none: no candidate, or every tested one diverged.
    pub(crate) fn of(report: &'a Report) -> Option<Self> {
        match report.tested() {
            Some(tested) => Self::tested(&tested.results[tested.best?], &report.config),
            None => Self::rewarded(report),
        }
    }

    fn tested(result: &'a LossResult, config: &Config) -> Option<Self> {
        let semantics = Semantics { epsilon: result.epsilon, clamp: result.clamp };
        let formula: Formula = result.formula.parse().ok()?;
        let loss = formula.compile(semantics).ok()?.scaled(result.scale);
        Some(Self::new(formula, loss, Found::Test(result), config))
    }

    fn rewarded(report: &Report) -> Option<Self> {
        // Of equals the earlier.
        let candidates = Candidate::of(&report.records).into_iter().rev();
        let best = candidates.max_by(|a, b| a.reward.total_cmp(&b.reward))?;
        let loss = gradient_scale::compile(&best.formula, &report.config);
        Some(Self::new(best.formula.clone(), loss, Found::Search(best), &report.config))
    }

    fn new(formula: Formula, loss: Loss, found: Found<'a>, config: &Config) -> Self {
        let explanation = explain(&loss, config).map_err(|error| error.to_string());
        Self { formula, loss, found, explanation }
    }

    /// A named loss with the same gradient.
    pub(crate) fn gradient_of(&self) -> Option<&str> {
        match &self.found {
            Found::Test(result) => result.gradient_of.as_deref(),
            Found::Search(_) => None,
        }
    }

    /// The command that writes it as code; `None` where no flag says the clamp.
    pub(crate) fn export(&self) -> Option<String> {
        let Semantics { epsilon, clamp } = self.loss.semantics();
        let clamp = match clamp {
            Clamp::Signed(1e6) => "",
            Clamp::None => " --clamp none",
            Clamp::Positive(1e-6, 1e6) => " --clamp positive",
            _ => return None,
        };
        let (formula, scale) = (&self.formula, self.loss.scale());
        Some(format!("autolossgen export \"{formula}\" --to pytorch --epsilon {epsilon:e} --scale {scale}{clamp}"))
    }

    /// dL/dlogit over ŷ, beside that of bce.
    pub(crate) fn curves(&self, config: &Config) -> Option<Chart> {
        let curve = &self.explanation.as_ref().ok()?.curve;
        let chart = Chart::new("curves", "dL/dlogit of the best loss over ŷ, for y = 0 and y = 1", "ŷ", "dL/dlogit");
        let chart = chart.over(curve.iter().map(|point| point.prediction));
        let chart = both(chart, "", [1, 2], Style::Line, curve);
        Some(match explain(&bce(config), config) {
            Ok(bce) => both(chart, "bce, ", [3, 4], Style::Dashed, &bce.curve),
            Err(_) => chart,
        })
    }
}

/// The lines of both classes.
fn both(chart: Chart, name: &str, colours: [u8; 2], style: Style, curve: &[CurvePoint]) -> Chart {
    let line = |label: u8, colour| Series::new(format!("{name}y = {label}"), colour, style);
    chart
        .with(line(0, colours[0]), curve.iter().map(|point| Some(point.negative.by_logit)))
        .with(line(1, colours[1]), curve.iter().map(|point| Some(point.positive.by_logit)))
}

fn bce(config: &Config) -> Loss {
    let named = NamedLoss::find("bce").expect("bce has a name");
    let loss = named.formula().compile(Semantics::unclamped(config.search.epsilon)).expect("a validated ε");
    gradient_scale::as_trained(loss, config)
}

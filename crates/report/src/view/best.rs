//! The loss that the page is about: the best by validation, or, before the test, by reward.

use autolossgen::explain::{CurvePoint, Explanation, explain, number};
use autolossgen::formula::{Clamp, Formula, Loss, NamedLoss, Semantics, mathml};
use autolossgen::record::{Candidate, LossResult};
use autolossgen::{Config, gradient_scale};

use super::chart::{Chart, Series, Style};
use super::fact::Fact;
use super::phrase::grouped;
use crate::report::Report;

/// What there is to say of the best loss.
pub(crate) enum Best {
    /// Every loss found diverged; the text says so.
    Diverged(String),
    Found(Box<BestLoss>),
}

/// The best loss of a run.
pub(crate) struct BestLoss {
    /// Where it comes from.
    pub(crate) origin: String,
    pub(crate) formula: String,
    /// MathML, without the scale, which stands among the facts.
    pub(crate) typeset: String,
    /// A named loss with the same gradient.
    pub(crate) gradient_of: Option<String>,
    pub(crate) facts: Vec<Fact>,
    /// The command that writes it as code; `None` where no flag says the clamp.
    pub(crate) export: Option<String>,
    /// dL/dlogit over ŷ, beside that of bce.
    pub(crate) curves: Option<Chart>,
    /// What it does; why there is nothing to say where it is not finite.
    pub(crate) explanation: Result<Explanation, String>,
}

impl Best {
    /// `None` where there is no candidate that the check left, or what was tested cannot be read.
    pub(crate) fn of(report: &Report) -> Option<Self> {
        let config = &report.config;
        let Some(tested) = report.history().tested() else {
            return rewarded(report).map(|best| Self::Found(Box::new(best)));
        };
        let best = tested.best.and_then(|best| of_test(&tested.results[best], config));
        Some(match best {
            Some(best) => Self::Found(Box::new(best)),
            None => {
                let n_tested = tested.results.len();
                Self::Diverged(format!("Every loss found diverged in its first epoch; {n_tested} losses were tested."))
            }
        })
    }
}

/// The best of the test, by validation.
fn of_test(result: &LossResult, config: &Config) -> Option<BestLoss> {
    let semantics = Semantics { epsilon: result.epsilon, clamp: result.clamp };
    let formula: Formula = result.formula.parse().ok()?;
    let loss = formula.compile(semantics).ok()?.scaled(result.scale);
    let origin = "Of the losses found, the best on validation (★). Test rows chose nothing.".to_owned();
    let mut best = BestLoss::new(&formula, &loss, origin, config);
    best.gradient_of.clone_from(&result.gradient_of);
    best.facts.extend(chosen(result));
    Some(best)
}

/// The best of the search, by reward, of those that the check left; of equals the earlier.
fn rewarded(report: &Report) -> Option<BestLoss> {
    let history = report.history();
    let candidates = history.eligible().into_iter().rev();
    let Candidate { formula, sample, reward, .. } = candidates.max_by(|a, b| a.reward.total_cmp(&b.reward))?;
    let loss = gradient_scale::compile(&formula, &report.config);
    let (missing, among) = match history.checked() {
        Some(_) => ("Not tested yet", "losses that passed the check"),
        None => ("Neither checked nor tested yet", "losses found so far"),
    };
    let origin = format!(
        "{missing}: of the {among}, the one with the highest reward, {reward:+.4} at sample {}.",
        grouped(sample)
    );
    Some(BestLoss::new(&formula, &loss, origin, &report.config))
}

impl BestLoss {
    /// A loss as it trains.
    fn new(formula: &Formula, loss: &Loss, origin: String, config: &Config) -> Self {
        let explanation = explain(loss, config).map_err(|error| error.to_string());
        let found = explanation.as_ref().ok();
        Self {
            origin,
            formula: formula.to_string(),
            typeset: mathml(&loss.clone().scaled(1.0)),
            gradient_of: None,
            facts: facts(formula, loss, found),
            export: export(formula, loss),
            curves: found.map(|found| curves(&found.curve, config)),
            explanation,
        }
    }
}

fn facts(formula: &Formula, loss: &Loss, found: Option<&Explanation>) -> Vec<Fact> {
    let Semantics { epsilon, clamp } = loss.semantics();
    let epsilon = if formula.depends_on_epsilon() { format!("{epsilon:e}") } else { "plays no part".to_owned() };
    let mut facts = vec![
        Fact::new("ŷ, y, h, ε", "prediction σ(h), label, logit, smoothing"),
        Fact::new("ε", epsilon),
        Fact::new("clamp", clamp_in_words(clamp)),
        Fact::new("scale", format!("{}, by which the loss is multiplied in training", loss.scale())),
        Fact::new("nodes", formula.complexity().to_string()),
    ];
    facts.extend(found.and_then(|found| found.simplified.as_ref()).map(|simpler| Fact {
        text: format!(" ({} nodes)", simpler.complexity),
        ..Fact::of_code("simplified", simpler.formula.to_string())
    }));
    facts
}

/// What the test chose for a loss.
fn chosen(result: &LossResult) -> Vec<Fact> {
    let mut facts =
        vec![Fact::new("learning rate", result.learning_rate.to_string()), Fact::new("L2", format!("{:e}", result.l2))];
    facts.extend(result.tuned.as_ref().map(|tuned| Fact::new("effective step", number(tuned.step_size))));
    facts
}

fn clamp_in_words(clamp: Clamp) -> String {
    match clamp {
        Clamp::None => "none".to_owned(),
        Clamp::Signed(limit) => format!("every result within ±{limit:e}"),
        Clamp::Positive(low, high) => format!("every result from {low:e} to {high:e}"),
    }
}

fn export(formula: &Formula, loss: &Loss) -> Option<String> {
    let Semantics { epsilon, clamp } = loss.semantics();
    let clamp = match clamp {
        Clamp::Signed(1e6) => "",
        Clamp::None => " --clamp none",
        Clamp::Positive(1e-6, 1e6) => " --clamp positive",
        _ => return None,
    };
    let scale = loss.scale();
    Some(format!("autolossgen export \"{formula}\" --to pytorch --epsilon {epsilon:e} --scale {scale}{clamp}"))
}

fn curves(curve: &[CurvePoint], config: &Config) -> Chart {
    let chart = Chart::new("curves", "dL/dlogit of the best loss over ŷ, for y = 0 and y = 1", "ŷ", "dL/dlogit");
    let chart = chart.over(curve.iter().map(|point| point.prediction));
    let chart = both(chart, "", [1, 2], Style::Line, curve);
    match explain(&bce(config), config) {
        Ok(bce) => both(chart, "bce, ", [3, 4], Style::Dashed, &bce.curve),
        Err(_) => chart,
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

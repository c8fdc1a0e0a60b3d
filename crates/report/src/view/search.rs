//! The search over time: what the recommender reached, rewards, accepted losses, the policy, and what became of samples.

use autolossgen::explain::number;
use autolossgen::record::Reference;
use autolossgen::{Point, RewardRule};

use super::chart::{Chart, Series, Style};
use super::phrase::{better, grouped};
use super::timeline::{Stretch, Timeline};
use crate::loss_table::Cell;
use crate::report::Report;

const X: &str = "samples";

/// The search of a run.
pub(crate) struct SearchOverTime {
    /// What became of the samples, and what a reward is.
    pub(crate) sentences: Vec<String>,
    /// What the entropy was, where it is not drawn.
    pub(crate) flat_entropy: Option<String>,
    /// Charts with their captions.
    pub(crate) charts: Vec<(Chart, String)>,
    pub(crate) outcomes: Vec<OutcomeRow>,
}

/// How many samples came to one outcome.
pub(crate) struct OutcomeRow {
    pub(crate) name: String,
    pub(crate) samples: Cell,
    /// In percent.
    pub(crate) share: String,
}

impl SearchOverTime {
    pub(crate) fn of(report: &Report) -> Self {
        let timeline = Timeline::of(report.history(), report.counts.sampled);
        let entropy = entropy(&timeline);
        let flat_entropy = entropy.is_none().then(|| flat_entropy(report, &timeline));
        let charts = [
            validation(report, &timeline),
            Some(rewards(report, &timeline)),
            Some(accepted(report, &timeline)),
            Some(outcomes(report, &timeline)),
            entropy,
        ];
        let sentences = [in_words(report), report.config.reward_in_words()].into_iter().chain(reference(report));
        let sentences = sentences.chain(complete(report));
        Self {
            sentences: sentences.collect(),
            flat_entropy,
            charts: charts.into_iter().flatten().collect(),
            outcomes: outcome_rows(report),
        }
    }
}

fn in_words(report: &Report) -> String {
    let counts = &report.counts;
    let ended = report.ended.map_or("; it has not ended".to_owned(), |ended| format!("; it ended because {ended}"));
    let outcomes = counts.in_words(report.config.search.reward);
    format!("{} formulas were sampled: {outcomes}{ended}.", grouped(counts.sampled))
}

/// What a complete search looked at, and what it can claim.
fn complete(report: &Report) -> Vec<String> {
    let history = report.history();
    let Some(search) = history.complete_search() else { return Vec::new() };
    let sentences = [search.enumerated.in_words(), search.in_words()];
    sentences.into_iter().chain(history.placed_in_words()).collect()
}

/// The loss that others are measured by, with what it reached.
fn reference(report: &Report) -> Option<String> {
    let Reference { name, validation, point } = report.history().reference()?;
    let Point { learning_rate, l2, epsilon } = point;
    let reached = validation.iter().map(|value| format!("{value:.4}")).collect::<Vec<_>>().join(", ");
    let rows = if validation.len() > 1 { "on the folds" } else { "on validation" };
    let metric = report.config.metric().title();
    Some(format!(
        "Reference: {name} reached {metric} {reached} {rows}, at learning rate {learning_rate}, L2 {l2:e} and ε {epsilon:e}."
    ))
}

fn validation(report: &Report, timeline: &Timeline) -> Option<(Chart, String)> {
    let (metric, better) = (report.config.metric().title(), better(report.config.metric()));
    if timeline.validation.is_empty() {
        return None;
    }
    let chart = |title| Chart::new("validation", title, X, format!("validation {metric}"));
    Some(match report.config.search.reward {
        RewardRule::OneEpoch => {
            let chart = chart("The recommender").of_points(Series::new(metric, 1, Style::Line), &timeline.validation);
            let fresh = match timeline.recommenders {
                0 | 1 => String::new(),
                n => format!(
                    " It starts anew where a fresh recommender takes the place of one that stopped learning ({n} in all)."
                ),
            };
            (
                chart,
                format!(
                    "Its {metric} on {} after each update, as in the paper's Figure 5; {better}.{fresh}",
                    rows(report)
                ),
            )
        }
        RewardRule::Converged => {
            let chart = chart("The best trained to convergence")
                .of_points(Series::new("best so far", 1, Style::Line), &timeline.validation);
            let (reference, name) = (reference_level(report), report.config.search.reference());
            let chart = match reference {
                Some(level) => chart.with_level(Series::new(name, 2, Style::Dashed), level),
                None => chart,
            };
            (
                chart,
                format!(
                    "{metric} on {}, so far, of all losses, also of those that the check refuses; {better}. Dashed, the \
                     reference {name}.",
                    rows(report)
                ),
            )
        }
    })
}

/// Rows on which the chart measures.
fn rows(report: &Report) -> &'static str {
    if report.config.search.folds > 0 { "the first fold of the training rows" } else { "validation" }
}

/// What the reference reached on the rows that the chart measures on.
fn reference_level(report: &Report) -> Option<f64> {
    report.history().reference()?.validation.first().copied()
}

fn over(chart: Chart, timeline: &Timeline) -> Chart {
    chart.over(timeline.stretches.iter().map(|stretch| stretch.samples as f64))
}

fn line(chart: Chart, series: Series, timeline: &Timeline, of: impl Fn(&Stretch) -> Option<f64>) -> Chart {
    chart.with(series, timeline.stretches.iter().map(of))
}

fn rewards(report: &Report, timeline: &Timeline) -> (Chart, String) {
    let chart = over(Chart::new("rewards", "Rewards", X, "reward"), timeline);
    let chart = line(chart, Series::new("mean", 1, Style::Line), timeline, |stretch| Some(stretch.mean_reward));
    let chart = line(chart, Series::new("highest", 2, Style::Line), timeline, |stretch| Some(stretch.best_reward));
    let chart =
        line(chart, Series::new("highest so far", 5, Style::Dashed), timeline, |stretch| Some(stretch.best_so_far));
    let untrained = match report.config.search.reward {
        RewardRule::OneEpoch => {
            "a loss without a gradient on the proxy batch, or that fails, has the reward of the settings for that"
        }
        RewardRule::Converged => "a loss that trains nothing has that of a fresh recommender",
    };
    (chart, format!("Of all samples{}, also of those that the check refuses; {untrained}.", stretched(timeline)))
}

/// What a point stands for, where it stands for several samples.
fn stretched(timeline: &Timeline) -> String {
    match timeline.stretches.first().map(|stretch| stretch.samples) {
        Some(n) if n > 1 => format!(", {n} to a point"),
        _ => String::new(),
    }
}

fn accepted(report: &Report, timeline: &Timeline) -> (Chart, String) {
    let (title, caption) = match report.config.search.reward {
        RewardRule::OneEpoch => (
            "Accepted losses",
            "So far, repetitions included: those whose copy of the recommender got better, or as good.",
        ),
        RewardRule::Converged => {
            ("Trained to convergence", "Losses so far that no rung dropped, those that the search began with included.")
        }
    };
    let chart = over(Chart::new("accepted", title, X, "losses"), timeline);
    (
        line(chart, Series::new("so far", 5, Style::Line), timeline, |stretch| Some(stretch.accepted as f64)),
        caption.to_owned(),
    )
}

fn outcomes(report: &Report, timeline: &Timeline) -> (Chart, String) {
    let mut chart = over(Chart::new("outcomes", "What became of the samples", X, "percent of samples"), timeline);
    chart.stacked = true;
    let place = report.config.search.reward.proxy_in_words();
    let no_gradient = format!("no gradient {place}");
    let groups = [no_gradient.as_str(), "duplicate", "saturated, diverged, not finite", "trained"];
    // From the bottom: what was trained first.
    for (colour, group) in (1..).zip([3, 1, 2, 0]) {
        let series = Series::new(groups[group], colour, Style::Line);
        chart = line(chart, series, timeline, |stretch| Some(stretch.outcomes.percent()[group]));
    }
    (
        chart,
        format!(
            "Only what is new and has a gradient {place} is trained, as in the paper's Figure 6{}.",
            stretched(timeline)
        ),
    )
}

/// `None` where it never changes: there is nothing to see.
fn entropy(timeline: &Timeline) -> Option<(Chart, String)> {
    let first = timeline.entropy.first()?.1;
    if timeline.entropy.iter().all(|update| update.1 == first) {
        return None;
    }
    let chart = Chart::new("entropy", "Entropy of the policy", X, "nats");
    let chart = chart.of_points(Series::new("mean", 6, Style::Line), &timeline.entropy);
    Some((chart, "Mean over the formulas of an update: how undecided the controller was.".to_owned()))
}

fn flat_entropy(report: &Report, timeline: &Timeline) -> String {
    let name = &report.config.controller.name;
    match timeline.entropy.first() {
        Some(&(_, entropy)) if entropy != 0.0 => {
            format!("Controller {name}: its entropy stayed at {} nats.", number(entropy))
        }
        _ => format!("Controller {name}: it has no policy, and so no entropy to show."),
    }
}

fn outcome_rows(report: &Report) -> Vec<OutcomeRow> {
    let (counts, place) = (&report.counts, report.config.search.reward.proxy_in_words());
    let rows = [
        (format!("no gradient {place}"), counts.zero_gradient),
        ("gradient of another there (duplicate)".to_owned(), counts.duplicate),
        ("NaN or ∞ before training".to_owned(), counts.non_finite),
        ("diverged in training".to_owned(), counts.diverged),
        ("saturated".to_owned(), counts.saturated),
        ("trained".to_owned(), counts.trained),
        ("of these accepted".to_owned(), counts.accepted),
    ];
    let row = |(name, n): (String, u64)| OutcomeRow {
        name,
        samples: Cell { text: grouped(n), value: Some(n as f64) },
        share: format!("{:.1}%", 100.0 * n as f64 / counts.sampled.max(1) as f64),
    };
    rows.map(row).into()
}

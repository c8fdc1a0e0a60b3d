//! One loss: what was chosen for it, and what it got.

use std::collections::BTreeMap;

use autolossgen_recsys::statistics::{auc_interval, mean_interval, rmse_interval};
use autolossgen_recsys::{Ending, Metric, Task};
use autolossgen_settings::Choice;

use super::{Logits, TestRows};
use crate::config::Protocol;
use crate::effectiveness::trained::{SeedRun, Selection, Trained};
use crate::execute::JobResult;
use crate::fingerprint::gradient_name;
use crate::gradient_scale;
use crate::point::{Point, edges};
use crate::record::{LossResult, Metrics, Optimism, Origin, RacePoint, SeedResult, TunedResult, mean_of};

impl TestRows<'_> {
    /// The result of a loss from those of its seeds, and the logits of the first on test.
    pub(super) fn result(&self, trained: &Trained, seeds: Vec<SeedResult>, logits: &[f32]) -> LossResult {
        let (proposal, first) = (&trained.proposal, trained.first());
        let [auc_interval, rmse_interval] = self.row_intervals(first, logits);
        let (grid, race) = match &trained.selection {
            Selection::Grid(grid) => (grid.clone(), None),
            Selection::Race(race) => (Vec::new(), Some(race)),
        };
        LossResult {
            loss: proposal.title(),
            formula: proposal.formula.to_string(),
            gradient_of: self.gradient_of(trained),
            origin: proposal.origin,
            epsilon: trained.point.epsilon,
            clamp: proposal.clamp,
            scale: trained.scale,
            learning_rate: trained.point.learning_rate,
            l2: trained.point.l2,
            seed: trained.runs[0].seed,
            epochs: first.epochs,
            best_epoch: first.best_epoch,
            ending: ended(first),
            validation: mean(seeds.iter().map(|seed| &seed.validation)),
            test: mean(seeds.iter().map(|seed| &seed.test)),
            auc_interval,
            rmse_interval,
            grid,
            tuned: race.map(|race| self.tuned(trained, race, seeds)),
        }
    }

    /// The result of a training whose recommender gives `logits`.
    pub(super) fn seed_result(&self, run: &SeedRun, logits: &Logits) -> SeedResult {
        let JobResult { epochs, best_epoch, .. } = run.result;
        let threshold_on = self.config.test.threshold_on;
        let (validation, test) = if best_epoch > 0 { self.metrics(logits, threshold_on) } else { Default::default() };
        let point = (self.config.test.protocol == Protocol::Tuned && self.config.test.retune).then_some(run.point);
        SeedResult { seed: run.seed, point, epochs, best_epoch, ending: ended(&run.result), validation, test }
    }

    fn tuned(&self, trained: &Trained, race: &[RacePoint], seeds: Vec<SeedResult>) -> TunedResult {
        let loss = gradient_scale::as_trained(trained.proposal.compile(trained.point.epsilon), self.config);
        let step_size = gradient_scale::rms(&loss) * f64::from(trained.point.learning_rate);
        let (test_interval, optimism) = (intervals(&seeds), optimism(&seeds, self.config.metric()));
        let tried: Vec<Point> = race.iter().map(|tried| tried.point).collect();
        let at_edge = edges(&tried, &trained.point);
        TunedResult { step_size, seeds, test_interval, optimism, race: race.to_vec(), at_edge }
    }

    /// 95% intervals over the test rows, of the AUC and of the RMSE.
    fn row_intervals(&self, first: &JobResult, logits: &[f32]) -> [Option<(f64, f64)>; 2] {
        let (finite, labels) = (first.best_epoch > 0, self.test.labels());
        let auc = if finite && !self.graded { auc_interval(logits, labels) } else { None };
        let is_regression = self.config.task == Task::Regression;
        let rmse = if finite && is_regression { rmse_interval(logits, labels) } else { None };
        [auc, rmse].map(|found| found.map(|(_, low, high)| (low, high)))
    }

    fn gradient_of(&self, trained: &Trained) -> Option<String> {
        let proposal = &trained.proposal;
        let is_named = proposal.origin == Origin::Baseline;
        let name = || gradient_name(&proposal.compile(trained.point.epsilon), self.config, self.graded);
        if is_named { None } else { name().map(str::to_owned) }
    }
}

/// The values of each metric, of those that have it, by name.
fn by_metric<'a>(metrics: impl Iterator<Item = &'a Metrics>) -> BTreeMap<&'a str, Vec<f64>> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    metrics.flatten().for_each(|(name, value)| values.entry(name).or_default().push(*value));
    values
}

fn mean<'a>(metrics: impl Iterator<Item = &'a Metrics>) -> Metrics {
    let mean = |(name, values): (&str, Vec<f64>)| Some((name.to_owned(), mean_of(values.into_iter())?));
    by_metric(metrics).into_iter().filter_map(mean).collect()
}

fn intervals(seeds: &[SeedResult]) -> BTreeMap<String, (f64, f64)> {
    let values = by_metric(seeds.iter().map(|seed| &seed.test)).into_iter();
    values.filter_map(|(name, values)| Some((name.to_owned(), mean_interval(&values)?))).collect()
}

/// Why a training ended.
fn ended(result: &JobResult) -> Ending {
    result.ending.expect("a training without a limit has ended")
}

/// The metric that chose, on validation with the seed that chose, above that with the others.
fn optimism(seeds: &[SeedResult], metric: Metric) -> Optimism {
    if seeds.iter().any(|seed| seed.point.is_some()) {
        return Optimism { selection: None };
    }
    let of = |seed: &SeedResult| Some(metric.gain(*seed.validation.get(metric.name())?));
    let values = seeds.iter().map(of).collect::<Option<Vec<f64>>>();
    let others = values.as_ref().and_then(|values| mean_of(values[1..].iter().copied()));
    Optimism { selection: values.zip(others).map(|(values, others)| values[0] - others) }
}

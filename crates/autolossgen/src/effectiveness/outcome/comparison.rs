//! The best generated loss against the baselines.

use autolossgen_recsys::statistics::{Difference, delong, holm, paired_t, squared_error_test};
use autolossgen_recsys::{Composition, Metric, Task};
use autolossgen_settings::Choice;

use super::trivial::Trivial;
use super::{Logits, TestRows};
use crate::record::{Comparison, Decision, Floor, LossResult, Origin, Power, SeedComparison, SeedResult, TestVerdict};

impl TestRows<'_> {
    /// The loss at `best` against each baseline, by the logits of each on test with the first seed; those that diverged with
    /// it are left out.
    pub(super) fn compare(&self, best: usize, results: &[LossResult], logits: &[Logits]) -> Vec<Comparison> {
        let is_baseline = |index: &usize| results[*index].origin == Origin::Baseline && *index != best;
        let baselines = (0..results.len()).filter(is_baseline);
        let tested = baselines.filter(|&index| results[index].best_epoch > 0).filter_map(|index| {
            self.difference(&logits[best].test, &logits[index].test, self.test.labels()).map(|found| (index, found))
        });
        let tested: Vec<(usize, Difference)> = tested.collect();
        let corrected = holm(&tested.iter().map(|(_, found)| found.p_value).collect::<Vec<_>>());
        let comparison = |(&(index, found), p_holm): (&(usize, Difference), f64)| {
            let Difference { difference, standard_error, p_value } = found;
            let baseline = results[index].loss.clone();
            Comparison { baseline, difference, standard_error, p_value, p_holm, over_seeds: None }
        };
        let mut comparisons: Vec<Comparison> = tested.iter().zip(corrected).map(comparison).collect();
        let baselines: Vec<&LossResult> = tested.iter().map(|&(index, _)| &results[index]).collect();
        let over_seeds = over_seeds(&results[best], &baselines, self.config.task.metric().name());
        comparisons.iter_mut().zip(over_seeds).for_each(|(comparison, found)| comparison.over_seeds = found);
        comparisons
    }

    /// The metric of the task of one predictor against that of another.
    fn difference(&self, first: &[f32], second: &[f32], labels: &[f32]) -> Option<Difference> {
        match self.config.task {
            Task::Classification => delong(first, second, labels),
            Task::Regression => squared_error_test(first, second, labels),
        }
    }

    /// What the test comes to, from the loss that was found and the best baseline by validation. `None` where either diverged
    /// with the first seed, or has no metric of the task.
    pub(super) fn verdict(
        &self,
        (best, rival): (usize, usize),
        results: &[LossResult],
        logits: &[Logits],
        comparisons: &[Comparison],
        trivial: &[Trivial],
    ) -> Option<TestVerdict> {
        let (metric, title) = (self.config.task.metric(), |index: usize| results[index].loss.clone());
        let power = |of: fn(&Logits) -> &[f32], labels: &[f32]| {
            let found = self.difference(of(&logits[best]), of(&logits[rival]), labels)?;
            Some((Power::of(labels.len(), metric.gain(found.difference), found.standard_error), found.p_value))
        };
        let over_test = comparisons.iter().find(|comparison| comparison.baseline == results[rival].loss)?;
        let (test, p_rows) = power(|logits| &logits.test, self.test.labels())?;
        let (validation, _) = power(|logits| &logits.validation, self.data.validation.labels())?;
        let p_seeds = over_test.over_seeds.map(|found| found.p_value);
        let decision = Decision::of(test.lead, p_rows, p_seeds);
        let chosen = if decision.is_of_found(results[best].origin) { best } else { rival };
        Some(TestVerdict {
            decision,
            origin: results[best].origin,
            found: title(best),
            baseline: title(rival),
            metric: metric.name().to_owned(),
            test,
            p_rows,
            p_seeds,
            validation,
            floor: self.floor(&results[chosen], &logits[chosen], trivial, metric),
            parts: Some(Composition::of(self.data, self.test)),
        })
    }

    /// The best predictor without a model, beside a loss.
    fn floor(&self, result: &LossResult, logits: &Logits, trivial: &[Trivial], metric: Metric) -> Option<Floor> {
        let reached = metric.gain(*result.test.get(metric.name())?);
        let of = |trivial: &'_ Trivial| Some(*trivial.result.test.get(metric.name())?);
        let having = trivial.iter().filter_map(|trivial| Some((trivial, of(trivial)?)));
        let (best, test) = having.max_by(|a, b| metric.gain(a.1).total_cmp(&metric.gain(b.1)))?;
        let found = self.difference(&logits.test, &best.logits, self.test.labels());
        let lead = found.map(|found| Power::of(self.test.len(), metric.gain(found.difference), found.standard_error));
        Some(Floor {
            predictor: best.result.predictor.clone(),
            test,
            is_passed: reached > metric.gain(test),
            lead,
            p_rows: found.map(|found| found.p_value),
        })
    }
}

/// `best` against each baseline over the seeds; `None` where fewer than two are left.
fn over_seeds(best: &LossResult, baselines: &[&LossResult], metric: &str) -> Vec<Option<SeedComparison>> {
    let pairs: Vec<Vec<(f64, f64)>> = baselines.iter().map(|baseline| paired(best, baseline, metric)).collect();
    let test = |pairs: &Vec<(f64, f64)>| {
        let (first, second): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        paired_t(&first, &second)
    };
    let found: Vec<Option<Difference>> = pairs.iter().map(test).collect();
    let corrected = holm(&found.iter().flatten().map(|found| found.p_value).collect::<Vec<_>>());
    let mut corrected = corrected.into_iter();
    let comparison = |(found, pairs): (Option<Difference>, &Vec<(f64, f64)>)| {
        let Difference { difference, standard_error, p_value } = found?;
        let p_holm = corrected.next().expect("one for each that was tested");
        Some(SeedComparison { seeds: pairs.len(), difference, standard_error, p_value, p_holm })
    };
    found.into_iter().zip(&pairs).map(comparison).collect()
}

/// The metric on test of both, for each seed that has it of both.
fn paired(first: &LossResult, second: &LossResult, metric: &str) -> Vec<(f64, f64)> {
    let seeds = |result: &LossResult| result.tuned.as_ref().map_or(Vec::new(), |tuned| tuned.seeds.clone());
    let both = |(first, second): (SeedResult, SeedResult)| Some((*first.test.get(metric)?, *second.test.get(metric)?));
    seeds(first).into_iter().zip(seeds(second)).filter_map(both).collect()
}

//! The best generated loss against the baselines.

use autolossgen_recsys::Task;
use autolossgen_recsys::statistics::{Difference, delong, holm, paired_t, squared_error_test};
use autolossgen_settings::Choice;

use super::TestRows;
use crate::record::{Comparison, LossResult, Origin, SeedComparison, SeedResult};

impl TestRows<'_> {
    /// The loss at `best` against each baseline, by the logits of each on test with the first seed; those that diverged with
    /// it are left out.
    pub(super) fn compare(&self, best: usize, results: &[LossResult], logits: &[Vec<f32>]) -> Vec<Comparison> {
        let test_of = match self.config.task {
            Task::Classification => delong,
            Task::Regression => squared_error_test,
        };
        let baselines = (0..results.len()).filter(|&index| results[index].origin == Origin::Baseline);
        let tested = baselines
            .filter(|&index| results[index].best_epoch > 0)
            .filter_map(|index| test_of(&logits[best], &logits[index], self.test.labels()).map(|found| (index, found)));
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

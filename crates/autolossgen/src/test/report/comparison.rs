//! The best generated loss against the baselines.

use autolossgen_recsys::Task;
use autolossgen_recsys::statistics::{Difference, delong, holm, paired_t, squared_error_test};
use serde::{Deserialize, Serialize};

use super::{Logits, LossResult, Origin, Terms};

/// The best generated loss against one baseline, on the same test rows; with the first seed, where there are several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The baseline
    pub baseline: String,
    /// Test AUC of the best generated loss minus that of the baseline; for regression, test RMSE
    pub difference: f64,
    /// Standard error of the difference (DeLong; for regression, the delta method)
    pub standard_error: f64,
    /// Two-sided p-value (DeLong; for regression, the paired t-test on the squared errors of the rows)
    pub p_value: f64,
    /// The same, corrected over all baselines (Holm)
    pub p_holm: f64,
    /// The same question over the seeds, where there are several
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_seeds: Option<SeedComparison>,
}

/// The best generated loss against one baseline, seed by seed: paired t-test over the seeds that neither diverged with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedComparison {
    /// Seeds
    pub seeds: usize,
    /// Mean difference of the same metric
    pub difference: f64,
    /// Its standard error
    pub standard_error: f64,
    /// Two-sided p-value
    pub p_value: f64,
    /// The same, corrected over all baselines (Holm)
    pub p_holm: f64,
}

impl Terms<'_> {
    /// The loss at `best` against each baseline; those that diverged with the first seed are left out.
    pub(super) fn compare(&self, best: usize, results: &[LossResult], logits: &[Vec<Logits>]) -> Vec<Comparison> {
        let test_of = match self.config.task {
            Task::Classification => delong,
            Task::Regression => squared_error_test,
        };
        let baselines = (0..results.len()).filter(|&index| results[index].origin == Origin::Baseline);
        let tested = baselines.filter(|&index| results[index].best_epoch > 0).filter_map(|index| {
            test_of(&logits[best][0].test, &logits[index][0].test, self.test.labels()).map(|found| (index, found))
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
    let both = |(first, second): (super::SeedResult, super::SeedResult)| {
        Some((*first.test.get(metric)?, *second.test.get(metric)?))
    };
    seeds(first).into_iter().zip(seeds(second)).filter_map(both).collect()
}

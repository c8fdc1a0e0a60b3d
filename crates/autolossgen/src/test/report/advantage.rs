//! How much of a lead is left, from the rows that chose to those that did not.

use autolossgen_recsys::Metric;

use super::{LossResult, SeedResult, TestReport};

/// The lead of the best generated loss over a baseline at each stage, in the metric's gain (higher is better). What shrinks
/// from stage to stage is optimism.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Advantage {
    /// Validation, with the seed that chose settings and loss
    pub chosen: Option<f64>,
    /// Validation, mean over the other seeds
    pub fresh: Option<f64>,
    /// Test, mean over all seeds
    pub test: Option<f64>,
}

impl TestReport {
    /// The lead over `baseline`; `None` where that was not trained, where nothing was found, or under `fixed`.
    pub fn advantage(&self, metric: Metric, baseline: &str) -> Option<Advantage> {
        let baseline = self.results.iter().find(|result| result.loss == baseline)?;
        let (own, other) = (seeds(&self.results[self.best?])?, seeds(baseline)?);
        let lead = |from: usize, to: usize, of: fn(&SeedResult) -> &super::Metrics| {
            let pairs = own[from..to].iter().zip(&other[from..to]);
            let differences = pairs.map(|(own, other)| {
                let gain = |seed| Some(metric.gain(*of(seed).get(metric.name())?));
                Some(gain(own)? - gain(other)?)
            });
            let differences: Vec<f64> = differences.collect::<Option<_>>()?;
            (!differences.is_empty()).then(|| differences.iter().sum::<f64>() / differences.len() as f64)
        };
        let n = own.len().min(other.len());
        Some(Advantage {
            chosen: lead(0, 1, |seed| &seed.validation),
            fresh: lead(1, n, |seed| &seed.validation),
            test: lead(0, n, |seed| &seed.test),
        })
    }
}

fn seeds(result: &LossResult) -> Option<&[SeedResult]> {
    Some(&result.tuned.as_ref()?.seeds)
}

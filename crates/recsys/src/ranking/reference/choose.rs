//! Settings that are best on validation.

use crate::ranking::evaluate::{FullRanking, RankingError};
use crate::ranking::metric::MetricAt;
use crate::ranking::scorer::Scorer;

/// The best of several settings, what was fitted with them, and how they did.
#[derive(Clone, Debug)]
pub struct Chosen<S, R> {
    /// The settings
    pub settings: S,
    /// The recommender that was fitted with them
    pub recommender: R,
    /// Mean of the metric over the users of validation
    pub value: f64,
}

/// Fits a recommender with each of the settings of `grid`, and chooses the one of the highest mean of `metric` in `ranking`,
/// which is of validation; of equal ones the first. `None` where the grid is empty, no user is ranked, or `ranking` does not
/// have the metric.
///
/// # Errors
/// That of the first fit or ranking which fails.
pub fn choose<S: Clone, R: Scorer, E: From<RankingError>>(
    grid: &[S],
    fit: impl Fn(&S) -> Result<R, E>,
    ranking: &FullRanking<'_>,
    metric: MetricAt,
) -> Result<Option<Chosen<S, R>>, E> {
    let mut best: Option<Chosen<S, R>> = None;
    for settings in grid {
        let recommender = fit(settings)?;
        let Some(value) = ranking.rank(&recommender)?.mean(metric) else { return Ok(None) };
        if best.as_ref().is_none_or(|best| value > best.value) {
            best = Some(Chosen { settings: settings.clone(), recommender, value });
        }
    }
    Ok(best)
}

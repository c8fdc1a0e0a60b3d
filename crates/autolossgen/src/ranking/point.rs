//! The settings that are chosen for each loss, and which of them are tried.

use autolossgen_recsys::ranking::{Negatives, RankingHyperparameters, Similarity};
use autolossgen_settings::{Choice, choice};
use serde::{Deserialize, Serialize};

use crate::config::{RankingConfig, RankingTestConfig};
use crate::pattern_search::beside;

/// The settings of a training that are chosen for each loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingPoint {
    /// How user and item are compared
    pub similarity: Similarity,
    /// Learning rate
    pub learning_rate: f32,
    /// L2 coefficient
    pub l2: f32,
    /// Temperature τ, by which a score is divided; 1 under the inner product
    pub temperature: f32,
    /// Standard deviation of fresh embeddings
    pub init_std: f32,
    /// Negatives of a positive, or of a batch where it shares them
    pub n_negatives: usize,
}

choice! {
    /// A setting that is chosen for each loss and has an order
    pub enum RankingAxis {
        /// The learning rate
        LearningRate = "learning_rate",
        /// The L2 coefficient
        L2 = "l2",
        /// The temperature
        Temperature = "temperature",
        /// The standard deviation of fresh embeddings
        InitStd = "init_std",
        /// The number of negatives
        NNegatives = "n_negatives",
    }
}

impl RankingAxis {
    /// The value of a point.
    pub fn of(self, point: &RankingPoint) -> f32 {
        match self {
            Self::LearningRate => point.learning_rate,
            Self::L2 => point.l2,
            Self::Temperature => point.temperature,
            Self::InitStd => point.init_std,
            Self::NNegatives => point.n_negatives as f32,
        }
    }

    /// The point with another value.
    pub(super) fn set(self, point: RankingPoint, value: f32) -> RankingPoint {
        match self {
            Self::LearningRate => RankingPoint { learning_rate: value, ..point },
            Self::L2 => RankingPoint { l2: value, ..point },
            Self::Temperature => RankingPoint { temperature: value, ..point },
            Self::InitStd => RankingPoint { init_std: value, ..point },
            Self::NNegatives => RankingPoint { n_negatives: value.round().max(1.0) as usize, ..point },
        }
    }

    /// The different values of the points of one similarity, ascending.
    fn values(self, tried: &[RankingPoint], similarity: Similarity) -> Vec<f32> {
        let of_similarity = tried.iter().filter(|point| point.similarity == similarity);
        let mut values: Vec<f32> = of_similarity.map(|point| self.of(point)).collect();
        values.sort_unstable_by(f32::total_cmp);
        values.dedup();
        values
    }

    pub(super) fn bounds(self, test: &RankingTestConfig) -> [f32; 2] {
        match self {
            Self::LearningRate => test.learning_rate_bounds,
            Self::L2 => test.l2_bounds,
            Self::Temperature => test.temperature_bounds,
            Self::InitStd => test.init_std_bounds,
            Self::NNegatives => test.n_negatives_bounds,
        }
    }
}

impl RankingPoint {
    /// What one step of training takes.
    pub(super) fn hyperparameters(&self, config: &RankingConfig) -> RankingHyperparameters {
        let Self { similarity, learning_rate, l2, temperature, .. } = *self;
        let optimizer = config.training.optimizer;
        RankingHyperparameters { optimizer, learning_rate, l2, similarity, temperature }
    }
}

/// The first configurations of every loss: of each similarity each pair of learning rate and L2; temperature, scale and number of
/// negatives go through the pairs as in orthogonal Latin squares, so that each value meets each learning rate and each L2.
pub(super) fn field(config: &RankingConfig) -> Vec<RankingPoint> {
    let test = &config.test;
    let training = &config.training;
    // The batch is what each of its positives is held against.
    let fixed = (training.negatives == Negatives::InBatch).then_some(training.batch_size);
    let point = |(number, &similarity): (usize, &Similarity), row: usize, column: usize| {
        let temperatures = &test.temperatures;
        let temperature = match similarity {
            Similarity::Inner => 1.0,
            Similarity::Cosine => temperatures[(row + column) % temperatures.len()],
        };
        let n_negatives = test.n_negatives[(row + column + number) % test.n_negatives.len()];
        RankingPoint {
            similarity,
            learning_rate: test.learning_rates[column],
            l2: test.l2[row],
            temperature,
            init_std: test.init_std[(row + 2 * column) % test.init_std.len()],
            n_negatives: fixed.unwrap_or(n_negatives),
        }
    };
    let pairs = (0..test.l2.len()).flat_map(|row| (0..test.learning_rates.len()).map(move |column| (row, column)));
    let pairs: Vec<(usize, usize)> = pairs.collect();
    let of = |similarity| pairs.iter().map(move |&(row, column)| point(similarity, row, column));
    test.similarities.iter().enumerate().flat_map(of).collect()
}

/// Configurations of a round: both sides of every axis.
pub(super) const PER_ROUND: usize = 2 * RankingAxis::ALL.len();

/// At most [`PER_ROUND`] configurations beside the best that were not tried: a step along each axis of which more than one value was
/// tried under its similarity, to both sides; then steps along two axes at once, so that a loss with fewer axes has as many.
pub(super) fn neighbours(tried: &[RankingPoint], best: RankingPoint, config: &RankingConfig) -> Vec<RankingPoint> {
    let values = |axis: RankingAxis| axis.values(tried, best.similarity);
    let step = |axis: RankingAxis, up: bool| beside(&values(axis), axis.of(&best), up, axis.bounds(&config.test));
    let axes: Vec<RankingAxis> = RankingAxis::ALL.iter().copied().filter(|&axis| values(axis).len() > 1).collect();
    let mut found: Vec<RankingPoint> = Vec::new();
    let mut add = |point: RankingPoint| {
        let is_new = point != best && !tried.contains(&point) && !found.contains(&point);
        if is_new && found.len() < PER_ROUND {
            found.push(point);
        }
    };
    for &axis in &axes {
        [false, true].into_iter().filter_map(|up| step(axis, up)).for_each(|value| add(axis.set(best, value)));
    }
    let pairs =
        axes.iter().enumerate().flat_map(|(at, &first)| axes[at + 1..].iter().map(move |&second| (first, second)));
    for (first, second) in pairs {
        for (up, second_up) in [(true, true), (false, false), (true, false), (false, true)] {
            if let Some((one, other)) = step(first, up).zip(step(second, second_up)) {
                add(second.set(first.set(best, one), other));
            }
        }
    }
    found
}

/// The axes on which a point lies at an end of all that was tried under its similarity; an L2 coefficient of 0 is none.
pub(super) fn edges(tried: &[RankingPoint], point: &RankingPoint) -> Vec<RankingAxis> {
    let is_at_edge = |axis: &RankingAxis| {
        let (values, value) = (axis.values(tried, point.similarity), axis.of(point));
        let is_end = values.first() == Some(&value) || values.last() == Some(&value);
        values.len() > 1 && is_end && !(*axis == RankingAxis::L2 && value == 0.0)
    };
    RankingAxis::ALL.iter().copied().filter(is_at_edge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> RankingConfig {
        RankingConfig::layer(None, &[]).unwrap()
    }

    #[test]
    fn every_value_meets_every_rate_and_every_coefficient() {
        let config = config();
        let points = field(&config);
        assert_eq!(points.len(), 18);
        for &similarity in Similarity::ALL {
            let own: Vec<_> = points.iter().filter(|point| point.similarity == similarity).collect();
            for &init_std in &config.test.init_std {
                let of_scale = own.iter().filter(|point| point.init_std == init_std);
                let mut rates: Vec<f32> = of_scale.clone().map(|point| point.learning_rate).collect();
                rates.sort_unstable_by(f32::total_cmp);
                assert_eq!(rates, config.test.learning_rates, "{similarity}, scale {init_std}");
                let mut l2: Vec<f32> = of_scale.map(|point| point.l2).collect();
                l2.sort_unstable_by(f32::total_cmp);
                assert_eq!(l2, config.test.l2);
            }
        }
        let cosine = points.iter().filter(|point| point.similarity == Similarity::Cosine);
        let mut pairs: Vec<_> = cosine.map(|point| format!("{} {}", point.temperature, point.init_std)).collect();
        pairs.sort();
        pairs.dedup();
        assert_eq!(pairs.len(), 9, "each temperature meets each scale");
    }

    #[test]
    fn steps_go_beyond_an_end_and_between_values() {
        let config = config();
        let tried = field(&config);
        let best = *tried.iter().find(|point| point.learning_rate == 1e-2 && point.l2 == 1e-4).unwrap();
        assert_eq!(edges(&tried, &best).first(), Some(&RankingAxis::LearningRate));
        let found = neighbours(&tried, best, &config);
        assert_eq!([found[0].learning_rate, found[1].learning_rate], [5.5e-3, 3.3e-2]);
        assert!(found.len() == PER_ROUND && found.iter().all(|point| !tried.contains(point)), "{found:?}");
    }
}

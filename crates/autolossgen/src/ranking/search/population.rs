//! What a population keeps: of each niche few, for the best idea of the complete part would soon fill it with other values of its
//! constants.

use std::collections::HashMap;

use super::individual::Individual;

/// The best `capacity` individuals, the best first, of each niche at most `each`; of equals the earlier.
pub(super) fn settle(population: &mut Vec<Individual>, capacity: usize, each: usize) {
    population.sort_by(Individual::better_first);
    let mut settled: HashMap<String, usize> = HashMap::new();
    population.retain(|one| {
        let so_far = settled.entry(one.niche.clone()).or_default();
        *so_far += 1;
        *so_far <= each
    });
    population.truncate(capacity);
}

#[cfg(test)]
mod tests {
    use autolossgen_recsys::ranking::Similarity;

    use super::*;
    use crate::ranking::RankingPoint;

    #[test]
    fn the_best_of_each_niche_stay() {
        let point = RankingPoint {
            similarity: Similarity::Inner,
            learning_rate: 0.01,
            l2: 0.0,
            temperature: 1.0,
            init_std: 0.1,
            n_negatives: 4,
        };
        let one = |(text, validation): (&str, f64)| Individual::new(text.parse().unwrap(), point, validation, true);
        let losses = [("-pos", 0.1), ("neg - pos", 0.2), ("2 - pos", 0.3), ("-(3 * pos)", 0.4), ("neg^2 - pos", 0.5)];
        let mut population: Vec<Individual> = losses.into_iter().map(one).collect();
        settle(&mut population, 4, 2);
        assert_eq!(population.iter().map(|one| one.validation).collect::<Vec<_>>(), [0.5, 0.4, 0.3, 0.2]);
        settle(&mut population, 4, 1);
        assert_eq!(population.iter().map(|one| one.validation).collect::<Vec<_>>(), [0.5, 0.4, 0.2]);
    }
}

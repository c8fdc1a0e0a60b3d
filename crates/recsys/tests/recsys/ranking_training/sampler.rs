//! What negatives are drawn: none that is a training item, in the proportions that they should have, from streams of their own.

use autolossgen_recsys::random::{below, stream};
use autolossgen_recsys::ranking::{
    Negatives, NegativesError, RankingBatch, RankingEpoch, Sampler, SamplerOptions, TrainingItems,
};
use proptest::prelude::*;

/// Compressed rows of lists of items.
fn compressed(lists: &[Vec<u32>]) -> (Vec<usize>, Vec<u32>) {
    let mut offsets = vec![0];
    lists.iter().for_each(|items| offsets.push(offsets[offsets.len() - 1] + items.len()));
    (offsets, lists.concat())
}

fn sampler(lists: &[Vec<u32>], n_items: usize, options: &SamplerOptions) -> Result<Sampler, NegativesError> {
    let (offsets, items) = compressed(lists);
    Sampler::new(TrainingItems::new(&offsets, &items), n_items, options, 8, 5)
}

/// All batches of an epoch.
fn batches(sampler: &Sampler, epoch: u64) -> Vec<RankingBatch> {
    let epoch = RankingEpoch::new(sampler, epoch);
    let batch = |number| {
        let mut batch = RankingBatch::default();
        epoch.batch(number, &mut batch);
        batch
    };
    (0..epoch.n_batches()).map(batch).collect()
}

fn options(negatives: Negatives, n_negatives: usize, exponent: f64) -> SamplerOptions {
    SamplerOptions { negatives, n_negatives, exponent }
}

proptest! {
    #[test]
    fn no_training_item_is_drawn(
        lists in prop::collection::vec(prop::collection::btree_set(0_u32..150, 0..90), 1..12),
        popular in any::<bool>(),
        exponent in 0.0..2.0,
    ) {
        let lists: Vec<Vec<u32>> = lists.into_iter().map(|items| items.into_iter().collect()).collect();
        let kind = if popular { Negatives::Popularity } else { Negatives::Uniform };
        match sampler(&lists, 150, &options(kind, 5, exponent)) {
            Err(NegativesError::TooMany { available, .. }) => prop_assert!(popular && available < 5),
            Err(error) => prop_assert!(false, "{error}"),
            Ok(sampler) => {
                for batch in batches(&sampler, 1) {
                    for (&user, negatives) in batch.users().iter().zip(batch.negatives().chunks_exact(5)) {
                        let training = &lists[user as usize];
                        prop_assert!(negatives.iter().all(|item| *item < 150 && !training.contains(item)));
                    }
                }
            }
        }
    }
}

/// How often each item is drawn for user 0, who has the even ones below 20, in `n_epochs`; others have items at will.
fn counts(options: &SamplerOptions, n_epochs: u64) -> (Vec<Vec<u32>>, Vec<f64>) {
    let mut lists = vec![(0..10).map(|k| 2 * k).collect::<Vec<u32>>()];
    lists.extend((1..40).map(|user| (0..40).filter(|item| (item * item + 7 * user) % 40 <= *item).collect()));
    let sampler = sampler(&lists, 40, options).unwrap();
    let mut counts = vec![0.0; 40];
    for batch in (1..=n_epochs).flat_map(|epoch| batches(&sampler, epoch)) {
        let rows = batch.users().iter().zip(batch.negatives().chunks_exact(options.n_negatives));
        rows.filter(|(user, _)| **user == 0)
            .flat_map(|(_, items)| items)
            .for_each(|&item| counts[item as usize] += 1.0);
    }
    (lists, counts)
}

/// χ² over the items that should be drawn.
fn chi_square(counts: &[f64], weights: &[f64]) -> f64 {
    let (n, total) = (counts.iter().sum::<f64>(), weights.iter().sum::<f64>());
    let term = |(count, weight): (&f64, &f64)| (count - n * weight / total).powi(2) / (n * weight / total);
    counts.iter().zip(weights).filter(|(_, weight)| **weight > 0.0).map(term).sum()
}

/// The upper 0.1% point of χ² with 29 degrees of freedom.
const UNLIKELY: f64 = 58.3;

#[test]
fn uniform_draws_are_uniform() {
    let (lists, counts) = counts(&options(Negatives::Uniform, 9, 0.0), 300);
    let weights: Vec<f64> = (0..40).map(|item| f64::from(!lists[0].contains(&item))).collect();
    let found = chi_square(&counts, &weights);
    println!("χ² {found}");
    assert!(found < UNLIKELY && found > 8.0, "{found}");
}

#[test]
fn popular_items_are_drawn_in_proportion_to_a_power_of_their_rows() {
    for exponent in [0.5, 0.75, 1.0] {
        let (lists, counts) = counts(&options(Negatives::Popularity, 9, exponent), 300);
        let rows = |item| lists.iter().filter(|items| items.contains(&item)).count() as f64;
        let weight = |item| if lists[0].contains(&item) || rows(item) == 0.0 { 0.0 } else { rows(item).powf(exponent) };
        let weights: Vec<f64> = (0..40).map(weight).collect();
        let found = chi_square(&counts, &weights);
        println!("α {exponent}: χ² {found}");
        assert!(found < UNLIKELY, "{exponent}: {found}");
    }
}

#[test]
fn the_streams_of_batches_are_those_of_their_numbers() {
    let lists = vec![vec![0, 2, 3, 9], vec![1], (0..30).collect()];
    let sampler = sampler(&lists, 100, &options(Negatives::Uniform, 4, 0.0)).unwrap();
    for (number, batch) in batches(&sampler, 3).into_iter().enumerate() {
        let mut rng = stream(5, "negatives", 3 << 32 | number as u64);
        for (&user, negatives) in batch.users().iter().zip(batch.negatives().chunks_exact(4)) {
            let unseen: Vec<u32> = (0..100).filter(|item| !lists[user as usize].contains(item)).collect();
            let expected: Vec<u32> = (0..4).map(|_| unseen[below(&mut rng, unseen.len() as u64) as usize]).collect();
            assert_eq!(negatives, expected);
        }
    }
}

#[test]
fn an_epoch_has_every_row_once_and_shared_negatives_are_of_the_batch() {
    let lists = vec![vec![0, 2, 3, 9], vec![], (0..30).collect()];
    for kind in [Negatives::Shared, Negatives::SharedPopularity, Negatives::InBatch] {
        let sampler = sampler(&lists, 100, &options(kind, 3, 1.0));
        if kind == Negatives::SharedPopularity {
            assert_eq!(sampler.unwrap_err(), NegativesError::TooMany { user: 2, n_negatives: 3, available: 0 });
            continue;
        }
        let batches = batches(&sampler.unwrap(), 1);
        let mut rows: Vec<_> = batches.iter().flat_map(|batch| batch.users().iter().zip(batch.items())).collect();
        rows.sort_unstable();
        let expected =
            lists.iter().enumerate().flat_map(|(user, items)| items.iter().map(move |&item| (user as u32, item)));
        assert!(rows.into_iter().map(|(&user, &item)| (user, item)).eq(expected));
        for batch in batches {
            assert!(batch.is_shared());
            assert_eq!(batch.negatives().len(), if kind == Negatives::InBatch { batch.len() } else { 3 });
        }
    }
}

#[test]
fn more_negatives_than_there_are_is_an_error_beforehand() {
    let lists = vec![vec![], vec![0, 1], vec![0, 2, 3, 4]];
    let error = sampler(&lists, 8, &options(Negatives::Uniform, 5, 0.0)).unwrap_err();
    assert_eq!(error, NegativesError::TooMany { user: 2, n_negatives: 5, available: 4 });
    assert_eq!(
        error.to_string(),
        "user 2 has 4 items to draw negatives from, and 5 are asked for: n_negatives may be at most 4"
    );
    assert!(sampler(&lists, 8, &options(Negatives::Uniform, 4, 0.0)).is_ok());
    let error = sampler(&lists, 4, &options(Negatives::Uniform, 1, 0.0)).unwrap_err();
    assert_eq!(error, NegativesError::UnknownItem { item: 4, n_items: 4 });
}

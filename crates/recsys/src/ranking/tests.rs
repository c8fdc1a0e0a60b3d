//! The step against itself on every instruction set, and what stands in for hits.

use autolossgen_formula::{RankingLoss, Scope, Semantics, resolve_for};

use super::{
    LightGcn, Negatives, Positives, RankingBatch, RankingEpoch, RankingHyperparameters, RankingMf, RankingMfOptions,
    RankingModel, RankingWorkspace, Sampler, SamplerOptions, Similarity, TrainingItems,
};
use crate::hyperparameters::Optimizer;
use crate::kernel::instruction_set::InstructionSet;
use crate::random::stream;
use crate::ranking::hits::Hits;

/// A named loss of ranking.
fn named(name: &str) -> RankingLoss {
    resolve_for(Scope::Ranking, name).unwrap().compile_ranking(Semantics::default()).unwrap()
}

const N_USERS: usize = 40;
const N_ITEMS: usize = 70;

/// Seven items of each user, spread.
fn training() -> (Vec<usize>, Vec<u32>) {
    let of_user = |user: usize| (0..7).map(move |k| ((user * 3 + k * 10) % N_ITEMS) as u32);
    let mut items = Vec::new();
    for user in 0..N_USERS {
        let mut of_user: Vec<u32> = of_user(user).collect();
        of_user.sort_unstable();
        items.extend(of_user);
    }
    ((0..=N_USERS).map(|user| 7 * user).collect(), items)
}

/// Bits of all embeddings after two epochs.
fn trained_on(set: InstructionSet, dimension: usize, negatives: Negatives, optimizer: Optimizer) -> Vec<u32> {
    let (offsets, items) = training();
    let options = SamplerOptions { negatives, n_negatives: 21, exponent: 0.75 };
    let sampler = Sampler::new(TrainingItems::new(&offsets, &items), N_ITEMS, &options, 64, 3).unwrap();
    let options = RankingMfOptions { dimension, init_std: 0.1 };
    let mut model = RankingMf::new(N_USERS, N_ITEMS, &options, &mut stream(3, "model", 0));
    let (mut batch, mut workspace) = (RankingBatch::default(), RankingWorkspace::default());
    for (epoch, similarity, temperature) in [(1, Similarity::Inner, 1.0), (2, Similarity::Cosine, 0.2)] {
        let settings = RankingHyperparameters { optimizer, learning_rate: 0.05, l2: 1e-3, similarity, temperature };
        let epoch = RankingEpoch::new(&sampler, epoch);
        for number in 0..epoch.n_batches() {
            epoch.batch(number, &mut batch);
            let found = if number % 2 == 0 {
                model.train_batch_on(set, &batch, &named("bpr"), &settings, &mut workspace)
            } else {
                model.train_batch_on(set, &batch, &named("ssm"), &settings, &mut workspace)
            };
            assert!(found.non_finite == 0 && found.mean_loss > 0.0);
        }
    }
    let users = (0..N_USERS).flat_map(|user| model.user_embedding(user).to_vec());
    let items = (0..N_ITEMS).flat_map(|item| model.item_embedding(item).to_vec());
    users.chain(items).map(f32::to_bits).collect()
}

/// The matrix products of shared negatives choose their own instructions, the same in each of these.
#[test]
fn every_instruction_set_gives_the_same_bits() {
    let sets = [InstructionSet::Avx512, InstructionSet::Avx2].into_iter().filter(|set| set.is_available());
    for set in sets {
        for negatives in [Negatives::Uniform, Negatives::Popularity, Negatives::Shared, Negatives::InBatch] {
            for (dimension, optimizer) in [(40, Optimizer::Sgd), (64, Optimizer::Adagrad), (80, Optimizer::Adam)] {
                let trained = |set| trained_on(set, dimension, negatives, optimizer);
                assert!(
                    trained(set) == trained(InstructionSet::Portable),
                    "{negatives:?} {dimension} {optimizer:?} {set:?}"
                );
            }
        }
    }
}

/// Of LightGCN, whose propagation is all that differs from the above.
#[test]
fn every_instruction_set_propagates_the_same_bits() {
    let (offsets, items) = training();
    let users: Vec<u32> = (0..items.len()).map(|row| (row / 7) as u32).collect();
    let train = Positives::new(N_USERS, N_ITEMS, &users, &items);
    let options = SamplerOptions { negatives: Negatives::Uniform, n_negatives: 5, exponent: 0.75 };
    let sampler = Sampler::new(TrainingItems::new(&offsets, &items), N_ITEMS, &options, 64, 3).unwrap();
    let trained = |set: InstructionSet, dimension: usize, optimizer: Optimizer| {
        let options = RankingMfOptions { dimension, init_std: 0.1 };
        let mf = RankingMf::new(N_USERS, N_ITEMS, &options, &mut stream(3, "model", 0));
        let mut model = LightGcn::new(mf, &train, 3);
        let (mut batch, mut workspace) = (RankingBatch::default(), RankingWorkspace::default());
        let similarity = if dimension == 64 { Similarity::Inner } else { Similarity::Cosine };
        let settings =
            RankingHyperparameters { optimizer, learning_rate: 0.05, l2: 1e-3, similarity, temperature: 0.5 };
        let epoch = RankingEpoch::new(&sampler, 1);
        for number in 0..epoch.n_batches() {
            epoch.batch(number, &mut batch);
            let found = model.train_batch_on(set, &batch, &named("ssm"), &settings, &mut workspace);
            assert!(found.non_finite == 0 && found.mean_loss > 0.0);
        }
        model.factors(similarity).concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>()
    };
    for (dimension, optimizer) in [(40, Optimizer::Sgd), (64, Optimizer::Adagrad), (80, Optimizer::Adam)] {
        let portable = trained(InstructionSet::Portable, dimension, optimizer);
        let sets = [InstructionSet::Avx512, InstructionSet::Avx2].into_iter().filter(|set| set.is_available());
        for set in sets {
            assert!(trained(set, dimension, optimizer) == portable, "{dimension} {optimizer:?} {set:?}");
        }
    }
}

#[test]
fn what_stands_in_for_hits_is_the_next_place_without_one() {
    // User 0 has items 1 and 2, user 1 all that is shared, user 2 none of it.
    let (offsets, items) = ([0, 2, 5, 6], [1, 2, 1, 2, 3, 0]);
    let mut hits = Hits::default();
    // A second time in the same memory.
    for _ in 0..2 {
        hits.find(&[0, 1, 2], &[2, 3, 1, 2], TrainingItems::new(&offsets, &items), 4);
        let found = |row| hits.of(row).iter().map(|hit| (hit.place, hit.stand_in())).collect::<Vec<_>>();
        assert_eq!(found(0), [(0, Some(1)), (2, Some(1)), (3, Some(1))]);
        assert_eq!(found(1), [(0, None), (1, None), (2, None), (3, None)]);
        assert_eq!(found(2), []);
    }
}

#[test]
fn a_row_without_negatives_moves_by_l2_alone() {
    let (offsets, items) = ([0, 1], [0]);
    let batch = RankingBatch::shared(vec![0], vec![0], vec![0], TrainingItems::new(&offsets, &items), 1);
    let mut model = RankingMf::from_embeddings(1, &[2.0], &[4.0]);
    let (similarity, temperature, optimizer) = (Similarity::Inner, 1.0, Optimizer::Sgd);
    let settings = RankingHyperparameters { optimizer, learning_rate: 0.5, l2: 0.25, similarity, temperature };
    model.train_batch(&batch, &named("bpr"), &settings, &mut RankingWorkspace::default());
    assert_eq!((model.user_embedding(0), model.item_embedding(0)), (&[1.75][..], &[3.5][..]));
}

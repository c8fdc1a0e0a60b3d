//! Full ranking against ranx and trec_eval (`golden/rankings.py`), and its rules.

use autolossgen_recsys::random::{below, stream};
use autolossgen_recsys::ranking::reference::{Popularity, choose};
use autolossgen_recsys::{FactorScorer, FullRanking, MetricAt, Positives, RankedBlock, RankingError, Scorer};
use proptest::prelude::*;
use serde::Deserialize;

use crate::common::{metric, metrics};

#[derive(Deserialize)]
struct Golden {
    metrics: Vec<String>,
    rankings: Vec<GoldenRanking>,
}

/// Digits or '-' of the items, relevant items, cutoff, values.
#[derive(Deserialize)]
struct GoldenRanking(String, Vec<u32>, usize, Option<Vec<f64>>);

impl Golden {
    fn load() -> Self {
        serde_json::from_str(include_str!("../golden/rankings.json")).unwrap()
    }

    fn n_items(&self) -> usize {
        self.rankings[0].0.len()
    }

    fn positives(&self, of: impl Fn(&GoldenRanking) -> Vec<u32>) -> Positives {
        let rows = self.rankings.iter().map(of).enumerate();
        let (users, items): (Vec<u32>, Vec<u32>) =
            rows.flat_map(|(user, items)| items.into_iter().map(move |item| (user as u32, item))).unzip();
        Positives::new(self.rankings.len(), self.n_items(), &users, &items)
    }

    fn masked(&self) -> Positives {
        let is_masked = |text: &str| (0..).zip(text.chars()).filter(|&(_, c)| c == '-').map(|(item, _)| item).collect();
        self.positives(|ranking| is_masked(&ranking.0))
    }

    /// Every metric at every cutoff.
    fn metrics(&self) -> Vec<MetricAt> {
        let cutoffs = self.rankings[..7].iter().map(|ranking| ranking.2);
        cutoffs.flat_map(|cutoff| self.metrics.iter().map(move |name| metric(&format!("{name}@{cutoff}")))).collect()
    }
}

#[test]
fn metrics_are_those_of_ranx_and_trec_eval() {
    let golden = Golden::load();
    let (judged, masked) = (golden.positives(|ranking| ranking.1.clone()), golden.masked());
    let scores = |users: &[u32], scores: &mut [f32]| {
        let digits = users.iter().flat_map(|&user| golden.rankings[user as usize].0.chars());
        digits.zip(scores).for_each(|(c, score)| *score = c.to_digit(10).map_or(f32::NAN, |digit| digit as f32));
    };
    let ranking = FullRanking::new(&judged, &masked, &golden.metrics()).unwrap();
    let found = ranking.rank(&scores).unwrap();
    let mut position = 0;
    for GoldenRanking(text, _, cutoff, expected) in &golden.rankings {
        let Some(expected) = expected else { continue };
        for (name, expected) in golden.metrics.iter().zip(expected) {
            let ours = found.values(metric(&format!("{name}@{cutoff}"))).unwrap()[position];
            assert!((ours - expected).abs() < 1e-9, "{name}@{cutoff} of {text}: {ours} where {expected} is expected");
        }
        position += 1;
    }
    assert_eq!((position, found.n_left_out()), (found.users().len(), 1000 - position));
    assert!(position > 500 && found.n_left_out() > 200 && found.n_short(30) > 300);
}

/// Users, items and pairs drawn by a seed.
fn drawn(n_users: usize, n_items: usize, n_pairs: usize, seed: u64) -> Positives {
    let mut rng = stream(seed, "pairs", 0);
    let pairs = (0..n_pairs).map(|_| (below(&mut rng, n_users as u64) as u32, below(&mut rng, n_items as u64) as u32));
    let (users, items): (Vec<u32>, Vec<u32>) = pairs.unzip();
    Positives::new(n_users, n_items, &users, &items)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn seen_items_are_never_recommended(seed in 0..1000_u64, n_items in 1..60_usize, pairs in 0..900_usize) {
        let (train, test) = (drawn(40, n_items, pairs, seed), drawn(40, n_items, 100, seed + 1000));
        let asked = metrics(&[&format!("ndcg@{}", n_items.div_ceil(3))]);
        let ranking = FullRanking::new(&test, &train, &asked).unwrap();
        let found = ranking.rank(&Popularity::fit(&train)).unwrap();
        for (position, &user) in found.users().iter().enumerate() {
            let list = found.list(position);
            prop_assert!(list.iter().all(|&item| !train.contains(user, item)));
            let free = n_items - train.of_user(user).len();
            prop_assert_eq!(list.len(), asked[0].cutoff().min(free));
            let value = found.values(asked[0]).unwrap()[position];
            prop_assert!((0.0..=1.0 + 1e-12).contains(&value));
        }
    }
}

#[test]
fn equal_scores_are_in_the_order_of_items() {
    let (train, test) = (Positives::new(1, 6, &[0, 0], &[0, 3]), Positives::new(1, 6, &[0], &[5]));
    let ranking = FullRanking::new(&test, &train, &metrics(&["mrr@6"])).unwrap();
    let found = ranking.rank(&|_: &[u32], scores: &mut [f32]| scores.copy_from_slice(&[9., 0., -0., 9., -0., 1.]));
    let found = found.unwrap();
    assert_eq!(found.list(0), [5, 1, 2, 4]);
    assert_eq!((found.n_short(6), found.n_short(4), found.mean(metric("mrr@6"))), (1, 0, Some(1.0)));
}

#[test]
fn cutoffs_and_scores_that_cannot_be_are_told() {
    let (train, test) = (Positives::new(2, 5, &[0], &[0]), Positives::new(2, 5, &[0, 1], &[1, 1]));
    let said = |names: &[&str]| FullRanking::new(&test, &train, &metrics(names)).unwrap_err().to_string();
    assert_eq!(
        said(&["ndcg@5", "map@6"]),
        "map@6 asks for more items than the 5 that there are: its cutoff must be at most 5"
    );
    assert!(said(&[]).contains("such as ndcg@20"));
    let ranking = FullRanking::new(&test, &train, &metrics(&["ndcg@5"])).unwrap();
    let nan_at = |place: usize| {
        ranking.rank(&move |_: &[u32], scores: &mut [f32]| {
            scores.fill(0.0);
            scores[place] = f32::NAN;
        })
    };
    assert!(nan_at(0).is_ok(), "the item is masked");
    assert_eq!(nan_at(7), Err(RankingError::Score { user: 1, item: 2 }));
}

#[test]
fn items_that_are_masked_are_not_relevant() {
    let (train, test) = (Positives::new(2, 3, &[0, 1], &[0, 1]), Positives::new(2, 3, &[0, 0, 1], &[0, 2, 1]));
    let recall = metric("recall@3");
    let found = FullRanking::new(&test, &train, &[recall, recall]).unwrap();
    assert_eq!(found.metrics(), [recall]);
    let found = found.rank(&Popularity::fit(&train)).unwrap();
    assert_eq!((found.users(), found.n_left_out(), found.mean(recall)), (&[0][..], 1, Some(1.0)));
    assert_eq!(found.mean(metric("recall@2")), None);
}

/// Blocks by so many threads, each the next block that is free.
fn by_threads(n_threads: usize, ranking: &FullRanking<'_>, scorer: &impl Scorer) -> Vec<RankedBlock> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let blocks = std::sync::Mutex::new(vec![None; ranking.n_blocks()]);
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            scope.spawn(|| {
                let mut scores = Vec::new();
                loop {
                    let block = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if block >= ranking.n_blocks() {
                        break;
                    }
                    let ranked = ranking.block(block, scorer, &mut scores).unwrap();
                    blocks.lock().unwrap()[block] = Some(ranked);
                }
            });
        }
    });
    blocks.into_inner().unwrap().into_iter().map(Option::unwrap).collect()
}

/// Factors that look random, shape (n, d).
fn factors(n: usize, dimension: usize) -> Vec<f32> {
    (0..n * dimension).map(|index| (1.7 * index as f32).sin()).collect()
}

#[test]
fn rankings_do_not_depend_on_threads() {
    let (n_users, n_items) = (300, 500);
    let (train, test) = (drawn(n_users, n_items, 4000, 1), drawn(n_users, n_items, 900, 2));
    let (users, items) = (factors(n_users, 16), factors(n_items, 16));
    let scorer = FactorScorer::new(16, &users, &items);
    let asked = metrics(&["ndcg@20", "recall@20", "ndcg@5"]);
    let ranking = FullRanking::new(&test, &train, &asked).unwrap();
    let alone = ranking.rank(&scorer).unwrap();
    for n_threads in [2, 5] {
        let blocks = by_threads(n_threads, &ranking, &scorer);
        assert_eq!(ranking.gather(blocks.into_iter().map(Ok)).unwrap(), alone);
    }
}

#[test]
fn coverage_popularity_and_comparison_by_hand() {
    let train = Positives::new(3, 4, &[0, 1, 1, 2], &[0, 0, 1, 2]);
    let test = Positives::new(3, 4, &[0, 1, 2], &[1, 2, 0]);
    let ranking = FullRanking::new(&test, &train, &metrics(&["hit_rate@1", "mrr@2"])).unwrap();
    let found = ranking.rank(&Popularity::fit(&train)).unwrap();
    // Counts 2, 1, 1, 0: user 0 gets 1, 2; user 1 gets 2, 3; user 2 gets 0, 1.
    assert_eq!([0, 1, 2].map(|position| found.list(position)), [[1, 2], [2, 3], [0, 1]]);
    assert_eq!((found.coverage(1), found.coverage(2)), (0.75, 1.0));
    let counts = train.item_counts();
    assert_eq!((found.mean_popularity(1, &counts), found.mean_popularity(2, &counts)), (4.0 / 3.0, 1.0));
    // Reversed: user 0 gets 3, 2; user 1 gets 3, 2; user 2 gets 3, 1.
    let reversed = |_: &[u32], scores: &mut [f32]| {
        scores.iter_mut().enumerate().for_each(|(place, score)| *score = (place % 4) as f32);
    };
    let other = ranking.rank(&reversed).unwrap();
    let mrr = found.compare(&other, metric("mrr@2")).unwrap();
    // Differences 1, ½, 1: mean 5/6, standard error √(1/12)/√3 = 1/6.
    assert!((mrr.difference - 5.0 / 6.0).abs() < 1e-12 && (mrr.standard_error - 1.0 / 6.0).abs() < 1e-12);
    assert_eq!(found.compare(&other, metric("hit_rate@1")).unwrap().p_value, 0.25);
    assert_eq!(found.compare(&other, metric("ndcg@1")), None);
}

#[test]
fn the_best_of_a_grid_is_chosen_and_of_equal_ones_the_first() {
    let (train, test) = (drawn(30, 20, 200, 5), drawn(30, 20, 60, 6));
    let ndcg = metric("ndcg@5");
    let ranking = FullRanking::new(&test, &train, &[ndcg]).unwrap();
    let signs = [-1.0, 1.0, 1.0_f32];
    // Twice the best: scores against the popularity, and two times by it.
    let fit = |&number: &usize| {
        let popularity = Popularity::fit(&train);
        let scorer = move |users: &[u32], scores: &mut [f32]| {
            popularity.score(users, scores);
            scores.iter_mut().for_each(|score| *score *= signs[number]);
        };
        Ok::<_, RankingError>(scorer)
    };
    let values = [0, 1].map(|number| ranking.rank(&fit(&number).unwrap()).unwrap().mean(ndcg).unwrap());
    let chosen = choose(&[0, 1, 2], fit, &ranking, ndcg).unwrap().unwrap();
    let best = usize::from(values[1] > values[0]);
    assert_eq!((chosen.settings, chosen.value), (best, values[best]));
    assert!(choose(&[], fit, &ranking, ndcg).unwrap().is_none());
}

/// cargo test --release -p autolossgen-recsys --test recsys time_of -- --ignored --nocapture
#[test]
#[ignore = "a timing"]
fn time_of_a_full_ranking() {
    let (n_users, n_items, dimension) = (13_455, 8_360, 64);
    let (train, test) = (drawn(n_users, n_items, 500_000, 1), drawn(n_users, n_items, 100_000, 2));
    let (users, items) = (factors(n_users, dimension), factors(n_items, dimension));
    let scorer = FactorScorer::new(dimension, &users, &items);
    let asked = metrics(&["ndcg@20", "recall@20"]);
    let ranking = FullRanking::new(&test, &train, &asked).unwrap();
    for n_threads in [1, 2, 1, 2, 1, 2] {
        let started = std::time::Instant::now();
        let found = ranking.gather(by_threads(n_threads, &ranking, &scorer).into_iter().map(Ok)).unwrap();
        let seconds = started.elapsed().as_secs_f64();
        println!("{} users × {n_items} items, {n_threads} threads: {seconds:.3} s", found.users().len());
    }
}

//! EASE and item neighbours against dense matrices in NumPy (`golden/references.py`), and on data beside the repository.

use std::path::PathBuf;
use std::time::Instant;

use autolossgen_recsys::ranking::reference::{
    Chosen, Ease, EaseSettings, ItemKnn, ItemKnnSettings, Popularity, ReferenceError, choose,
};
use autolossgen_recsys::{FullRanking, Positives, RankingData, RankingTest, Rankings, Scorer};
use serde::Deserialize;

use crate::common::{metric, metrics};

#[derive(Deserialize)]
struct Golden {
    n_users: usize,
    n_items: usize,
    users: Vec<u32>,
    items: Vec<u32>,
    chosen: Vec<u32>,
    ease: Vec<Expected<EaseSettings>>,
    item_knn: Vec<Expected<ItemKnnSettings>>,
}

#[derive(Deserialize)]
struct Expected<Settings> {
    #[serde(flatten)]
    settings: Settings,
    /// Of the chosen users.
    scores: Vec<Vec<f32>>,
}

impl Golden {
    fn load() -> Self {
        serde_json::from_str(include_str!("../golden/references.json")).unwrap()
    }

    fn train(&self) -> Positives {
        Positives::new(self.n_users, self.n_items, &self.users, &self.items)
    }

    #[track_caller]
    fn assert_scores(&self, scorer: &impl Scorer, expected: &[Vec<f32>]) {
        let mut scores = vec![f32::NAN; self.chosen.len() * self.n_items];
        scorer.score(&self.chosen, &mut scores);
        for (place, (ours, theirs)) in scores.iter().zip(expected.iter().flatten()).enumerate() {
            assert!((ours - theirs).abs() < 2e-6, "score {place}: {ours} where {theirs} is expected");
        }
    }
}

#[test]
fn ease_is_that_of_numpy() {
    let golden = Golden::load();
    for Expected { settings, scores } in &golden.ease {
        golden.assert_scores(&Ease::fit(&golden.train(), *settings).unwrap(), scores);
    }
}

#[test]
fn item_neighbours_are_those_of_dense_matrices() {
    let golden = Golden::load();
    for Expected { settings, scores } in &golden.item_knn {
        golden.assert_scores(&ItemKnn::fit(&golden.train(), *settings).unwrap(), scores);
    }
}

/// Parts of a dataset beside the repository, or a word that it is not there.
fn shared(name: &str) -> Option<(RankingData, RankingTest)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    let pairs = ["train", "validation", "test"].map(|part| {
        let text = std::fs::read_to_string(folder.join(format!("{name}.{part}.tsv"))).unwrap();
        let pair =
            |line: &str| line.split_once('\t').map(|(user, item)| (user.parse().unwrap(), item.parse().unwrap()));
        text.lines().skip(1).filter_map(pair).unzip::<u32, u32, Vec<_>, Vec<_>>()
    });
    let n = |ids: [&Vec<u32>; 3]| ids.into_iter().flatten().max().map_or(0, |&last| last as usize + 1);
    let (n_users, n_items) = (n(pairs.each_ref().map(|pair| &pair.0)), n(pairs.each_ref().map(|pair| &pair.1)));
    let [train, validation, test] = pairs.map(|(users, items)| Positives::new(n_users, n_items, &users, &items));
    Some((RankingData::new(train, validation), RankingTest::new(test)))
}

#[test]
fn popularity_on_health_is_what_was_measured() {
    let Some((data, test)) = shared("health") else { return };
    let (test, seen, ndcg) = (test.spend(), data.seen(), metric("ndcg@20"));
    let found = FullRanking::new(&test, &seen, &[ndcg]).unwrap().rank(&Popularity::fit(&data.train)).unwrap();
    let value = found.mean(ndcg).unwrap();
    // By NumPy; with the larger of two equally popular items first it is 0.07748.
    assert!((value - 0.077_931).abs() < 1e-6, "{value}");
}

fn chosen<S: Clone + std::fmt::Debug, R: Scorer>(
    data: &RankingData,
    grid: &[S],
    fit: impl Fn(&S) -> Result<R, ReferenceError>,
) -> R {
    let started = Instant::now();
    let ndcg = metric("ndcg@20");
    let ranking = FullRanking::new(&data.validation, &data.train, &[ndcg]).unwrap();
    let Chosen { settings, recommender, value } = choose(grid, fit, &ranking, ndcg).unwrap().unwrap();
    println!("  {settings:?} of {}: {value:.4} on validation, {:.2} s", grid.len(), started.elapsed().as_secs_f64());
    recommender
}

fn said(name: &str, found: &Rankings, counts: &[u32]) {
    let [ndcg, recall] = ["ndcg@20", "recall@20"].map(|text| found.mean(metric(text)).unwrap());
    let (coverage, popularity) = (found.coverage(20), found.mean_popularity(20, counts));
    println!("  {name}: NDCG@20 {ndcg:.4}, Recall@20 {recall:.4}, coverage {coverage:.3}, popularity {popularity:.1}");
}

/// cargo test --release -p autolossgen-recsys --test recsys figures_of -- --ignored --nocapture
#[test]
#[ignore = "figures"]
fn figures_of_the_references() {
    for name in ["health", "beauty"] {
        let Some((data, test)) = shared(name) else { continue };
        println!("{name}: {} users, {} items, {} rows", data.n_users(), data.n_items(), data.train.len());
        let knn = chosen(&data, &ItemKnn::grid(), |&settings| ItemKnn::fit(&data.train, settings));
        let ease = chosen(&data, &Ease::grid(), |&settings| Ease::fit(&data.train, settings));
        let (test, seen, counts) = (test.spend(), data.seen(), data.train.item_counts());
        let ranking = FullRanking::new(&test, &seen, &metrics(&["ndcg@20", "recall@20"])).unwrap();
        said("popularity", &ranking.rank(&Popularity::fit(&data.train)).unwrap(), &counts);
        let (knn, ease) = (ranking.rank(&knn).unwrap(), ranking.rank(&ease).unwrap());
        said("item neighbours", &knn, &counts);
        said("EASE", &ease, &counts);
        println!("  EASE against item neighbours: {:?}", ease.compare(&knn, metric("ndcg@20")).unwrap());
    }
}

//! Trains matrix factorisation for ranking on the lists of a folder, and prints NDCG@20 on validation by epoch, and on test at
//! the best epoch: cargo run --release --example health_ranking -p autolossgen-recsys -- FOLDER [loss] [similarity] [τ] [L2]
//!
//! The folder has NAME.train.tsv, NAME.validation.tsv and NAME.test.tsv: a header, then user and item, tab-separated.

use std::path::Path;
use std::time::Instant;

use autolossgen_recsys::Optimizer;
use autolossgen_recsys::random::stream;
use autolossgen_recsys::ranking::{
    Bpr, ContrastiveLoss, Negatives, RankingEpoch, RankingHyperparameters, RankingMf, RankingMfOptions,
    RankingWorkspace, SampledSoftmax, Sampler, SamplerOptions, Similarity, TrainingItems,
};

/// Items of each user.
type Lists = Vec<Vec<u32>>;

fn read(folder: &Path, part: &str) -> Lists {
    let name = folder.file_name().expect("a folder").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(folder.join(format!("{name}.{part}.tsv"))).expect("a list");
    let mut lists = Lists::new();
    for line in text.lines().skip(1) {
        let (user, item) = line.split_once('\t').expect("two columns");
        let (user, item): (usize, u32) = (user.parse().expect("a user"), item.parse().expect("an item"));
        lists.resize(lists.len().max(user + 1), Vec::new());
        lists[user].push(item);
    }
    lists.iter_mut().for_each(|list| list.sort_unstable());
    lists
}

/// Mean NDCG@20 of the users that have `wanted` items; those of `masked` are not ranked.
fn ndcg(model: &RankingMf, similarity: Similarity, masked: &[&Lists], wanted: &Lists) -> f64 {
    let mut scores = vec![0.0; model.n_items()];
    let (mut total, mut n) = (0.0, 0);
    for (user, wanted) in wanted.iter().enumerate().filter(|(_, wanted)| !wanted.is_empty()) {
        model.scores(user, similarity, &mut scores);
        masked.iter().filter_map(|lists| lists.get(user)).flatten().for_each(|&item| scores[item as usize] = f32::MIN);
        let mut ranked: Vec<u32> = (0..scores.len() as u32).collect();
        ranked.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let found: f64 = (0..20).filter(|&rank| wanted.contains(&ranked[rank])).map(gain).sum();
        total += found / (0..wanted.len().min(20)).map(gain).sum::<f64>();
        n += 1;
    }
    total / f64::from(n)
}

fn train<L: ContrastiveLoss>(
    folder: &Path,
    loss: &L,
    settings: &RankingHyperparameters,
    negatives: Negatives,
    seed: u64,
) {
    let [train, validation, test] = ["train", "validation", "test"].map(|part| read(folder, part));
    let n_users = train.len().max(validation.len()).max(test.len());
    let n_items =
        [&train, &validation, &test].into_iter().flatten().flatten().max().map_or(0, |&item| item as usize + 1);
    let mut offsets = vec![0];
    offsets.extend((0..n_users).scan(0, |end, user| {
        *end += train.get(user).map_or(0, Vec::len);
        Some(*end)
    }));
    let items: Vec<u32> = train.iter().flatten().copied().collect();
    let n_negatives = if negatives.is_shared() { 1024 } else { 64 };
    let options = SamplerOptions { negatives, n_negatives, exponent: 0.0 };
    let sampler =
        Sampler::new(TrainingItems::new(&offsets, &items), n_items, &options, 1024, seed).expect("enough items");
    let options = RankingMfOptions { dimension: 64, init_std: 0.1 };
    let mut model = RankingMf::new(n_users, n_items, &options, &mut stream(seed, "model", 0));
    let mut workspace = RankingWorkspace::default();
    let (mut best, mut at_best, mut best_epoch, mut fastest) = (0.0, 0.0, 0, f64::INFINITY);
    println!("{n_users} users, {n_items} items, {} rows", items.len());
    for epoch in 1..=400 {
        let start = Instant::now();
        let summary = model.train_epoch(&RankingEpoch::new(&sampler, epoch), loss, settings, &mut workspace);
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        fastest = milliseconds.min(fastest);
        if epoch % 2 > 0 {
            continue;
        }
        let found = ndcg(&model, settings.similarity, &[&train], &validation);
        if epoch % 10 == 0 {
            println!("{epoch}: loss {:.5}, validation {found:.4}, {milliseconds:.1} ms", summary.mean_loss);
        }
        if found > best {
            (best, best_epoch) = (found, epoch);
            at_best = ndcg(&model, settings.similarity, &[&train, &validation], &test);
        } else if epoch > best_epoch + 30 {
            break;
        }
    }
    println!("best epoch {best_epoch}: validation {best:.4}, test {at_best:.4}; fastest epoch {fastest:.1} ms");
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let at = |index: usize, default: &str| arguments.get(index).map_or(default.to_owned(), Clone::clone);
    let similarity = if at(2, "inner") == "cosine" { Similarity::Cosine } else { Similarity::Inner };
    let settings = RankingHyperparameters {
        optimizer: Optimizer::Adam,
        learning_rate: 0.003,
        l2: at(4, "1e-4").parse().expect("an L2 coefficient"),
        similarity,
        temperature: at(3, "1").parse().expect("a temperature"),
    };
    let negatives = if at(5, "uniform") == "shared" { Negatives::Shared } else { Negatives::Uniform };
    let seed = at(6, "1").parse().expect("a seed");
    let folder = at(0, "../shared/data/health");
    match at(1, "bpr").as_str() {
        "bpr" => train(Path::new(&folder), &Bpr, &settings, negatives, seed),
        _ => train(Path::new(&folder), &SampledSoftmax, &settings, negatives, seed),
    }
}

//! Which loss ranks best: matrix factorisation trained with named losses of ranking, beside popularity, item neighbours and EASE.
//!
//! `cargo run --release --example ranking -p autolossgen-recsys -- FOLDER bpr,ssm,hinge`
//!
//! The folder has NAME.train.tsv, NAME.validation.tsv and NAME.test.tsv: a header, then user and item as numbers, tab-separated. Every
//! loss gets the same six configurations (similarity, temperature, L2), of which validation chooses one, and then three seeds.

use std::path::Path;

use autolossgen_formula::{RankingLoss, Scope, Semantics, resolve_for};
use autolossgen_recsys::random::stream;
use autolossgen_recsys::ranking::reference::{Ease, ItemKnn, Popularity, ReferenceError, choose};
use autolossgen_recsys::ranking::{
    Negatives, RankingEpoch, RankingHyperparameters, RankingMf, RankingMfOptions, RankingModel, RankingWorkspace,
    Sampler, SamplerOptions, Similarity,
};
use autolossgen_recsys::{
    FactorScorer, FullRanking, MetricAt, Optimizer, Positives, RankingData, RankingTest, Rankings, Scorer,
};

/// Epochs without a better validation after which a training ends.
const PATIENCE: u64 = 20;
const MOST_EPOCHS: u64 = 400;
const DIMENSION: usize = 64;

type Failure = Box<dyn std::error::Error>;

/// Users and items of pairs.
type Pairs = (Vec<u32>, Vec<u32>);

/// The pairs of a part.
fn pairs(folder: &Path, part: &str) -> Result<Pairs, Failure> {
    let name = folder.file_name().ok_or("the folder has no name")?.to_string_lossy().into_owned();
    let path = folder.join(format!("{name}.{part}.tsv"));
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let pair = |(line, text): (usize, &str)| -> Result<(u32, u32), Failure> {
        let said = || format!("{}, line {}: '{text}' is no user and item", path.display(), line + 2);
        let (user, item) = text.split_once('\t').ok_or_else(said)?;
        Ok((user.parse().map_err(|_| said())?, item.parse().map_err(|_| said())?))
    };
    let pairs = text.lines().skip(1).enumerate().map(pair).collect::<Result<Vec<_>, _>>()?;
    Ok(pairs.into_iter().unzip())
}

fn load(folder: &Path) -> Result<(RankingData, RankingTest), Failure> {
    let parts = [pairs(folder, "train")?, pairs(folder, "validation")?, pairs(folder, "test")?];
    let n = |of: fn(&Pairs) -> &Vec<u32>| parts.iter().flat_map(of).max().map_or(0, |&id| id as usize + 1);
    let (n_users, n_items) = (n(|pairs| &pairs.0), n(|pairs| &pairs.1));
    let [train, validation, test] = parts.map(|(users, items)| Positives::new(n_users, n_items, &users, &items));
    Ok((RankingData::new(train, validation), RankingTest::new(test)))
}

/// A recommender at its best epoch by validation.
struct Trained {
    factors: [Vec<f32>; 2],
    validation: f64,
    epoch: u64,
}

fn train(
    data: &RankingData,
    ranking: &FullRanking<'_>,
    loss: &RankingLoss,
    settings: &RankingHyperparameters,
    seed: u64,
) -> Result<Trained, Failure> {
    let options = SamplerOptions { negatives: Negatives::Uniform, n_negatives: 64, exponent: 0.0 };
    let sampler = Sampler::new(data.train.as_training(), data.n_items(), &options, 1024, seed)?;
    let options = RankingMfOptions { dimension: DIMENSION, init_std: 0.1 };
    let mut model = RankingMf::new(data.n_users(), data.n_items(), &options, &mut stream(seed, "model", 0));
    let mut workspace = RankingWorkspace::default();
    let mut best = Trained { factors: model.factors(settings.similarity), validation: f64::NEG_INFINITY, epoch: 0 };
    for epoch in 1..=MOST_EPOCHS {
        model.train_epoch(&RankingEpoch::new(&sampler, epoch), loss, settings, &mut workspace);
        if !model.is_finite() || epoch > best.epoch + PATIENCE {
            break;
        }
        let factors = model.factors(settings.similarity);
        let scorer = FactorScorer::new(DIMENSION, &factors[0], &factors[1]);
        let found = ranking.rank(&scorer)?.mean(ranking.metrics()[0]).unwrap_or(f64::NEG_INFINITY);
        if found > best.validation {
            best = Trained { factors, validation: found, epoch };
        }
    }
    Ok(best)
}

/// The configurations of every loss.
fn configurations() -> Vec<RankingHyperparameters> {
    let of = |similarity, temperature, l2| RankingHyperparameters {
        optimizer: Optimizer::Adam,
        learning_rate: 0.003,
        l2,
        similarity,
        temperature,
    };
    let inner = [3e-5, 1e-4, 3e-4].map(|l2| of(Similarity::Inner, 1.0, l2));
    let cosine = [0.1, 0.2, 0.3].map(|temperature| of(Similarity::Cosine, temperature, 1e-4));
    [inner, cosine].concat()
}

/// The best configuration of a loss on validation, and its training.
fn tune(
    data: &RankingData,
    ranking: &FullRanking<'_>,
    loss: &RankingLoss,
) -> Result<(RankingHyperparameters, Trained), Failure> {
    let mut best: Option<(RankingHyperparameters, Trained)> = None;
    for settings in configurations() {
        let trained = train(data, ranking, loss, &settings, 1)?;
        if best.as_ref().is_none_or(|(_, best)| trained.validation > best.validation) {
            best = Some((settings, trained));
        }
    }
    best.ok_or_else(|| "there is no configuration".into())
}

fn line(name: &str, validation: f64, tested: &Rankings, further: &str) {
    let mean = |metric: &str| tested.mean(metric.parse::<MetricAt>().expect("a metric")).unwrap_or(f64::NAN);
    println!("{name:<12} {validation:10.4} {:10.4} {:10.4}   {further}", mean("ndcg@20"), mean("recall@20"));
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().ok_or("name a folder with NAME.train.tsv, NAME.validation.tsv and NAME.test.tsv")?;
    let names = arguments.get(1).map_or("bpr,ssm,hinge", String::as_str);
    let (data, test) = load(Path::new(folder))?;
    let (test, seen) = (test.spend(), data.seen());
    let metrics: Vec<MetricAt> =
        ["ndcg@20", "recall@20"].map(|metric| metric.parse()).into_iter().collect::<Result<_, _>>()?;
    let validation = FullRanking::new(&data.validation, &data.train, &metrics)?;
    let tested = FullRanking::new(&test, &seen, &metrics)?;
    println!("{} users, {} items, {} training pairs", data.n_users(), data.n_items(), data.train.len());
    println!("{:<12} {:>10} {:>10} {:>10}", "", "validation", "ndcg@20", "recall@20");
    let reference = |name: &str, value: f64, scorer: &dyn Scorer| -> Result<(), Failure> {
        line(name, value, &tested.rank(scorer)?, "");
        Ok(())
    };
    let popularity = Popularity::fit(&data.train);
    reference("popularity", validation.rank(&popularity)?.mean(metrics[0]).unwrap_or(f64::NAN), &popularity)?;
    let fit = |settings: &_| ItemKnn::fit(&data.train, *settings);
    let found = choose::<_, _, ReferenceError>(&ItemKnn::grid(), fit, &validation, metrics[0])?.ok_or("no user")?;
    reference("item knn", found.value, &found.recommender)?;
    let fit = |settings: &_| Ease::fit(&data.train, *settings);
    let found = choose::<_, _, ReferenceError>(&Ease::grid(), fit, &validation, metrics[0])?.ok_or("no user")?;
    reference("ease", found.value, &found.recommender)?;
    for name in names.split(',') {
        let loss = resolve_for(Scope::Ranking, name)?.compile_ranking(Semantics::default())?;
        let (settings, first) = tune(&data, &validation, &loss)?;
        for seed in 1..=3 {
            let again = if seed == 1 { None } else { Some(train(&data, &validation, &loss, &settings, seed)?) };
            let Trained { factors, validation, epoch } = again.as_ref().unwrap_or(&first);
            let found = tested.rank(&FactorScorer::new(DIMENSION, &factors[0], &factors[1]))?;
            let RankingHyperparameters { similarity, temperature, l2, .. } = settings;
            line(
                name,
                *validation,
                &found,
                &format!("{similarity:?}, τ {temperature}, L2 {l2:e}, seed {seed}, epoch {epoch}"),
            );
        }
    }
    Ok(())
}

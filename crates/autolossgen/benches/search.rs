//! What a search spends beside training: the proxy test, a round as a whole, and the check. Generated data of the shape of
//! MovieLens 100K, one thread.

use autolossgen::complete::{Complete, Extent};
use autolossgen::data::{LoadOptions, load};
use autolossgen::evaluate::one_epoch::ProxyTest;
use autolossgen::evaluate::{Novelty, evaluator};
use autolossgen::execute::{Folds, Fresh, Local, fresh};
use autolossgen::formula::{Loss, NAMED_LOSSES, NamedLoss, Semantics};
use autolossgen::record::{Candidate, Record};
use autolossgen::recsys::{BoxedModel, Registry, SearchData};
use autolossgen::study::{Study, search};
use autolossgen::{Config, ContractError, Preset, check, gradient_scale, pool};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

fn data() -> SearchData {
    load("synthetic", &LoadOptions::default()).expect("generated data need no file").search
}

fn initial(config: &Config, data: &SearchData) -> BoxedModel {
    let builder = config.model_builder(&Registry::builtin()).expect("a preset names a recommender");
    fresh(&*builder, data)(config.seed, 0)
}

fn named(name: &str) -> Loss {
    let loss = NamedLoss::find(name).expect("a named loss").formula();
    loss.compile(Semantics::unclamped(1e-6)).expect("sound semantics")
}

/// A loss that is compared with all five of the list, for it has the gradient of the last; and what follows a change of
/// the recommender.
fn proxy_test(criterion: &mut Criterion) {
    const LIST: [&str; 5] = ["mse", "bce", "hinge", "focal", "maxr"];
    let (data, config) = (data(), Config::preset(Preset::Default));
    let model = initial(&config, &data);
    for n_rows in [5, 20] {
        let batch = data.train.select(&(0..n_rows).collect::<Vec<_>>());
        let mut test = ProxyTest::new(batch, config.search.delta, &model);
        for (sample, name) in (0..).zip(LIST) {
            assert_eq!(test.examine(&named(name), sample), Novelty::New, "{name}");
        }
        let last = named("maxr");
        assert_eq!(test.examine(&last, 5), Novelty::Duplicate { of: 4 });
        criterion.bench_function(&format!("proxy_test/examine/{n_rows}_rows_5_seen"), |bencher| {
            bencher.iter(|| test.examine(&last, 5))
        });
        criterion.bench_function(&format!("proxy_test/renew/mf/{n_rows}_rows"), |bencher| {
            bencher.iter(|| test.renew(&model))
        });
    }
}

/// The first 20 samples of a search, from an initial recommender that is there: the rounds of `paper` and of `default`.
fn rounds(criterion: &mut Criterion) {
    const SAMPLES: usize = 20;
    let data = data();
    let pool = pool(1);
    let mut group = criterion.benchmark_group("search/mf/ml100k_943x1682");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(SAMPLES as u64));
    for preset in [Preset::Paper, Preset::Default] {
        let sampled = [("controller.name", "random"), ("search.reward", "one-epoch"), ("search.warm_start", "[]")];
        let own = if preset == Preset::Default { &sampled[..] } else { &[] };
        let mut config = Config::with(preset, own).expect("sound settings");
        config.search.samples = SAMPLES;
        let initial = initial(&config, &data);
        let fresh: &Fresh<'_> = &|_, _| initial.clone();
        let folds = Folds::whole(&data);
        let local = Local::new(&config, &folds, fresh, &|| false);
        let mut forget = |_: Record| Ok::<(), ContractError>(());
        group.bench_function(format!("{preset}_{SAMPLES}_samples"), |bencher| {
            bencher.iter(|| {
                pool.install(|| {
                    let mut evaluator = evaluator(&config, &folds, fresh, &local)?;
                    search(&mut Study::new(&config), &mut *evaluator, &mut forget, &())
                })
            })
        });
    }
}

/// Every loss of seven nodes: enumerated under seven ε, and filtered.
fn enumeration(criterion: &mut Criterion) {
    let config = Config::with(Preset::Default, &[("controller.max_nodes", "7")]).expect("sound settings");
    let pool = pool(1);
    let mut group = criterion.benchmark_group("complete");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("7_nodes", |bencher| {
        bencher.iter(|| pool.install(|| Complete::new(&config, &Extent::default()).counts()))
    });
}

/// One candidate, and a hundred: the derivatives of the named losses are found once for all.
fn checks(criterion: &mut Criterion) {
    let config = Config::preset(Preset::Default);
    let candidate = |sample: u64| Candidate {
        formula: NAMED_LOSSES[sample as usize % NAMED_LOSSES.len()].formula(),
        sample,
        accepted: 1,
        epsilon: None,
        reward: 0.0,
    };
    for n in [1, 100] {
        let candidates: Vec<Candidate> = (0..n).map(candidate).collect();
        criterion.bench_function(&format!("check/{n}_candidates_{}_pairs", config.check.pairs), |bencher| {
            bencher.iter(|| check(candidates.clone(), &config, false))
        });
    }
}

/// A sampled formula made ready: its canonical form, and the scale of its gradient.
fn compile(criterion: &mut Criterion) {
    let (config, formula) = (Config::preset(Preset::Default), NAMED_LOSSES[0].formula());
    criterion.bench_function("compile/bce", |bencher| bencher.iter(|| gradient_scale::compile(&formula, &config)));
}

criterion_group!(benches, proxy_test, rounds, enumeration, checks, compile);
criterion_main!(benches);

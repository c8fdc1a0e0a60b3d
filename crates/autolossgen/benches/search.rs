//! What a search spends beside training: the proxy test, a round as a whole, and the check. Generated data of the shape of
//! MovieLens 100K, one thread.

use std::convert::Infallible;

use autolossgen::check::check;
use autolossgen::formula::{Loss, NAMED_LOSSES, NamedLoss, Semantics};
use autolossgen::journal::Record;
use autolossgen::proxy::{ProxyTest, Verdict};
use autolossgen::recsys::SearchData;
use autolossgen::recsys::data::{LoadOptions, load};
use autolossgen::search::search;
use autolossgen::{AnyModel, Candidate, Config, pool, scale};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

fn data() -> SearchData {
    load("synthetic", &LoadOptions::default()).expect("generated data need no file").search
}

fn config(preset: &str) -> Config {
    Config::preset(preset).expect("a preset")
}

fn named(name: &str) -> Loss {
    let loss = NamedLoss::find(name).expect("a named loss").formula();
    loss.compile(Semantics::unclamped(1e-6)).expect("sound semantics")
}

/// A loss that is compared with all five of the list, for it has the gradient of the last; and what follows a change of
/// the recommender.
fn proxy_test(criterion: &mut Criterion) {
    const LIST: [&str; 5] = ["mse", "bce", "hinge", "focal", "maxr"];
    let (data, config) = (data(), config("default"));
    let model = AnyModel::fresh(&config, &data, 0);
    for n_rows in [5, 20] {
        let batch = data.train.select(&(0..n_rows).collect::<Vec<_>>());
        let mut test = ProxyTest::new(batch, config.search.delta, &model);
        for (sample, name) in (0..).zip(LIST) {
            assert_eq!(test.examine(&named(name), sample), Verdict::New, "{name}");
        }
        let last = named("maxr");
        assert_eq!(test.examine(&last, 5), Verdict::Duplicate { of: 4 });
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
    for preset in ["paper", "default"] {
        let mut config = config(preset);
        config.search.samples = SAMPLES;
        let fresh = AnyModel::fresh(&config, &data, 0);
        let mut forget = |_: Record| Ok::<(), Infallible>(());
        group.bench_function(format!("{preset}_{SAMPLES}_samples"), |bencher| {
            bencher.iter(|| pool.install(|| search(&data, &config, &|_| fresh.clone(), &mut forget, &())))
        });
    }
}

/// One candidate, and a hundred: the derivatives of the named losses are found once for all.
fn checks(criterion: &mut Criterion) {
    let config = config("default");
    let candidate = |sample: u64| Candidate {
        formula: NAMED_LOSSES[sample as usize % NAMED_LOSSES.len()].formula(),
        sample,
        accepted: 1,
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
    let (config, formula) = (config("default"), NAMED_LOSSES[0].formula());
    criterion.bench_function("compile/bce", |bencher| bencher.iter(|| scale::compile(&formula, &config)));
}

criterion_group!(benches, proxy_test, rounds, checks, compile);
criterion_main!(benches);

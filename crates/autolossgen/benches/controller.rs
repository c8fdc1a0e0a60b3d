//! What the controllers spend on an update: ten episodes of ten variables, a 2 × 32 LSTM or uniform choices.

use std::time::{Duration, Instant};

use autolossgen::controller::{Controller, Episode, Random, Reinforce};
use autolossgen::{Config, Preset};
use autolossgen_recsys::random::stream;
use criterion::{Criterion, criterion_group, criterion_main};

const N_EPISODES: usize = 10;

/// With rewards of some spread.
fn rewarded(episodes: Vec<Episode>) -> Vec<(Episode, f64)> {
    (0..).zip(episodes).map(|(number, episode)| (episode, 0.01 * f64::from(number % 4))).collect()
}

fn ask(criterion: &mut Criterion, name: &str, controller: &mut dyn Controller) {
    let mut rng = stream(42, "samples", 0);
    criterion.bench_function(&format!("controller/{name}/ask/n{N_EPISODES}"), |bencher| {
        bencher.iter(|| controller.ask(N_EPISODES, &mut rng))
    });
}

/// Alone: the episodes are asked for outside the timed part.
fn tell(criterion: &mut Criterion, name: &str, controller: &mut dyn Controller) {
    let mut rng = stream(42, "samples", 0);
    let mut one = || {
        let rewarded = rewarded(controller.ask(N_EPISODES, &mut rng));
        let start = Instant::now();
        controller.tell(&rewarded);
        start.elapsed()
    };
    criterion.bench_function(&format!("controller/{name}/tell/n{N_EPISODES}"), |bencher| {
        bencher.iter_custom(|updates| (0..updates).map(|_| one()).sum::<Duration>())
    });
}

/// Episodes that were not asked for last: they are rolled out again.
fn tell_replayed(criterion: &mut Criterion, controller: &mut Reinforce) {
    let rewarded = rewarded(controller.ask(N_EPISODES, &mut stream(42, "samples", 0)));
    controller.tell(&rewarded);
    criterion.bench_function(&format!("controller/lstm/tell_replayed/n{N_EPISODES}"), |bencher| {
        bencher.iter(|| controller.tell(&rewarded))
    });
}

fn controllers(criterion: &mut Criterion) {
    let config = Config::preset(Preset::Default).controller;
    ask(criterion, "lstm", &mut Reinforce::new(&config, 42));
    tell(criterion, "lstm", &mut Reinforce::new(&config, 42));
    tell_replayed(criterion, &mut Reinforce::new(&config, 42));
    ask(criterion, "random", &mut Random::new(&config));
    tell(criterion, "random", &mut Random::new(&config));
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    targets = controllers
}
criterion_main!(benches);

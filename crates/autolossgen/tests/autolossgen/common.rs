//! Data, configurations and searches of a few seconds.

use autolossgen::data::{Dataset, LoadOptions, divide, synth};
use autolossgen::evaluate::evaluator;
use autolossgen::execute::{Folds, Fresh, Local, fresh};
use autolossgen::record::{Record, Sample, StopReason};
use autolossgen::recsys::{Registry, SearchData};
use autolossgen::study::{Study, search};
use autolossgen::{Config, ContractError, Observer, Preset, pool};

/// Dotted keys and values.
pub type Settings<'a> = &'a [(&'a str, &'a str)];

/// 60 users, 80 items, 1,500 rows.
pub fn dataset() -> Dataset {
    sized(60, 80, 1500)
}

/// Generated ratings, split by the paper's rule.
pub fn sized(n_users: usize, n_items: usize, n_rows: usize) -> Dataset {
    let options = synth::SynthOptions { n_users, n_items, n_rows, ..Default::default() };
    divide("miniature".into(), synth::generate(&options, 5).unwrap(), &LoadOptions::default()).unwrap()
}

/// What makes a search sample formulas and try them for an epoch each, as that of the paper does: many rounds in little time.
pub const SAMPLED: Settings<'static> = &[
    ("controller.name", "random"),
    ("search.reward", "one-epoch"),
    ("search.warm_start", "[]"),
    ("check.both_classes", "false"),
];

/// A preset with settings laid over it, the later over the earlier. A search samples unless they say otherwise.
pub fn config(preset: Preset, layers: &[Settings<'_>]) -> Config {
    let base = if preset == Preset::Default { SAMPLED } else { &[] };
    Config::with(preset, &[base, &layers.concat()].concat()).unwrap()
}

/// The records of a search with recommenders of the configuration.
pub fn searched(
    config: &Config,
    data: &SearchData,
    threads: usize,
    observer: &dyn Observer,
) -> (Vec<Record>, StopReason) {
    let builder = config.model_builder(&Registry::builtin()).unwrap();
    searched_by(config, data, &fresh(&*builder, data), threads, observer)
}

/// The records of a search with recommenders of one's own.
pub fn searched_by(
    config: &Config,
    data: &SearchData,
    fresh: &Fresh<'_>,
    threads: usize,
    observer: &dyn Observer,
) -> (Vec<Record>, StopReason) {
    let mut records = Vec::new();
    let mut push = |record| {
        records.push(record);
        Ok::<(), ContractError>(())
    };
    let reason = pool(threads).install(|| {
        let folds = Folds::of_search(data, config);
        let local = Local::new(config, &folds, fresh, &|| false);
        let mut evaluator = evaluator(config, &folds, fresh, &local).unwrap();
        search(&mut Study::new(config), &mut *evaluator, &mut push, observer).unwrap()
    });
    (records, reason)
}

/// The samples among records.
pub fn samples(records: &[Record]) -> Vec<&Sample> {
    records.iter().filter_map(Record::sample).collect()
}

//! Checkpoints of searches.

use std::error::Error;
use std::sync::OnceLock;

use autolossgen::journal::Record;
use autolossgen::recsys::data::{Dataset, LoadOptions, divide, synth};
use autolossgen::search::{SearchLog, SearchState, resume, search};
use autolossgen::{AnyModel, Config, pool};

/// What a kind of search differs in.
const KINDS: [&[(&str, &str)]; 4] = [
    &[("controller.name", "random"), ("model.name", "mlp")],
    &[("controller.name", "lstm"), ("controller.hidden", "2"), ("controller.layers", "1")],
    &[("controller.name", "evolution"), ("controller.population", "10"), ("controller.inputs", "extended")],
    &[("search.reward", "converged"), ("search.rungs", "[1]"), ("controller.name", "evolution")],
];

/// A state that is any bytes is refused, or a search goes on from it. The first byte is the kind of the search; the state of
/// such a search after two rounds, where nothing follows.
pub fn checkpoint(input: &[u8]) {
    let (kind, bytes) = input.split_first().map_or((0, input), |(kind, rest)| (usize::from(*kind) % KINDS.len(), rest));
    let begun = begun(kind);
    let own = if bytes.is_empty() { begun.state.clone() } else { bytes.to_vec() };
    let Ok(state) = postcard::from_bytes::<SearchState>(&own) else { return };
    let Begun { dataset, config, past, .. } = begun;
    let mut log = Log { records: Vec::new(), state: None };
    let fresh = |number| AnyModel::fresh(config, &dataset.search, number);
    let past = (&past[..], state);
    let went_on = pool(1).install(|| resume(&dataset.search, config, &fresh, past, &mut log, &()));
    match went_on {
        Ok(_) => assert!(matches!(log.records.last(), Some(Record::End { .. }))),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A search after two rounds.
struct Begun {
    dataset: Dataset,
    config: Config,
    past: Vec<Record>,
    state: Vec<u8>,
}

fn begun(kind: usize) -> &'static Begun {
    static BEGUN: [OnceLock<Begun>; KINDS.len()] = [const { OnceLock::new() }; KINDS.len()];
    BEGUN[kind].get_or_init(|| {
        let size = synth::SynthOptions { n_users: 20, n_items: 20, n_rows: 150, ..Default::default() };
        let ratings = synth::generate(&size, 5).expect("the sizes are good");
        let dataset = divide("miniature".into(), ratings, &LoadOptions::default()).expect("there are ratings enough");
        let config = config(KINDS[kind]);
        let mut log = Log { records: Vec::new(), state: None };
        let fresh = |number| AnyModel::fresh(&config, &dataset.search, number);
        pool(1).install(|| search(&dataset.search, &config, &fresh, &mut log, &())).expect("nothing is written");
        let (n, state) = log.state.expect("there are two rounds");
        log.records.truncate(n);
        Begun { dataset, config, past: log.records, state }
    })
}

fn config(kind: &[(&str, &str)]) -> Config {
    let small = [
        ("model.dimension", "2"),
        ("test.max_epochs", "3"),
        ("search.samples", "40"),
        ("search.samples_per_update", "10"),
        ("search.learning_rates", "[1.0]"),
        ("search.l2_coefficients", "[1e-5]"),
    ];
    let settings: Vec<_> = small.iter().chain(kind).map(|(key, value)| (key.to_string(), value.to_string())).collect();
    Config::layer(Some("default"), None, &settings).expect("the settings are good")
}

/// Keeps everything, and the state after the second round.
struct Log {
    records: Vec<Record>,
    state: Option<(usize, Vec<u8>)>,
}

impl SearchLog for Log {
    type Error = Box<dyn Error + Send + Sync>;

    fn append(&mut self, record: Record) -> Result<(), Self::Error> {
        self.records.push(record);
        Ok(())
    }

    fn is_due(&self) -> bool {
        let updates = self.records.iter().filter(|record| matches!(record, Record::Update(_))).count();
        updates == 2 && self.state.is_none()
    }

    fn keep(&mut self, state: &SearchState) -> Result<(), Self::Error> {
        self.state = Some((self.records.len(), postcard::to_allocvec(state)?));
        Ok(())
    }
}

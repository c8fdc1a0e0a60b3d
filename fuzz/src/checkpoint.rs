//! Checkpoints of searches.

use std::error::Error;
use std::sync::OnceLock;

use autolossgen::data::{Dataset, LoadOptions, divide, synth};
use autolossgen::evaluate::{Evaluator, evaluator};
use autolossgen::execute::{Folds, Local, fresh};
use autolossgen::record::Record;
use autolossgen::recsys::Registry;
use autolossgen::study::{SearchLog, SearchState, Study, resume, search};
use autolossgen::{Config, Preset, pool};

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
    let past = (&past[..], state);
    let went_on = with_evaluator(dataset, config, &mut |study, evaluator| {
        resume(study, evaluator, past.clone(), &mut log, &()).map(drop)
    });
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
        let searched = with_evaluator(&dataset, &config, &mut |study, evaluator| {
            search(study, evaluator, &mut log, &()).map(drop)
        });
        searched.expect("nothing is written");
        let (n, state) = log.state.expect("there are two rounds");
        log.records.truncate(n);
        Begun { dataset, config, past: log.records, state }
    })
}

/// What a search on one thread comes to.
fn with_evaluator(
    dataset: &Dataset,
    config: &Config,
    run: &mut (dyn FnMut(&mut Study, &mut dyn Evaluator) -> Result<(), Failure> + Send),
) -> Result<(), Failure> {
    let builder = config.model_builder(&Registry::builtin()).expect("the settings are good");
    let (fresh, folds) = (fresh(&*builder, &dataset.search), Folds::of_search(&dataset.search, config));
    let local = Local::new(config, &folds, &fresh, &|| false);
    pool(1).install(|| {
        let mut evaluator = evaluator(config, &folds, &fresh, &local)?;
        run(&mut Study::new(config), &mut *evaluator)
    })
}

/// What ends a search.
type Failure = Box<dyn Error + Send + Sync>;

fn config(kind: &[(&str, &str)]) -> Config {
    let small = [
        ("model.mf.dimension", "2"),
        ("model.mlp.dimension", "2"),
        ("stop.max_epochs", "3"),
        ("search.samples", "40"),
        ("search.samples_per_update", "10"),
        ("search.learning_rates", "[1.0]"),
        ("search.l2_coefficients", "[1e-5]"),
    ];
    Config::with(Preset::Default, &[&small, kind].concat()).expect("the settings are good")
}

/// Keeps everything, and the state after the second round.
struct Log {
    records: Vec<Record>,
    state: Option<(usize, Vec<u8>)>,
}

impl SearchLog for Log {
    type Error = Failure;

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

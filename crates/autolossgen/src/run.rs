//! The folder of a run: configuration and journal, and the files that derive from them.
//!
//! `config.toml` and `journal.jsonl` say everything; `candidates.json`, `hall_of_fame.json`, `test.json` and `best.json` are written again
//! from them after each phase, whole or not at all.

use std::path::{Path, PathBuf};

use autolossgen_recsys::data::{DataError, Dataset, write_atomically};
use serde::Serialize;

use crate::check::{CheckReport, check};
use crate::journal::{self, Journal, JournalError, Record};
use crate::search::{Counts, HallOfFame, StopReason, search};
use crate::test::{self, Contender, DatasetRow, TestReport};
use crate::{AnyModel, Candidate, Config, ConfigError, Observer};

const CONFIG: &str = "config.toml";
const JOURNAL: &str = "journal.jsonl";

/// What is wrong with a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A folder that has something in it.
    #[error("{0} {1}: choose another folder with --out")]
    Occupied(PathBuf, &'static str),
    /// A folder without a run.
    #[error("{0} holds no run: it needs config.toml and journal.jsonl, as `autolossgen search` writes them")]
    NoRun(PathBuf),
    /// A journal that does not begin with the start of a run.
    #[error("{0} does not begin with the start of a run: it is empty or damaged")]
    NoStart(PathBuf),
    /// Data that are not those of the search.
    #[error(
        "the data are not those of the run: their checksum is {found:.12}…, and the run was made with {expected:.12}…; give --data those of its search"
    )]
    OtherData {
        /// Of the data as they are
        found: String,
        /// As noted in the journal
        expected: String,
    },
    /// A phase that needs an earlier one.
    #[error("{0}")]
    Phase(String),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Files.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// A run, open for its next phase.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    config: Config,
    journal: Journal,
    records: Vec<Record>,
}

impl Run {
    /// Starts a run in a new or empty folder.
    ///
    /// # Errors
    /// A folder that has something in it, or cannot be written.
    pub fn create(folder: &Path, config: Config, dataset: &Dataset) -> Result<Self, RunError> {
        if folder.join(JOURNAL).exists() {
            return Err(RunError::Occupied(folder.to_owned(), "holds another run"));
        }
        std::fs::create_dir_all(folder).map_err(DataError::io("create", folder))?;
        if std::fs::read_dir(folder).map_err(DataError::io("read", folder))?.next().is_some() {
            return Err(RunError::Occupied(folder.to_owned(), "is not empty"));
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let heading = format!("# autolossgen {version}; data: {}, sha-256 {}\n", dataset.name, dataset.checksum);
        write_atomically(&folder.join(CONFIG), (heading + &config.to_toml()).as_bytes())?;
        let journal = Journal::create(&folder.join(JOURNAL))?;
        let mut run = Self { folder: folder.to_owned(), config, journal, records: Vec::new() };
        let (dataset, checksum) = (DatasetRow::of(dataset), dataset.checksum.clone());
        run.append(Record::Start { version, seed: run.config.seed, dataset, checksum })?;
        Ok(run)
    }

    /// Opens a run.
    ///
    /// # Errors
    /// A folder without a run, a damaged journal, a configuration of another version.
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        Self::open_with(folder, &[])
    }

    /// Opens a run with other settings for what is still to be done: dotted keys and values, laid over its `config.toml`,
    /// which stays as it is.
    ///
    /// # Errors
    /// As [`open`](Self::open); a setting that cannot be.
    pub fn open_with(folder: &Path, settings: &[(String, String)]) -> Result<Self, RunError> {
        let config = read_config(folder, settings)?;
        let (journal, records) = Journal::open(&folder.join(JOURNAL))?;
        expect_start(folder, &records)?;
        Ok(Self { folder: folder.to_owned(), config, journal, records })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Everything that happened, in order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Another number of threads; results never depend on it.
    pub fn set_threads(&mut self, threads: usize) {
        self.config.threads = threads;
    }

    fn append(&mut self, record: Record) -> Result<(), RunError> {
        self.journal.append(&record)?;
        self.records.push(record);
        Ok(())
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), RunError> {
        let text = serde_json::to_string_pretty(value).expect("results are JSON") + "\n";
        Ok(write_atomically(&self.folder.join(name), text.as_bytes())?)
    }

    /// Outcomes of the samples so far, and why the search ended; `None` where it was cut off.
    pub fn searched(&self) -> (Counts, Option<StopReason>) {
        let (mut counts, mut ended) = (Counts::default(), None);
        for record in &self.records {
            match record {
                Record::Sample(sample) => counts.add(&sample.outcome),
                Record::End { reason, .. } => ended = Some(*reason),
                _ => {}
            }
        }
        (counts, ended)
    }

    /// What Phase II found, if it was done.
    pub fn checked(&self) -> Option<&CheckReport> {
        self.records.iter().rev().find_map(|record| match record {
            Record::Check(report) => Some(report),
            _ => None,
        })
    }

    /// Phase I: searches, and writes `candidates.json` and `hall_of_fame.json`.
    ///
    /// # Errors
    /// A run that has been searched, or cannot be written.
    pub fn search(&mut self, dataset: &Dataset, observer: &dyn Observer) -> Result<StopReason, RunError> {
        if self.searched().0.sampled > 0 {
            return Err(RunError::Phase(format!("{} has been searched already", self.folder.display())));
        }
        let (config, data) = (self.config.clone(), &dataset.search);
        let fresh = |number| AnyModel::fresh(&config, data, number);
        let reason = search(data, &config, &fresh, &mut |record| self.append(record), observer)?;
        self.write("candidates.json", &Candidate::of(&self.records))?;
        self.write("hall_of_fame.json", &HallOfFame::of(&self.records))?;
        Ok(reason)
    }

    /// Phase II: checks the candidates, and writes `candidates.json` again.
    ///
    /// # Errors
    /// A run that cannot be written.
    pub fn check(&mut self) -> Result<CheckReport, RunError> {
        let graded = matches!(self.records.first(), Some(Record::Start { dataset, .. }) if dataset.graded);
        let report = check(Candidate::of(&self.records), &self.config, graded);
        self.append(Record::Check(report.clone()))?;
        self.write("candidates.json", &report.candidates)?;
        Ok(report)
    }

    /// Phase III: trains the valid candidates and every baseline to convergence, spends the test set, and writes
    /// `test.json` and `best.json`. `None` where the observer asked for an early end; then nothing is spent or written.
    ///
    /// # Errors
    /// Data that are not those of the search, a run that was not checked or cannot be written.
    pub fn test(&mut self, dataset: Dataset, observer: &dyn Observer) -> Result<Option<TestReport>, RunError> {
        self.expect_data(&dataset)?;
        let folder = self.folder.display();
        let checked = self.checked().ok_or_else(|| {
            RunError::Phase(format!("{folder} has not been checked: run `autolossgen check {folder}`"))
        })?;
        let (data, config) = (&dataset.search, &self.config);
        let Some(chosen) = test::screen(checked.validated(), data, config, observer) else { return Ok(None) };
        let generated = chosen.into_iter().map(|valid| Contender::generated(valid.candidate().formula.clone(), config));
        let contenders: Vec<Contender> = generated.chain(Contender::baselines(config)).collect();
        let Some(trained) = test::train(&contenders, data, config, observer) else { return Ok(None) };
        let report = test::report(&trained, dataset, config);
        self.append(Record::Test(report.clone()))?;
        self.write("test.json", &report)?;
        self.write("best.json", &report.best.map(|best| &report.results[best]))?;
        Ok(Some(report))
    }

    /// Whether these are the data of the search.
    ///
    /// # Errors
    /// Data with another checksum.
    pub fn expect_data(&self, dataset: &Dataset) -> Result<(), RunError> {
        match self.records.first() {
            Some(Record::Start { checksum, .. }) if *checksum == dataset.checksum => Ok(()),
            Some(Record::Start { checksum, .. }) => {
                Err(RunError::OtherData { found: dataset.checksum.clone(), expected: checksum.clone() })
            }
            _ => Err(RunError::NoStart(self.folder.join(JOURNAL))),
        }
    }
}

/// The configuration and the records of a run, which stays closed to writing and as it is.
///
/// # Errors
/// As [`Run::open`], but for one that another process works on.
pub(crate) fn read(folder: &Path) -> Result<(Config, Vec<Record>), RunError> {
    let config = read_config(folder, &[])?;
    let records = journal::read(&folder.join(JOURNAL))?;
    expect_start(folder, &records)?;
    Ok((config, records))
}

fn read_config(folder: &Path, settings: &[(String, String)]) -> Result<Config, RunError> {
    let path = folder.join(CONFIG);
    if !path.exists() || !folder.join(JOURNAL).exists() {
        return Err(RunError::NoRun(folder.to_owned()));
    }
    let text = std::fs::read_to_string(&path).map_err(DataError::io("read", &path))?;
    Ok(Config::layer(None, Some((&path, &text)), settings)?)
}

fn expect_start(folder: &Path, records: &[Record]) -> Result<(), RunError> {
    match records.first() {
        Some(Record::Start { .. }) => Ok(()),
        _ => Err(RunError::NoStart(folder.join(JOURNAL))),
    }
}

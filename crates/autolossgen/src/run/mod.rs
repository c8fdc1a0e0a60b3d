//! The folder of a run: configuration and journal, and the files that derive from them.
//!
//! `config.toml` and `journal.jsonl` say everything; `candidates.json`, `hall_of_fame.json`, `test.json` and `best.json` are
//! written again from them after each phase, whole or not at all. `checkpoint/` is there while a phase is not done.

mod log;
mod ranking;
mod spent;

use std::path::{Path, PathBuf};

use autolossgen_data::file::{is_leftover, write_atomically};
use autolossgen_data::{DataError, Dataset, PredictionFile, printable};
use autolossgen_recsys::Registry;
use serde::Serialize;

use crate::check::check;
use crate::checkpoint;
use crate::complete::Extent;
use crate::config::{Assignment, Base, Config, ConfigError, RecordedConfig};
use crate::contract::ContractError;
use crate::effectiveness;
use crate::evaluate::evaluator;
use crate::execute::{Executor, Finished, Folds, Local, Remembered, fresh};
use crate::journal::{self, Journal, JournalError};
use crate::observer::Observer;
use crate::proposal::Proposal;
use crate::ranking::RankingEvalError;
use crate::record::{Candidate, CheckReport, Counts, DatasetSizes, History, Record, StopReason, TestReport};
use crate::state::ForeignState;
use crate::study::{Study, resume, search};
use log::RunLog;
pub use ranking::{RankingHistory, RankingRecord, RankingRun};

const CONFIG: &str = "config.toml";
const JOURNAL: &str = "journal.jsonl";
const TEST: &str = "test.json";
const CHECKPOINTS: &str = "checkpoint";
/// What `config.toml` begins with.
const HEADING: &str = "# autolossgen ";

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
    /// A search that goes on and comes to something else.
    #[error(
        "{path}, line {line}: the search that goes on does not come to what is written there: the run was made by another version or \
         on another kind of processor, or its config.toml was changed; search anew with another --out"
    )]
    Otherwise {
        /// The journal
        path: PathBuf,
        /// Counted from 1
        line: u64,
    },
    /// A checkpoint that is whole and belongs to the journal, but not to the data and the configuration.
    #[error("the checkpoint does not fit the run: {0}; without its folder `checkpoint` the search is computed again")]
    Checkpoint(#[from] ForeignState),
    /// A phase that needs an earlier one.
    #[error("{0}")]
    Phase(String),
    /// A recommender, a controller or an executor that does not keep its contract. What the journal holds is whole.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A search for losses of ranking.
    #[error(transparent)]
    Ranking(#[from] RankingEvalError),
    /// Files.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// A run, open for its next phase.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    /// As `config.toml` has it
    recorded: Config,
    /// What is still to be done goes by it: the recorded one, and what lies over it
    config: Config,
    /// The recommenders that the configuration can name
    models: Registry,
    /// What `config.toml` says that results depend on
    made_with: RecordedConfig,
    journal: Journal,
    records: Vec<Record>,
}

impl Run {
    /// Starts a run in a new or empty folder, or in one where a run was cut off before it had begun.
    ///
    /// # Errors
    /// A folder that has something else in it, or cannot be written.
    pub fn create(folder: &Path, config: Config, dataset: &Dataset) -> Result<Self, RunError> {
        Self::create_over(folder, config, dataset, Base::default().models)
    }

    /// As [`create`](Self::create), of a configuration that can name these recommenders.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_over(folder: &Path, config: Config, dataset: &Dataset, models: &Registry) -> Result<Self, RunError> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        // A comment of TOML is one line, whatever a file's name has in it.
        let heading = format!("{HEADING}{version}; data: {}, sha-256 {}\n", printable(&dataset.name), dataset.checksum);
        let text = heading + &config.to_toml();
        Config::expect_length(text.len())?;
        std::fs::create_dir_all(folder).map_err(DataError::io("create", folder))?;
        expect_free(folder)?;
        // Its lock keeps others from the folder.
        let journal = Journal::create(&folder.join(JOURNAL))?;
        write_atomically(&folder.join(CONFIG), text.as_bytes())?;
        let (folder, models, made_with) = (folder.to_owned(), models.clone(), RecordedConfig::of(&config));
        let (seed, records, recorded) = (config.seed, Vec::new(), config.clone());
        let (dataset, checksum, start) = (DatasetSizes::of(dataset), dataset.checksum.clone(), made_with.clone());
        let mut run = Self { folder, recorded, config, models, made_with, journal, records };
        run.append(Record::Start { version, seed, dataset, checksum, config: Some(start) })?;
        Ok(run)
    }

    /// Opens a run.
    ///
    /// # Errors
    /// A folder without a run, a damaged journal, a configuration of another version.
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        Self::open_over(folder, &Base::default(), &[])
    }

    /// Opens a run with other settings for what is still to be done, which lie over its `config.toml`; the file stays as it
    /// is. `base` has the recommenders that the configuration can name.
    ///
    /// # Errors
    /// As [`open`](Self::open); a setting that cannot be.
    pub fn open_over(folder: &Path, base: &Base<'_>, settings: &[Assignment]) -> Result<Self, RunError> {
        let (recorded, text) = read_config(folder, base, &[])?;
        let (config, _) = read_config(folder, base, settings)?;
        let (journal, records) = Journal::open(&folder.join(JOURNAL))?;
        let made_with = expect_start(folder, &records, &text)?;
        let (folder, models) = (folder.to_owned(), base.models.clone());
        Ok(Self { folder, recorded, config, models, made_with, journal, records })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The configuration by which the next phase goes.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The configuration as `config.toml` has it, whatever number of threads or other setting lies over it now. What is shown
    /// of a run goes by it, so that it does not depend on who opened the run.
    pub fn recorded_config(&self) -> &Config {
        &self.recorded
    }

    /// Everything that happened, in order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The verdict of a test of this run, in sentences, and how often others have spent its rows; `None` where it has none.
    pub fn verdict_in_words(&self, report: &TestReport) -> Option<Vec<String>> {
        let mut sentences = report.verdict.as_ref()?.sentences(self.config.task.metric());
        let start = History::of(&self.records).start();
        let others = start.map_or(Vec::new(), |(.., checksum)| spent::others(&self.folder, checksum));
        let plural = if others.len() == 1 { ("run", "has") } else { ("runs", "have") };
        let spent = others.first().map(|first| {
            format!(
                "{} other {} beside this one {} been tested on the same rows ({}{}): no p-value counts these looks.",
                others.len(),
                plural.0,
                plural.1,
                printable(&first.file_name().unwrap_or_default().to_string_lossy()),
                if others.len() > 1 { ", …" } else { "" }
            )
        });
        sentences.extend(spent);
        Some(sentences)
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
        History::of(&self.records).searched()
    }

    /// What Phase II found, if it was done.
    pub fn checked(&self) -> Option<&CheckReport> {
        History::of(&self.records).checked()
    }

    /// Phase I: searches, or goes on from where the search was cut off, and writes `candidates.json` and `hall_of_fame.json`.
    /// A search that has ended is not done again.
    ///
    /// # Errors
    /// Data that are not those of the run, a search that was checked before it had ended, a run that cannot be written.
    pub fn search(&mut self, dataset: &Dataset, observer: &dyn Observer) -> Result<StopReason, RunError> {
        let study = |run: &Self| {
            let work = run.config.model_builder(&run.models)?.work_per_row();
            let extent = Extent::of(&dataset.search, work);
            let study = Study::of_extent(&run.config, &extent);
            if let Some(Record::Enumerated(found)) = study.opening() {
                observer.enumerated(&found, extent.seconds(found.admissible));
            }
            Ok(study)
        };
        self.search_by(dataset, study, None, observer)
    }

    /// As [`search`](Self::search), with a study that may have a controller of one's own, and with an executor of one's own for
    /// trainings to convergence.
    ///
    /// # Errors
    /// As [`search`](Self::search); a controller or an executor that does not keep its contract.
    pub fn search_with(
        &mut self,
        dataset: &Dataset,
        study: Study,
        executor: Option<&dyn Executor>,
        observer: &dyn Observer,
    ) -> Result<StopReason, RunError> {
        self.search_by(dataset, |_| Ok(study), executor, observer)
    }

    /// As [`search_with`](Self::search_with); a study is made where there is something to search.
    fn search_by(
        &mut self,
        dataset: &Dataset,
        study: impl FnOnce(&Self) -> Result<Study, RunError>,
        executor: Option<&dyn Executor>,
        observer: &dyn Observer,
    ) -> Result<StopReason, RunError> {
        self.expect_data(dataset)?;
        let reason = match self.searched() {
            (_, Some(reason)) => reason,
            _ if self.checked().is_some() => {
                let folder = self.folder.display();
                return Err(RunError::Phase(format!(
                    "{folder} was checked before its search had ended, which can no longer go on: search anew with another --out"
                )));
            }
            _ => {
                let study = study(self)?;
                self.go_on(dataset, study, executor, observer)?
            }
        };
        self.write_candidates()?;
        if reason != StopReason::Interrupted {
            checkpoint::remove(&self.checkpoints());
            // It stays where the trainings of a test are in it.
            let _ = std::fs::remove_dir(self.folder.join(CHECKPOINTS));
        }
        Ok(reason)
    }

    /// Searches from the newest checkpoint, or else from the beginning.
    fn go_on(
        &mut self,
        dataset: &Dataset,
        mut study: Study,
        executor: Option<&dyn Executor>,
        observer: &dyn Observer,
    ) -> Result<StopReason, RunError> {
        let (config, data) = (self.config.clone(), &dataset.search);
        let builder = config.model_builder(&self.models)?;
        let (fresh, folds) = (fresh(&*builder, data), Folds::of_search(data, &config));
        let (mut log, state) = RunLog::open(self);
        let past = log.past();
        observer.resumes(Counts::of(&past).sampled, log.to_repeat());
        // A round is never cut short, so that the journal holds whole ones; the end is asked for between them.
        let local = Local::new(&config, &folds, &fresh, &|| false);
        let mut evaluator = evaluator(&config, &folds, &fresh, executor.unwrap_or(&local))?;
        match state {
            Some(state) => resume(&mut study, &mut *evaluator, (&past, state), &mut log, observer),
            None => search(&mut study, &mut *evaluator, &mut log, observer),
        }
    }

    /// Phase II: checks the candidates, and writes `candidates.json` and `hall_of_fame.json` again.
    ///
    /// # Errors
    /// A run that cannot be written.
    pub fn check(&mut self) -> Result<CheckReport, RunError> {
        let graded = self.start().0.graded;
        let report = check(Candidate::of(&self.records), &self.config, graded);
        self.append(Record::Check(report.clone()))?;
        self.write_candidates()?;
        Ok(report)
    }

    /// The candidates, and the best of them, as the last phase knows them.
    fn write_candidates(&self) -> Result<(), RunError> {
        match self.checked() {
            Some(report) => self.write("candidates.json", &report.candidates)?,
            None => self.write("candidates.json", &Candidate::of(&self.records))?,
        }
        self.write("hall_of_fame.json", &History::of(&self.records).hall_of_fame())
    }

    /// Phase III: screens the valid candidates where they are many, trains those that are left and every baseline to
    /// convergence, spends the test set, and writes `test.json` and `best.json`. `None` where the observer asked for an early
    /// end; then nothing is spent or written.
    ///
    /// # Errors
    /// Data that are not those of the search, a run that was not checked or cannot be written.
    pub fn test(&mut self, dataset: Dataset, observer: &dyn Observer) -> Result<Option<TestReport>, RunError> {
        self.test_with(dataset, None, None, observer)
    }

    /// As [`test`](Self::test), with an executor of one's own, and a file that takes the predictions on validation and test.
    ///
    /// # Errors
    /// As [`test`](Self::test); an executor that does not keep its contract; a file of predictions that cannot be written, and
    /// then the test is not done.
    pub fn test_with(
        &mut self,
        mut dataset: Dataset,
        executor: Option<&dyn Executor>,
        predictions: Option<PredictionFile>,
        observer: &dyn Observer,
    ) -> Result<Option<TestReport>, RunError> {
        self.expect_data(&dataset)?;
        // The same rows under another name, as of a file that was moved, are the data of the run.
        self.start().0.name.clone_into(&mut dataset.name);
        let folder = self.folder.display();
        let checked = self.checked().ok_or_else(|| {
            RunError::Phase(format!("{folder} has not been checked: run `autolossgen check {folder}`"))
        })?;
        let (data, config) = (&dataset.search, &self.config);
        let finished = Finished::open(&self.folder.join(CHECKPOINTS).join("test.bin"), &self.origin(checked))?;
        let builder = config.model_builder(&self.models)?;
        let (fresh, folds, stop) = (fresh(&*builder, data), Folds::of_test(data, config), || observer.stop());
        let local = Local::new(config, &folds, &fresh, &stop);
        let executor = Remembered::new(executor.unwrap_or(&local), &finished);
        let screened = effectiveness::screen(checked.validated(), config, &executor, observer)?;
        let Some(chosen) = screened else { return Ok(None) };
        let generated = chosen.into_iter().map(|valid| Proposal::generated(valid.candidate().formula.clone(), config));
        let points = History::of(&self.records).points();
        let begun =
            |proposal: Proposal| Proposal { start: points.get(&proposal.canonical().to_string()).copied(), ..proposal };
        let proposals: Vec<Proposal> = generated.chain(Proposal::baselines(config)).map(begun).collect();
        let trained = effectiveness::train(&proposals, &folds, config, &executor, observer)?;
        let Some(trained) = trained else { return Ok(None) };
        let report = effectiveness::spend_to::<RunError>(&trained, dataset, config, &fresh, predictions)?;
        self.append(Record::Test(report.clone()))?;
        self.write_test(&report)?;
        Ok(Some(report))
    }

    /// The folder of the checkpoints of the search.
    fn checkpoints(&self) -> PathBuf {
        self.folder.join(CHECKPOINTS).join("search")
    }

    /// What the trainings of Phase III depend on.
    fn origin(&self, checked: &CheckReport) -> String {
        let [config, candidates] =
            [serde_json::to_string(&RecordedConfig::of(&self.config)), serde_json::to_string(checked)]
                .map(|text| text.expect("settings and results are JSON"));
        format!("{}\n{}\n{candidates}\n{config}", env!("CARGO_PKG_VERSION"), journal::text(&self.records[0]))
    }

    /// What Phase III found, if it was done; `test.json` and `best.json` are there then.
    ///
    /// # Errors
    /// A run that cannot be written.
    pub fn tested(&self) -> Result<Option<&TestReport>, RunError> {
        let report = History::of(&self.records).tested();
        report.map_or(Ok(()), |report| self.write_test(report))?;
        Ok(report)
    }

    fn write_test(&self, report: &TestReport) -> Result<(), RunError> {
        self.write(TEST, report)?;
        self.write("best.json", &report.best.map(|best| &report.results[best]))?;
        checkpoint::remove(&self.folder.join(CHECKPOINTS));
        Ok(())
    }

    /// Whether these are the data of the search.
    ///
    /// # Errors
    /// Data with another checksum.
    pub fn expect_data(&self, dataset: &Dataset) -> Result<(), RunError> {
        let (_, expected) = self.start();
        if *expected == dataset.checksum {
            return Ok(());
        }
        Err(RunError::OtherData { found: dataset.checksum.clone(), expected: expected.to_owned() })
    }

    /// Sizes of the data and their checksum, as the journal notes them.
    fn start(&self) -> (&DatasetSizes, &str) {
        let (_, sizes, checksum) = History::of(&self.records).start().expect("a run begins with its start");
        (sizes, checksum)
    }
}

/// The configuration and the records of a run, which stays closed to writing and as it is.
///
/// # Errors
/// As [`Run::open`], but for one that another process works on.
pub fn read(folder: &Path) -> Result<(Config, Vec<Record>), RunError> {
    let (config, text) = read_config(folder, &Base::default(), &[])?;
    let records = journal::read(&folder.join(JOURNAL))?;
    expect_start(folder, &records, &text)?;
    Ok((config, records))
}

/// The configuration, with settings laid over it, and the text of its file.
fn read_config(folder: &Path, base: &Base<'_>, settings: &[Assignment]) -> Result<(Config, String), RunError> {
    let path = folder.join(CONFIG);
    if !path.exists() || !folder.join(JOURNAL).exists() {
        return Err(RunError::NoRun(folder.to_owned()));
    }
    if RankingRun::is_there(folder) {
        let folder = folder.display();
        return Err(RunError::Phase(format!(
            "{folder} is a run of ranking, and this takes runs of labels: `autolossgen run --resume {folder}` and `autolossgen report {folder}` show its results"
        )));
    }
    let text = Config::read_text(&path).map_err(DataError::io("read", &path))?;
    Ok((Config::layer(base, Some((&path, &text)), settings)?, text))
}

/// Whether a run may begin in a folder: it is empty, or all that it holds was left by a run that was cut off before the first
/// line of its journal was whole.
fn expect_free(folder: &Path) -> Result<(), RunError> {
    let occupied = |how| Err(RunError::Occupied(folder.to_owned(), how));
    if journal::has_begun(&folder.join(JOURNAL))? {
        return occupied("holds another run");
    }
    let is_ours = |name: &str| match name {
        JOURNAL => true,
        CONFIG => Config::read_text(&folder.join(CONFIG)).is_ok_and(|text| text.starts_with(HEADING)),
        _ => is_leftover(name),
    };
    for entry in std::fs::read_dir(folder).map_err(DataError::io("read", folder))? {
        let entry = entry.map_err(DataError::io("read", folder))?;
        if !entry.file_name().to_str().is_some_and(is_ours) {
            return occupied("is not empty");
        }
    }
    Ok(())
}

/// What the text of `config.toml` says that results depend on. It must be what the run was made with; a journal of an earlier
/// version does not say, and any will do.
fn expect_start(folder: &Path, records: &[Record], text: &str) -> Result<RecordedConfig, RunError> {
    let Some(Record::Start { config, .. }) = records.first() else {
        return Err(RunError::NoStart(folder.join(JOURNAL)));
    };
    let path = folder.join(CONFIG);
    if let Some(made_with) = config {
        made_with.expect(&path, text)?;
    }
    Ok(RecordedConfig::of_file(&path, text)?)
}

//! The folder of a run of ranking: configuration and journal, and the files that derive from them.

use std::path::{Path, PathBuf};

use autolossgen_data::file::write_atomically;
use autolossgen_data::{DataError, RankingDataset, printable};
use autolossgen_formula::{NamedLoss, Scope};
use serde::{Deserialize, Serialize};

use super::{CONFIG, HEADING, JOURNAL, RunError, TEST, expect_free};
use crate::config::{Assignment, Config, ConfigError, RankingConfig, RecordedConfig, TaskName};
use crate::journal::{self, Commit, Entry, Journal};
use crate::observer::Observer;
use crate::ranking::{
    Contender, RankingCandidate, RankingEnumerated, RankingLog, RankingReport, RankingTrial, evaluate, search,
};

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RankingRecord {
    /// A run began.
    RankingStart {
        /// Version of this crate
        version: String,
        /// Root seed
        seed: u64,
        /// Name of the data
        data: String,
        /// SHA-256 over the pairs of the parts
        checksum: String,
        /// What the run was made with
        config: RecordedConfig,
    },
    /// The losses of few nodes were counted.
    Enumerated(RankingEnumerated),
    /// A loss was tried.
    Trial(RankingTrial),
    /// The search ended.
    Found {
        /// The losses that go to the test, the best on validation first
        candidates: Vec<RankingCandidate>,
    },
    /// The test ended; the last one counts.
    Test(RankingReport),
}

impl Entry for RankingRecord {
    fn commit(&self) -> Commit {
        if matches!(self, Self::Trial(_)) { Commit::Written } else { Commit::Synced }
    }
}

/// What happened in a run of ranking, and its configuration.
#[derive(Clone, Debug)]
pub struct RankingHistory {
    config: RankingConfig,
    records: Vec<RankingRecord>,
}

/// A run of ranking, open for its next phase.
#[derive(Debug)]
pub struct RankingRun {
    folder: PathBuf,
    history: RankingHistory,
    journal: Journal,
}

impl RankingHistory {
    /// The history of the run in a folder, which is only read, also while another process works on it.
    ///
    /// # Errors
    /// A folder without a run of ranking, a damaged journal, a configuration that is not that of the run.
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        let (config, text) = read_config(folder, &[])?;
        Self::of(folder, config, &text, journal::read(&folder.join(JOURNAL))?)
    }

    /// Of records that begin with the start of the run.
    fn of(folder: &Path, config: RankingConfig, text: &str, records: Vec<RankingRecord>) -> Result<Self, RunError> {
        let Some(RankingRecord::RankingStart { config: made_with, .. }) = records.first() else {
            return Err(RunError::NoStart(folder.join(JOURNAL)));
        };
        made_with.expect(&folder.join(CONFIG), text)?;
        Ok(Self { config, records })
    }

    /// The configuration.
    pub fn config(&self) -> &RankingConfig {
        &self.config
    }

    /// Everything that happened, in order.
    pub fn records(&self) -> &[RankingRecord] {
        &self.records
    }

    /// What the complete part counted.
    pub fn enumerated(&self) -> Option<&RankingEnumerated> {
        self.records.iter().find_map(|record| match record {
            RankingRecord::Enumerated(found) => Some(found),
            _ => None,
        })
    }

    /// The losses that were tried.
    pub fn trials(&self) -> impl Iterator<Item = &RankingTrial> {
        self.records.iter().filter_map(|record| match record {
            RankingRecord::Trial(trial) => Some(trial),
            _ => None,
        })
    }

    /// What the search found, if it has ended.
    pub fn found(&self) -> Option<&[RankingCandidate]> {
        self.records.iter().find_map(|record| match record {
            RankingRecord::Found { candidates } => Some(candidates.as_slice()),
            _ => None,
        })
    }

    /// What the last test found.
    pub fn tested(&self) -> Option<&RankingReport> {
        self.records.iter().rev().find_map(|record| match record {
            RankingRecord::Test(report) => Some(report),
            _ => None,
        })
    }
}

impl RankingRun {
    /// Whether a folder holds a run of ranking, and not one of labels.
    pub fn is_there(folder: &Path) -> bool {
        let path = folder.join(CONFIG);
        Config::read_text(&path)
            .is_ok_and(|text| matches!(TaskName::of(Some((&path, &text)), &[]), Ok(TaskName::Ranking)))
    }

    /// Starts a run in a new or empty folder, or in one where a run was cut off before it had begun.
    ///
    /// # Errors
    /// A folder that has something else in it, or cannot be written.
    pub fn create(folder: &Path, config: RankingConfig, dataset: &RankingDataset) -> Result<Self, RunError> {
        let (version, name) = (env!("CARGO_PKG_VERSION").to_owned(), printable(&dataset.name).to_string());
        let text = format!("{HEADING}{version}; data: {name}, sha-256 {}\n{}", dataset.checksum, config.to_toml());
        std::fs::create_dir_all(folder).map_err(DataError::io("create", folder))?;
        expect_free(folder)?;
        // Its lock keeps others from the folder.
        let journal = Journal::create(&folder.join(JOURNAL))?;
        write_atomically(&folder.join(CONFIG), text.as_bytes())?;
        let (seed, checksum, data) = (config.seed, dataset.checksum.clone(), dataset.name.clone());
        let made_with = recorded(folder, &text)?;
        let history = RankingHistory { config, records: Vec::new() };
        let mut run = Self { folder: folder.to_owned(), history, journal };
        run.append(RankingRecord::RankingStart { version, seed, data, checksum, config: made_with })?;
        Ok(run)
    }

    /// Opens a run, with other settings for what is still to be done laid over its `config.toml`.
    ///
    /// # Errors
    /// A folder without a run of ranking, a damaged journal, a configuration that is not that of the run, a setting that cannot be.
    pub fn open(folder: &Path, settings: &[Assignment]) -> Result<Self, RunError> {
        let (config, text) = read_config(folder, settings)?;
        let (journal, records) = Journal::open(&folder.join(JOURNAL))?;
        let history = RankingHistory::of(folder, config, &text, records)?;
        Ok(Self { folder: folder.to_owned(), history, journal })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What happened, in order, and the configuration by which the next phase goes.
    pub fn history(&self) -> &RankingHistory {
        &self.history
    }

    /// Another number of threads; results never depend on it.
    pub fn set_threads(&mut self, threads: usize) {
        self.history.config.threads = threads;
    }

    /// Searches, or goes on from where the search was cut off, and writes `candidates.json`. `None` where the observer asked for an
    /// early end.
    ///
    /// # Errors
    /// Data that are not those of the run, a run that cannot be written, a search that does not come to what is written.
    pub fn search(
        &mut self,
        dataset: &RankingDataset,
        observer: &dyn Observer,
    ) -> Result<Option<Vec<RankingCandidate>>, RunError> {
        self.expect_data(dataset)?;
        let candidates = match self.history.found() {
            Some(found) => found.to_vec(),
            None => {
                let config = self.history.config.clone();
                let mut log = Log { kept: self.history.records.split_off(1).into_iter().collect(), run: self };
                let found = search::<RunError>(dataset, &config, &mut log, observer);
                log.give_back();
                let Some(found) = found? else { return Ok(None) };
                self.append(RankingRecord::Found { candidates: found.clone() })?;
                found
            }
        };
        self.write("candidates.json", &candidates)?;
        Ok(Some(candidates))
    }

    /// Compares what the search found with the losses of `test.baselines`, each at its own settings on one budget, spends the test
    /// part and writes `test.json`. `None` where the observer asked for an early end; then nothing is spent or written.
    ///
    /// # Errors
    /// Data that are not those of the run, a search that has not ended, a run that cannot be written.
    pub fn test(
        &mut self,
        dataset: RankingDataset,
        observer: &dyn Observer,
    ) -> Result<Option<RankingReport>, RunError> {
        self.expect_data(&dataset)?;
        let folder = self.folder.display();
        let Some(found) = self.history.found() else {
            return Err(RunError::Phase(format!(
                "the search of {folder} has not ended: `autolossgen run --resume {folder}` goes on"
            )));
        };
        let named =
            self.history.config.test.baselines.iter().filter_map(|name| NamedLoss::find_for(Scope::Ranking, name));
        let formulas = found.iter().map(|candidate| candidate.formula.clone()).chain(named.map(NamedLoss::formula));
        let mut contenders: Vec<Contender> = Vec::new();
        for formula in formulas {
            let contender = Contender::new(&formula).expect("both are losses of ranking");
            if contenders.iter().all(|other| other.title != contender.title) {
                contenders.push(contender);
            }
        }
        let Some(report) = evaluate(&contenders, dataset, &self.history.config, observer)? else { return Ok(None) };
        self.append(RankingRecord::Test(report.clone()))?;
        self.write(TEST, &report)?;
        Ok(Some(report))
    }

    /// Whether these are the data of the search.
    ///
    /// # Errors
    /// Data with another checksum.
    pub fn expect_data(&self, dataset: &RankingDataset) -> Result<(), RunError> {
        let Some(RankingRecord::RankingStart { checksum, .. }) = self.history.records.first() else {
            return Err(RunError::NoStart(self.folder.join(JOURNAL)));
        };
        if *checksum == dataset.checksum {
            return Ok(());
        }
        Err(RunError::OtherData { found: dataset.checksum.clone(), expected: checksum.clone() })
    }

    fn append(&mut self, record: RankingRecord) -> Result<(), RunError> {
        self.journal.append(&record)?;
        self.history.records.push(record);
        Ok(())
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), RunError> {
        let text = serde_json::to_string_pretty(value).expect("results are JSON") + "\n";
        Ok(write_atomically(&self.folder.join(name), text.as_bytes())?)
    }
}

/// The configuration, with settings laid over it, and the text of its file.
fn read_config(folder: &Path, settings: &[Assignment]) -> Result<(RankingConfig, String), RunError> {
    let path = folder.join(CONFIG);
    if !path.exists() || !folder.join(JOURNAL).exists() {
        return Err(RunError::NoRun(folder.to_owned()));
    }
    let text = Config::read_text(&path).map_err(DataError::io("read", &path))?;
    Ok((RankingConfig::layer(Some((&path, &text)), settings)?, text))
}

fn recorded(folder: &Path, text: &str) -> Result<RecordedConfig, ConfigError> {
    RecordedConfig::of_file(&folder.join(CONFIG), text)
}

/// The log of a search in the folder of its run.
struct Log<'a> {
    run: &'a mut RankingRun,
    /// What an earlier search wrote, the oldest first, as far as it was not met again
    kept: std::collections::VecDeque<RankingRecord>,
}

impl Log<'_> {
    /// What was not met again stays in the journal, and so among the records.
    fn give_back(self) {
        self.run.history.records.extend(self.kept);
    }

    /// The next record of an earlier search is met again.
    fn meet(&mut self) {
        self.run.history.records.extend(self.kept.pop_front());
    }

    fn otherwise(&self) -> RunError {
        let line = self.run.history.records.len() as u64 + 1;
        RunError::Otherwise { path: self.run.folder.join(JOURNAL), line }
    }
}

impl RankingLog<RunError> for Log<'_> {
    fn enumerated(&mut self, found: &RankingEnumerated) -> Result<(), RunError> {
        match self.kept.front() {
            None => self.run.append(RankingRecord::Enumerated(*found)),
            Some(RankingRecord::Enumerated(kept)) if kept == found => {
                self.meet();
                Ok(())
            }
            Some(_) => Err(self.otherwise()),
        }
    }

    fn kept(&mut self, trial: u64) -> Option<RankingTrial> {
        match self.kept.front() {
            Some(RankingRecord::Trial(kept)) if kept.trial == trial => {
                let kept = kept.clone();
                self.meet();
                Some(kept)
            }
            _ => None,
        }
    }

    fn tried(&mut self, trial: &RankingTrial) -> Result<(), RunError> {
        // Something else stands where this trial is due.
        if !self.kept.is_empty() {
            return Err(self.otherwise());
        }
        self.run.append(RankingRecord::Trial(trial.clone()))
    }

    fn foreign(&self, trial: u64) -> RunError {
        // The start and the count stand before the trials.
        RunError::Otherwise { path: self.run.folder.join(JOURNAL), line: trial + 3 }
    }
}

//! `run`, `search` and `test` of ranking: the phases of its run directory. Signs are checked before a loss is tried, so that there is no
//! phase of checking.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use autolossgen::data::RankingDataset;
use autolossgen::ranking::{RankingCandidate, RankingEnumerated, RankingReport};
use autolossgen::run::RankingRun;
use serde::Serialize;

use super::folder::default_folder;
use super::report;
use super::settings::{self, Layers};
use super::workers::workers;
use crate::interrupt;
use crate::message::say;
use crate::output::{print, print_json};
use crate::progress::PhaseProgress;
use crate::show::{ranking, ranking_search, results};

/// What `search --json` prints.
#[derive(Serialize)]
struct SearchDocument<'a> {
    task: &'static str,
    run: &'a Path,
    /// Whether the search came to its end
    ended: bool,
    seconds: f64,
    enumerated: Option<&'a RankingEnumerated>,
    trials: usize,
    candidates: &'a [RankingCandidate],
}

/// What `run --json` and `test --json` print; `null` for a phase that the run did not come to.
#[derive(Serialize)]
struct RunDocument<'a> {
    #[serde(flatten)]
    search: SearchDocument<'a>,
    test: Option<&'a RankingReport>,
    /// What to do, in sentences
    verdict: Option<String>,
}

/// Starts a run in a folder, by default one that is named after time and data.
pub fn begin(
    layers: &Layers,
    source: Option<&str>,
    out: Option<PathBuf>,
) -> anyhow::Result<(RankingRun, RankingDataset)> {
    let (config, dataset) = settings::load_ranking(layers, source)?;
    let folder = out.unwrap_or_else(|| default_folder(&dataset.name, "ranking"));
    let run = RankingRun::create(&folder, config, &dataset)?;
    say(format_args!("run: {}", run.folder().display()));
    Ok((run, dataset))
}

/// A run that was made before, and its data.
pub fn reopen(folder: &Path, data: Option<&str>, threads: Option<u32>) -> anyhow::Result<(RankingRun, RankingDataset)> {
    let mut run = RankingRun::open(folder, &[])?;
    if let Some(threads) = threads {
        run.set_threads(threads as usize);
    }
    let mut config = run.history().config().clone();
    let dataset = match data {
        Some(data) => {
            data.clone_into(&mut config.data.source);
            settings::load_pairs(&config)
        }
        None => {
            settings::load_pairs(&config).context("the data of the run (if they moved, --data says where they lie now)")
        }
    }?;
    run.expect_data(&dataset)?;
    say(format_args!("run: {}", folder.display()));
    Ok((run, dataset))
}

/// `search`.
pub fn search((mut run, dataset): (RankingRun, RankingDataset), json: bool) -> anyhow::Result<ExitCode> {
    let searched = search_phase(&mut run, &dataset, "search")?;
    report::after_phase_of_ranking(&run);
    if json {
        print_json(&searched.document(&run))?;
    } else if searched.ended {
        print(ranking_search::page(&run))?;
    }
    Ok(if searched.is_whole(&run) { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// `run`: the search, and then the test.
pub fn run((mut run, dataset): (RankingRun, RankingDataset), json: bool) -> anyhow::Result<ExitCode> {
    let searched = search_phase(&mut run, &dataset, "run")?;
    if searched.is_whole(&run) && run.history().tested().is_none() {
        if !json {
            print(ranking_search::page(&run))?;
        }
        test_phase(&mut run, dataset, "run --resume")?;
    }
    conclude(&run, &searched, json)
}

/// `test`, of a search that has ended.
pub fn test((mut run, dataset): (RankingRun, RankingDataset), resume: bool, json: bool) -> anyhow::Result<ExitCode> {
    if !resume || run.history().tested().is_none() {
        test_phase(&mut run, dataset, "test")?;
    }
    let searched = Searched { ended: run.history().found().is_some(), seconds: 0.0 };
    conclude(&run, &searched, json)
}

/// The end of a run, as people or programs read it.
fn conclude(run: &RankingRun, searched: &Searched, json: bool) -> anyhow::Result<ExitCode> {
    report::after_phase_of_ranking(run);
    let test = run.history().tested();
    if json {
        let verdict = test.map(|report| report.verdict().join(" ")).filter(|verdict| !verdict.is_empty());
        print_json(&RunDocument { search: searched.document(run), test, verdict })?;
    } else if let Some(report) = test {
        print(format!("\n{}", ranking::page(report, run.history().config())))?;
        print(ranking_search::origins(run, report))?;
    }
    let survived = test.is_some_and(|report| report.results.iter().any(|result| result.validation.is_some()));
    Ok(if survived { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What a search came to.
struct Searched {
    ended: bool,
    seconds: f64,
}

impl Searched {
    /// Whether it ended by itself and found something.
    fn is_whole(&self, run: &RankingRun) -> bool {
        self.ended && run.history().found().is_some_and(|found| !found.is_empty())
    }

    fn document<'a>(&self, run: &'a RankingRun) -> SearchDocument<'a> {
        SearchDocument {
            task: "ranking",
            run: run.folder(),
            ended: self.ended,
            seconds: self.seconds,
            enumerated: run.history().enumerated(),
            trials: run.history().trials().count(),
            candidates: run.history().found().unwrap_or_default(),
        }
    }
}

/// Searches, or goes on from where the search was cut off; `command` would go on from where it is cut off now.
fn search_phase(run: &mut RankingRun, dataset: &RankingDataset, command: &str) -> anyhow::Result<Searched> {
    let (started, progress) = (Instant::now(), PhaseProgress::training("search"));
    let goes_on = format!("`autolossgen {command} --resume {}` goes on behind the last trial", run.folder().display());
    interrupt::when_cut_off(format!("run: {goes_on}"));
    let threads = run.history().config().threads;
    let found = workers(threads).install(|| run.search(dataset, &progress))?;
    let searched = Searched { ended: found.is_some(), seconds: started.elapsed().as_secs_f64() };
    progress.finish(&ranking_search::line(run, searched.seconds));
    if !searched.ended {
        say(format_args!("run: {goes_on}"));
    } else if !searched.is_whole(run) {
        say("nothing survived: every loss diverged; try smaller search.learning_rates");
    }
    Ok(searched)
}

fn test_phase(run: &mut RankingRun, dataset: RankingDataset, command: &str) -> anyhow::Result<()> {
    let (started, progress) = (Instant::now(), PhaseProgress::training("test"));
    let folder = run.folder().display().to_string();
    let again = format!("the test set was not touched; `autolossgen {command} {folder}` tests again");
    interrupt::when_cut_off(format!("test: {again}"));
    let threads = run.history().config().threads;
    let report = workers(threads).install(|| run.test(dataset, &progress))?;
    progress.finish(&match &report {
        Some(report) => results::trained_line(report.results.len(), started.elapsed().as_secs_f64()),
        None => format!("interrupted: {again}"),
    });
    Ok(())
}

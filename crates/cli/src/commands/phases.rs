//! `run`, `search`, `check` and `test`: the phases of a run directory.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, anyhow, bail};
use autolossgen::data::{DataError, Dataset, PredictionFile, RankingDataset};
use autolossgen::journal::JournalError;
use autolossgen::record::{Candidate, CheckReport, CompleteSearch, Counts, History, Placed, StopReason, TestReport};
use autolossgen::run::RankingRun;
use autolossgen::{Assignment, Base, Run, RunError, TaskName};
use serde::Serialize;

use super::folder::default_folder;
use super::settings::{self, Layers};
use super::workers::workers;
use super::{phases_ranking, report, tensorboard};
use crate::args::{PhaseArgs, RunArgs, SearchArgs, TestArgs};
use crate::interrupt;
use crate::message::{count, say};
use crate::output::{expect_nameable, print, print_json};
use crate::progress::PhaseProgress;
use crate::show::{hall_of_fame, results};

/// What `search --json` prints.
#[derive(Serialize)]
struct SearchDocument<'a> {
    run: &'a Path,
    ended: StopReason,
    #[serde(flatten)]
    counts: Counts,
    seconds: f64,
    /// Of a complete search, what there was to try and what became of it
    #[serde(skip_serializing_if = "Option::is_none")]
    enumerated: Option<CompleteSearch>,
    /// Of a complete search, where the named losses stand
    #[serde(skip_serializing_if = "Vec::is_empty")]
    named: Vec<Placed>,
    candidates: Vec<Candidate>,
}

/// What `run --json` prints; `null` for a phase that the run did not come to.
#[derive(Serialize)]
struct RunDocument<'a> {
    run: &'a Path,
    search: SearchDocument<'a>,
    check: Option<&'a CheckReport>,
    test: Option<&'a TestReport>,
    /// What to do, in sentences
    verdict: Option<String>,
}

/// `run`: everything, one after the other.
pub fn run(args: RunArgs) -> anyhow::Result<ExitCode> {
    let source = args.positional.as_deref().or(args.data.as_deref());
    let scalars = args.tensorboard.as_deref();
    expect_document(args.settings.json, [&args.out, &args.resume])?;
    let begun = match &args.resume {
        Some(folder) => reopen(folder, source, args.settings.threads, scalars)?,
        None => {
            let flags = [args.budget.assignments(), args.trying.assignments(), args.comparing.assignments()];
            begin(&Layers::of(&args.settings)?.with(flags.concat()), source, args.out, scalars)?
        }
    };
    let (mut run, dataset) = match begun {
        Begun::OfLabels(of_labels) => *of_labels,
        Begun::OfRanking(of_ranking) => return phases_ranking::run(*of_ranking, args.settings.json),
    };
    let searched = search_phase(&mut run, &dataset, "run")?;
    tensorboard::write(scalars, &run)?;
    let checked = if searched.is_whole() { Some(check_once(&mut run, "run --resume")?) } else { None };
    let has_valid = checked.as_ref().is_some_and(has_valid);
    let tested = if has_valid { test_once(&mut run, dataset, None, "run --resume")? } else { None };
    report::after_phase(&run);
    if args.settings.json {
        let (check, test) = (checked.as_ref(), tested.as_ref());
        let verdict = test.and_then(|report| Some(run.verdict_in_words(report)?.join(" ")));
        print_json(&RunDocument { run: run.folder(), search: searched.document(&run), check, test, verdict })?;
    } else if let Some(report) = &tested {
        print(results::conclusion(report, &run))?;
    }
    Ok(tested.as_ref().map_or(ExitCode::from(1), exit_code))
}

/// `search`: Phase I.
pub fn search(args: SearchArgs) -> anyhow::Result<ExitCode> {
    let scalars = args.tensorboard.as_deref();
    expect_document(args.settings.json, [&args.out, &args.resume])?;
    let begun = match &args.resume {
        Some(folder) => reopen(folder, args.data.as_deref(), args.settings.threads, scalars)?,
        None => {
            let flags = [args.budget.assignments(), args.trying.assignments()];
            begin(&Layers::of(&args.settings)?.with(flags.concat()), args.data.as_deref(), args.out, scalars)?
        }
    };
    let (mut run, dataset) = match begun {
        Begun::OfLabels(of_labels) => *of_labels,
        Begun::OfRanking(of_ranking) => return phases_ranking::search(*of_ranking, args.settings.json),
    };
    let searched = search_phase(&mut run, &dataset, "search")?;
    report::after_phase(&run);
    tensorboard::write(scalars, &run)?;
    if args.settings.json {
        print_json(&searched.document(&run))?;
    } else if searched.counts.accepted > 0 {
        print(results::found(&run))?;
        print(hall_of_fame(&run))?;
        print(results::complete(&run).into_iter().map(|line| line + "\n").collect::<String>())?;
    }
    Ok(if searched.is_whole() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// `check`: Phase II.
pub fn check(args: PhaseArgs) -> anyhow::Result<ExitCode> {
    if RankingRun::is_there(&args.run) {
        bail!(
            "{} is a run of ranking, whose search checks signs before a loss is tried: `autolossgen test` comes next",
            args.run.display()
        );
    }
    let mut run = open(&args, &[])?;
    if args.data.is_some() {
        load_again(&run, args.data.as_deref())?;
    }
    let checked = check_phase(&mut run, "check")?;
    let valid = has_valid(&checked);
    report::after_phase(&run);
    if args.json {
        print_json(&checked)?;
    } else if valid {
        print(results::checked(&checked, run.folder()))?;
    }
    Ok(if valid { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// `test`: Phase III, after Phase II where that was not done.
pub fn test(TestArgs { phase: args, resume, predictions, comparing }: TestArgs) -> anyhow::Result<ExitCode> {
    if RankingRun::is_there(&args.run) {
        let flags = [("--predictions", predictions.is_some()), ("--protocol", comparing.protocol.is_some())];
        if let Some((flag, _)) = flags.iter().find(|(_, is_given)| *is_given) {
            bail!("{flag} is not for a run of ranking: leave it out");
        }
        let reopened = phases_ranking::reopen(&args.run, args.data.as_deref(), args.threads)?;
        return phases_ranking::test(reopened, resume, args.json);
    }
    let mut run = open(&args, &comparing.assignments())?;
    if let Some(path) = predictions.as_deref().filter(|_| resume && run.tested().is_ok_and(|report| report.is_some())) {
        bail!(
            "--predictions {}: the test of {} is done, and its recommenders are not kept; without --resume it is done again",
            path.display(),
            run.folder().display()
        );
    }
    let dataset = load_again(&run, args.data.as_deref())?;
    let predictions = predictions.as_deref().map(PredictionFile::create).transpose()?;
    let valid = has_valid(&check_once(&mut run, "test --resume")?);
    let tested = match (valid, resume) {
        (false, _) => None,
        (true, true) => test_once(&mut run, dataset, predictions, "test --resume")?,
        (true, false) => test_phase(&mut run, dataset, predictions, "test --resume")?,
    };
    report::after_phase(&run);
    if args.json {
        print_json(&tested)?;
    } else if let Some(report) = &tested {
        print(results::conclusion(report, &run))?;
    }
    Ok(tested.as_ref().map_or(ExitCode::from(1), exit_code))
}

/// Whether a document of `--json` can name the folder of the run, which is asked before the work and not after.
fn expect_document(json: bool, folders: [&Option<PathBuf>; 2]) -> anyhow::Result<()> {
    if json { folders.into_iter().flatten().try_for_each(|folder| expect_nameable(folder)) } else { Ok(()) }
}

/// A run and its data.
enum Begun {
    OfLabels(Box<(Run, Dataset)>),
    OfRanking(Box<(RankingRun, RankingDataset)>),
}

/// Starts a run. Data without ratings are those of ranking where nothing names the task. `scalars` go to a folder that can be written.
fn begin(layers: &Layers, source: Option<&str>, out: Option<PathBuf>, scalars: Option<&Path>) -> anyhow::Result<Begun> {
    let of_ranking = |out| {
        expect_no_tensorboard(scalars)?;
        Ok(Begun::OfRanking(Box::new(phases_ranking::begin(layers, source, out)?)))
    };
    if layers.task()? == TaskName::Ranking {
        return of_ranking(out);
    }
    let config = settings::with_data(layers.resolve()?, source)?;
    let dataset = match settings::load(&config) {
        Err(error) if is_implicit(&error) && !layers.sets("task")? => {
            say("data: every row is a positive, so that the task is ranking (--task says another)");
            return of_ranking(out);
        }
        loaded => loaded?,
    };
    tensorboard::prepare(scalars)?;
    let folder = out.unwrap_or_else(|| default_folder(&dataset.name, &config.model.name));
    let run = Run::create(&folder, config, &dataset)?;
    say(format_args!("run: {}", run.folder().display()));
    Ok(Begun::OfLabels(Box::new((run, dataset))))
}

fn is_implicit(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(DataError::Implicit(_)))
}

fn expect_no_tensorboard(folder: Option<&Path>) -> anyhow::Result<()> {
    match folder {
        Some(_) => bail!("--tensorboard is not for task = 'ranking': leave it out"),
        None => Ok(()),
    }
}

/// A run that was cut off, and its data.
fn reopen(folder: &Path, data: Option<&str>, threads: Option<u32>, scalars: Option<&Path>) -> anyhow::Result<Begun> {
    if RankingRun::is_there(folder) {
        expect_no_tensorboard(scalars)?;
        return Ok(Begun::OfRanking(Box::new(phases_ranking::reopen(folder, data, threads)?)));
    }
    let run = with_threads(Run::open(folder)?, threads);
    let dataset = load_again(&run, data)?;
    tensorboard::prepare(scalars)?;
    say(format_args!("run: {}", folder.display()));
    Ok(Begun::OfLabels(Box::new((run, dataset))))
}

fn with_threads(mut run: Run, threads: Option<u32>) -> Run {
    if let Some(threads) = threads {
        run.set_threads(threads as usize);
    }
    run
}

/// The run, with settings laid over its own.
fn open(args: &PhaseArgs, settings: &[Assignment]) -> anyhow::Result<Run> {
    let run = with_threads(Run::open_over(&args.run, &Base::default(), settings)?, args.threads);
    match run.searched() {
        (counts, _) if counts.accepted == 0 => bail!(
            "{} has no candidates: its search came as far as {} and accepted none of them; search again, \
             longer (--samples) or with another --seed",
            run.folder().display(),
            count(counts.sampled, "sample", "samples")
        ),
        (counts, None) => say(format_args!(
            "run: its search was cut off after {}; going on with what it found",
            count(counts.sampled, "sample", "samples")
        )),
        (_, Some(_)) => {}
    }
    Ok(run)
}

/// The data of the search: where the arguments say that they lie now, or where they lay. Others are refused before
/// anything is done with them.
fn load_again(run: &Run, data: Option<&str>) -> anyhow::Result<Dataset> {
    let mut config = run.config().clone();
    let dataset = match data {
        Some(data) => {
            data.clone_into(&mut config.data.source);
            settings::load(&config)
        }
        None => settings::load(&config).context("the data of the run (if they moved, --data says where they lie now)"),
    }?;
    run.expect_data(&dataset)?;
    Ok(dataset)
}

/// What Phase I came to.
struct Searched {
    ended: StopReason,
    counts: Counts,
    seconds: f64,
}

impl Searched {
    /// Whether it ended by itself and found something.
    fn is_whole(&self) -> bool {
        self.ended != StopReason::Interrupted && self.counts.accepted > 0
    }

    fn document<'a>(&self, run: &'a Run) -> SearchDocument<'a> {
        let Searched { ended, counts, seconds } = *self;
        let (history, candidates) = (History::of(run.records()), Candidate::of(run.records()));
        let (enumerated, named) = (history.complete_search(), history.placed());
        SearchDocument { run: run.folder(), ended, counts, seconds, enumerated, named, candidates }
    }
}

/// Searches, or goes on from where the search was cut off; `command` would go on from where it is cut off now.
fn search_phase(run: &mut Run, dataset: &Dataset, command: &str) -> anyhow::Result<Searched> {
    let (before, had_ended) = run.searched();
    let (started, progress) = (Instant::now(), PhaseProgress::search(run.config().search.samples as u64));
    let goes_on = format!("{command} --resume");
    interrupt::when_cut_off(format!(
        "run: `autolossgen {goes_on} {}` goes on behind the last checkpoint",
        run.folder().display()
    ));
    let ended = workers(run.config().threads).install(|| run.search(dataset, &progress));
    let ended = ended.map_err(|error| on_storage(error, &goes_on, run.folder()))?;
    let searched = Searched { ended, counts: run.searched().0, seconds: started.elapsed().as_secs_f64() };
    progress.finish(&match had_ended {
        Some(reason) => results::ended_line(&before, reason, run.config().search.reward),
        None => results::search_line(&searched.counts, &before, ended, searched.seconds, run.config().search.reward),
    });
    let folder = run.folder().display();
    if ended == StopReason::Interrupted {
        say(format_args!("run: `autolossgen {goes_on} {folder}` goes on with the search"));
    }
    if searched.counts.accepted == 0 {
        say(format_args!("nothing survived: {}", results::nothing_accepted(run)));
    } else if ended == StopReason::Interrupted {
        say(format_args!("run: `autolossgen test {folder}` checks and tests what was found so far"));
    }
    Ok(searched)
}

/// What cannot be written or read ends a phase, and nothing that was written is lost by it; `command` goes on.
fn on_storage(error: RunError, command: &str, folder: &Path) -> anyhow::Error {
    if !matches!(error, RunError::Journal(JournalError::Io { .. }) | RunError::Data(_)) {
        return error.into();
    }
    let goes_on = format!("when that is mended, `autolossgen {command} {}` goes on", folder.display());
    // Most of what a run writes, and there to save time alone.
    let trainings = folder.join("checkpoint").join("test.bin");
    if !trainings.exists() {
        return anyhow!("{error}; {goes_on}");
    }
    let trainings = trainings.display();
    anyhow!("{error}; {goes_on}; {trainings} may be deleted to make room: its trainings are then done again")
}

/// Phase II, if it was not done; `command` would go on where it is cut off.
fn check_once(run: &mut Run, command: &str) -> anyhow::Result<CheckReport> {
    match run.checked() {
        Some(report) => Ok(report.clone()),
        None => check_phase(run, command),
    }
}

/// Phase III, or what it found if it was done.
fn test_once(
    run: &mut Run,
    dataset: Dataset,
    predictions: Option<PredictionFile>,
    command: &str,
) -> anyhow::Result<Option<TestReport>> {
    match run.tested().map_err(|error| on_storage(error, command, run.folder()))? {
        Some(report) => Ok(Some(report.clone())),
        None => test_phase(run, dataset, predictions, command),
    }
}

fn check_phase(run: &mut Run, command: &str) -> anyhow::Result<CheckReport> {
    let report = run.check().map_err(|error| on_storage(error, command, run.folder()))?;
    say(format_args!("check: {}", report.in_words()));
    Ok(report)
}

/// Whether Phase III has something to take; where not, says what to try.
fn has_valid(report: &CheckReport) -> bool {
    let valid = !report.validated().is_empty();
    if !valid {
        say(format_args!("nothing survived: {}", results::nothing_valid(report)));
    }
    valid
}

fn test_phase(
    run: &mut Run,
    dataset: Dataset,
    predictions: Option<PredictionFile>,
    command: &str,
) -> anyhow::Result<Option<TestReport>> {
    let (started, progress) = (Instant::now(), PhaseProgress::training("test"));
    let goes_on = format!("the test set was not touched; `autolossgen {command} {}` goes on", run.folder().display());
    interrupt::when_cut_off(format!("test: {goes_on}"));
    let report = workers(run.config().threads).install(|| run.test_with(dataset, None, predictions, &progress));
    let report = report.map_err(|error| on_storage(error, command, run.folder()))?;
    progress.finish(&match &report {
        Some(report) => results::trained_line(report.results.len(), started.elapsed().as_secs_f64()),
        None => format!("interrupted: {goes_on}"),
    });
    Ok(report)
}

fn exit_code(report: &TestReport) -> ExitCode {
    if report.best.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

//! `run`, `search`, `check` and `test`: the phases of a run directory.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::bail;
use autolossgen::check::{CheckReport, Verdict};
use autolossgen::recsys::data::Dataset;
use autolossgen::search::{Counts, StopReason};
use autolossgen::test::TestReport;
use autolossgen::{Candidate, Config, Run, pool};
use serde::Serialize;

use super::{print_json, results, settings};
use crate::args::{Budget, PhaseArgs, RunArgs, SearchArgs, Settings};
use crate::progress::PhaseProgress;

/// What `search --json` prints.
#[derive(Serialize)]
struct SearchDocument<'a> {
    run: &'a Path,
    ended: StopReason,
    #[serde(flatten)]
    counts: Counts,
    seconds: f64,
    candidates: Vec<Candidate>,
}

/// What `run --json` prints.
#[derive(Serialize)]
struct RunDocument<'a> {
    run: &'a Path,
    search: SearchDocument<'a>,
    check: &'a CheckReport,
    test: &'a TestReport,
}

/// `run`: everything, one after the other.
pub fn run(args: RunArgs) -> anyhow::Result<ExitCode> {
    let source = args.positional.as_deref().or(args.data.as_deref());
    let (mut run, dataset) = begin(&args.settings, &args.budget, source, args.out)?;
    let searched = search_phase(&mut run, &dataset)?;
    if searched.ended == StopReason::Interrupted {
        return Ok(ExitCode::from(1));
    }
    let checked = check_phase(&mut run)?;
    if checked.validated().is_empty() {
        return Ok(nothing_valid(&checked));
    }
    let Some(report) = test_phase(&mut run, dataset)? else { return Ok(ExitCode::from(1)) };
    if args.settings.json {
        print_json(&RunDocument {
            run: run.folder(),
            search: searched.document(&run),
            check: &checked,
            test: &report,
        })?;
    } else {
        println!("{}", results::conclusion(&report, &run));
    }
    Ok(exit_code(&report))
}

/// `search`: Phase I.
pub fn search(args: SearchArgs) -> anyhow::Result<ExitCode> {
    let (mut run, dataset) = begin(&args.settings, &args.budget, args.data.as_deref(), args.out)?;
    let searched = search_phase(&mut run, &dataset)?;
    if args.settings.json {
        print_json(&searched.document(&run))?;
    } else {
        println!("{}", results::candidates(&Candidate::of(run.records()), run.folder()));
    }
    Ok(if searched.counts.accepted > 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// `check`: Phase II.
pub fn check(args: PhaseArgs) -> anyhow::Result<ExitCode> {
    let mut run = open(&args)?;
    let report = check_phase(&mut run)?;
    if args.json {
        print_json(&report)?;
    } else {
        println!("{}", results::checked(&report));
    }
    Ok(if report.validated().is_empty() { nothing_valid(&report) } else { ExitCode::SUCCESS })
}

/// `test`: Phase III.
pub fn test(args: PhaseArgs) -> anyhow::Result<ExitCode> {
    let mut run = open(&args)?;
    match run.checked() {
        None => {
            check_phase(&mut run)?;
        }
        Some(report) if report.validated().is_empty() => return Ok(nothing_valid(report)),
        Some(_) => {}
    }
    let mut config: Config = run.config().clone();
    if let Some(data) = &args.data {
        data.clone_into(&mut config.data.source);
    }
    let dataset = settings::load(&config)?;
    let Some(report) = test_phase(&mut run, dataset)? else { return Ok(ExitCode::from(1)) };
    if args.json {
        print_json(&report)?;
    } else {
        println!("{}", results::conclusion(&report, &run));
    }
    Ok(exit_code(&report))
}

fn begin(
    settings: &Settings,
    budget: &Budget,
    source: Option<&str>,
    out: Option<PathBuf>,
) -> anyhow::Result<(Run, Dataset)> {
    let config = settings::resolve_with_data(settings, Some(budget), source)?;
    let dataset = settings::load(&config)?;
    let folder = out.unwrap_or_else(|| default_folder(&dataset.name, &config.model.name));
    let run = Run::create(&folder, config, &dataset)?;
    eprintln!("run: {}", run.folder().display());
    Ok((run, dataset))
}

fn default_folder(data: &str, model: &str) -> PathBuf {
    let time = jiff::ZonedDateTime::now().strftime("%Y%m%d-%H%M%S").to_string();
    Path::new("runs").join(format!("{time}-{data}-{model}"))
}

fn open(args: &PhaseArgs) -> anyhow::Result<Run> {
    let mut run = Run::open(&args.run)?;
    if let Some(threads) = args.threads {
        run.set_threads(threads);
    }
    match run.searched() {
        (counts, _) if counts.accepted == 0 => bail!(
            "{} has no candidates: its search came as far as {} samples and accepted none of them",
            run.folder().display(),
            counts.sampled
        ),
        (counts, None) => {
            eprintln!("run: its search was cut off after {} samples; going on with what it found", counts.sampled);
        }
        (_, Some(_)) => {}
    }
    Ok(run)
}

/// What Phase I came to.
struct Searched {
    ended: StopReason,
    counts: Counts,
    seconds: f64,
}

impl Searched {
    fn document<'a>(&self, run: &'a Run) -> SearchDocument<'a> {
        let Searched { ended, counts, seconds } = *self;
        SearchDocument { run: run.folder(), ended, counts, seconds, candidates: Candidate::of(run.records()) }
    }
}

fn search_phase(run: &mut Run, dataset: &Dataset) -> anyhow::Result<Searched> {
    let (started, progress) = (Instant::now(), PhaseProgress::start("search", run.config().search.samples as u64));
    let ended = pool(run.config().threads).install(|| run.search(dataset, &progress))?;
    let searched = Searched { ended, counts: run.searched().0, seconds: started.elapsed().as_secs_f64() };
    progress.finish(&results::search_line(&searched.counts, ended, searched.seconds));
    Ok(searched)
}

fn check_phase(run: &mut Run) -> anyhow::Result<CheckReport> {
    let progress = PhaseProgress::start("check", 0);
    let report = run.check()?;
    progress.finish(&results::check_line(&report));
    Ok(report)
}

fn test_phase(run: &mut Run, dataset: Dataset) -> anyhow::Result<Option<TestReport>> {
    let (started, progress) = (Instant::now(), PhaseProgress::start("test", 0));
    let report = pool(run.config().threads).install(|| run.test(dataset, &progress))?;
    progress.finish(&match &report {
        Some(report) => {
            let losses = results::count(report.results.len(), "loss", "losses");
            format!("{losses} trained to convergence in {:.1} s", started.elapsed().as_secs_f64())
        }
        None => format!(
            "interrupted: the test set was not touched; `autolossgen test {}` starts this phase again",
            run.folder().display()
        ),
    });
    Ok(report)
}

fn nothing_valid(report: &CheckReport) -> ExitCode {
    let wrong = report.candidates.iter().filter(|checked| checked.verdict == Verdict::WrongSign).count();
    eprintln!(
        "nothing survived: {} of {} have the right sign on fewer than {:.0}% of the simulated pairs. \
         Search longer (--samples), with another --seed, or lower the bar (--set check.threshold=0.6)",
        wrong,
        results::count(report.candidates.len(), "candidate", "candidates"),
        100.0 * report.threshold
    );
    ExitCode::from(1)
}

fn exit_code(report: &TestReport) -> ExitCode {
    if report.best.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

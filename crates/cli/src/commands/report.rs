//! `report`: what a run found, as one page.

use std::path::Path;
use std::process::ExitCode;

use autolossgen::{RankingRun, Run, RunError};
use autolossgen_report::{RankingReportPage, Report, is_report, place};
use serde::Serialize;

use crate::args::ReportArgs;
use crate::message::say;
use crate::output::{expect_nameable, print_json};
use crate::overwrite::{Kind, OR_FORCE, expect_own};

/// The document of `--json`.
#[derive(Serialize)]
struct Document<'a, S> {
    run: &'a Path,
    file: &'a Path,
    #[serde(flatten)]
    summary: S,
}

/// The page of a run.
const REPORT: Kind = Kind { name: "report", is_own: is_report, remedy: OR_FORCE };

/// Runs `report`.
pub fn report(args: ReportArgs) -> anyhow::Result<ExitCode> {
    if args.json {
        [Some(&args.run), args.out.as_ref()].into_iter().flatten().try_for_each(|path| expect_nameable(path))?;
    }
    if RankingRun::is_there(&args.run) {
        return of_ranking(&args);
    }
    let report = Report::read(&args.run)?;
    deliver(&args, report.summary(), |file| report.write(file))
}

/// The page of a run of ranking.
fn of_ranking(args: &ReportArgs) -> anyhow::Result<ExitCode> {
    let page = RankingReportPage::read(&args.run)?;
    deliver(args, page.summary(), |file| page.write(file))
}

/// Writes a page where the arguments say.
fn deliver(
    args: &ReportArgs,
    summary: impl Serialize,
    write: impl FnOnce(&Path) -> Result<(), RunError>,
) -> anyhow::Result<ExitCode> {
    let file = place(&args.run, args.out.as_deref())?;
    if args.out.is_some() {
        expect_own(&file, &REPORT, args.force)?;
    }
    write(&file)?;
    written(&file);
    if args.json {
        print_json(&Document { run: &args.run, file: &file, summary })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// As [`after_phase`], of a run of ranking.
pub fn after_phase_of_ranking(run: &RankingRun) {
    let place = place(run.folder(), None);
    match place.and_then(|file| RankingReportPage::of(run.history()).write(&file).map(|()| file)) {
        Ok(file) => written(&file),
        Err(error) => say(format_args!("report: {error}")),
    }
}

/// Writes the report of a run that has just come further. What the run found is safe already, so that a page that cannot be
/// written is said and no failure.
pub fn after_phase(run: &Run) {
    let place = place(run.folder(), None);
    match place.and_then(|file| Report::from(run).write(&file).map(|()| file)) {
        Ok(file) => written(&file),
        Err(error) => say(format_args!("report: {error}")),
    }
}

fn written(file: &Path) {
    say(format_args!("report: {}", file.display()));
}

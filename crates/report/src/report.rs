//! The report of a run: one HTML file that needs nothing else and loads nothing, made from configuration and journal alone.
//!
//! [`Report::read`] takes the records, also while another process works on the run; [`Report::html`] writes the page. There
//! is no clock in it: the same journal makes the same bytes. The modules in `view` say what is shown, those in `page` how it
//! looks.

use std::path::{Path, PathBuf};

use autolossgen::record::{Counts, DatasetSizes, History, Record, StopReason};
use autolossgen::{Config, Run, RunError, run};
use serde::Serialize;

use crate::progress::Progress;

/// Name of the report in the folder of its run.
pub const FILE: &str = "report.html";

/// A run as its report shows it.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) config: Config,
    records: Vec<Record>,
    pub(crate) counts: Counts,
    pub(crate) ended: Option<StopReason>,
}

/// What a report was made of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How far the run has come
    #[serde(rename = "stage")]
    pub progress: Progress,
    /// Whether nothing is left to do
    pub finished: bool,
    /// Formulas sampled
    pub samples: u64,
    /// Losses that were accepted at least once
    pub candidates: usize,
    /// Losses in the test, baselines included
    pub tested: usize,
}

impl Report {
    /// The report of the run in a folder, which is only read, also while another process works on it.
    ///
    /// # Errors
    /// A folder without a run, a damaged journal or one of another version, a run that has not tried a loss yet.
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        let (config, records) = run::read(folder)?;
        let report = Self::of(config, records);
        if report.counts.sampled > 0 {
            return Ok(report);
        }
        let folder = folder.display();
        Err(RunError::Phase(format!(
            "{folder} has no samples yet: its search has tried no loss, and there is nothing to report"
        )))
    }

    /// The report of these records; the first is the start of a run.
    pub(crate) fn of(config: Config, records: Vec<Record>) -> Self {
        let (counts, ended) = History::of(&records).searched();
        Self { config, records, counts, ended }
    }

    /// What it was made of.
    pub fn summary(&self) -> Summary {
        let (progress, history) = (self.progress(), self.history());
        Summary {
            progress,
            finished: progress.is_finished(),
            samples: self.counts.sampled,
            candidates: history.candidates().len(),
            tested: history.tested().map_or(0, |tested| tested.results.len()),
        }
    }

    pub(crate) fn history(&self) -> History<'_> {
        History::of(&self.records)
    }

    pub(crate) fn progress(&self) -> Progress {
        let history = self.history();
        Progress::of(&self.counts, self.ended, history.checked(), history.tested())
    }

    /// Version, sizes of the data and their checksum.
    pub(crate) fn start(&self) -> (&str, &DatasetSizes, &str) {
        self.history().start().expect("a run begins with its start")
    }
}

/// Where the report of a run goes: `wanted`, or else into its folder.
///
/// # Errors
/// A folder that is not there, a folder in place of a file, a file of the run itself.
pub fn place(run: &Path, wanted: Option<&Path>) -> Result<PathBuf, RunError> {
    let Some(wanted) = wanted else { return Ok(run.join(FILE)) };
    let said = |what: String| Err(RunError::Phase(format!("--out {}: {what}", wanted.display())));
    if wanted.is_dir() {
        return said(format!("it is a folder; name a file, as in {}", wanted.join(FILE).display()));
    }
    let folder = match wanted.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return said(format!("there is no folder {}", folder.display()));
    }
    let is_in_run = folder.canonicalize().ok().is_some_and(|folder| run.canonicalize().ok() == Some(folder));
    if is_in_run && wanted.extension().is_none_or(|extension| extension != "html") {
        return said(format!("beside the files of the run a report ends in .html, as in {}", run.join(FILE).display()));
    }
    Ok(wanted.to_owned())
}

impl From<&Run> for Report {
    fn from(run: &Run) -> Self {
        Self::of(run.recorded_config().clone(), run.records().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen::Preset;
    use autolossgen::record::{CheckReport, Outcome, Sample};

    use crate::view::candidates;

    fn dataset(name: &str) -> DatasetSizes {
        DatasetSizes { name: name.into(), users: 3, items: 4, train: 6, validation: 1, test: 1, graded: false }
    }

    fn report(name: &str, formulas: &[&str]) -> Report {
        let (version, checksum) = ("0.0.1".to_owned(), "abc".to_owned());
        let start = Record::Start { version, seed: 42, dataset: dataset(name), checksum, config: None };
        let sample = |(sample, formula): (u64, &&str)| {
            let (formula, outcome) = (formula.parse().unwrap(), Outcome::Trained { validation: 0.6, accepted: true });
            Record::Sample(Sample { sample, formula, known: None, log_prob: 0.0, outcome, reward: 0.1, scales: None })
        };
        let records = std::iter::once(start).chain((0..).zip(formulas).map(sample)).collect();
        let mut config = Config::preset(Preset::Default);
        config.data.source = format!("/data/{name}");
        Report::of(config, records)
    }

    #[test]
    fn a_name_cannot_end_a_script_or_begin_an_element() {
        let page = report("</script><b>", &["pred"]).html();
        assert!(!page.contains("</script><b>") && page.contains("&lt;/script&gt;&lt;b&gt;"));
        assert_eq!(page.matches("<script").count(), page.matches("</script>").count());
        assert_eq!(page.matches("<!--").count(), page.matches("-->").count());
    }

    #[test]
    fn a_list_of_candidates_has_an_end_and_says_how_many_are_left() {
        let formulas: Vec<String> = (0..600).map(|number| format!("pred * {number} + label")).collect();
        let page = report("many", &formulas.iter().map(String::as_str).collect::<Vec<_>>()).html();
        assert!(
            page.contains("The 500 best are below; candidates.json in the folder of the run has the other 100 too.")
        );
        let list = page.split("<section id=\"candidates\"").nth(1).unwrap().split("</section>").next().unwrap();
        assert_eq!(list.matches("<td>not checked</td>").count(), candidates::LISTED);
    }

    #[test]
    fn what_is_vendored_can_stand_in_a_page() {
        for (name, text) in
            [("style", include_str!("uplot/uPlot.min.css")), ("script", include_str!("uplot/uPlot.iife.min.js"))]
        {
            assert!(!text.contains(&format!("</{name}")), "{name}");
        }
        assert!(!include_str!("uplot/LICENSE").contains("--"), "it stands in a comment");
        assert!(report("a", &["pred"]).html().contains("Copyright (c) 2022 Leon Sorokin"));
    }

    /// A script that a name brought in would have no hash in the policy.
    #[test]
    fn no_script_runs_but_those_of_the_page() {
        let page = report("</script><script>alert(1)</script>", &["pred"]).html();
        let policy = page.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
        assert_eq!(scripts.matches("'sha256-").count(), 2);
        assert_eq!(page.matches("<script>").count(), 2);
        assert!(!scripts.contains("unsafe") && !page.contains(" onclick=") && !page.contains("javascript:"));
    }

    #[test]
    fn progress_goes_on_with_the_records() {
        let report = report("a", &["pred"]);
        assert_eq!(
            report.summary(),
            Summary { progress: Progress::Searching, finished: false, samples: 1, candidates: 1, tested: 0 }
        );
        let mut records = report.records.clone();
        records.push(Record::End { reason: StopReason::Samples, counts: report.counts });
        assert_eq!(Report::of(report.config.clone(), records.clone()).summary().progress, Progress::Searched);
        records.push(Record::Check(CheckReport { pairs: 10, threshold: 0.9, candidates: Vec::new() }));
        assert_eq!(Report::of(report.config, records).summary().progress, Progress::NothingValid);
    }
}

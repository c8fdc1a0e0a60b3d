//! Data, configuration, and how to repeat the run.

use autolossgen::record::DatasetSizes;
use autolossgen::settings::Choice;

use super::fact::Fact;
use super::phrase::grouped;
use crate::progress::Progress;
use crate::report::Report;

/// What a run was made of.
pub(crate) struct Settings {
    /// Data and version.
    pub(crate) origin: Vec<Fact>,
    /// Data of the test, where their sizes are others.
    pub(crate) tested: Option<Vec<Fact>>,
    /// The command that repeats the run, and what comes of it.
    pub(crate) command: String,
    pub(crate) repetition: &'static str,
    /// The configuration as TOML.
    pub(crate) config: String,
}

impl Settings {
    pub(crate) fn of(report: &Report) -> Self {
        let (version, dataset, checksum) = report.start();
        let mut origin = data(dataset);
        origin.push(Fact::of_code("SHA-256", checksum));
        origin.push(Fact::new("version", format!("autolossgen {version}")));
        let tested = report.history().tested().filter(|tested| !has_sizes(&tested.dataset, dataset));
        Self {
            origin,
            tested: tested.map(|tested| data(&tested.dataset)),
            command: command(report),
            repetition: repetition(report.config.search.time),
            config: report.config.to_toml(),
        }
    }
}

/// Whether data are as large as others, whatever they are called.
fn has_sizes(data: &DatasetSizes, others: &DatasetSizes) -> bool {
    DatasetSizes { name: others.name.clone(), ..data.clone() } == *others
}

fn data(sizes: &DatasetSizes) -> Vec<Fact> {
    let rows = (sizes.train + sizes.validation + sizes.test) as f64;
    let density = 100.0 * rows / (sizes.users as f64 * sizes.items as f64).max(1.0);
    let n = |n: usize| grouped(n as u64);
    let (train, validation, test) = (n(sizes.train), n(sizes.validation), n(sizes.test));
    vec![
        Fact::new("name", &sizes.name),
        Fact::new("users, items", format!("{}, {}", n(sizes.users), n(sizes.items))),
        Fact::new("rows", format!("{train} to train, {validation} to validate, {test} to test")),
        Fact::new("density", format!("{density:.2}%")),
        Fact::new("labels", if sizes.graded { "graded, from 0 to 1" } else { "0 and 1" }),
    ]
}

/// As far as this run has come. It names no folder, so that the page does not depend on where the run lies.
fn command(report: &Report) -> String {
    if matches!(report.progress(), Progress::Searching | Progress::Searched) {
        return "autolossgen search --config config.toml --out again".to_owned();
    }
    let (configured, tested) = (report.config.test.protocol, report.history().tested());
    let protocol = tested.map(|tested| &tested.protocol).filter(|protocol| **protocol != configured.name());
    let protocol = protocol.map_or(String::new(), |protocol| format!(" --protocol {protocol}"));
    format!("autolossgen run --config config.toml{protocol} --out again")
}

/// What a repetition comes to, under a limit of `time` seconds, 0 for none.
fn repetition(time: f64) -> &'static str {
    if time > 0.0 {
        "In the folder of the run, or with the configuration below as config.toml. The search may end by time, and then at \
         another sample than here; up to there the journal is the same, byte for byte."
    } else {
        "In the folder of the run, or with the configuration below as config.toml, and the same data. The same seed writes the \
         same journal, byte for byte, at any number of threads."
    }
}

//! What a reproduction hands over: rows with the paper's number beside ours, figures, and how the paper was read.

use autolossgen_recsys::Task;
use autolossgen_recsys::data::{Dataset, Info, describe};
use autolossgen_recsys::statistics::mean_interval;
use serde::{Serialize, Serializer};

use super::figure::Figure;
use super::paper::{DatasetCounts, TABLE_3};
use crate::Config;

/// A table or figure of the paper beside ours.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reproduction {
    /// table3 … table8, fig5, fig6
    pub name: String,
    /// Its title
    pub title: String,
    /// Preset of the settings
    pub preset: String,
    /// Where the paper leaves a choice or contradicts itself: which reading was taken
    pub readings: Vec<String>,
    /// One row a number
    pub rows: Vec<Row>,
    /// What is drawn
    pub figures: Vec<Figure>,
    /// What to know when reading the rows
    pub notes: Vec<String>,
    /// Whether it ended early because the observer asked for it; rows of seeds that were not trained are missing
    pub interrupted: bool,
}

impl Reproduction {
    /// Adds a note that is not there yet.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// One number of the paper beside ours.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    /// Recommender; empty where none is trained
    pub model: String,
    /// Data: the paper's name where they are known, or else their own
    pub dataset: String,
    /// classification or regression
    pub task: String,
    /// Loss, or what else the row is about
    pub loss: String,
    /// What is measured
    pub metric: String,
    /// The paper's number; `None` where it has none
    pub paper: Option<f64>,
    /// Ours: the mean over seeds; `None` where no seed gave a value
    pub ours: Option<f64>,
    /// Ours minus the paper's
    pub difference: Option<f64>,
    /// 95% interval of the mean (Student's t over seeds); `None` for fewer than two seeds
    pub interval: Option<(f64, f64)>,
    /// Ours, seed by seed
    pub per_seed: Vec<f64>,
    /// The seeds, in the order of `per_seed`; of Table 4 that of the search, whether it found something or not
    pub seeds: Vec<u64>,
    /// Further columns of text, by heading
    #[serde(serialize_with = "as_map")]
    pub columns: Vec<(&'static str, String)>,
}

fn as_map<S: Serializer>(columns: &[(&'static str, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(columns.iter().map(|(heading, text)| (heading, text)))
}

impl Row {
    /// A row without a number of ours.
    pub(super) fn new(place: &Place, loss: impl Into<String>, metric: impl Into<String>) -> Self {
        Self {
            model: place.model.clone(),
            dataset: place.dataset.clone(),
            task: place.task.name().to_owned(),
            loss: loss.into(),
            metric: metric.into(),
            ..Self::default()
        }
    }

    /// The paper's number.
    #[must_use]
    pub(super) fn paper(mut self, paper: Option<f64>) -> Self {
        self.paper = paper;
        self.compared()
    }

    /// Ours, by seed.
    #[must_use]
    pub(super) fn ours(mut self, values: impl IntoIterator<Item = (u64, f64)>) -> Self {
        (self.seeds, self.per_seed) = values.into_iter().unzip();
        let mean = self.per_seed.iter().sum::<f64>() / self.per_seed.len() as f64;
        self.ours = (!self.per_seed.is_empty()).then_some(mean);
        self.interval = mean_interval(&self.per_seed);
        self.compared()
    }

    /// Another column.
    #[must_use]
    pub(super) fn column(mut self, heading: &'static str, text: impl Into<String>) -> Self {
        self.columns.push((heading, text.into()));
        self
    }

    fn compared(mut self) -> Self {
        self.difference = self.ours.zip(self.paper).map(|(ours, paper)| ours - paper);
        self
    }
}

/// What a row is about: model, data and task.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub model: String,
    pub dataset: String,
    pub task: Task,
    pub known: Option<&'static DatasetCounts>,
    /// Whether labels lie between 0 and 1; the paper's do not.
    pub graded: bool,
    pub info: Info,
}

impl Place {
    pub(super) fn of(dataset: &Dataset, case: &Config) -> Self {
        let info = describe(dataset);
        let known = recognise(&info);
        let name = known.map_or(info.name.clone(), |known| known.name.to_owned());
        Self {
            model: case.model.name.clone(),
            dataset: name,
            task: case.task,
            known,
            graded: dataset.is_graded(),
            info,
        }
    }

    /// The paper's (model, dataset), if the data are the paper's.
    pub(super) fn in_paper(&self) -> Option<(&str, &'static str)> {
        self.known.map(|known| (self.model.as_str(), known.name))
    }

    /// Name of a figure's file.
    pub(super) fn file(&self, figure: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let dataset: String = self.dataset.chars().map(plain).collect();
        format!("{figure}-{}-{dataset}.svg", self.model)
    }

    /// What to say of the data, if anything.
    pub(super) fn note(&self) -> Option<String> {
        let name = &self.info.name;
        match self.known {
            None => Some(format!("{name} is neither ML-100K nor Electronics: the paper has no number for it")),
            Some(known) if !has_counts(&self.info, known) => {
                Some(format!("{name} is taken for {} by its name; its counts differ from Table 3", known.name))
            }
            Some(_) => None,
        }
    }
}

/// The dataset of the paper that these counts, or else this name, are of. Generated data may have the shape of ML-100K,
/// but not its number of positive rows.
fn recognise(info: &Info) -> Option<&'static DatasetCounts> {
    let plain: String = info.name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let by_name = |word: &str| TABLE_3.iter().find(|known| plain.contains(word) && simple(known.name) == word);
    let by_counts = TABLE_3.iter().find(|known| has_counts(info, known));
    by_counts.or_else(|| by_name("ml100k")).or_else(|| by_name("electronics"))
}

fn simple(name: &str) -> String {
    name.to_lowercase().replace('-', "")
}

fn has_counts(info: &Info, known: &DatasetCounts) -> bool {
    (info.users, info.items, info.positive, info.negative) == (known.users, known.items, known.positive, known.negative)
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen_recsys::data::{LoadOptions, divide, synth};

    fn synthetic(name: &str) -> Info {
        let ratings = synth::generate(&synth::SynthOptions::default(), 42).unwrap();
        describe(&divide(name.into(), ratings, &LoadOptions::default()).unwrap())
    }

    #[test]
    fn data_are_known_by_counts_or_by_name() {
        let shaped = synthetic("synthetic");
        assert_eq!((shaped.users, shaped.items, shaped.positive + shaped.negative), (943, 1682, 100_000));
        assert!(recognise(&shaped).is_none(), "the shape alone is not enough");
        let mut info = Info { positive: 55_375, negative: 44_625, ..shaped.clone() };
        assert_eq!(recognise(&info).unwrap().name, "ML-100K");
        info.name = "reviews_Electronics_5".into();
        assert_eq!(recognise(&info).unwrap().name, "ML-100K", "counts go before the name");
        info.users = 10;
        assert_eq!(recognise(&info).unwrap().name, "Electronics");
        assert_eq!(recognise(&Info { name: "ml-100k".into(), ..shaped }).unwrap().name, "ML-100K");
    }

    #[test]
    fn a_row_by_hand() {
        let row = Row::default().paper(Some(0.8)).ours([(1, 0.7), (2, 0.8), (3, 0.9)]);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(close(row.ours.unwrap(), 0.8) && close(row.difference.unwrap(), 0.0));
        // t(0.975; 2) = 4.302652730, s = 0.1.
        let (low, high) = row.interval.unwrap();
        assert!((high - (0.8 + 4.302_652_730 * 0.1 / 3.0_f64.sqrt())).abs() < 1e-7 && close(low + high, 1.6));
        let one = Row::default().ours([(1, 0.7)]);
        assert_eq!((one.ours, one.interval, one.difference), (Some(0.7), None, None));
        assert_eq!(Row::default().paper(Some(1.0)).ours([]).ours, None);
        let json = serde_json::to_string(&Row::default().column("ε", "0.1")).unwrap();
        assert!(json.contains(r#""columns":{"ε":"0.1"}"#), "{json}");
    }
}

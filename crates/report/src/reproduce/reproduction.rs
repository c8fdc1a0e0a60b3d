//! What a reproduction hands over: rows with the paper's number beside ours, figures, and how the paper was read.

use autolossgen::data::{Dataset, Info, Ml100kSplit, describe};
use autolossgen::recsys::Task;
use autolossgen::recsys::statistics::mean_interval;
use serde::{Serialize, Serializer};

use autolossgen::settings::Choice;

use super::paper::{DatasetCounts, ML_100K, TABLE_3};
use crate::figure::Figure;
use autolossgen::Config;

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
    /// Names in the rows, and the sources of the data that they stand for
    #[serde(skip)]
    pub(super) named: Vec<(String, String)>,
}

impl Reproduction {
    /// Adds a note that is not there yet.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// What a row of these data is about, noting what is to be said of them.
    pub(super) fn place(&mut self, dataset: &Dataset, case: &Config) -> Place {
        let mut place = Place::of(dataset, case);
        place.note().into_iter().chain(place.note_on_split()).for_each(|note| self.note(note));
        place.dataset = self.name_of(place.dataset, &case.data.source);
        place
    }

    /// The name of data, numbered where data from another source have it.
    fn name_of(&mut self, name: String, source: &str) -> String {
        if let Some((own, _)) = self.named.iter().find(|(own, of)| of == source && is_numbered(own, &name)) {
            return own.clone();
        }
        let is_taken = |own: &str| self.named.iter().any(|(taken, _)| taken == own);
        let own = numbered(&is_taken, |number| if number == 1 { name.clone() } else { format!("{name} ({number})") });
        if own != name {
            self.note(format!("{own}: the data from {source}"));
        }
        self.named.push((own.clone(), source.to_owned()));
        own
    }

    /// Adds a figure, under a file name that no other has.
    pub(super) fn draw(&mut self, mut figure: Figure) {
        let stem = figure.file.trim_end_matches(".svg").to_owned();
        let is_taken = |file: &str| self.figures.iter().any(|other| other.file == file);
        figure.file = numbered(&is_taken, |number| match number {
            1 => format!("{stem}.svg"),
            _ => format!("{stem}-{number}.svg"),
        });
        self.figures.push(figure);
    }
}

/// The first name that is not taken.
fn numbered(is_taken: &dyn Fn(&str) -> bool, name: impl Fn(u64) -> String) -> String {
    (1..).map(name).find(|name| !is_taken(name)).expect("there are more numbers than names")
}

/// Whether `own` is `name`, or `name (2)` and so on.
fn is_numbered(own: &str, name: &str) -> bool {
    own.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
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
    /// Whether what is measured is counted, and so whole for one seed
    #[serde(skip)]
    pub is_count: bool,
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
        .column("split", place.split_in_a_word())
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

    /// What is measured is counted.
    #[must_use]
    pub(super) fn of_counts(self) -> Self {
        Self { is_count: true, ..self }
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
    /// The split of ML-100K, where it is one that is known.
    split: Option<Ml100kSplit>,
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
            split: Ml100kSplit::of(&info.checksum),
            info,
        }
    }

    /// The paper's (model, dataset), if the data are the paper's and labels 0 or 1, as the paper's are.
    pub(super) fn in_paper(&self) -> Option<(&str, &'static str)> {
        self.known.filter(|_| !self.graded).map(|known| (self.model.as_str(), known.name))
    }

    /// Whether the rows are divided as those of the paper's numbers are; nothing of data whose published split is not known.
    fn split_in_a_word(&self) -> &'static str {
        match self.known.filter(|known| known.name == ML_100K) {
            None => "",
            Some(_) if self.split == Some(Ml100kSplit::Published) => "published",
            Some(_) if self.has_published_sizes() => "of the published sizes",
            Some(_) => "own",
        }
    }

    fn has_published_sizes(&self) -> bool {
        [self.info.train, self.info.validation, self.info.test] == Ml100kSplit::PUBLISHED_ROWS
    }

    /// How far the split is from the published one, where that is known.
    fn note_on_split(&self) -> Option<String> {
        let known = self.known.filter(|known| known.name == ML_100K && has_counts(&self.info, known))?;
        let Info { name, train, validation, test, .. } = &self.info;
        let give = "--data with the folder of the published files compares on the same rows";
        Some(match self.split {
            Some(split @ Ml100kSplit::Published) => format!("{name}: {}", split.in_words()),
            Some(split @ Ml100kSplit::FileOrder) => format!("{name}: {}; {give}", split.in_words()),
            None if self.has_published_sizes() => {
                format!(
                    "{name}: the parts are as large as those that the paper's authors published; ids or rows are others"
                )
            }
            None => {
                let [of_train, of_validation, of_test] = Ml100kSplit::PUBLISHED_ROWS;
                format!(
                    "{name}: {} is not in the split that the paper's authors published: {train}, {validation} and {test} rows \
                     here, {of_train}, {of_validation} and {of_test} there; {give}",
                    known.name
                )
            }
        })
    }

    /// Name of a figure's file.
    pub(super) fn file(&self, figure: &str) -> String {
        let name = self.dataset.to_ascii_lowercase();
        let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let parts: Vec<&str> = [figure, &self.model].into_iter().chain(words).collect();
        format!("{}.svg", parts.join("-"))
    }

    /// What to say of the data, if anything.
    pub(super) fn note(&self) -> Option<String> {
        let name = &self.info.name;
        match self.known {
            None => Some(format!("{name} is neither ML-100K nor Electronics: the paper has no number for it")),
            Some(known) if !has_counts(&self.info, known) => {
                Some(format!("{name} is taken for {} by its name; its counts differ from Table 3", known.name))
            }
            Some(_) if self.graded => Some(format!(
                "{name}: the paper's labels are 0 or 1, these are graded: none of its numbers on performance stands beside ours"
            )),
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
pub(super) mod tests {
    use super::*;
    use autolossgen::Preset;
    use autolossgen::data::{LoadOptions, divide, synth};

    fn dataset(name: &str, options: &synth::SynthOptions) -> Dataset {
        let ratings = synth::generate(options, 42).unwrap();
        divide(name.into(), ratings, &LoadOptions::default()).unwrap()
    }

    fn synthetic(name: &str) -> Info {
        describe(&dataset(name, &synth::SynthOptions::default()))
    }

    fn small(name: &str) -> Dataset {
        dataset(name, &synth::SynthOptions { n_users: 30, n_items: 40, n_rows: 300, ..Default::default() })
    }

    /// Matrix factorisation on data of this name.
    pub(in crate::reproduce) fn place(name: &str) -> Place {
        Place::of(&small(name), &Config::preset(Preset::Paper))
    }

    #[test]
    fn graded_labels_are_not_the_paper_s() {
        let classes = place("ml-100k");
        assert_eq!(classes.in_paper(), Some(("mf", "ML-100K")));
        let graded = Place { graded: true, ..classes };
        assert_eq!(graded.in_paper(), None);
    }

    /// ML-100K by its counts, divided into so many rows, by a split that is known or not.
    fn divided(split: Option<Ml100kSplit>, [train, validation, test]: [usize; 3]) -> Place {
        let place = place("ratings");
        let (users, items, positive, negative) = (943, 1_682, 55_375, 44_625);
        let info = Info { users, items, positive, negative, train, validation, test, ..place.info };
        Place { known: recognise(&info), split, info, ..place }
    }

    #[test]
    fn a_split_that_is_not_the_paper_s_is_told_apart_where_its_numbers_stand() {
        let (own, published) = ([94_626, 2_363, 3_011], Ml100kSplit::PUBLISHED_ROWS);
        let said = |split, rows| {
            let place = divided(split, rows);
            let row = Row::new(&place, "bce", "auc");
            assert_eq!(row.columns[0].0, "split");
            (row.columns[0].1.clone(), place.note_on_split().unwrap())
        };
        let (word, note) = said(Some(Ml100kSplit::Published), published);
        assert_eq!(
            (word.as_str(), note.as_str()),
            ("published", "ratings: ML-100K in the split that the paper's authors published")
        );
        let (word, note) = said(Some(Ml100kSplit::FileOrder), own);
        assert!(
            word == "own" && note.contains("479 of the 2,334 validation rows") && note.contains("--data"),
            "{note}"
        );
        let (word, note) = said(None, [80_000, 10_000, 10_000]);
        let sizes = "80000, 10000 and 10000 rows here, 94638, 2334 and 3028 there";
        assert!(word == "own" && note.contains(sizes), "{word}, {note}");
        let (word, note) = said(None, published);
        assert!(word == "of the published sizes" && note.contains("as large as those"), "{note}");
        let other = place("made");
        assert_eq!((other.split_in_a_word(), other.note_on_split()), ("", None));
    }

    #[test]
    fn data_of_one_name_are_told_apart() {
        let mut report = Reproduction::default();
        let mut named = |name: &str, source: &str| {
            let mut case = Config::preset(Preset::Paper);
            case.data.source = source.into();
            let place = report.place(&small(name), &case);
            report.draw(Figure { file: place.file("fig6"), title: String::new(), panels: Vec::new() });
            place.dataset
        };
        let names = [named("made", "a"), named("made", "b"), named("made", "a"), named("made-2", "c")];
        assert_eq!(names, ["made", "made (2)", "made", "made-2"]);
        let files: Vec<&str> = report.figures.iter().map(|figure| figure.file.as_str()).collect();
        assert_eq!(files, ["fig6-mf-made.svg", "fig6-mf-made-2.svg", "fig6-mf-made-3.svg", "fig6-mf-made-2-2.svg"]);
        assert!(report.notes.contains(&"made (2): the data from b".to_owned()), "{:?}", report.notes);
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

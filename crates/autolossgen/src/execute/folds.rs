//! The rows that reward: validation, or held-out parts of the training rows.

use autolossgen_recsys::random::{shuffle, stream};
use autolossgen_recsys::{Metric, SearchData};
use autolossgen_settings::Problem;

use crate::config::{Config, ConfigError, Protocol};

/// Validation rows that tell configurations of one loss apart without folds.
const ENOUGH_ROWS: usize = 10_000;

/// The data, and, with `search.folds`, the training rows divided into folds, each held out in turn. Folds have as many rows as
/// can be, drawn by the seed.
#[derive(Debug)]
pub struct Folds<'a> {
    whole: &'a SearchData,
    folds: Vec<SearchData>,
}

impl<'a> Folds<'a> {
    /// The data as they are.
    pub fn whole(data: &'a SearchData) -> Self {
        Self { whole: data, folds: Vec::new() }
    }

    /// What the search trains on and is rewarded by.
    pub fn of_search(data: &'a SearchData, config: &Config) -> Self {
        Self::divided(data, config.search.folds, config.seed)
    }

    /// What the tuned test trains on, and on what a loss chooses among its configurations: `test.folds`, where the validation rows
    /// are few and drawn as the training rows are, and every fold can be judged.
    pub fn of_test(data: &'a SearchData, config: &Config) -> Self {
        let n_folds = config.test.folds;
        let is_served = config.test.protocol == Protocol::Tuned
            && data.validation.len() < ENOUGH_ROWS
            && data.train.len() >= 2 * n_folds
            && data.is_drawn_alike();
        let folds = Self::divided(data, if is_served { n_folds } else { 0 }, config.seed);
        if folds.of_one_class(config).is_some() { Self::whole(data) } else { folds }
    }

    fn divided(data: &'a SearchData, n_folds: usize, seed: u64) -> Self {
        let n_rows = data.train.len();
        if n_folds == 0 {
            return Self::whole(data);
        }
        let mut fold_of: Vec<usize> = (0..n_rows).map(|row| row % n_folds).collect();
        shuffle(&mut stream(seed, "folds", 0), &mut fold_of);
        let rows = |keep: &dyn Fn(usize) -> bool| {
            data.train.select(&(0..n_rows).filter(|&row| keep(fold_of[row])).collect::<Vec<_>>())
        };
        let hold_out = |fold: usize| {
            let (train, validation) = (rows(&|other| other != fold), rows(&|other| other == fold));
            SearchData { n_users: data.n_users, n_items: data.n_items, train, validation }
        };
        Self { whole: data, folds: (0..n_folds).map(hold_out).collect() }
    }

    /// Whether every fold can be judged by the metric of the configuration.
    ///
    /// # Errors
    /// AUC where a fold holds out rows of one class.
    pub fn expect_classes(&self, config: &Config) -> Result<(), ConfigError> {
        let Some(at) = self.of_one_class(config) else { return Ok(()) };
        let (n_rows, n_positive) = (self.whole.train.len(), self.whole.train.n_positive());
        let allowed = format!(
            "fold {} holds out rows of one class alone ({n_positive} of {n_rows} training rows are positive), and AUC needs both; \
             take fewer folds, 0 for the validation rows, or another selection.metric",
            at + 1
        );
        Err(ConfigError::of(Problem { key: "search.folds".into(), value: self.len().to_string(), allowed }))
    }

    /// The first fold, by index, whose rows the metric of the configuration cannot judge: AUC, where they are of one class.
    fn of_one_class(&self, config: &Config) -> Option<usize> {
        let is_one_class = |fold: &SearchData| [0, fold.validation.len()].contains(&fold.validation.n_positive());
        self.folds.iter().position(is_one_class).filter(|_| config.metric() == Metric::Auc)
    }

    /// Number of folds; 0 for the data as they are.
    pub fn len(&self) -> usize {
        self.folds.len()
    }

    /// Whether there are no folds.
    pub fn is_empty(&self) -> bool {
        self.folds.is_empty()
    }

    /// Rows to train on and to judge by, with a fold held out; `None`: the data as they are.
    ///
    /// # Panics
    /// When there is no such fold.
    pub fn rows(&self, fold: Option<usize>) -> &SearchData {
        fold.map_or(self.whole, |fold| &self.folds[fold])
    }

    /// Every fold.
    pub fn held_out(&self) -> impl Iterator<Item = usize> + use<> {
        0..self.len()
    }

    /// The first fold; `None` for the data as they are.
    pub fn first(&self) -> Option<usize> {
        (!self.is_empty()).then_some(0)
    }

    /// The folds behind the first.
    pub fn others(&self) -> impl Iterator<Item = Option<usize>> + use<> {
        (1..self.len()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;
    use autolossgen_recsys::Interactions;

    fn data() -> SearchData {
        let ids: Vec<u32> = (0..11).collect();
        let train = Interactions::new(ids.clone(), ids, (0..11).map(|row| (row % 2) as f32).collect());
        SearchData { n_users: 11, n_items: 11, validation: train.select(&[0, 1]), train }
    }

    fn config(folds: &str) -> Config {
        Config::with(Preset::Default, &[("search.folds", folds)]).unwrap()
    }

    #[test]
    fn without_folds_the_data_are_what_they_are() {
        let data = data();
        let folds = Folds::of_search(&data, &config("0"));
        let rows = folds.rows(folds.first());
        assert!(folds.is_empty() && rows.train == data.train && rows.validation == data.validation);
    }

    #[test]
    fn a_fold_of_one_class_has_no_auc() {
        let (mut data, config) = (data(), config("4"));
        Folds::of_search(&data, &config).expect_classes(&config).unwrap();
        let labels = (0..11).map(|row| f32::from(u8::from(row == 5))).collect();
        data.train = Interactions::new(data.train.users().to_vec(), data.train.items().to_vec(), labels);
        let message = Folds::of_search(&data, &config).expect_classes(&config).unwrap_err().to_string();
        assert!(message.contains("search.folds = 4: fold ") && message.contains("(1 of 11 training rows"), "{message}");
        let by_log_loss = Config::with(Preset::Default, &[("search.folds", "4"), ("selection.metric", "log_loss")]);
        Folds::of_search(&data, &config).expect_classes(&by_log_loss.unwrap()).unwrap();
    }

    #[test]
    fn the_test_has_folds_where_few_validation_rows_are_drawn_as_the_training_rows() {
        let part = |n: u32, positive_in: u32| {
            let labels = (0..n).map(|row| f32::from(u8::from(row % positive_in == 0)));
            Interactions::new(
                (0..n).map(|row| row % 20).collect(),
                (0..n).map(|row| row % 30).collect(),
                labels.collect(),
            )
        };
        let data = |train, validation| SearchData { n_users: 20, n_items: 30, train, validation };
        let n_folds = |data: &SearchData, settings: &[(&str, &str)]| {
            Folds::of_test(data, &Config::with(Preset::Default, settings).unwrap()).len()
        };
        let alike = data(part(600, 3), part(300, 3));
        assert_eq!(n_folds(&alike, &[]), 3);
        assert_eq!(n_folds(&alike, &[("test.folds", "0")]), 0);
        assert_eq!(n_folds(&alike, &[("test.protocol", "fixed")]), 0, "nothing is chosen among configurations");
        assert_eq!(n_folds(&data(part(600, 3), part(300, 2)), &[]), 0, "the validation rows are drawn otherwise");
        assert_eq!(n_folds(&data(part(600, 3), part(12_000, 3)), &[]), 0, "there are enough validation rows");
        let rare = data(part(600, 300), part(300, 300));
        assert_eq!(n_folds(&rare, &[]), 0, "two positive rows are no three folds of both classes");
        assert_eq!(n_folds(&rare, &[("selection.metric", "log_loss")]), 3);
    }

    #[test]
    fn folds_divide_the_training_rows_and_leave_validation_alone() {
        let data = data();
        let folds = Folds::of_search(&data, &config("4"));
        let all: Vec<&SearchData> = (0..4).map(|fold| folds.rows(Some(fold))).collect();
        let mut held_out: Vec<u32> = all.iter().flat_map(|fold| fold.validation.users().to_vec()).collect();
        held_out.sort_unstable();
        assert_eq!(held_out, data.train.users(), "each row is held out once");
        for fold in all {
            assert!((2..=3).contains(&fold.validation.len()));
            let mut users = [fold.train.users(), fold.validation.users()].concat();
            users.sort_unstable();
            assert_eq!(users, data.train.users());
        }
    }
}

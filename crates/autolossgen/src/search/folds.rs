//! The rows that reward: validation, or held-out parts of the training rows.

use std::borrow::Cow;

use autolossgen_recsys::SearchData;
use autolossgen_recsys::random::{shuffle, stream};

use crate::Config;

/// What the search trains on and is rewarded by: the data as they are, or, with `search.folds`, the training rows alone,
/// each fold held out in turn. Folds have as many rows as can be, drawn by the seed.
pub(super) fn folds<'a>(data: &'a SearchData, config: &Config) -> Vec<Cow<'a, SearchData>> {
    let (n_folds, n_rows) = (config.search.folds, data.train.len());
    if n_folds == 0 {
        return vec![Cow::Borrowed(data)];
    }
    let mut fold_of: Vec<usize> = (0..n_rows).map(|row| row % n_folds).collect();
    shuffle(&mut stream(config.seed, "folds", 0), &mut fold_of);
    let rows = |keep: &dyn Fn(usize) -> bool| {
        data.train.select(&(0..n_rows).filter(|&row| keep(fold_of[row])).collect::<Vec<_>>())
    };
    let hold_out = |fold: usize| {
        let (train, validation) = (rows(&|other| other != fold), rows(&|other| other == fold));
        Cow::Owned(SearchData { n_users: data.n_users, n_items: data.n_items, train, validation })
    };
    (0..n_folds).map(hold_out).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen_recsys::Interactions;

    fn data() -> SearchData {
        let ids: Vec<u32> = (0..11).collect();
        let train = Interactions::new(ids.clone(), ids, (0..11).map(|row| (row % 2) as f32).collect());
        SearchData { n_users: 11, n_items: 11, validation: train.select(&[0, 1]), train }
    }

    fn config(folds: &str) -> Config {
        Config::layer(None, None, &[("search.folds".into(), folds.into())]).unwrap()
    }

    #[test]
    fn without_folds_the_data_are_what_they_are() {
        let data = data();
        let folds = folds(&data, &config("0"));
        assert!(folds.len() == 1 && folds[0].train == data.train && folds[0].validation == data.validation);
    }

    #[test]
    fn folds_divide_the_training_rows_and_leave_validation_alone() {
        let data = data();
        let folds = folds(&data, &config("4"));
        let mut held_out: Vec<u32> = folds.iter().flat_map(|fold| fold.validation.users().to_vec()).collect();
        held_out.sort_unstable();
        assert_eq!(held_out, data.train.users(), "each row is held out once");
        for fold in &folds {
            assert!((2..=3).contains(&fold.validation.len()));
            let mut users = [fold.train.users(), fold.validation.users()].concat();
            users.sort_unstable();
            assert_eq!(users, data.train.users());
        }
    }
}

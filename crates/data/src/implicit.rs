//! Data for ranking: who took what.

use autolossgen_recsys::{Positives, RankingData, RankingTest};

use crate::error::DataError;
use crate::options::LoadOptions;
use crate::ratings::{LineDigest, Ratings};

/// Share of the users of the test, or of the pairs, above which something odd about them is said.
const TOLD: f64 = 0.2;

/// Positive pairs, split and indexed.
#[derive(Debug)]
pub struct RankingDataset {
    /// Name: the data's own, or the file's stem.
    pub name: String,
    /// What training and choice may see.
    pub data: RankingData,
    /// What is spent once.
    pub test: RankingTest,
    /// User ids by dense index.
    pub user_ids: Vec<String>,
    /// Item ids by dense index.
    pub item_ids: Vec<String>,
    /// SHA-256 over the pairs of the parts, in hex.
    pub checksum: String,
    /// Test pairs that training or validation has too: they are masked, and count nowhere.
    pub n_seen: usize,
    /// Share of the test pairs whose item no training pair has: no recommender that learns from pairs can find it.
    pub unseen_items: f64,
}

impl RankingDataset {
    /// The dataset of three parts, each of some rows.
    ///
    /// # Errors
    /// A part in which no user has a pair that is not masked.
    pub(crate) fn of(name: String, ratings: Ratings, parts: &[Vec<usize>; 3]) -> Result<Self, DataError> {
        let (n_users, n_items) = (ratings.n_users(), ratings.n_items());
        let part = |rows: &Vec<usize>| {
            let column = |of: &[u32]| rows.iter().map(|&row| of[row]).collect::<Vec<u32>>();
            Positives::new(n_users, n_items, &column(&ratings.users), &column(&ratings.items))
        };
        let [train, validation, test] = parts.each_ref().map(part);
        if train.is_empty() {
            return Err(without(&name, "train", "no positive pair"));
        }
        let unmasked = |part: &Positives, masked: &Positives| {
            part.pairs().filter(|&(user, item)| !masked.contains(user, item)).count()
        };
        if unmasked(&validation, &train) == 0 {
            return Err(without(&name, "validation", "no pair that training does not have"));
        }
        let seen = train.and(&validation);
        let n_new = unmasked(&test, &seen);
        if n_new == 0 {
            return Err(without(&name, "test", "no pair that training and validation do not have"));
        }
        let counts = train.item_counts();
        let n_unseen = test.pairs().filter(|&(_, item)| counts[item as usize] == 0).count();
        let (user_ids, item_ids) = (ratings.user_ids.into_names(), ratings.item_ids.into_names());
        Ok(Self {
            checksum: checksum([&train, &validation, &test], &user_ids, &item_ids),
            n_seen: test.len() - n_new,
            unseen_items: n_unseen as f64 / test.len() as f64,
            name,
            data: RankingData::new(train, validation),
            test: RankingTest::new(test),
            user_ids,
            item_ids,
        })
    }

    /// What is odd about the parts, each in a sentence.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.n_seen > 0 {
            warnings.push(format!(
                "{} of the {} test pairs are in training or validation too: they are masked, and count nowhere",
                self.n_seen,
                self.test.len()
            ));
        }
        if self.unseen_items >= TOLD {
            let share = 100.0 * self.unseen_items;
            warnings.push(format!("{share:.0}% of the test pairs have an item that no training pair has"));
        }
        warnings
    }
}

fn without(name: &str, part: &str, what: &str) -> DataError {
    DataError::Invalid(format!(
        "{name}: the {part} part has {what}, and each part needs one: use another data.split or data.ratios, or data.threshold where there are ratings"
    ))
}

/// What is said of rows of which none is positive.
pub(crate) fn no_positives(name: &str, rows: usize, options: &LoadOptions) -> DataError {
    DataError::Invalid(format!(
        "{name}: none of the {rows} rows is positive under rating > {}: ranking learns from positives; choose another data.threshold",
        options.threshold
    ))
}

fn checksum(parts: [&Positives; 3], user_ids: &[String], item_ids: &[String]) -> String {
    let mut digest = LineDigest::default();
    for part in parts {
        digest.add(format_args!("{}", part.len()));
        for (user, item) in part.pairs() {
            digest.add(format_args!("{}\t{}", user_ids[user as usize], item_ids[item as usize]));
        }
    }
    digest.hex()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::SplitRule;
    use crate::table::load_positives;

    fn loaded(files: &[(&str, &str)], options: &LoadOptions) -> Result<RankingDataset, String> {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
        let source = match files {
            [(only, _)] => folder.path().join(only),
            _ => folder.path().to_owned(),
        };
        load_positives(source.to_str().unwrap(), options, &mut |_| ()).map_err(|error| error.to_string())
    }

    fn pairs(part: &Positives, dataset: &RankingDataset) -> Vec<String> {
        let name = |(user, item): (u32, u32)| {
            format!("{}{}", dataset.user_ids[user as usize], dataset.item_ids[item as usize])
        };
        part.pairs().map(name).collect()
    }

    const TRAIN: (&str, &str) = ("d.train.csv", "user,item\na,x\na,y\nb,x\nb,x\n");
    const VALIDATION: (&str, &str) = ("d.validation.csv", "user,item\na,z\nb,y\n");

    #[test]
    fn ready_files_stay_what_they_are() {
        let files = [TRAIN, VALIDATION, ("d.test.csv", "user,item\nb,z\na,x\na,w\n")];
        let dataset = loaded(&files, &LoadOptions::default()).unwrap();
        assert_eq!(pairs(&dataset.data.train, &dataset), ["ax", "ay", "bx"], "a pair counts once");
        assert_eq!(pairs(&dataset.data.validation, &dataset), ["az", "by"]);
        assert_eq!((dataset.n_seen, dataset.unseen_items), (1, 2.0 / 3.0));
        let said = dataset.warnings();
        assert!(said[0].starts_with("1 of the 3 test pairs are in training"), "{said:?}");
        assert!(said[1].starts_with("67% of the test pairs have an item that no training pair has"), "{said:?}");
        assert_eq!(pairs(&dataset.test.spend(), &loaded(&files, &LoadOptions::default()).unwrap()).len(), 3);
    }

    #[test]
    fn a_part_without_users_is_refused() {
        let said = |test: &str, validation: &str| {
            let files = [TRAIN, ("d.validation.csv", validation), ("d.test.csv", test)];
            loaded(&files, &LoadOptions::default()).unwrap_err()
        };
        let message = said("user,item\nb,z\n", "user,item\na,x\n");
        assert!(message.contains("the validation part has no pair that training does not have"), "{message}");
        let message = said("user,item\na,y\n", "user,item\na,z\n");
        assert!(message.contains("the test part has no pair that training and validation do not have"), "{message}");
    }

    #[test]
    fn ratings_above_the_threshold_are_positives() {
        let row = |user: usize| (0..10).map(move |item| format!("u{user},i{item},{}\n", 1 + (user + item) % 5));
        let text: String = std::iter::once("user,item,rating\n".to_owned()).chain((0..30).flat_map(row)).collect();
        let options = LoadOptions { split: SplitRule::Ratio([0.5, 0.25, 0.25]), ..LoadOptions::default() };
        let dataset = loaded(&[("r.csv", &text)], &options).unwrap();
        let n = dataset.data.train.len() + dataset.data.validation.len() + dataset.test.len();
        assert_eq!(n, 30 * 10 * 2 / 5, "two ratings of five are above 3");
        let message = loaded(&[("r.csv", &text)], &LoadOptions { threshold: 5.0, ..options.clone() }).unwrap_err();
        assert!(message.contains("none of the 300 rows is positive under rating > 5"), "{message}");
        let core = LoadOptions { k_core: 5, ..options };
        let message = loaded(&[("r.csv", &text)], &core).unwrap_err();
        assert!(message.contains("data.k_core = 5 leaves no row"), "{message}");
    }
}

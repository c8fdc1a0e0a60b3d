//! Data that are read, split and indexed.

use autolossgen_recsys::{Interactions, SearchData, TestSet};

use crate::published::Ml100kSplit;
use crate::ratings::LineDigest;

/// A dataset, split and indexed.
#[derive(Debug)]
pub struct Dataset {
    /// Name: the data's own, or the file's stem.
    pub name: String,
    /// What search may see.
    pub search: SearchData,
    /// What Phase III spends.
    pub test: TestSet,
    /// User ids by dense index.
    pub user_ids: Vec<String>,
    /// Item ids by dense index.
    pub item_ids: Vec<String>,
    /// SHA-256 over the split rows, in hex.
    pub checksum: String,
}

impl Dataset {
    /// The dataset of three parts: train, validation and test.
    pub(crate) fn of(name: String, parts: [Interactions; 3], user_ids: Vec<String>, item_ids: Vec<String>) -> Self {
        let checksum = checksum(parts.each_ref(), &user_ids, &item_ids);
        let [train, validation, test] = parts;
        let search = SearchData { n_users: user_ids.len(), n_items: item_ids.len(), train, validation };
        Self { name, search, test: TestSet::new(test), user_ids, item_ids, checksum }
    }

    /// Whether a label of any split is neither 0 nor 1.
    pub fn is_graded(&self) -> bool {
        self.search.train.is_graded() || self.search.validation.is_graded() || self.test.is_graded()
    }

    /// Shares of the test rows whose user, and whose item, no training row has.
    pub fn unseen(&self) -> [f64; 2] {
        self.test.share_unseen(&self.search)
    }

    /// What is odd about the parts, each in a sentence.
    pub fn warnings(&self) -> Vec<String> {
        let said = |(share, what): (f64, &str)| {
            (share >= 0.2)
                .then(|| format!("{:.0}% of the test rows have {what} that no training row has", 100.0 * share))
        };
        let shift = self.test.composition(&self.search).shift_in_words();
        let unseen = self.unseen().into_iter().zip(["a user", "an item"]).filter_map(said);
        let split = Ml100kSplit::of(&self.checksum).filter(|split| *split != Ml100kSplit::Published);
        unseen.chain(shift).chain(split.map(|split| split.in_words().to_owned())).collect()
    }
}

fn checksum(parts: [&Interactions; 3], user_ids: &[String], item_ids: &[String]) -> String {
    let mut digest = LineDigest::default();
    for part in parts {
        digest.add(format_args!("{}", part.len()));
        for ((&user, &item), &label) in part.users().iter().zip(part.items()).zip(part.labels()) {
            digest.add(format_args!("{}\t{}\t{label}", user_ids[user as usize], item_ids[item as usize]));
        }
    }
    digest.hex()
}

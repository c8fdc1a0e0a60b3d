//! A recommender to take away: embeddings, the ids that they belong to, and what its users have taken.
//!
//! A folder holds `model.safetensors` (`users`, shape (n_users, d), `items`, shape (n_items, d), both as a score compares them, so that
//! it is their inner product; `taken`, shape (n, 2), pairs of user and item that are not recommended) and `ids.json` (ids by row). What
//! the recommender is stands in the metadata of the former, with checksums of both, so that a file that is torn, damaged or of another
//! recommender is told.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use autolossgen_data::file::write_atomically;
use autolossgen_data::{DataError, RankingDataset};
use autolossgen_recsys::Positives;
use autolossgen_recsys::ranking::{RankingData, recommend};
use autolossgen_settings::choice;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::contender::Contender;
use super::division::divisions;
use super::error::RankingEvalError;
use super::point::RankingPoint;
use super::race::{Tally, tune};
use super::training::{Factors, Setting, Training};
use crate::config::RankingConfig;
use crate::observer::Observer;

const MODEL: &str = "model.safetensors";
const IDS: &str = "ids.json";
/// The key of the metadata.
const KEY: &str = "autolossgen";
/// The version of the layout.
const FORMAT: u32 = 1;

choice! {
    /// The rows that a recommender to take away is trained on, at the settings that validation chose.
    pub enum TrainedOn {
        /// All rows, the test's among them, for as many epochs as were best on validation
        All = "all",
        /// Training and validation, for as many epochs
        WithoutTest = "without-test",
        /// Training alone, at its best epoch on validation: the recommender of a comparison
        Train = "train",
    }
}

/// What is wrong with a recommender.
#[derive(Debug, thiserror::Error)]
pub enum RecommenderError {
    /// A folder that has something in it.
    #[error("{0} is not empty: name another folder with --out")]
    Occupied(PathBuf),
    /// A folder without a recommender.
    #[error("{0} holds no recommender: it needs model.safetensors and ids.json, as `autolossgen train` writes them")]
    None(PathBuf),
    /// A file that is torn, damaged, or of another recommender.
    #[error("{path}: {what}; train again")]
    Damaged {
        /// The file
        path: PathBuf,
        /// What is wrong
        what: String,
    },
    /// Files.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// What a recommender is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Version of the layout
    format: u32,
    /// Version of this crate
    pub version: String,
    /// Name, or formula
    pub loss: String,
    /// Formula
    pub formula: String,
    /// Name of the data
    pub data: String,
    /// SHA-256 over the pairs of the parts
    pub checksum: String,
    /// The rows that it was trained on
    pub trained_on: TrainedOn,
    /// The seed
    pub seed: u64,
    /// Epochs
    pub epochs: usize,
    /// The metric that chose the settings, as in `ndcg@20`
    pub metric: String,
    /// Its value on validation, of the recommender that was trained on the training rows
    pub validation: f64,
    /// The settings that validation chose
    #[serde(flatten)]
    pub point: RankingPoint,
    /// SHA-256 over the tensors
    tensors: String,
    /// SHA-256 over the file of ids
    ids: String,
}

#[derive(Serialize, Deserialize)]
struct Ids {
    users: Vec<String>,
    items: Vec<String>,
}

/// A recommender.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommender {
    /// What it is
    pub about: About,
    /// Ids of users, by row
    pub user_ids: Vec<String>,
    /// Ids of items, by row
    pub item_ids: Vec<String>,
    factors: Factors,
    taken: Positives,
}

impl Recommender {
    /// Chooses the settings of a loss on validation and trains it from the seed of the configuration. `None` where the observer asked for an
    /// early end, or every configuration diverged.
    ///
    /// # Errors
    /// More items asked for than there are; more negatives than a user has items for.
    pub fn train(
        contender: &Contender,
        dataset: RankingDataset,
        trained_on: TrainedOn,
        config: &RankingConfig,
        observer: &dyn Observer,
    ) -> Result<Option<Self>, RankingEvalError> {
        let RankingDataset { name, data, test, user_ids, item_ids, checksum, .. } = dataset;
        let config = one_seed(config);
        let metric = config.selection.metric;
        let setting = Setting::new(&data, &config)?;
        let tally = Tally::of(1, &setting, observer);
        let divided = divisions(&data, &config);
        let further = Setting::of_divisions(&divided, &config)?;
        let tuned = tune(&setting, &further, contender, &user_ids, &tally)?;
        let Some(best) = tuned.and_then(|tuned| tuned.trainings.into_iter().next()) else { return Ok(None) };
        let (point, epochs, value) = (best.point, best.best_epoch, best.validation);
        let seen = data.seen();
        let (factors, taken) = match trained_on {
            TrainedOn::Train => (best.factors, seen),
            TrainedOn::WithoutTest | TrainedOn::All => {
                let rows = if trained_on == TrainedOn::All { seen.and(&test.spend()) } else { seen };
                let none = Positives::new(rows.n_users(), rows.n_items(), &[], &[]);
                let all = RankingData::new(rows, none);
                let setting = Setting::new(&all, &config)?;
                let training = Training::new(&setting, point, config.seed);
                let training = training.map_err(|error| RankingEvalError::of_negatives(error, &user_ids))?;
                let found = training.after(&setting, &contender.loss, epochs, &|| observer.stop());
                (found, all.train)
            }
        };
        let Some(factors) = factors else { return Ok(None) };
        let about = About {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            loss: contender.title.clone(),
            formula: contender.loss.formula().to_string(),
            data: name,
            checksum,
            trained_on,
            seed: config.seed,
            epochs,
            metric: metric.to_string(),
            validation: value,
            point,
            tensors: String::new(),
            ids: String::new(),
        };
        Ok(Some(Self { about, user_ids, item_ids, factors, taken }))
    }

    /// The `k` best items of each of some users that they have not taken, by row, with their scores; the best first.
    ///
    /// # Errors
    /// A score that is NaN.
    ///
    /// # Panics
    /// When k is 0, or there is no such user.
    pub fn recommend(&self, users: &[u32], k: usize) -> Result<Vec<Vec<(u32, f32)>>, RankingEvalError> {
        Ok(recommend(&self.factors.scorer(), users, &self.taken, k)?)
    }

    /// The score of a user and an item, by row.
    ///
    /// # Panics
    /// When there is no such user or item.
    pub fn score(&self, user: u32, item: u32) -> f32 {
        self.factors.score(user, item)
    }

    /// Writes it into a new or empty folder, with the configuration that it was trained under as `config.toml`.
    ///
    /// # Errors
    /// A folder that has something in it, or cannot be written.
    pub fn write(&self, folder: &Path, config: &RankingConfig) -> Result<(), RecommenderError> {
        std::fs::create_dir_all(folder).map_err(DataError::io("create", folder))?;
        let mut entries = std::fs::read_dir(folder).map_err(DataError::io("read", folder))?;
        if entries.next().is_some() {
            return Err(RecommenderError::Occupied(folder.to_owned()));
        }
        let ids = Ids { users: self.user_ids.clone(), items: self.item_ids.clone() };
        let ids = serde_json::to_vec(&ids).expect("ids are JSON");
        let tensors = self.tensors();
        let about = About { tensors: checksum_of(&tensors), ids: sha256([&ids[..]]), ..self.about.clone() };
        let about = serde_json::to_string(&about).expect("numbers and texts are JSON");
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            (*name, TensorView::new(*dtype, shape.clone(), bytes).expect("the bytes are those of the shape"))
        });
        // One key alone: the order of several would be another each time.
        let model = serialize(views, Some(HashMap::from([(KEY.to_owned(), about)]))).expect("the header is short");
        write_atomically(&folder.join("config.toml"), config.to_toml().as_bytes())?;
        write_atomically(&folder.join(IDS), &ids)?;
        write_atomically(&folder.join(MODEL), &model)?;
        Ok(())
    }

    /// The names, types, shapes and bytes of the tensors.
    fn tensors(&self) -> [(&'static str, Dtype, Vec<usize>, Vec<u8>); 3] {
        let floats = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let [users, items] = self.factors.embeddings();
        let d = self.factors.dimension();
        let pairs: Vec<u8> =
            self.taken.pairs().flat_map(|(user, item)| [user.to_le_bytes(), item.to_le_bytes()].concat()).collect();
        [
            ("items", Dtype::F32, vec![self.item_ids.len(), d], floats(items)),
            ("taken", Dtype::U32, vec![self.taken.len(), 2], pairs),
            ("users", Dtype::F32, vec![self.user_ids.len(), d], floats(users)),
        ]
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// A folder without a recommender; a file that is torn, damaged, of another version or of another recommender.
    pub fn read(folder: &Path) -> Result<Self, RecommenderError> {
        let (model, ids) = (folder.join(MODEL), folder.join(IDS));
        if !model.is_file() || !ids.is_file() {
            return Err(RecommenderError::None(folder.to_owned()));
        }
        let bytes = |path: &Path| std::fs::read(path).map_err(DataError::io("read", path));
        let (of_model, of_ids) = (bytes(&model)?, bytes(&ids)?);
        let damaged = |path: &Path, what: String| RecommenderError::Damaged { path: path.to_owned(), what };
        let in_model = |what: String| damaged(&model, what);
        let unreadable = |error: &dyn std::fmt::Display| in_model(format!("the file is torn or damaged ({error})"));
        let (_, metadata) = SafeTensors::read_metadata(&of_model).map_err(|error| unreadable(&error))?;
        let about = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let about = about.ok_or_else(|| in_model("the file is not one of `autolossgen train`".into()))?;
        let version = serde_json::from_str::<serde_json::Value>(about).ok().and_then(|about| about["format"].as_u64());
        if version != Some(u64::from(FORMAT)) {
            let found = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
            return Err(in_model(format!("the layout has version {found}, and this program reads {FORMAT}")));
        }
        let about: About = serde_json::from_str(about).map_err(|error| unreadable(&error))?;
        let tensors = SafeTensors::deserialize(&of_model).map_err(|error| unreadable(&error))?;
        if sha256([&of_ids[..]]) != about.ids {
            return Err(damaged(&ids, "the ids are not those of model.safetensors".into()));
        }
        let Ids { users: user_ids, items: item_ids } =
            serde_json::from_slice(&of_ids).map_err(|error| damaged(&ids, error.to_string()))?;
        let tensor = |name: &str, dtype: Dtype, rows: Option<usize>| {
            let tensor = tensors.tensor(name).map_err(|error| unreadable(&error))?;
            let fits =
                tensor.dtype() == dtype && tensor.shape().len() == 2 && rows.is_none_or(|n| n == tensor.shape()[0]);
            if fits { Ok(tensor) } else { Err(in_model(format!("the tensor '{name}' has another type or shape"))) }
        };
        let users = tensor("users", Dtype::F32, Some(user_ids.len()))?;
        let items = tensor("items", Dtype::F32, Some(item_ids.len()))?;
        let taken = tensor("taken", Dtype::U32, None)?;
        let all = [items.data(), taken.data(), users.data()];
        if sha256(all) != about.tensors {
            return Err(in_model("the tensors are not what was written".into()));
        }
        let word = |bytes: &[u8]| -> [u8; 4] { bytes.try_into().expect("a number has four bytes") };
        let floats = |bytes: &[u8]| bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(word(bytes))).collect();
        let pairs: Vec<u32> = taken.data().chunks_exact(4).map(|bytes| u32::from_le_bytes(word(bytes))).collect();
        let column = |at: usize| pairs.iter().skip(at).step_by(2).copied().collect::<Vec<u32>>();
        let taken = Positives::new(user_ids.len(), item_ids.len(), &column(0), &column(1));
        let factors = Factors::new(users.shape()[1], floats(users.data()), floats(items.data()));
        let about = About { tensors: String::new(), ids: String::new(), ..about };
        Ok(Self { about, user_ids, item_ids, factors, taken })
    }
}

fn one_seed(config: &RankingConfig) -> RankingConfig {
    let mut config = config.clone();
    config.test.seeds = 1;
    config
}

fn checksum_of(tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>); 3]) -> String {
    sha256(tensors.each_ref().map(|(.., bytes)| bytes.as_slice()))
}

fn sha256<const N: usize>(parts: [&[u8]; N]) -> String {
    let mut digest = Sha256::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

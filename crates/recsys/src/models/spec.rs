//! What a recommender says of itself: name, settings, and how it is made.

use std::fmt;

use autolossgen_settings::{Problem, Section, Setting, UnknownName};
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::boxed::BoxedModel;
use crate::random::Stream;

/// A kind of recommender, by name.
///
/// A recommender that is declared elsewhere joins a [`Registry`](super::Registry) by its spec:
///
/// ```
/// use autolossgen_recsys::models::{ModelBuilder, ModelSpec, Registry};
/// use autolossgen_recsys::random::{Stream, stream};
/// use autolossgen_recsys::{BiasedMf, BoxedModel, MfOptions};
/// use autolossgen_settings::{range, section};
///
/// section! {
///     /// Matrix factorisation with an embedding size of 2ⁿ.
///     pub struct PowerOptions {
///         /// Exponent n
///         pub exponent: usize [range::count(0, 12)] = 6;
///     }
/// }
///
/// impl ModelBuilder for PowerOptions {
///     fn fresh(&self, n_users: usize, n_items: usize, rng: &mut Stream) -> BoxedModel {
///         let options = MfOptions { dimension: 1 << self.exponent, init_std: 0.01, global_bias: 0.0 };
///         BoxedModel::new(BiasedMf::new(n_users, n_items, &options, rng))
///     }
/// }
///
/// let registry = Registry::builtin().with(ModelSpec::of::<PowerOptions>("power", "Matrix factorisation"))?;
/// let builder = registry.find("power")?.build(&toml::toml! { exponent = 3 })?;
/// let model = builder.fresh(943, 1682, &mut stream(42, "model", 0));
/// assert_eq!(model.downcast_ref::<BiasedMf>().unwrap().user_embedding(0).len(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ModelSpec {
    /// Name, as `model.name` takes it
    pub name: &'static str,
    /// What it is, in one line, with the source of its equation
    pub about: &'static str,
    /// Settings of the section `[model.NAME]`
    pub settings: &'static [Setting],
    /// Reads and checks the whole section. [`build`](Self::build) fills in the defaults first
    pub read: fn(Table) -> Result<Box<dyn ModelBuilder>, ModelError>,
}

/// Makes recommenders of one kind and one set of options.
pub trait ModelBuilder: fmt::Debug + Send + Sync {
    /// A recommender that no loss has trained. The parameters depend on the arguments alone.
    fn fresh(&self, n_users: usize, n_items: usize, rng: &mut Stream) -> BoxedModel;

    /// Fewest rows of a batch that the recommender can be trained on; default 1.
    fn min_batch(&self) -> usize {
        1
    }

    /// Multiplications that a row takes in training, forward and backward, by which the cost of a search is estimated: of rows of a
    /// table as they are, of a matrix product an eighth; default 200.
    fn work_per_row(&self) -> usize {
        200
    }
}

/// What is wrong with a section `[model.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A key that the recommender does not have.
    #[error("there is no setting '{}': {}", .0.name, .0)]
    Unknown(UnknownName),
    /// A value of another kind than the setting's.
    #[error("{key} = {value}: {expected}")]
    Kind {
        /// Key within the section
        key: String,
        /// The value, as TOML
        value: String,
        /// What is wrong with it, and what was expected
        expected: String,
    },
    /// A value outside the range of its setting.
    #[error("{} = {}: {}", .0.key, .0.value, .0.allowed)]
    Range(Problem),
}

impl ModelSpec {
    /// The spec of a recommender whose options are a section and build it.
    pub const fn of<O: Section + DeserializeOwned + ModelBuilder + 'static>(
        name: &'static str,
        about: &'static str,
    ) -> Self {
        Self { name, about, settings: O::SETTINGS, read: read::<O> }
    }

    /// Every setting with its default.
    ///
    /// # Panics
    /// When the default of a setting is not TOML.
    pub fn defaults(&self) -> Table {
        defaults(self.settings)
    }

    /// What builds recommenders with the settings of `section`, and the defaults of those that are not in it.
    ///
    /// # Errors
    /// A setting that there is not, a value of another kind, or one out of its range.
    pub fn build(&self, section: &Table) -> Result<Box<dyn ModelBuilder>, ModelError> {
        let names = || self.settings.iter().map(|setting| setting.name);
        if let Some(unknown) = section.keys().find(|&key| !names().any(|name| name == key)) {
            return Err(ModelError::Unknown(UnknownName::new(unknown, names())));
        }
        let mut whole = self.defaults();
        whole.extend(section.clone());
        (self.read)(whole)
    }
}

fn defaults(settings: &[Setting]) -> Table {
    let text = settings.iter().map(|Setting { name, default, .. }| format!("{name} = {default}\n"));
    text.collect::<String>().parse().expect("the defaults of a section are TOML")
}

fn read<O: Section + DeserializeOwned + ModelBuilder + 'static>(
    section: Table,
) -> Result<Box<dyn ModelBuilder>, ModelError> {
    let options: O = section.clone().try_into().map_err(|error| wrong_kind::<O>(&section, &error))?;
    options.check().map_err(ModelError::Range)?;
    Ok(Box::new(options))
}

/// Which setting is of the wrong kind: the one that makes the defaults unreadable by itself.
fn wrong_kind<O: Section + DeserializeOwned>(section: &Table, error: &toml::de::Error) -> ModelError {
    let defaults = defaults(O::SETTINGS);
    let is_wrong = |&(key, value): &(&String, &Value)| {
        let mut alone = defaults.clone();
        alone.insert(key.clone(), value.clone());
        alone.try_into::<O>().is_err()
    };
    let wrong = section.iter().find(is_wrong).map(|(key, value)| (key.clone(), value.to_string()));
    let (key, value) = wrong.unwrap_or_default();
    ModelError::Kind { key, value, expected: error.message().to_owned() }
}

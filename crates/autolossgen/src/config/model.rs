//! `[model]`: the name of the recommender, and a section for each recommender of the registry.

use std::collections::BTreeMap;

use autolossgen_recsys::models::{ModelBuilder, ModelError, Registry};
use autolossgen_settings::{Problem, Section, Setting};
use serde::{Deserialize, Serialize};
use toml::Table;

use super::{Config, ConfigError};

/// The recommender: its name, and the settings of every recommender of the registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Name of the recommender that is trained
    pub name: String,
    /// Settings by recommender: the sections `[model.NAME]`
    #[serde(flatten)]
    pub sections: BTreeMap<String, Table>,
}

impl Section for ModelConfig {
    const SETTINGS: &'static [Setting] = &[Setting {
        name: "name",
        comment: &[" Recommender that is trained: one of those below"],
        default: "\"mf\"",
        overrides: &[],
        names: || None,
    }];

    /// Ranges are those of the registry: see [`Config::model_builder`].
    fn check(&self) -> Result<(), Problem> {
        Ok(())
    }
}

impl Config {
    /// What makes fresh recommenders by `model.name` and its section.
    ///
    /// # Errors
    /// A name that the registry does not have, a setting outside its range.
    pub fn model_builder(&self, models: &Registry) -> Result<Box<dyn ModelBuilder>, ConfigError> {
        self.builder(models, &self.model.name)
    }

    /// Checks the section of every recommender.
    pub(super) fn check_models(&self, models: &Registry) -> Result<(), ConfigError> {
        self.model_builder(models)?;
        models.names().into_iter().try_for_each(|name| self.builder(models, name).map(drop))
    }

    fn builder(&self, models: &Registry, name: &str) -> Result<Box<dyn ModelBuilder>, ConfigError> {
        let spec = models.find(name).map_err(|unknown| {
            let (key, value) = ("model.name".to_owned(), format!("'{name}'"));
            ConfigError::of(Problem { key, value, allowed: unknown.to_string() })
        })?;
        let empty = Table::new();
        let section = self.model.sections.get(name).unwrap_or(&empty);
        spec.build(section).map_err(|error| ConfigError::of(problem(error).within(name).within("model")))
    }
}

fn problem(error: ModelError) -> Problem {
    match error {
        ModelError::Range(problem) => problem,
        ModelError::Kind { key, value, expected } => Problem { key, value, allowed: expected },
        ModelError::Unknown(unknown) => {
            let (key, value) = (unknown.name.clone(), "…".to_owned());
            Problem { key, value, allowed: format!("there is no such setting: {unknown}") }
        }
    }
}

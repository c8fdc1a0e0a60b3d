//! From the section of a recommender to what makes recommenders.

use autolossgen_recsys::models::{ModelBuilder, ModelError, Registry};
use autolossgen_settings::Problem;
use toml::Table;

use super::{Config, ConfigError};

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

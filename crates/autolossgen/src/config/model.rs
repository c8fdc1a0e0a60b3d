//! `[model]`: the name of the recommender, and a section for each recommender of the registry.

use std::collections::BTreeMap;

use autolossgen_settings::{Problem, Section, Setting};
use serde::{Deserialize, Serialize};
use toml::Table;

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

    /// Ranges are those of the registry: see [`Config::model_builder`](super::Config::model_builder).
    fn check(&self) -> Result<(), Problem> {
        Ok(())
    }
}

//! What is wrong with a configuration.

use autolossgen_settings::Problem;

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No preset of this name.
    #[error("there is no preset '{name}': {known}")]
    Preset {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// Not TOML, or more than can be.
    #[error("{source_name}: {message}")]
    Syntax {
        /// File or flag.
        source_name: String,
        /// What is wrong.
        message: String,
    },
    /// A key that no preset has.
    #[error("{source_name}: there is no setting '{key}'{suggestion}")]
    UnknownKey {
        /// File or flag.
        source_name: String,
        /// The dotted key.
        key: String,
        /// The key's new name, the nearest key, or where to see all.
        suggestion: String,
    },
    /// A configuration file of a run that is no longer the one that the run was made with.
    #[error("{place}: {message}, or search anew with another --out")]
    Changed {
        /// The file, and the line where one differs.
        place: String,
        /// The setting that differs, and its value in the run.
        message: String,
    },
    /// A value outside what the setting takes.
    #[error("{source_name}: {key} = {value}: {allowed}")]
    Value {
        /// File, flag or preset.
        source_name: String,
        /// The dotted key.
        key: String,
        /// The value as written.
        value: String,
        /// What would be right.
        allowed: String,
    },
}

impl ConfigError {
    /// A value outside its range, said of the configuration as a whole.
    pub(crate) fn of(Problem { key, value, allowed }: Problem) -> Self {
        Self::Value { source_name: "configuration".into(), key, value, allowed }
    }
}

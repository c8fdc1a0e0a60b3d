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
    /// Not TOML.
    #[error("{source_name}: {message}")]
    Syntax {
        /// File or flag.
        source_name: String,
        /// The parser's message, with line and column.
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
    pub(super) fn of(Problem { key, value, allowed }: Problem) -> Self {
        Self::Value { source_name: "configuration".into(), key, value, allowed }
    }
}

//! Configuration files and settings of the command line.

use std::path::Path;

use autolossgen::{Assignment, Base, Config};

/// Any text is refused in words, or is a configuration that prints and reads back the same. What stands behind a byte 0
/// are settings of the command line, one a line, as in `training.l2=0`.
pub fn config(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (file, settings) = text.split_once('\0').unwrap_or((&text, ""));
    let setting = |line: &str| line.split_once('=').map(|(key, value)| Assignment::of_text(key, value));
    let flags: Vec<Assignment> = settings.lines().filter_map(setting).collect();
    match layer(file, &flags) {
        Ok(config) => reads_back(&config),
        Err(error) => assert!(!error.is_empty()),
    }
}

fn layer(file: &str, flags: &[Assignment]) -> Result<Config, String> {
    Config::layer(&Base::default(), Some((Path::new("my.toml"), file)), flags).map_err(|error| error.to_string())
}

fn reads_back(config: &Config) {
    let text = config.to_toml();
    assert_eq!(layer(&text, &[]).as_ref(), Ok(config), "{text}");
    let loss = "pred - label".parse().map(|formula: autolossgen::formula::Formula| formula.compile(config.semantics()));
    assert!(matches!(loss, Ok(Ok(_))), "{text}");
}

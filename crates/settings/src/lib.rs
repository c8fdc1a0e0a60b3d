//! Closed sets and settings, each declared once.
//!
//! [`choice!`] declares a closed set: an enum whose variants have a name and a meaning. The declaration gives `serde`,
//! [`Display`](std::fmt::Display), [`FromStr`](std::str::FromStr) with a suggestion for a misspelt name, and, through
//! [`Choice`], the values that a command line completes and lists.
//!
//! [`section!`] declares a section of a configuration: a struct whose fields have a comment, a default, the values of other
//! presets and a range. The declaration gives the struct with `serde`, [`Section::check`] and [`Section::SETTINGS`], from
//! which commented TOML is written.
#![forbid(unsafe_code)]

mod choice;
mod nearest;
mod section;

pub use choice::{Choice, UnknownName};
pub use nearest::nearest;
pub use section::{Override, Problem, Section, Setting, SettingType, range};

#[doc(hidden)]
pub use serde;

/// The README's example is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

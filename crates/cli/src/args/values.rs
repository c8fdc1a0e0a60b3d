//! Values of flags: closed sets, whose names and meanings help and completion list, and whole numbers.

use autolossgen::recsys::{Choice, Registry};
use clap::builder::{PossibleValue, PossibleValuesParser, RangedU64ValueParser, TypedValueParser};

/// A value of a closed set, by its name.
pub fn choice<T: Choice>() -> impl TypedValueParser<Value = T> {
    one_of(T::ALL)
}

/// One of some values of a closed set.
pub fn one_of<T: Choice>(values: &'static [T]) -> impl TypedValueParser<Value = T> {
    let shown = values.iter().map(|value| PossibleValue::new(value.name()).help(sentence(value.about())));
    PossibleValuesParser::new(shown).try_map(|name| T::parse(&name))
}

/// The name of a recommender of the registry.
pub fn model() -> PossibleValuesParser {
    let models = Registry::builtin();
    models.iter().map(|spec| PossibleValue::new(spec.name).help(sentence(spec.about))).collect::<Vec<_>>().into()
}

/// A whole number as a setting takes one: TOML, in which a run keeps its settings, has no larger number.
pub fn whole() -> RangedU64ValueParser<i64> {
    RangedU64ValueParser::new().range(..=i64::MAX as u64)
}

/// Worker threads.
pub fn threads() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(..=1024)
}

/// A meaning as a line of help, which has no full stop at its end.
fn sentence(about: &'static str) -> &'static str {
    about.trim_end_matches('.')
}

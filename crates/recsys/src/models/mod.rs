//! Recommenders, and the registry by which a configuration names them.
//!
//! A recommender is a file: its options with their defaults and ranges, the [`Model`](crate::Model), and a `SPEC`, which the
//! line of `models!` lists.

mod registry;
mod spec;

pub use mf::{BiasedMf, MfOptions, MfParameters};
pub use mlp::{BatchNormParameters, LayerParameters, Mlp, MlpOptions, MlpParameters};
pub use neumf::{GmfParameters, NeuMf, NeuMfOptions, NeuMfParameters};
pub use registry::{DuplicateName, Registry};
pub use spec::{ModelBuilder, ModelError, ModelSpec};

/// Declares the modules of the recommenders and lists their specs in this order.
macro_rules! models {
    ($($model:ident),+ $(,)?) => {
        $(mod $model;)+

        /// The recommenders of this crate.
        const BUILTIN: &[ModelSpec] = &[$($model::SPEC),+];
    };
}

models! { mf, mlp, neumf }

#[cfg(test)]
mod tests {
    use autolossgen_settings::Section;

    use super::*;

    #[test]
    fn defaults_lie_in_their_ranges() {
        for spec in &Registry::builtin() {
            assert!(spec.build(&toml::Table::new()).is_ok(), "{}", spec.name);
        }
        assert_eq!(Registry::builtin().names(), ["mf", "mlp", "neumf"]);
        assert_eq!(MlpOptions::SETTINGS.len(), mlp::SPEC.defaults().len());
    }
}

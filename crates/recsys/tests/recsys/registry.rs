//! Recommenders by name: those of the crate, and one from outside.

use autolossgen_recsys::models::{DuplicateName, ModelBuilder, ModelError, ModelSpec, Registry};
use autolossgen_recsys::random::{Stream, stream};
use autolossgen_recsys::{BiasedMf, BoxedModel, MfOptions, Mlp, MlpOptions, Model};
use autolossgen_settings::{Section, range, section};
use toml::{Table, toml};

use crate::boxed::Biases;
use crate::common::{N_ITEMS, N_USERS};

section! {
    /// Biases alone.
    pub struct BiasesOptions {
        /// Fewest rows of a batch
        pub rows: usize [range::count(1, 8)] = 3;
    }
}

impl ModelBuilder for BiasesOptions {
    fn fresh(&self, n_users: usize, n_items: usize, _: &mut Stream) -> BoxedModel {
        BoxedModel::new(Biases::new(n_users, n_items))
    }

    fn min_batch(&self) -> usize {
        self.rows
    }
}

const BIASES: ModelSpec = ModelSpec::of::<BiasesOptions>("biases", "h = b_u + b_i");

fn fresh(name: &str, section: &Table) -> BoxedModel {
    let registry = Registry::builtin();
    let builder = registry.find(name).unwrap().build(section).unwrap();
    builder.fresh(N_USERS, N_ITEMS, &mut stream(42, "model", 0))
}

#[test]
fn the_crates_own_recommenders_start_from_the_same_draws() {
    let mf = fresh("mf", &toml! { dimension = 4 });
    let options = MfOptions { dimension: 4, init_std: 0.01, global_bias: 0.0 };
    let expected = BiasedMf::new(N_USERS, N_ITEMS, &options, &mut stream(42, "model", 0));
    assert_eq!(mf.downcast_ref::<BiasedMf>().unwrap().parameters(), expected.parameters());
    let mlp = fresh("mlp", &toml! { init_std = 1.0 });
    let options = MlpOptions { dimension: 64, layers: vec![64, 16], dropout: 0.2, batch_norm: true, init_std: 1.0 };
    let expected = Mlp::new(N_USERS, N_ITEMS, &options, &mut stream(42, "model", 0));
    assert_eq!(mlp.downcast_ref::<Mlp>().unwrap().parameters(), expected.parameters());
}

#[test]
fn a_recommender_from_outside_joins_by_its_spec() {
    let registry = Registry::builtin().with(BIASES).unwrap();
    assert_eq!(registry.names(), ["mf", "mlp", "neumf", "biases"]);
    assert!(registry.iter().all(|spec| !spec.about.is_empty() && !spec.settings.is_empty()));
    let builder = registry.find("biases").unwrap().build(&Table::new()).unwrap();
    assert_eq!(builder.min_batch(), 3);
    let model = builder.fresh(2, 3, &mut stream(1, "model", 0));
    assert_eq!(model.snapshot().numbers(), [0.0; 5]);
}

#[test]
fn batch_normalisation_needs_two_rows() {
    let registry = Registry::builtin();
    let least = |name: &str, section: Table| registry.find(name).unwrap().build(&section).unwrap().min_batch();
    assert_eq!(least("mf", Table::new()), 1);
    assert_eq!(least("mlp", Table::new()), 2);
    assert_eq!(least("mlp", toml! { batch_norm = false }), 1);
}

#[test]
fn names_are_unique_and_unknown_ones_are_said() {
    let twice = Registry::builtin().with(BIASES).unwrap().with(BIASES).unwrap_err();
    assert_eq!(twice, DuplicateName("biases".to_owned()));
    assert_eq!(twice.to_string(), "there is a recommender called 'biases' already");
    let unknown = Registry::builtin().find("mpl").unwrap_err();
    assert_eq!(unknown.to_string(), "use mf, mlp or neumf (did you mean 'mlp'?)");
}

#[test]
fn what_is_wrong_with_a_section_is_said_with_its_key() {
    let said = |section: Table| Registry::builtin().find("mlp").unwrap().build(&section).unwrap_err();
    assert_eq!(
        said(toml! { dropuot = 0.1 }).to_string(),
        "there is no setting 'dropuot': use dimension, layers, dropout, batch_norm or init_std (did you mean 'dropout'?)"
    );
    let kind = said(toml! { dropout = 0.1
    layers = "64" });
    assert!(matches!(&kind, ModelError::Kind { key, value, .. } if key == "layers" && value == "\"64\""), "{kind:?}");
    assert_eq!(said(toml! { dropout = 1.5 }).to_string(), "dropout = 1.5: must be 0 or more, and less than 1");
    assert_eq!(
        said(toml! { layers = [] }).to_string(),
        "layers = []: needs at least one hidden layer, each of 1 to 4096 units, as in [64, 16]"
    );
    assert!(
        MlpOptions { dimension: 0, layers: vec![1], dropout: 0.0, batch_norm: false, init_std: 1.0 }.check().is_err()
    );
}

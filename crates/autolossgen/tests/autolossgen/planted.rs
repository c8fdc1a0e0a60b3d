//! NaN, ∞ and divergence, planted in recommenders and brought about by settings: outcomes in the journal, and nowhere else.

use std::hash::{DefaultHasher, Hash, Hasher};

use autolossgen::formula::Loss;
use autolossgen::journal;
use autolossgen::record::{Outcome, Record, Sample};
use autolossgen::recsys::random::stream;
use autolossgen::recsys::{
    BoxedModel, EpochPlan, EpochSummary, Gram, Hyperparameters, Interactions, Model, OtherShape, Registry, Snapshot,
    Workspace,
};
use autolossgen::{Config, Preset, Run, pool};

use crate::common::{self, Settings, dataset, samples, searched, searched_by};

/// What a training does to a recommender.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wound {
    /// A parameter that is no number, though every prediction is one.
    Parameter,
    /// One prediction that is NaN.
    Prediction,
    /// Every prediction infinite.
    Infinite,
    /// A derivative that was no number on the way.
    Counted,
}

/// One loss in three wounds the recommender that it trains; which, the loss alone decides.
fn wound_of(loss: &Loss) -> Option<Wound> {
    let mut hasher = DefaultHasher::new();
    loss.formula().canonical_under(loss.semantics().clamp).to_string().hash(&mut hasher);
    let wounds = [Wound::Parameter, Wound::Prediction, Wound::Infinite, Wound::Counted];
    wounds.get(hasher.finish() as usize % 12).copied()
}

/// A recommender that some losses wound.
#[derive(Clone)]
struct Vulnerable {
    inner: BoxedModel,
    wound: Option<Wound>,
}

impl Model for Vulnerable {
    fn predict(&self, data: &Interactions, logits: &mut Vec<f32>) {
        self.inner.predict(data, logits);
        match self.wound {
            Some(Wound::Prediction) => logits[0] = f32::NAN,
            Some(Wound::Infinite) => logits.fill(f32::INFINITY),
            _ => {}
        }
    }

    fn train_epoch(
        &mut self,
        plan: &EpochPlan,
        loss: &Loss,
        hyperparameters: &Hyperparameters,
        workspace: &mut Workspace,
    ) -> EpochSummary {
        assert_eq!(self.wound, None, "a wounded recommender is trained on");
        let summary = self.inner.train_epoch(plan, loss, hyperparameters, workspace);
        self.wound = wound_of(loss);
        match self.wound {
            Some(Wound::Counted) => EpochSummary { non_finite: 1 },
            _ => summary,
        }
    }

    fn gram(&self, batch: &Interactions) -> Gram {
        self.inner.gram(batch)
    }

    fn copy_from(&mut self, other: &Self) {
        assert_eq!(other.wound, None, "a wounded recommender is taken over");
        self.inner.copy_from(&other.inner);
        self.wound = None;
    }

    fn reset_optimizer(&mut self) {
        self.inner.reset_optimizer();
    }

    fn is_finite(&self) -> bool {
        self.wound != Some(Wound::Parameter) && self.inner.is_finite()
    }

    fn snapshot(&self) -> Snapshot {
        assert_eq!(self.wound, None, "a wounded recommender is put away");
        self.inner.snapshot()
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), OtherShape> {
        self.wound = None;
        self.inner.restore(snapshot)
    }
}

/// Nothing that keeps a training in bounds: no clamp, no clip, no scale, no L2, and steps far too large.
const UNBOUNDED: Settings<'static> = &[
    ("search.samples", "60"),
    ("search.clamp", "none"),
    ("search.rungs", "[1, 2]"),
    ("search.learning_rates", "[1.0]"),
    ("search.l2_coefficients", "[0.0]"),
    ("controller.operators", "extended"),
    ("controller.population", "40"),
    ("training.normalize", "false"),
    ("training.clip", "0"),
    ("training.l2", "0"),
    ("training.learning_rate", "1000"),
    ("model.mf.dimension", "4"),
    ("model.mlp.dimension", "4"),
    ("test.protocol", "fixed"),
    ("stop.max_epochs", "4"),
    ("selection.epsilons", "[1e-6]"),
    ("test.baselines", "[\"bce\", \"maxr\"]"),
    ("test.candidates", "3"),
];

fn config(settings: Settings<'_>) -> Config {
    common::config(Preset::Default, &[UNBOUNDED, settings])
}

/// Every number of the journal is finite: JSON writes the others as null, which does not read back.
fn expect_numbers(records: &[Record], settings: &[(&str, &str)]) {
    for record in records {
        let text = serde_json::to_string(record).unwrap();
        // A test report has entries that may be missing.
        assert!(matches!(record, Record::Test(_)) || !text.contains("null"), "{settings:?}: {text}");
        let again: Record = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), text, "{settings:?}");
    }
}

fn is_bad(sample: &Sample) -> bool {
    matches!(sample.outcome, Outcome::NonFinite | Outcome::Diverged | Outcome::Saturated)
}

#[test]
fn a_wounded_recommender_is_never_kept() {
    let dataset = dataset();
    for model in ["mf", "mlp"] {
        for reward in ["one-epoch", "converged"] {
            for controller in ["lstm", "evolution"] {
                let settings = [
                    ("model.name", model),
                    ("search.reward", reward),
                    ("controller.name", controller),
                    ("training.learning_rate", "0.1"),
                ];
                let config = config(&settings);
                let builder = config.model_builder(&Registry::builtin()).unwrap();
                let data = &dataset.search;
                let fresh = |seed, number| {
                    let inner = builder.fresh(data.n_users, data.n_items, &mut stream(seed, "model", number));
                    BoxedModel::new(Vulnerable { inner, wound: None })
                };
                let records = searched_by(&config, data, &fresh, 2, &()).0;
                expect_numbers(&records, &settings);
                let (mut wounded, mut whole) = (0, 0);
                for sample in samples(&records) {
                    let is_wounding = wound_of(&sample.formula.compile(config.semantics()).unwrap()).is_some();
                    let outcome = &sample.outcome;
                    let learned = matches!(outcome, Outcome::Trained { .. } | Outcome::Dropped { .. })
                        || matches!(outcome, Outcome::Converged { .. });
                    assert!(!(learned && is_wounding), "{settings:?}: {sample:?}");
                    wounded += usize::from(*outcome == Outcome::Diverged);
                    whole += usize::from(learned);
                }
                assert!(wounded > 2 && whole > 2, "{settings:?}: {wounded} diverged, {whole} trained");
            }
        }
    }
}

#[test]
fn whatever_diverges_the_journal_has_numbers() {
    let dataset = dataset();
    let mut bad = 0;
    for model in ["mf", "mlp"] {
        for optimizer in ["sgd", "adagrad", "adam"] {
            for (controller, inputs) in [("lstm", "paper"), ("evolution", "extended")] {
                for reward in ["one-epoch", "converged"] {
                    let settings = [
                        ("model.name", model),
                        ("training.optimizer", optimizer),
                        ("controller.name", controller),
                        ("controller.inputs", inputs),
                        ("search.reward", reward),
                    ];
                    let config = config(&settings);
                    let records = searched(&config, &dataset.search, 2, &()).0;
                    expect_numbers(&records, &settings);
                    bad += samples(&records).into_iter().filter(|sample| is_bad(sample)).count();
                }
            }
        }
    }
    assert!(bad > 200, "{bad} losses went wrong");
}

#[test]
fn extreme_settings_end_in_a_journal_that_reads_back() {
    let extremes = [
        ("training.learning_rate", "1e30"),
        ("training.learning_rate", "1e-38"),
        ("search.epsilon", "1e-38"),
        ("search.epsilon", "1e38"),
        ("search.clamp_high", "3e38"),
        ("model.mf.init_std", "100"),
        ("model.mf.global_bias", "1e38"),
        ("search.zero_gradient_reward", "-1e6"),
        ("controller.learning_rate", "10"),
        ("controller.entropy_weight", "1e6"),
        ("controller.init_range", "100"),
        ("search.delta", "1e-300"),
        ("data.threshold", "-1e308"),
    ];
    for extreme in extremes {
        for (model, normalize) in [("mf", "true"), ("mlp", "false")] {
            let settings = [("model.name", model), ("training.normalize", normalize), extreme];
            let (folder, dataset) = (tempfile::tempdir().unwrap(), dataset());
            let path = folder.path().join("run");
            let mut run = Run::create(&path, config(&settings), &dataset).unwrap();
            pool(2).install(|| {
                run.search(&dataset, &()).unwrap();
                run.check().unwrap();
                run.test(dataset, &()).unwrap();
            });
            let records = journal::read::<autolossgen::record::Record>(&path.join("journal.jsonl"))
                .unwrap_or_else(|e| panic!("{settings:?}: {e}"));
            assert_eq!(records.len(), run.records().len(), "{settings:?}");
            expect_numbers(&records, &settings);
        }
    }
}

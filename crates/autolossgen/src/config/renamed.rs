//! Settings that had another name in earlier versions.

/// The old name, and where the setting is now.
const RENAMED: [(&str, &str); 14] = [
    ("test.eta", "halving.reduction"),
    ("test.rung_epochs", "halving.rung_epochs"),
    ("test.falling", "stop.falling"),
    ("test.patience", "stop.patience"),
    ("test.min_epochs", "stop.min_epochs"),
    ("test.max_epochs", "stop.max_epochs"),
    ("test.metric", "selection.metric"),
    ("test.epsilons", "selection.epsilons"),
    ("model.dimension", "model.mf.dimension and model.mlp.dimension"),
    ("model.init_std", "model.mf.init_std and model.mlp.init_std"),
    ("model.global_bias", "model.mf.global_bias"),
    ("model.layers", "model.mlp.layers"),
    ("model.dropout", "model.mlp.dropout"),
    ("model.batch_norm", "model.mlp.batch_norm"),
];

/// The present name of a setting of an earlier version.
pub(super) fn renamed(key: &str) -> Option<&'static str> {
    RENAMED.iter().find(|(old, _)| *old == key).map(|(_, new)| *new)
}

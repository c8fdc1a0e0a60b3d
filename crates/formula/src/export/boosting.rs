//! LightGBM and XGBoost: an objective gives the first and second derivative with respect to the raw score, the logit.

use crate::Loss;

use super::numpy::{decorator, terms};
use super::page::{Page, module};
use super::print::Body;

const WORDS: &[&str] = &["np", "MIN_HESSIAN", "derivatives"];
pub(super) const LIGHTGBM: Page = Page { words: WORDS, code: lightgbm };
pub(super) const XGBOOST: Page = Page { words: WORDS, code: xgboost };

/// Below it a leaf's step, gradient over Hessian, would have no bound; at 1e-3, what LightGBM asks of a leaf
/// (`min_sum_hessian_in_leaf`), one row alone is enough for a leaf.
const MIN_HESSIAN: &str = "# A generated loss need not be convex. A booster divides by the second derivative, so it is never taken below this.\n\
                           MIN_HESSIAN = 1e-3";

fn derivatives(body: &Body) -> String {
    format!(
        r#"{decorator}def derivatives(logit, label):
    """First and second derivative of the loss of each row with respect to the raw score; arrays of shape (n,)."""
    logit, label = np.asarray(logit, dtype=float), np.asarray(label, dtype=float)
{lines}    gradient = {gradient}
    hessian = {hessian}
    return gradient, np.maximum(hessian, MIN_HESSIAN)"#,
        decorator = decorator(body),
        lines = body.indented("    "),
        gradient = body.results[0],
        hessian = body.results[1],
    )
}

/// Both libraries call an objective with raw scores and their own data set, and both scikit-learn wrappers with labels
/// and raw scores.
fn objective(loss: &Loss, name: &str, title: &str, data: &str, usage: &str) -> String {
    let body = terms(loss, 2);
    let native = format!(
        r#"def {name}(score, {data}):
    """Objective of raw scores: {usage}

    The sum over rows, as boosters have it; row weights are not applied. Predictions are raw: pred = sigmoid(score).
    """
    return derivatives(score, {data}.get_label())"#
    );
    let wrapped = format!(
        r#"def {name}_sklearn(label, score):
    """The same for the scikit-learn interface, whose order of arguments is the other one."""
    return derivatives(score, label)"#
    );
    let imports = format!("import numpy as np\n\n{MIN_HESSIAN}");
    module(loss, &body, title, &imports, &[derivatives(&body), native, wrapped])
}

fn lightgbm(loss: &Loss, name: &str) -> String {
    let usage = format!("`lightgbm.train({{\"objective\": {name}}}, train_data)`.");
    objective(
        loss,
        name,
        &format!("The loss `{name}` as a custom objective of LightGBM (4.0 or newer)."),
        "train_data",
        &usage,
    )
}

fn xgboost(loss: &Loss, name: &str) -> String {
    let usage = format!("`xgboost.train({{\"base_score\": 0.0}}, dtrain, obj={name})`.");
    objective(loss, name, &format!("The loss `{name}` as a custom objective of XGBoost."), "dtrain", &usage)
}

//! LightGBM and XGBoost: an objective gives the first and second derivative with respect to the raw score, the logit.

use crate::Loss;

use super::numpy::{checked, decorator, terms};
use super::page::{Page, constants, module};
use super::print::Body;

const WORDS: &[&str] =
    &["np", "STEP", "MIN_HESSIAN", "derivatives", "second", "curvature", "left", "right", "size", "is_curved"];
pub(super) const LIGHTGBM: Page = Page { words: WORDS, code: lightgbm };
pub(super) const XGBOOST: Page = Page { words: WORDS, code: xgboost };

/// The step: far above a rounding of the logit, and below what any protected operator sees. The least Hessian is that of
/// XGBoost's own logistic objective; rows without gradient and curvature have it.
const BOUNDS: &str = "\
# The length of the step to either side at which the second derivative is taken.
STEP = 1e-9
# A booster divides by the Hessian.
MIN_HESSIAN = 1e-16";

/// The derivatives of a row at one score, as the graph has them.
fn exact(body: &Body) -> String {
    format!(
        r#"{decorator}def _exact(logit, label):
    """First and second derivative of the loss; at a kink the second is that of neither side."""
{lines}    gradient = {gradient}
    hessian = {hessian}
    return gradient, hessian"#,
        decorator = decorator(body),
        lines = body.indented("    "),
        gradient = body.results[0],
        hessian = body.results[1],
    )
}

/// What makes of any loss one that Newton's method can train.
///
/// - Every row of a booster starts at the score 0, where |logit| and relu(logit) have a kink: the second derivative is the mean
///   of both sides', so that the Hessian of binary cross-entropy is 1/4 there and not 0.
/// - Where a loss is concave its curvature counts by size: the step is then as long as where it is convex (saddle-free
///   Newton, Dauphin et al. 2014).
/// - Where a loss is flat, as a hinge, the Hessian is |g|/2: the row then asks for a step of 2, as a row of binary cross-entropy
///   does at the score 0. A loss counts as flat where its own step, |g| over the curvature, is more than twice the longest that
///   cross-entropy asks for at that score, 1/(p·(1 − p)); so cross-entropy is untouched, and every step is bounded.
/// - All of it grows with the scale of a loss, so that no step does.
const DERIVATIVES: &str = r#"def derivatives(logit, label):
    """Gradient and Hessian of each row with respect to the raw score; shape (n,), double precision.

    The Hessian is positive for every loss, convex or not. It is the size of the second derivative (at a kink the
    mean of both sides'), and where that is below pred * (1 - pred) * |gradient| / 2 the loss is flat and the Hessian
    is |gradient| / 2: a row then moves by 2, as with binary cross-entropy at the score 0. Cross-entropy is not flat
    anywhere.

    Scores and labels are of one shape, and labels lie in [0, 1]: what does not is a ValueError.
    """
    logit, label = _checked(logit, label, np.float64)
    gradient, _ = _exact(logit, label)
    _, left = _exact(logit - STEP, label)
    _, right = _exact(logit + STEP, label)
    curvature = np.abs(0.5 * left + 0.5 * right)
    e, size = np.exp(-np.abs(logit)), np.abs(gradient)
    is_curved = (curvature >= 0.5 * e / (1 + e) ** 2 * size) & (curvature < np.inf)
    return gradient, np.maximum(np.where(is_curved, curvature, 0.5 * size), MIN_HESSIAN)"#;

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
    let constants = constants(loss, &body);
    let definitions = [checked(), exact(&body), DERIVATIVES.to_owned(), native, wrapped];
    module(loss, &body, title, &["import numpy as np", BOUNDS, &constants], &definitions)
}

fn lightgbm(loss: &Loss, name: &str) -> String {
    let usage = format!(
        "`lightgbm.train({{\"objective\": {name}}}, train_data)`.\n\n    \
         Every row starts at the score 0, for LightGBM takes no average of the labels before an objective of one's own.\n    \
         To start elsewhere give `lightgbm.Dataset(..., init_score=...)`, and add the same score to what `predict` returns."
    );
    objective(
        loss,
        name,
        &format!("The loss `{name}` as a custom objective of LightGBM (4.0 or newer)."),
        "train_data",
        &usage,
    )
}

fn xgboost(loss: &Loss, name: &str) -> String {
    let usage = format!(
        "`xgboost.train({{\"base_score\": 0.0}}, dtrain, obj={name})`.\n\n    \
         `base_score` is the raw score at which every row starts. Give it: XGBoost's own default is meant for its own\n    \
         objectives, and differs between versions."
    );
    objective(loss, name, &format!("The loss `{name}` as a custom objective of XGBoost."), "dtrain", &usage)
}

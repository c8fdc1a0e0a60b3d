"""The loss `bce` as a custom objective of XGBoost.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    relu(logit) - label * logit + log(1 + exp(-abs(logit)))

log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
At a tie of max, min or relu each side takes half of the derivative.
"""

import numpy as np

# The length of the step to either side at which the second derivative is taken.
STEP = 1e-9
# A booster divides by the Hessian.
MIN_HESSIAN = 1e-16

EPSILON = 1e-6


def _checked(logit, label, dtype):
    """Both as arrays of `dtype`.

    A shape that differs and a label outside [0, 1] are a ValueError.
    """
    logit, label = np.asarray(logit), np.asarray(label)
    if logit.shape != label.shape:
        raise ValueError(
            f"logit has the shape {logit.shape} and label {label.shape}: one shape is needed, as after "
            "logit.reshape(label.shape)"
        )
    outside = ~((label >= 0) & (label <= 1))
    if outside.any():
        raise ValueError(f"a label is {label[outside][0]}: labels lie in [0, 1]")
    return logit.astype(dtype), label.astype(dtype)


def _exact(logit, label):
    """First and second derivative of the loss; at a kink the second is that of neither side."""
    t1 = np.exp(-np.abs(logit))
    t2 = 1 + t1 + EPSILON
    t3 = np.sign(logit)
    t4 = t1 * t3 / t2
    gradient = np.heaviside(logit, 0.5) - label - t4
    hessian = -((t4 * (t1 * t3) - t3 * (t1 * t3)) / t2)
    return gradient, hessian


def derivatives(logit, label):
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
    return gradient, np.maximum(np.where(is_curved, curvature, 0.5 * size), MIN_HESSIAN)


def bce(score, dtrain):
    """Objective of raw scores: `xgboost.train({"base_score": 0.0}, dtrain, obj=bce)`.

    `base_score` is the raw score at which every row starts. Give it: XGBoost's own default is meant for its own
    objectives, and differs between versions.

    The sum over rows, as boosters have it; row weights are not applied. Predictions are raw: pred = sigmoid(score).
    """
    return derivatives(score, dtrain.get_label())


def bce_sklearn(label, score):
    """The same for the scikit-learn interface, whose order of arguments is the other one."""
    return derivatives(score, label)

"""The loss `maxr` as a custom objective of XGBoost.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    max((pred + eps) / (label + eps), (label + eps) / (pred + eps))

eps is EPSILON.
At a tie of max, min or relu each side takes half of the derivative.
"""

import numpy as np

# A generated loss need not be convex. A booster divides by the second derivative, so it is never taken below this.
MIN_HESSIAN = 1e-3

EPSILON = 1e-6


def _sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1 + e)


def derivatives(logit, label):
    """First and second derivative of the loss of each row with respect to the raw score; arrays of shape (n,)."""
    logit, label = np.asarray(logit, dtype=float), np.asarray(label, dtype=float)
    pred = _sigmoid(logit)
    t1 = pred + EPSILON
    t2 = label + EPSILON
    slope = pred * _sigmoid(-logit)
    t3 = t2 / t1 * slope / t1
    t4 = np.heaviside(t1 / t2 - t2 / t1, 0.5)
    t5 = np.heaviside(t2 / t1 - t1 / t2, 0.5)
    t6 = slope * (1 - 2 * pred)
    gradient = t4 * (slope / t2) - t5 * t3
    hessian = t4 * (t6 / t2) - t5 * ((t2 / t1 * t6 - slope * t3 - t3 * slope) / t1)
    return gradient, np.maximum(hessian, MIN_HESSIAN)


def maxr(score, dtrain):
    """Objective of raw scores: `xgboost.train({"base_score": 0.0}, dtrain, obj=maxr)`.

    The sum over rows, as boosters have it; row weights are not applied. Predictions are raw: pred = sigmoid(score).
    """
    return derivatives(score, dtrain.get_label())


def maxr_sklearn(label, score):
    """The same for the scikit-learn interface, whose order of arguments is the other one."""
    return derivatives(score, label)

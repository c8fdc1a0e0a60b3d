"""The loss `mse` as a custom objective of LightGBM (4.0 or newer).

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    (pred - label)^2
"""

import numpy as np

# A generated loss need not be convex. A booster divides by the second derivative, so it is never taken below this.
MIN_HESSIAN = 1e-3


def _sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1 + e)


def derivatives(logit, label):
    """First and second derivative of the loss of each row with respect to the raw score; arrays of shape (n,)."""
    logit, label = np.asarray(logit, dtype=float), np.asarray(label, dtype=float)
    pred = _sigmoid(logit)
    slope = pred * _sigmoid(-logit)
    t1 = 2 * (pred - label)
    gradient = t1 * slope
    hessian = slope * (2 * slope) + t1 * (slope * (1 - 2 * pred))
    return gradient, np.maximum(hessian, MIN_HESSIAN)


def mse(score, train_data):
    """Objective of raw scores: `lightgbm.train({"objective": mse}, train_data)`.

    The sum over rows, as boosters have it; row weights are not applied. Predictions are raw: pred = sigmoid(score).
    """
    return derivatives(score, train_data.get_label())


def mse_sklearn(label, score):
    """The same for the scikit-learn interface, whose order of arguments is the other one."""
    return derivatives(score, label)

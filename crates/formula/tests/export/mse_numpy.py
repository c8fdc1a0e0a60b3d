"""The loss `mse` for NumPy, with its derivative.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    (pred - label)^2
"""

import numpy as np


def _sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1 + e)


def mse(logit, label):
    """The loss of each element and its derivative with respect to the logit, as two arrays of the shape of `logit`.

    Labels lie in [0, 1]. The mean loss is `value.mean()`, and its gradient `gradient / gradient.size`.
    """
    logit, label = np.asarray(logit, dtype=float), np.asarray(label, dtype=float)
    pred = _sigmoid(logit)
    t1 = pred - label
    slope = pred * _sigmoid(-logit)
    value = t1 ** 2
    gradient = 2 * t1 * slope
    return value, gradient

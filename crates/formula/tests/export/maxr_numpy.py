"""The loss `maxr` for NumPy, with its derivative.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    max((pred + eps) / (label + eps), (label + eps) / (pred + eps))

eps is EPSILON.
At a tie of max, min or relu each side takes half of the derivative.
"""

import numpy as np

EPSILON = 1e-6


def _sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1 + e)


def maxr(logit, label):
    """The loss of each element and its derivative with respect to the logit, as two arrays of the shape of `logit`.

    Labels lie in [0, 1]. The mean loss is `value.mean()`, and its gradient `gradient / gradient.size`.
    """
    logit, label = np.asarray(logit, dtype=float), np.asarray(label, dtype=float)
    pred = _sigmoid(logit)
    t1 = pred + EPSILON
    t2 = label + EPSILON
    slope = pred * _sigmoid(-logit)
    t3 = np.heaviside(t2 / t1 - t1 / t2, 0.5) * (t2 / t1 * slope / t1)
    value = np.maximum(t1 / t2, t2 / t1)
    gradient = np.heaviside(t1 / t2 - t2 / t1, 0.5) * (slope / t2) - t3
    return value, gradient

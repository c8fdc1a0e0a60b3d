"""The loss `bce` for NumPy, with its derivative.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    relu(logit) - label * logit + log(1 + exp(-abs(logit)))

log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
At a tie of max, min or relu each side takes half of the derivative.
"""

import numpy as np

EPSILON = 1e-6


def bce(logit, label):
    """The loss of each element and its derivative with respect to the logit, as two arrays of the shape of `logit`.

    Labels lie in [0, 1]. The mean loss is `value.mean()`, and its gradient `gradient / gradient.size`.
    """
    logit, label = np.asarray(logit, dtype=float), np.asarray(label, dtype=float)
    t1 = np.exp(-np.abs(logit))
    t2 = 1 + t1 + EPSILON
    value = np.maximum(logit, 0.0) - label * logit + np.log(t2)
    gradient = np.heaviside(logit, 0.5) - label - t1 * np.sign(logit) / t2
    return value, gradient

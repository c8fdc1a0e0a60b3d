"""The loss `mse` for NumPy, with its derivative.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    (pred - label)^2
"""

import numpy as np


def _sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1 + e)


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


def mse(logit, label):
    """The loss of each element and its derivative with respect to the logit, as two arrays of the shape of `logit`.

    The mean loss is `value.mean()`, and its gradient `gradient / gradient.size`.

    logit, label: of one shape, whatever it is; another is an error, for (n, 1) and (n,) would make n * n losses.
    Labels lie in [0, 1]. One outside is an error.

    The precision is that of the logits, at least single. Single precision is that of the search: rounding included,
    the loss is the one that was found. Double precision rounds less: 1 - pred, say, is not 0 beyond logit 17.
    """
    logit, label = _checked(logit, label, np.result_type(np.asarray(logit).dtype, np.float32))
    pred = _sigmoid(logit)
    t1 = pred - label
    slope = pred * _sigmoid(-logit)
    value = t1 ** 2
    gradient = 2 * t1 * slope
    return value, gradient

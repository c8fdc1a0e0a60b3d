"""The loss `generated_loss` for NumPy, with its derivative.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    max(label, pred)^2 / (pred - label) + log(pred - label) * reciprocal(label) + sqrt(exp(logit))

log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
reciprocal(x) stands for sign(x) / (|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
sqrt(x) stands for sign(x) * sqrt(|x|), with derivative 0 at 0.
At a tie of max, min or relu each side takes half of the derivative.
Every result is kept within [-1e6, 1e6], and where that acts the derivative is 0;
what stays there anyway is not clamped.
The loss is multiplied by SCALE, which changes the step of a training and not its minimum.
"""

import numpy as np

EPSILON = 1e-6
LOW = -1e6
HIGH = 1e6
SCALE = 0.5


def _root_slope(x):
    """The derivative of sign(x) * sqrt(|x|), and 0 at 0."""
    return np.where(x == 0, 0.0, 0.5 / np.sqrt(np.where(x == 0, 1.0, np.abs(x))))


def _sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1 + e)


def _signed_root(x):
    """sign(x) * sqrt(|x|)"""
    return np.sign(x) * np.sqrt(np.abs(x))


def _within(x, slope):
    """The derivative of x after the clamp: `slope`, and 0 where x is outside."""
    return np.where((x < LOW) | (x > HIGH), 0.0, slope)


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


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def generated_loss(logit, label):
    """The loss of each element and its derivative with respect to the logit, as two arrays of the shape of `logit`.

    The mean loss is `value.mean()`, and its gradient `gradient / gradient.size`.

    logit, label: of one shape, whatever it is; another is an error, for (n, 1) and (n,) would make n * n losses.
    Labels lie in [0, 1]. One outside is an error.

    The precision is that of the logits, at least single. Single precision is that of the search: rounding included,
    the loss is the one that was found. Double precision rounds less: 1 - pred, say, is not 0 beyond logit 17.
    """
    logit, label = _checked(logit, label, np.result_type(np.asarray(logit).dtype, np.float32))
    pred = _sigmoid(logit)
    t1 = np.maximum(label, pred)
    t2 = pred - label
    t3 = t1 ** 2 / t2
    t4 = np.abs(t2) + EPSILON
    t5 = np.sign(t2)
    t6 = np.clip(np.sign(label) / (label + EPSILON), LOW, HIGH)
    t7 = t5 * np.log(t4) * t6
    t8 = np.clip(t3, LOW, HIGH) + np.clip(t7, LOW, HIGH)
    t9 = np.exp(np.minimum(logit, 88.0))
    t10 = np.clip(t9, LOW, HIGH)
    t11 = np.clip(t8, LOW, HIGH) + _signed_root(t10)
    slope = pred * _sigmoid(-logit)
    t12 = _within(t3, (2 * t1 * (np.heaviside(t2, 0.5) * slope) - t3 * slope) / t2)
    t13 = _within(t8, t12 + _within(t7, t6 * (t5 * (t5 * slope / t4))))
    value = SCALE * np.clip(t11, LOW, HIGH)
    gradient = SCALE * _within(t11, t13 + _root_slope(t10) * _within(t9, t9))
    return value, gradient

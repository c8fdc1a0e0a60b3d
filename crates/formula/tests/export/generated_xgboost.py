"""The loss `generated_loss` as a custom objective of XGBoost.

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

# A generated loss need not be convex. A booster divides by the second derivative, so it is never taken below this.
MIN_HESSIAN = 1e-3

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


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def derivatives(logit, label):
    """First and second derivative of the loss of each row with respect to the raw score; arrays of shape (n,)."""
    logit, label = np.asarray(logit, dtype=float), np.asarray(label, dtype=float)
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
    t12 = np.heaviside(t2, 0.5)
    t13 = t12 * slope
    t14 = (2 * t1 * t13 - t3 * slope) / t2
    t15 = t5 * slope
    t16 = _within(t9, t9)
    t17 = _root_slope(t10)
    t18 = _within(t8, _within(t3, t14) + _within(t7, t6 * (t5 * (t15 / t4)))) + t17 * t16
    t19 = slope * (1 - 2 * pred)
    t20 = t13 * (2 * t13) + 2 * t1 * (t12 * t19) - (slope * t14 + t3 * t19) - t14 * slope
    t21 = _within(t3, t20 / t2) + _within(t7, t6 * (t5 * ((t5 * t19 - t15 / t4 * t15) / t4)))
    t22 = t16 * (-2 * (np.sign(t10) * (t17 ** 2 * t17)) * t16) + t17 * t16
    gradient = SCALE * _within(t11, t18)
    hessian = SCALE * _within(t11, _within(t8, t21) + t22)
    return gradient, np.maximum(hessian, MIN_HESSIAN)


def generated_loss(score, dtrain):
    """Objective of raw scores: `xgboost.train({"base_score": 0.0}, dtrain, obj=generated_loss)`.

    The sum over rows, as boosters have it; row weights are not applied. Predictions are raw: pred = sigmoid(score).
    """
    return derivatives(score, dtrain.get_label())


def generated_loss_sklearn(label, score):
    """The same for the scikit-learn interface, whose order of arguments is the other one."""
    return derivatives(score, label)

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

# The length of the step to either side at which the second derivative is taken.
STEP = 1e-9
# A booster divides by the Hessian.
MIN_HESSIAN = 1e-16

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
def _exact(logit, label):
    """First and second derivative of the loss; at a kink the second is that of neither side."""
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


def generated_loss(score, dtrain):
    """Objective of raw scores: `xgboost.train({"base_score": 0.0}, dtrain, obj=generated_loss)`.

    `base_score` is the raw score at which every row starts. Give it: XGBoost's own default is meant for its own
    objectives, and differs between versions.

    The sum over rows, as boosters have it; row weights are not applied. Predictions are raw: pred = sigmoid(score).
    """
    return derivatives(score, dtrain.get_label())


def generated_loss_sklearn(label, score):
    """The same for the scikit-learn interface, whose order of arguments is the other one."""
    return derivatives(score, label)

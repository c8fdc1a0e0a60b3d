"""The loss `bce` as a custom objective of LightGBM (4.0 or newer).

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    relu(logit) - label * logit + log(1 + exp(-abs(logit)))

log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
At a tie of max, min or relu each side takes half of the derivative.
"""

import numpy as np

# A generated loss need not be convex. A booster divides by the second derivative, so it is never taken below this.
MIN_HESSIAN = 1e-3

EPSILON = 1e-6


def derivatives(logit, label):
    """First and second derivative of the loss of each row with respect to the raw score; arrays of shape (n,)."""
    logit, label = np.asarray(logit, dtype=float), np.asarray(label, dtype=float)
    t1 = np.exp(-np.abs(logit))
    t2 = 1 + t1 + EPSILON
    t3 = np.sign(logit)
    t4 = t1 * t3 / t2
    gradient = np.heaviside(logit, 0.5) - label - t4
    hessian = -((t4 * (t1 * t3) - t3 * (t1 * t3)) / t2)
    return gradient, np.maximum(hessian, MIN_HESSIAN)


def bce(score, train_data):
    """Objective of raw scores: `lightgbm.train({"objective": bce}, train_data)`.

    The sum over rows, as boosters have it; row weights are not applied. Predictions are raw: pred = sigmoid(score).
    """
    return derivatives(score, train_data.get_label())


def bce_sklearn(label, score):
    """The same for the scikit-learn interface, whose order of arguments is the other one."""
    return derivatives(score, label)

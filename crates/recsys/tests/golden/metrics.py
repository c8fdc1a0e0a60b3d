"""Writes metrics.json: metrics by scikit-learn; DeLong's test and Holm's correction by their definitions.

DeLong's structural components are counted pair by pair, and Holm's adjusted p-values follow from the closure principle
over all intersections, so that neither shares an algorithm with the code under test.

Run as: python metrics.py  (needs numpy, scipy, scikit-learn)
"""

import itertools
import json
import math
import pathlib

import numpy as np
from scipy.special import expit
from scipy.stats import norm
from sklearn import metrics

N, THRESHOLDS = 200, [0.5, 0.375, 0.9]
rng = np.random.default_rng(7)
labels = (rng.random(N) < 0.35).astype(int)


def single(values):
    """Numbers that single precision holds."""
    return np.float32(values).astype(float)


signal = 1.2 * labels + rng.normal(size=N)
extreme = 9.0 * rng.normal(size=N) + 4.0 * labels
extreme[:8] = [1e4, -1e4, 300.0, -300.0, 90.0, -90.0, 40.0, -40.0]
SCORES = {
    "informative": single(signal - 1.0),
    "random": single(rng.normal(size=N)),
    "quantised": single(np.round(2.0 * signal) / 2.0 - 1.0),
    "another quantised": single(np.round(signal + 0.5 * rng.normal(size=N))),
    "extreme": single(extreme),
    "constant": single(np.full(N, 0.25)),
    "reversed": single(-signal),
}


def log_loss(h):
    """Not of rounded probabilities, which scikit-learn would have to clip."""
    exact = np.mean(np.logaddexp(0.0, h) - labels * h)
    if np.abs(h).max() < 20:
        assert math.isclose(exact, metrics.log_loss(labels, expit(h)), rel_tol=1e-9)
    return exact


def best(h):
    """Highest F1 and accuracy over the thresholds on the logit, one above all logits among them."""
    precision, recall, _ = metrics.precision_recall_curve(labels, h)
    weight = precision + recall
    f1 = np.divide(2 * precision * recall, weight, out=np.zeros_like(weight), where=weight > 0)
    cuts = [*h, np.inf]
    return {"f1": f1.max(), "accuracy": max(metrics.accuracy_score(labels, h >= cut) for cut in cuts)}


def measured(h):
    p = expit(h)
    return {
        "logits": h.tolist(),
        "auc": metrics.roc_auc_score(labels, h),
        "log_loss": log_loss(h),
        "rmse": metrics.root_mean_squared_error(labels, p),
        "mae": metrics.mean_absolute_error(labels, p),
        "f1": [metrics.f1_score(labels, p >= cut, zero_division=0.0) for cut in THRESHOLDS],
        "accuracy": [metrics.accuracy_score(labels, p >= cut) for cut in THRESHOLDS],
        "best": best(h),
        "interval": interval(h),
    }


def components(h):
    """For each positive and each negative, the share of the other class that the pair's order is right against."""
    positives, negatives = h[labels == 1], h[labels == 0]
    won = [[1.0 if x > y else 0.5 if x == y else 0.0 for y in negatives] for x in positives]
    return np.mean(won, axis=1), np.mean(won, axis=0)


def covariance(first, second):
    """Covariance of two AUCs: S10/m + S01/n."""
    return sum(np.cov(x, y)[0, 1] / len(x) for x, y in zip(components(first), components(second)))


def interval(h):
    """By DeLong's variance; where that is 0, by Hoeffding's inequality: 2·exp(−2·k·half²) = 0.05."""
    auc, variance = components(h)[0].mean(), covariance(h, h)
    smaller = min(labels.sum(), len(labels) - labels.sum())
    half = norm.ppf(0.975) * math.sqrt(variance) if variance > 0 else math.sqrt(-math.log(0.05 / 2) / (2 * smaller))
    return [max(0.0, auc - half), min(1.0, auc + half)]


def delong(first, second):
    x, y = SCORES[first], SCORES[second]
    difference = metrics.roc_auc_score(labels, x) - metrics.roc_auc_score(labels, y)
    error = math.sqrt(covariance(x, x) + covariance(y, y) - 2 * covariance(x, y))
    p_value = 2 * norm.sf(abs(difference) / error)
    return {"scores": [first, second], "difference": difference, "standard_error": error, "p_value": p_value}


def holm(p_values):
    """A hypothesis is rejected when every intersection that holds it is, by Bonferroni's test."""
    indices = range(len(p_values))
    sets = [s for size in range(1, len(p_values) + 1) for s in itertools.combinations(indices, size)]
    return [max(min(1.0, len(s) * min(p_values[j] for j in s)) for s in sets if i in s) for i in indices]


FAMILIES = [
    [0.04, 0.01, 0.03, 0.005, 0.2, 0.01],
    [0.6, 0.7, 0.55],
    [0.049],
    rng.random(7).tolist(),
    (0.02 * rng.random(8)).tolist(),
]
golden = {
    "labels": labels.tolist(),
    "thresholds": THRESHOLDS,
    "scores": {name: measured(h) for name, h in SCORES.items()},
    "delong": [delong(*pair) for pair in itertools.combinations(SCORES, 2)],
    "holm": [{"p_values": p_values, "adjusted": holm(p_values)} for p_values in FAMILIES],
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")

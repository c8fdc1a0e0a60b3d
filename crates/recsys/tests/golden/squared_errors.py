"""Writes squared_errors.json: errors against graded labels, paired by scipy's ttest_rel; standard errors by the delta method.

The standard errors follow from the covariance matrix of the two mean squared errors and the gradient of the difference of
their roots, where the code under test goes by the influence of each row.

Run as: python squared_errors.py  (needs numpy, scipy, scikit-learn)
"""

import itertools
import json
import math
import pathlib

import numpy as np
from scipy.special import expit
from scipy.stats import norm, ttest_rel
from sklearn import metrics

N = 200
rng = np.random.default_rng(11)


def single(values):
    """Numbers that single precision holds."""
    return np.float32(values).astype(float)


labels = single(rng.integers(0, 5, N) / 4.0)
SCORES = {
    "informative": single(2.0 * labels - 1.0 + 0.7 * rng.normal(size=N)),
    "near it": single(2.0 * labels - 1.0 + 0.8 * rng.normal(size=N)),
    "random": single(rng.normal(size=N)),
    "extreme": single(40.0 * rng.normal(size=N)),
    "constant": single(np.full(N, 0.25)),
    "reversed": single(3.0 - 6.0 * labels),
}


def squares(h):
    return (expit(h) - labels) ** 2


def measured(h):
    rmse = metrics.root_mean_squared_error(labels, expit(h))
    half = norm.ppf(0.975) * math.sqrt(np.var(squares(h), ddof=1) / N) / (2 * rmse)
    return {
        "logits": h.tolist(),
        "rmse": rmse,
        "mae": metrics.mean_absolute_error(labels, expit(h)),
        "interval": [max(0.0, rmse - half), min(1.0, rmse + half)],
    }


def compared(first, second):
    x, y = squares(SCORES[first]), squares(SCORES[second])
    roots = np.sqrt([x.mean(), y.mean()])
    gradient = np.array([1, -1]) / (2 * roots)
    error = math.sqrt(gradient @ np.cov(x, y) @ gradient / N)
    return {
        "scores": [first, second],
        "difference": roots[0] - roots[1],
        "standard_error": error,
        "p_value": ttest_rel(x, y).pvalue,
    }


golden = {
    "labels": labels.tolist(),
    "scores": {name: measured(h) for name, h in SCORES.items()},
    "tests": [compared(*pair) for pair in itertools.combinations(SCORES, 2)],
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")

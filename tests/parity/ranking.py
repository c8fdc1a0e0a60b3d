"""Compares exported losses of ranking with the evaluator: value, and the derivative with respect to every score.

    cargo run -p autolossgen-formula --example ranking_parity > cases.json
    python tests/parity/ranking.py cases.json

Code runs in double precision, the evaluator in single: allowed is 1e-4 of the largest derivative of a formula and of its value.
Frameworks that are not installed are left out with a word. Exits with 1 where something does not hold.
"""

import argparse
import json
import os
import sys
import types

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ALLOWED = 1e-4


def by_torch(function, pos, neg):
    import torch

    pos, neg = (torch.tensor(scores, dtype=torch.float64, requires_grad=True) for scores in (pos, neg))
    value = function(pos, neg)
    grads = torch.autograd.grad(value, (pos, neg), allow_unused=True)
    return value.item(), *(np.zeros(x.shape) if grad is None else grad.numpy() for grad, x in zip(grads, (pos, neg)))


def by_jax(function, pos, neg):
    import jax

    jax.config.update("jax_enable_x64", True)
    value, grads = jax.jit(jax.value_and_grad(function, argnums=(0, 1)))(pos, neg)
    return float(value), *(np.asarray(grad) for grad in grads)


def by_tensorflow(function, pos, neg):
    import tensorflow as tf

    pos, neg = tf.Variable(pos, dtype=tf.float64), tf.Variable(neg, dtype=tf.float64)
    with tf.GradientTape() as tape:
        value = function(pos, neg)
    grads = tape.gradient(value, (pos, neg), unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return float(value), *(grad.numpy() for grad in grads)


def by_numpy(function, pos, neg):
    value, of_pos, of_neg = function(pos, neg)
    assert value.shape == of_pos.shape == pos.shape and of_neg.shape == neg.shape
    return value.mean(), of_pos / len(pos), of_neg / len(pos)


def stand_ins():
    """RecBole's two names that the code takes, where it is not installed."""
    names = ("recbole", "recbole.model", "recbole.model.general_recommender", "recbole.utils")
    for name in names:
        sys.modules[name] = types.ModuleType(name)
    sys.modules[names[2]].BPR = type("BPR", (), {"__init__": lambda self, config, dataset: None})
    sys.modules[names[3]].InputType = types.SimpleNamespace(PAIRWISE="pairwise")


def recbole_function(scope):
    """The loss as a model of RecBole computes it: pairs repeated once a negative."""
    import torch

    class Model(scope["ALossModel"]):
        USER_ID, ITEM_ID, NEG_ITEM_ID = "user", "item", "negative"

        def __init__(self, scores):
            self.scores = scores
            self.n_negatives = scores.shape[1] - 1

        def score(self, user, item):
            return self.scores[user, item]

    def function(pos, neg):
        if len(pos) != len(neg):
            return scope["a_loss"](pos, neg)
        rows, n = neg.shape
        users = torch.arange(rows).repeat(n)
        negatives = (1 + torch.arange(n)).repeat_interleave(rows)
        pairs = {"user": users, "item": torch.zeros_like(users), "negative": negatives}
        return Model(torch.cat([pos[:, None], neg], dim=1)).calculate_loss(pairs)

    return function


FRAMEWORKS = {"pytorch": ("torch", by_torch), "jax": ("jax", by_jax), "tensorflow": ("tensorflow", by_tensorflow),
              "numpy": ("numpy", by_numpy), "recbole": ("torch", by_torch)}


def gap(found, expected):
    """The largest difference, in the largest number that is expected, and at least in 1e-6."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    difference = np.max(np.abs(found - expected)) / max(np.max(np.abs(expected)), 1e-6)
    return np.inf if np.isnan(difference) else difference


def refuses(function):
    """Whether scores of other shapes are refused with a sentence."""
    try:
        function(np.zeros(3), np.zeros((4, 2)))
    except ValueError as error:
        return "(B,) and (B, N) are needed" in str(error)
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases")
    document = json.load(open(parser.parse_args().cases))
    pos = np.array(document["pos"])
    neg = np.array(document["neg"]).reshape(len(pos), document["negatives"])
    failed = 0
    try:
        import recbole.model.general_recommender  # noqa: F401
    except ImportError:
        stand_ins()
    for target, (module, run) in FRAMEWORKS.items():
        try:
            __import__(module)
        except ImportError:
            print(f"{target}: {module} is not installed; left out")
            continue
        worst, n = (0.0, ""), 0
        for case in document["cases"]:
            if case["non_finite"]:
                continue
            scope = {}
            exec(case["code"][target], scope)
            function = recbole_function(scope) if target == "recbole" else scope["a_loss"]
            value, of_pos, of_neg = run(function, pos, neg)
            expected = np.array(case["pos"]) / len(pos), np.array(case["neg"]).reshape(neg.shape) / len(pos)
            size = max(np.max(np.abs(expected[0])), np.max(np.abs(expected[1])), 1e-6)
            found = max(
                gap(value, case["value"]),
                *(np.max(np.abs(own - other)) / size for own, other in zip((of_pos, of_neg), expected)),
            )
            worst, n = max(worst, (found, case["formula"])), n + 1
            if not found <= ALLOWED or not refuses(function):
                failed += 1
                print(f"{target}: {case['formula']}: {found:.1e}")
        print(f"{target}: {n} formulas, the largest difference {worst[0]:.1e} ({worst[1]})")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()

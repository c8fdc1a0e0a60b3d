"""Compares exported losses of ranking with the evaluator: value, and the derivative with respect to every score.

    cargo run -p autolossgen-formula --example ranking_parity > cases.json
    python tests/parity/ranking.py cases.json

Code runs in double precision, the evaluator in single: allowed is 1e-4 of the largest derivative of a formula and of its value.
Frameworks that are not installed are left out with a word. Exits with 1 where something does not hold.
"""

import argparse
import json
import os

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


FRAMEWORKS = {"pytorch": ("torch", by_torch), "jax": ("jax", by_jax), "tensorflow": ("tensorflow", by_tensorflow)}


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
            value, of_pos, of_neg = run(scope["a_loss"], pos, neg)
            expected = np.array(case["pos"]) / len(pos), np.array(case["neg"]).reshape(neg.shape) / len(pos)
            size = max(np.max(np.abs(expected[0])), np.max(np.abs(expected[1])), 1e-6)
            found = max(
                gap(value, case["value"]),
                *(np.max(np.abs(own - other)) / size for own, other in zip((of_pos, of_neg), expected)),
            )
            worst, n = max(worst, (found, case["formula"])), n + 1
            if not found <= ALLOWED or not refuses(scope["a_loss"]):
                failed += 1
                print(f"{target}: {case['formula']}: {found:.1e}")
        print(f"{target}: {n} formulas, the largest difference {worst[0]:.1e} ({worst[1]})")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()

"""Compares the code of every target with the evaluator: every named loss and 200 random formulas, ŷ in (0, 1), y of 0 and 1.

    cargo run -p autolossgen-formula --example parity > cases.json
    python tests/parity/parity.py cases.json

Two comparisons. Against the reference of `reference.py`, both in double precision: what differs beyond the rounding of
constants, which the export folds in single precision as the evaluator does, is a mistake. Against the evaluator, which has
single precision: at points where single precision itself is good to 2e-6 (the reference in single against the reference in
double), with the target in double and, where it has one, in single precision.

A difference is relative to the number, but at least to a millionth of the largest at that formula and label, and to 1e-9 (in
double precision) or 1e-2 (in single) of the largest value, or of 1: terms which cancel leave a rounding behind. Allowed are
1e-6 against the reference, 1e-5 against the evaluator, and 1e-4 between two single precisions, which round in different
orders. Exits with 1 where a difference is larger.
"""

import argparse
import json
import os
import pathlib

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import reference
import targets

SHARP = 2e-6
ALLOWED = {"reference": 1e-6, "float64": 1e-5, "float32": 1e-4}
# Of the largest value: below it a term may be what others left behind when they cancelled.
ROUNDING = {np.float64: 1e-9, np.float32: 1e-2}
MIN_HESSIAN = 1e-3


def difference(found, expected, value, precision):
    """Relative differences, shape (n,). `value` are the formula's values, `precision` the type that one rounding is of."""
    expected = np.asarray(expected, np.float64)
    rounding = ROUNDING[precision] * np.max(np.abs(value), initial=1.0)
    floor = max(1e-6 * np.max(np.abs(expected), initial=0.0), rounding, 1e-30)
    with np.errstate(all="ignore"):
        gap = np.abs(np.asarray(found, np.float64) - expected) / np.maximum(np.abs(expected), floor)
    return np.where(np.isnan(gap), np.inf, gap)


class Worst:
    """The largest difference of a kind, where it is, and over how many points."""

    def __init__(self):
        self.gap, self.place, self.points = 0.0, "", 0

    def see(self, gaps, place):
        self.points += gaps.size
        if gaps.size and gaps.max() > self.gap:
            self.gap, self.place = float(gaps.max()), place


def compare(case, label, logit, target, run, dtype, worst):
    """One formula at one label: what `target` has beside the reference and the evaluator."""
    code, scale, evaluated = case["codes"][target], case["scale"], case["labels"][int(label)]
    exact = reference.evaluate(case, logit, label, np.float64)
    rough = reference.evaluate(case, logit, label, np.float32)
    value, gradient, hessian = run(code, logit, label, dtype)
    place = f"{case['formula']} (ε {case['epsilon']}, clamp {case['clamp']}, y {label})"
    parts = [("value", value, 0, scale, evaluated["value"], scale), ("gradient", gradient, 1, scale, evaluated["gradient"], 1)]
    for what, found, order, factor, ours, ours_factor in parts:
        if found is None:
            continue
        sharp = difference(rough[order], exact[order], exact[0], np.float32) < SHARP
        if dtype is np.float64:
            gaps = difference(found, factor * exact[order], exact[0], np.float64)
            worst[what, "reference"].see(gaps, place)
        gaps = difference(found, ours_factor * np.asarray(ours), exact[0], np.float32)
        worst[what, dtype.__name__].see(gaps[sharp], place)
    if hessian is not None:
        bounded = np.maximum(scale * exact[2], MIN_HESSIAN)
        gaps = difference(hessian, bounded, exact[0], np.float64)
        worst["hessian", "reference"].see(gaps, place)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", type=pathlib.Path)
    parser.add_argument("--targets", default=",".join(targets.TARGETS))
    parser.add_argument("--verbose", action="store_true", help="say where each largest difference is")
    args = parser.parse_args()
    document = json.loads(args.cases.read_text())
    logit = np.array(document["logits"], np.float64)
    try:
        import recbole.model.general_recommender  # noqa: F401
        import recbole.utils  # noqa: F401
    except Exception as error:
        print(f"RecBole cannot be imported ({type(error).__name__}: {error}); the base classes are stand-ins")
        targets.stand_in_for_recbole()
    failed = False
    for target in args.targets.split(","):
        run, _ = targets.TARGETS[target]
        is_autograd = target in ("pytorch", "jax", "tensorflow", "recbole")
        kinds = [("value", "reference"), ("value", "float64"), ("value", "float32"), ("gradient", "reference")]
        kinds += [("gradient", "float64"), ("gradient", "float32"), ("hessian", "reference")]
        worst = {kind: Worst() for kind in kinds}
        for case in document["cases"]:
            for label in (0.0, 1.0):
                for dtype in (np.float64, np.float32) if is_autograd else (np.float64,):
                    compare(case, label, logit, target, run, dtype, worst)
        for (what, against), seen in worst.items():
            if not seen.points:
                continue
            allowed = ALLOWED[against]
            beside = "reference" if against == "reference" else f"evaluator, {against}"
            print(f"{target:10} {what:8} {beside:19} {seen.gap:.1e} over {seen.points} points")
            if seen.gap > allowed or args.verbose:
                print(f"           at {seen.place}")
            failed |= seen.gap > allowed
    raise SystemExit(failed)


if __name__ == "__main__":
    main()

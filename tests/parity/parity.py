"""Compares the code of every target with the evaluator: every named loss and 500 random formulas.

    cargo run -p autolossgen-formula --example parity > cases.json
    python tests/parity/parity.py cases.json

ŷ goes to within 1e-9 of 0 and 1, labels are 0, 1, 0.31 and 0.5. Held are

- code in double precision against `reference.py` in extended precision, at the points where double precision is good to 1e-7;
  allowed is 1e-6;
- the Hessian of the boosters, whose rule is written here a second time: a step aside as the code takes it, where 1e-4 is allowed
  because both sides of a kink may cancel, and for named losses the limits of both sides, to within 1e-6;
- code in double and in single precision against the evaluator, which has single precision, at the points where single
  precision is good to 2e-6. Allowed are 1e-5, and 3e-4 between two single precisions, which round in different orders;
- code in half precision: value and gradient are finite wherever they are in single;
- shapes that differ: an error that says what to do. For NumPy and the boosters, labels outside [0, 1] too;
- `torch.jit.script` of the module: the same values.

A difference is relative to the number, but at least to a millionth of the largest at that formula and label, and to 1e-9 (in
double precision) or 1e-2 (in single) of the largest value, or of 1: terms which cancel leave a rounding behind. Exits with 1
where something does not hold.
"""

import argparse
import collections
import json
import os
import pathlib
import warnings

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import reference
import targets

# Where a precision counts as good, by how far the next coarser one is from it.
SHARP = {np.float64: 1e-7, np.float32: 2e-6}
ALLOWED = {
    "reference": 1e-6, "evaluator, float64": 1e-5, "evaluator, float32": 3e-4, "both sides": 1e-6, "a step aside": 1e-4,
}
# Of the largest value: below it a term may be what others left behind when they cancelled.
ROUNDING = {np.float64: 1e-9, np.float32: 1e-2}
MIN_HESSIAN = 1e-16
# The step to either side at which boosters take the second derivative.
STEP = 1e-9


def difference(found, expected, value, precision):
    """Relative differences, shape (n,). `value` are the formula's values, `precision` the type that one rounding is of."""
    expected = np.asarray(expected, np.longdouble)
    rounding = ROUNDING[precision] * np.max(np.abs(value), initial=1.0)
    floor = max(1e-6 * np.max(np.abs(expected), initial=0.0), rounding, 1e-30)
    with np.errstate(all="ignore"):
        gap = np.abs(np.asarray(found, np.longdouble) - expected) / np.maximum(np.abs(expected), floor)
    return np.where(np.isnan(gap), np.inf, gap).astype(np.float64)


def hessian_of(gradient, left, right, logit):
    """What a booster gets: the mean of both sides by size, and |gradient| / 2 where the loss is flat."""
    curvature, size = np.abs(left + right) / 2, np.abs(gradient)
    slope = reference.sigmoid(logit) * reference.sigmoid(-logit)
    is_flat = ~(curvature >= slope * size / 2) | np.isinf(curvature)
    return np.maximum(np.where(is_flat, size / 2, curvature), MIN_HESSIAN)


class Case:
    """A formula at every logit and label, as the reference and the evaluator have it."""

    def __init__(self, case, logits):
        self.case, self.codes = case, case["codes"]
        n, labels = len(logits), case["labels"]
        self.logit = np.tile(np.array(logits, np.float64), len(labels))
        self.label = np.repeat([row["label"] for row in labels], n).astype(np.float64)
        self.rows = [slice(index * n, (index + 1) * n) for index in range(len(labels))]
        self.value, self.gradient = (np.concatenate([row[key] for row in labels]) for key in ("value", "gradient"))
        at = lambda dtype, side=0, step=0: reference.evaluate(
            case, self.logit.astype(dtype) + dtype(step), self.label, dtype, side
        )
        self.exact, self.double, self.single = at(np.longdouble), at(np.float64), at(np.float32)
        # At the neighbours too, where another side of a kink shows.
        beside = (np.nextafter(self.logit.astype(np.float32), np.float32(end)) for end in (-np.inf, np.inf))
        self.beside = [reference.evaluate(case, logit, self.label, np.float32) for logit in beside]
        scale = case["scale"]
        self.hessian = {}
        for dtype in (np.longdouble, np.float64):
            gradient = self.exact[1] if dtype is np.longdouble else self.double[1]
            beside = [scale * at(dtype, step=step)[2] for step in (-STEP, STEP)]
            with np.errstate(all="ignore"):
                self.hessian[dtype] = hessian_of(scale * gradient, *beside, self.logit.astype(dtype))
        # Of a named loss, whose kinks are simple ones, the limits themselves.
        self.limits = None
        if case["name"] != "generated_loss":
            sides = [scale * at(np.longdouble, side)[2] for side in (-1, 1)]
            self.limits = hessian_of(scale * self.exact[1], *sides, self.logit.astype(np.longdouble))
        self.place = f"{case['formula']} (ε {case['epsilon']}, clamp {case['clamp']})"


class Worst:
    """The largest difference of a kind, where it is, and over how many points of all."""

    def __init__(self):
        self.gap, self.place, self.points, self.left_out = 0.0, "", 0, 0

    def see(self, gaps, sharp, case, row):
        self.points += int(sharp.sum())
        self.left_out += int((~sharp).sum())
        gaps = np.where(sharp, gaps, 0.0)
        if gaps.max() > self.gap:
            at = row.start + int(gaps.argmax())
            self.gap, self.place = float(gaps.max()), f"{case.place} at h {case.logit[at]:.6g}, y {case.label[at]:g}"


def compare(case, found, dtype, worst):
    """What code has in double or single precision beside the reference and the evaluator."""
    value, gradient, hessian = found
    scale = case.case["scale"]
    for row in case.rows:
        size = case.exact[0][row]
        for what, ours, order, evaluated, factor in (
            ("value", value, 0, case.value, scale), ("gradient", gradient, 1, case.gradient, 1),
        ):
            if ours is None:
                continue
            exact, double, single = (source[order][row] for source in (case.exact, case.double, case.single))
            good = difference(double, exact, size, np.float64) < SHARP[np.float64]
            if dtype == "float64":
                worst[what, "reference"].see(difference(ours[row], scale * exact, size, np.float64), good, case, row)
            sharp = good & (difference(single, double, size, np.float32) < SHARP[np.float32])
            for neighbour in case.beside:
                sharp &= difference(neighbour[order][row], double, size, np.float32) < 10 * SHARP[np.float32]
            gaps = difference(ours[row], factor * evaluated[row], size, np.float32)
            worst[what, f"evaluator, {dtype}"].see(gaps, sharp, case, row)
        if hessian is not None:
            exact, double = (case.hessian[precision][row] for precision in (np.longdouble, np.float64))
            good = difference(double, exact, size, np.float64) < SHARP[np.float64]
            good &= np.isfinite(exact.astype(np.float64))
            worst["hessian", "a step aside"].see(difference(hessian[row], exact, size, np.float64), good, case, row)
            if case.limits is not None:
                gaps = difference(hessian[row], case.limits[row], size, np.float64)
                worst["hessian", "both sides"].see(gaps, good, case, row)
            if not (np.isfinite(hessian[row]).all() and (hessian[row] > 0).all()):
                worst["hessian", "a step aside"].see(np.full(exact.shape, np.inf), np.ones(exact.shape, bool), case, row)


def not_finite(run, code, case, dtype):
    """How many values and gradients are not finite in half precision and are in single, of how many."""
    import ml_dtypes

    half = ml_dtypes.bfloat16 if dtype == "bfloat16" else np.float16
    logit, label = (x.astype(half).astype(np.float64) for x in (case.logit, case.label))
    pairs = list(zip(run(code, logit, label, dtype), run(code, logit, label, "float32")))[:2]
    lost = sum(int((np.isfinite(single) & ~np.isfinite(half)).sum()) for half, single in pairs)
    return lost, 2 * logit.size


def refuses(run, code, logit, label):
    try:
        run(code, logit, label, "float32")
    except ValueError as error:
        return str(error)
    return ""


def check_arguments(target, run, code, faults):
    logit = np.array([[5.0], [-5.0]])
    if "one shape is needed, as after logit.reshape(label.shape)" not in refuses(run, code, logit, np.array([1.0, 0.0])):
        faults.append(f"{target}: logits (2, 1) and labels (2,) are taken")
    if target in ("numpy", "lightgbm", "xgboost"):
        for bad in (-1.0, 1.5, np.nan):
            if "labels lie in [0, 1]" not in refuses(run, code, np.zeros(2), np.array([1.0, bad])):
                faults.append(f"{target}: a label of {bad} is taken")


def check_script(case, found, faults):
    import torch

    module = targets.load(case.codes["pytorch"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scripted = torch.jit.script(module["ExportedLoss"](reduction="none"))
    value = scripted(torch.tensor(case.logit, dtype=torch.float32), torch.tensor(case.label, dtype=torch.float32))
    if not np.array_equal(value.double().numpy(), found[0], equal_nan=True):
        faults.append(f"torch.jit.script: other values for {case.place}")


def check(target, cases, verbose):
    run, dtypes = targets.TARGETS[target]
    worst, half, faults = collections.defaultdict(Worst), collections.Counter(), []
    for case in cases:
        code = case.codes[target]
        check_arguments(target, run, code, faults)
        for dtype in dtypes:
            if dtype in ("float64", "float32"):
                found = run(code, case.logit, case.label, dtype)
                compare(case, found, dtype, worst)
                if (target, dtype) == ("pytorch", "float32"):
                    check_script(case, found, faults)
            else:
                lost, of = not_finite(run, code, case, dtype)
                half[dtype, "of"] += of
                half[dtype, "lost"] += lost
                if lost:
                    faults.append(f"{target}: {lost} not finite in {dtype} and finite in single: {case.place}")
    for (what, against), seen in worst.items():
        print(f"{target:10} {what:8} {against:19} {seen.gap:.1e} over {seen.points} points ({seen.left_out} left out)")
        if seen.gap > ALLOWED[against] or verbose:
            print(f"           at {seen.place}")
    for dtype in ("float16", "bfloat16"):
        if half[dtype, "of"]:
            print(f"{target:10} {dtype}: {half[dtype, 'lost']} of {half[dtype, 'of']} not finite that are in single")
    for fault in faults[:20]:
        print(f"           {fault}")
    return bool(faults) or any(seen.gap > ALLOWED[against] for (_, against), seen in worst.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", type=pathlib.Path)
    parser.add_argument("--targets", default=",".join(targets.TARGETS))
    parser.add_argument("--first", type=int, help="look at the first cases alone")
    parser.add_argument("--verbose", action="store_true", help="say where each largest difference is")
    args = parser.parse_args()
    document = json.loads(args.cases.read_text())
    cases = [Case(case, document["logits"]) for case in document["cases"][: args.first]]
    try:
        import recbole.model.general_recommender  # noqa: F401
        import recbole.utils  # noqa: F401
    except Exception as error:
        print(f"RecBole cannot be imported ({type(error).__name__}: {error}); the base classes are stand-ins")
        targets.stand_in_for_recbole()
    raise SystemExit(any([check(target, cases, args.verbose) for target in args.targets.split(",")]))


if __name__ == "__main__":
    main()

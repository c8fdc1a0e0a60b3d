"""Trains LightGBM and XGBoost with exported losses on planted data, beside their own binary objective.

    cargo run -p autolossgen-formula --example parity > cases.json
    python tests/parity/boosters.py cases.json

On held-out rows the AUC of each loss must come within 0.005 of the booster's own objective, and the log loss of bce too. Needs
lightgbm, xgboost and scikit-learn. Exits with 1 where something does not hold.
"""

import json
import pathlib
import sys

import lightgbm
import numpy as np
import xgboost
from sklearn.metrics import log_loss, roc_auc_score

import targets

LOSSES = ("bce", "mse", "hinge", "focal")
ALLOWED = 0.005
TRAIN, TEST, FEATURES, ROUNDS = 6_000, 10_000, 8, 50


def objectives(cases, target):
    """The objective of each loss, by name; ε is 1e-6."""
    codes = {case["name"]: case["codes"][target] for case in cases if case["epsilon"] == 1e-6}
    return {loss: targets.load(codes[loss])[targets.NAME] for loss in LOSSES}


def planted(seed):
    """Rows whose labels follow a linear logit; the best AUC is near 0.98."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(TRAIN + TEST, FEATURES))
    logit = 2 * (x @ rng.normal(size=FEATURES) - 0.8)
    return x, (rng.random(len(x)) < 1 / (1 + np.exp(-logit))).astype(int)


def with_lightgbm(x, y, objective):
    parameters = {"objective": objective or "binary", "verbose": -1, "num_leaves": 15, "num_threads": 1}
    booster = lightgbm.train(parameters, lightgbm.Dataset(x[:TRAIN], y[:TRAIN]), ROUNDS)
    return booster.predict(x[TRAIN:], raw_score=True)


def with_xgboost(x, y, objective):
    parameters = {"eta": 0.1, "max_depth": 4, "nthread": 1, "base_score": 0.0 if objective else 0.5}
    if not objective:
        parameters["objective"] = "binary:logistic"
    rows = xgboost.DMatrix(x[:TRAIN], y[:TRAIN])
    booster = xgboost.train(parameters, rows, ROUNDS, obj=objective)
    return booster.predict(xgboost.DMatrix(x[TRAIN:]), output_margin=True)


def scores(y, raw):
    return roc_auc_score(y, raw), log_loss(y, 1 / (1 + np.exp(-raw)))


def main():
    failed = False
    cases = json.loads(pathlib.Path(sys.argv[1]).read_text())["cases"]
    for target, train in (("lightgbm", with_lightgbm), ("xgboost", with_xgboost)):
        for seed in (0, 1, 2):
            x, y = planted(seed)
            auc, cost = scores(y[TRAIN:], train(x, y, None))
            print(f"{target:8} seed {seed} own    AUC {auc:.4f}  log loss {cost:.4f}")
            for loss, objective in objectives(cases, target).items():
                raw = train(x, y, objective)
                found, found_cost = scores(y[TRAIN:], raw)
                gap, cost_gap = found - auc, found_cost - cost
                bad = gap < -ALLOWED or (loss == "bce" and abs(cost_gap) > ALLOWED)
                failed |= bad
                said = f"{target:8} seed {seed} {loss:6} AUC {found:.4f} ({gap:+.4f})  log loss {found_cost:.4f} ({cost_gap:+.4f})"
                print(said, f" raw scores {raw.min():.1f} to {raw.max():.1f}", "WRONG" if bad else "")
    raise SystemExit(failed)


if __name__ == "__main__":
    main()

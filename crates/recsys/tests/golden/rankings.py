"""Writes rankings.json: metrics of 1,000 random rankings by ranx, and by trec_eval through ir-measures, which must agree.

A ranking is one of at most 30 items. Scores are digits, so that most have ties; the smaller item comes first, and what the
evaluators see are scores without ties in that order. Some users have no relevant item, which the evaluators do not judge.

A line of the file: the digit of each item, or '-' for one that is masked; the relevant items; the cutoff; the values in the
order of `metrics`, or nothing where no item is relevant.

Run as: python rankings.py  (needs numpy, ranx 0.3.21, ir-measures 0.4.3)
"""

import json
import pathlib

import ir_measures
import numpy as np
import ranx

USERS, ITEMS, CUTOFFS = 1000, 30, [1, 2, 3, 5, 10, 20, 30]
METRICS = {"ndcg": "nDCG", "recall": "R", "hit_rate": "Success", "mrr": "RR", "map": "AP", "precision": "P"}
RANX = {"ndcg": "ndcg", "recall": "recall", "hit_rate": "hit_rate", "mrr": "mrr", "map": "map", "precision": "precision"}

rng = np.random.default_rng(17)
users = []
for number in range(USERS):
    digits = rng.integers(0, rng.integers(2, 11), ITEMS)
    masked = rng.random(ITEMS) < rng.choice([0.0, 0.3, 0.8])
    relevant = np.flatnonzero((rng.random(ITEMS) < rng.choice([0.0, 0.1, 0.3, 0.7])) & ~masked)
    order = sorted(np.flatnonzero(~masked), key=lambda item: (-digits[item], item))
    text = "".join("-" if hidden else str(digit) for digit, hidden in zip(digits, masked))
    users.append((text, [int(item) for item in relevant], CUTOFFS[number % len(CUTOFFS)], order))

values = {}
for cutoff in CUTOFFS:
    chosen = {str(n): user for n, user in enumerate(users) if user[2] == cutoff and user[1]}
    qrels = {n: {str(item): 1 for item in relevant} for n, (_, relevant, _, _) in chosen.items()}
    run = {n: {str(item): float(-rank) for rank, item in enumerate(order)} for n, (*_, order) in chosen.items()}
    names = [f"{name}@{cutoff}" for name in RANX.values()]
    by_ranx = ranx.evaluate(ranx.Qrels(qrels), ranx.Run(run), names, return_mean=False, make_comparable=True)
    measures = {ir_measures.parse_measure(f"{name}@{cutoff}"): key for key, name in METRICS.items()}
    by_trec = {(row.query_id, measures[row.measure]): row.value for row in ir_measures.iter_calc(list(measures), qrels, run)}
    # ranx sorts users by their names.
    for position, n in enumerate(sorted(chosen)):
        ours = [float(by_ranx[f"{RANX[key]}@{cutoff}"][position]) for key in METRICS]
        theirs = [by_trec[n, key] for key in METRICS]
        assert np.allclose(ours, theirs, rtol=0, atol=1e-9), (n, cutoff, ours, theirs)
        values[int(n)] = [float(f"{value:.12g}") for value in ours]

lines = [[text, relevant, cutoff, values.get(n)] for n, (text, relevant, cutoff, _) in enumerate(users)]
assert sum(line[3] is None for line in lines) > 200
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"metrics": list(METRICS), "rankings": lines}, separators=(",", ":")) + "\n")

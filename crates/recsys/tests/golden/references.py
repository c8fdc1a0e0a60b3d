"""Writes references.json: scores of EASE (Steck 2019) and of item neighbours by dense matrices in double precision.

Each is written from its equation: EASE with NumPy's inverse; item neighbours from the whole matrix of cosines, of which all but
the k highest of a column are set to 0, the smaller item first among equal ones.

Run as: python references.py  (needs numpy)
"""

import json
import pathlib

import numpy as np

USERS, ITEMS = 60, 150
rng = np.random.default_rng(23)
# Popular items and rare ones; the last item has no user.
chance = 0.6 / (1 + np.arange(ITEMS) / 6)
x = (rng.random((USERS, ITEMS)) < chance).astype(float)
x[:, -1] = 0


def ease(l2):
    p = np.linalg.inv(x.T @ x + l2 * np.eye(ITEMS))
    b = -p / np.diag(p)
    np.fill_diagonal(b, 0)
    return x @ b


def item_knn(neighbours, shrink):
    shared = x.T @ x
    sizes = np.sqrt(np.outer(np.diag(shared), np.diag(shared)))
    weights = np.divide(shared, sizes + shrink, out=np.zeros_like(shared), where=shared > 0)
    np.fill_diagonal(weights, 0)
    for column in weights.T:
        # The sort is stable; likenesses that are equal in single precision are equal.
        order = np.argsort(-column.astype(np.float32), kind="stable")
        column[order[neighbours:]] = 0
    return x @ weights


def plain(scores):
    return [[float(f"{value:.9g}") for value in scores[user]] for user in CHOSEN]


CHOSEN = [0, 7, 59]
users, items = np.nonzero(x)
found = {
    "n_users": USERS,
    "n_items": ITEMS,
    "users": users.tolist(),
    "items": items.tolist(),
    "chosen": CHOSEN,
    "ease": [{"l2": l2, "scores": plain(ease(l2))} for l2 in (1.0, 50.0)],
    "item_knn": [
        {"neighbours": k, "shrink": shrink, "scores": plain(item_knn(k, shrink))}
        for k, shrink in ((1, 0.0), (10, 0.0), (10, 5.0), (1000, 2.5))
    ],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(found, separators=(",", ":")) + "\n")

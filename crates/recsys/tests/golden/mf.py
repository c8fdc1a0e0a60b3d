"""Writes mf.json: biased matrix factorisation after two epochs, trained by PyTorch in double precision.

The embeddings are sparse, so that an optimiser with state moves a row only where the row is in the batch. SparseAdam
counts steps globally. It adds its ε before the bias correction where Adam (Kingma and Ba 2015) adds it after: what it is
given is ε·√(1 − β₂ᵗ), and the two agree.

Run as: python mf.py  (needs torch)
"""

import json
import pathlib

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, embedding

torch.set_default_dtype(torch.float64)
USERS, ITEMS, D, BATCH, EPOCHS = 6, 7, 5, 8, 2
# 1e-12 is lost in single precision, so that the formula of BCE, which has a protected logarithm, is BCE itself.
EPSILON = {"bce": 1e-12, "mse": 1e-12, "maxr": 0.1}
SHAPES = {
    "user_embeddings": (USERS, D),
    "user_biases": (USERS, 1),
    "item_embeddings": (ITEMS, D),
    "item_biases": (ITEMS, 1),
    "global_bias": (1, 1),
}
# 37 rows: the last batch of 8 is short, and the last user and the last item never occur.
state = 1
rows = []
for _ in range(37):
    state = state * 1103515245 + 12345 & 0x7FFFFFFF
    rows.append(((state >> 16) % (USERS - 1), (state >> 20) % (ITEMS - 1), (state >> 13) % 2))
batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
# Rows whose user, item, both or neither occurs once in the batch take different paths.
paths = {
    (sum(row[0] == user for row in batch) > 1, sum(row[1] == item for row in batch) > 1)
    for batch in batches
    for user, item, _ in batch
}
assert len(paths) == 4, paths
users, items, labels = (torch.tensor(column) for column in zip(*rows))


def bce(h, y):
    return binary_cross_entropy_with_logits(h, y)


def mse(h, y):
    return ((torch.sigmoid(h) - y) ** 2).mean()


def maxr(h, y):
    p, epsilon = torch.sigmoid(h), EPSILON["maxr"]
    return torch.maximum((p + epsilon) / (y + epsilon), (y + epsilon) / (p + epsilon)).mean()


SETTINGS = [  # optimizer, learning rate, l2, l2_multiplier, clip
    ("sgd", 0.5, 0.0, 1.0, 0.0),
    ("sgd", 0.5, 0.02, 3.0, 0.05),
    ("adagrad", 0.1, 0.05, 1.0, 0.0),
    ("adagrad", 0.1, 0.0, 1.0, 0.05),
    ("adam", 0.05, 0.02, 3.0, 0.0),
    ("adam", 0.05, 0.0, 1.0, 0.05),
]
OPTIMIZERS = {"sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad, "adam": torch.optim.SparseAdam}


def initial():
    """Single-precision numbers, so that both sides start from the same ones."""
    parameters, start = {}, 1
    for name, (n, width) in SHAPES.items():
        values = torch.sin(1.7 * torch.arange(start, start + n * width)).view(n, width)
        parameters[name] = values.float().double().requires_grad_()
        start += n * width
    return parameters


def logits(p, u, i):
    def row(name, ids):
        return embedding(ids, p[name], sparse=True)

    product = (row("user_embeddings", u) * row("item_embeddings", i)).sum(1, keepdim=True)
    biases = row("user_biases", u) + row("item_biases", i) + row("global_bias", torch.zeros_like(u))
    return (product + biases).squeeze(1)


def clip(parameter, bound):
    """Clips the gradient by element; says how many elements it changed."""
    gradient = parameter.grad.coalesce()
    values = gradient.values()
    clipped = int((values.abs() > bound).sum())
    clamped = values.clamp(-bound, bound)
    parameter.grad = torch.sparse_coo_tensor(gradient.indices(), clamped, gradient.shape, check_invariants=True)
    return clipped


def train(loss, name, rate, l2, multiplier, bound):
    parameters = initial()
    optimizer = OPTIMIZERS[name](parameters.values(), lr=rate)
    clipped, step = 0, 0
    for _ in range(EPOCHS):
        for start in range(0, len(rows), BATCH):
            part = slice(start, start + BATCH)
            optimizer.zero_grad()
            loss(logits(parameters, users[part], items[part]), labels[part].double()).backward()
            if bound > 0:
                clipped += sum(clip(parameter, bound) for parameter in parameters.values())
            with torch.no_grad():
                for parameter in parameters.values():
                    parameter.mul_(1 - rate * l2 * multiplier)
            step += 1
            if name == "adam":
                optimizer.param_groups[0]["eps"] = 1e-8 * (1 - 0.999**step) ** 0.5
            optimizer.step()
    assert bound == 0 or clipped > 20, (name, bound, clipped)
    return parameters


def plain(parameters):
    flat = {name: values.flatten().tolist() for name, values in parameters.items()}
    return {"dimension": D, **flat, "global_bias": flat["global_bias"][0]}


def case(loss, setting):
    parameters = train(loss, *setting)
    keys = ["optimizer", "learning_rate", "l2", "l2_multiplier", "clip"]
    return {
        "loss": loss.__name__,
        "epsilon": EPSILON[loss.__name__],
        "hyperparameters": dict(zip(keys, setting)),
        "after": plain(parameters),
        "logits": logits(parameters, users, items).tolist(),
    }


golden = {
    "batch_size": BATCH,
    "users": users.tolist(),
    "items": items.tolist(),
    "labels": labels.tolist(),
    "initial": plain(initial()),
    "cases": [case(loss, setting) for loss in (bce, mse, maxr) for setting in SETTINGS],
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")

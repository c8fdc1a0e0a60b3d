"""Writes ranking.json: matrix factorisation and LightGCN for ranking after two epochs, trained by PyTorch in double precision.

Matrix factorisation: the embeddings are sparse, so that an optimiser with state moves a row only where the row is in the batch; L2 is λ·w on the rows
of the sparse gradient. SparseAdam counts steps globally. It adds its ε before the bias correction where Adam (Kingma and Ba
2015) adds it after: what it is given is ε·√(1 − β₂ᵗ), and the two agree.

LightGCN (He et al. 2020) has three layers and dense gradients, so that every row moves; L2 is λ·w on the embeddings of the batch.

Run as: python ranking.py  (needs torch)
"""

import json
import pathlib

import torch
from torch.nn.functional import embedding, normalize, softplus

torch.set_default_dtype(torch.float64)
USERS, ITEMS, D, BATCH, N, EPOCHS, ROWS = 30, 20, 8, 16, 5, 2, 90
state = 1


def draw(n):
    global state
    state = state * 1103515245 + 12345 & 0x7FFFFFFF
    return (state >> 12) % n


# The last user and the last item never occur.
training = [set() for _ in range(USERS)]
while sum(map(len, training)) < ROWS:
    user = draw(USERS - 1)
    if len(training[user]) < 8:
        training[user].add(draw(ITEMS - 1))
rows = [(user, item) for user in range(USERS) for item in sorted(training[user])]
for i in reversed(range(1, ROWS)):
    j = draw(i + 1)
    rows[i], rows[j] = rows[j], rows[i]


def unseen(user):
    while (item := draw(ITEMS - 1)) in training[user]:
        pass
    return item


batches = []
for start in range(0, ROWS, BATCH):
    part = rows[start : start + BATCH]
    batches.append(
        {
            "users": [user for user, _ in part],
            "items": [item for _, item in part],
            "gathered": [unseen(user) for user, _ in part for _ in range(N)],
            "shared": [draw(ITEMS - 1) for _ in range(N)],
        }
    )


def replaced(user, shared):
    """The shared negatives of a row: a training item's place is taken by the next place that has none."""
    free = [place for place in range(N) if shared[place] not in training[user]]
    assert free, "a row without a negative"
    after = lambda place: next((other for other in free if other >= place), free[0])
    return [shared[after(place)] for place in range(N)]


hits = sum(replaced(user, batch["shared"]) != batch["shared"] for batch in batches for user in batch["users"])
assert 5 < hits < ROWS - 5, hits


def bpr(pos, neg):
    return softplus(neg - pos).mean(1)


def ssm(pos, neg):
    return softplus(torch.logsumexp(neg - pos, 1))


LOSSES = {"bpr": bpr, "ssm": ssm}
DENSE = {"sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad, "adam": torch.optim.Adam}
OPTIMIZERS = {"sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad, "adam": torch.optim.SparseAdam}
SETTINGS = [("sgd", 1.0, 0.02), ("adagrad", 0.1, 0.01), ("adam", 0.03, 0.02), ("adam", 0.03, 0.0)]
# The cosine of propagated vectors at a rate of 1 would multiply single-precision rounding a hundredfold.
OF_MODEL = {"mf": SETTINGS, "lightgcn": [("sgd", 0.3, 0.02), *SETTINGS[1:]]}
SIMILARITIES = [("inner", 1.0), ("cosine", 0.2)]


def initial():
    """Single-precision numbers, so that both sides start from the same ones."""
    values = 0.5 * torch.sin(1.7 * torch.arange(1, 1 + (USERS + ITEMS) * D)).view(-1, D)
    return [part.float().double().requires_grad_() for part in values.split([USERS, ITEMS])]


LAYERS = 3
adjacency = torch.zeros(USERS + ITEMS, USERS + ITEMS)
for user, item in rows:
    adjacency[user, USERS + item] = adjacency[USERS + item, user] = 1
degree = adjacency.sum(1)
scale = torch.where(degree > 0, degree.clamp(min=1) ** -0.5, 0.0)
adjacency = scale.unsqueeze(1) * adjacency * scale


def propagated(tables):
    layers = [torch.cat(tables)]
    for _ in range(LAYERS):
        layers.append(adjacency @ layers[-1])
    return torch.stack(layers).mean(0).split([USERS, ITEMS])


def mean_loss(loss, similarity, temperature, tables, batch, kind, sparse):
    pairs = list(zip(batch["users"], batch["items"]))
    if kind == "gathered":
        negatives = [batch["gathered"][row * N : row * N + N] for row in range(len(pairs))]
    else:
        negatives = [replaced(user, batch["shared"]) for user, _ in pairs]
    users = torch.tensor(batch["users"])
    items = torch.tensor([[item, *of_row] for (_, item), of_row in zip(pairs, negatives)])
    e_u, e_i = embedding(users, tables[0], sparse=sparse), embedding(items, tables[1], sparse=sparse)
    if similarity == "cosine":
        e_u, e_i = normalize(e_u, dim=-1), normalize(e_i, dim=-1)
    scores = (e_u.unsqueeze(1) * e_i).sum(-1) / temperature
    # Every shared item is of the batch, even one that is a training item of every row: a gradient of 0 is one too.
    touched = embedding(torch.tensor(batch[kind]), tables[1], sparse=sparse).sum()
    return loss(scores[:, :1], scores[:, 1:]).mean() + 0 * touched


def add_l2(table, l2):
    gradient = table.grad.coalesce()
    values = gradient.values() + l2 * table.detach()[gradient.indices()[0]]
    table.grad = torch.sparse_coo_tensor(gradient.indices(), values, gradient.shape, check_invariants=True)


def add_l2_of_batch(tables, batch, kind, l2):
    ids = [set(batch["users"]), set(batch["items"]) | set(batch[kind])]
    for table, rows_of in zip(tables, map(sorted, ids)):
        table.grad[rows_of] += l2 * table.detach()[rows_of]


def train(model, loss, kind, similarity, temperature, name, rate, l2):
    tables, is_mf = initial(), model == "mf"
    optimizer = (OPTIMIZERS if is_mf else DENSE)[name](tables, lr=rate)
    step, losses = 0, []
    for _ in range(EPOCHS):
        total = 0.0
        for batch in batches:
            optimizer.zero_grad()
            vectors = tables if is_mf else propagated(tables)
            value = mean_loss(loss, similarity, temperature, vectors, batch, kind, sparse=is_mf)
            value.backward()
            total += value.item() * len(batch["users"]) / ROWS
            if is_mf:
                for table in tables:
                    add_l2(table, l2)
            else:
                add_l2_of_batch(tables, batch, kind, l2)
            step += 1
            if name == "adam" and is_mf:
                optimizer.param_groups[0]["eps"] = 1e-8 * (1 - 0.999**step) ** 0.5
            optimizer.step()
        losses.append(total)
    return tables, losses


def flat(tables):
    return [table.flatten().tolist() for table in tables]


def case(model, loss, kind, similarity, temperature, name, rate, l2):
    tables, losses = train(model, LOSSES[loss], kind, similarity, temperature, name, rate, l2)
    settings = {"optimizer": name, "learning_rate": rate, "l2": l2, "similarity": similarity, "temperature": temperature}
    rounded = [[float(f"{value:.9g}") for value in table] for table in flat(tables)]
    return {"model": model, "loss": loss, "kind": kind, "hyperparameters": settings, "after": rounded, "mean_losses": losses}


golden = {
    "dimension": D,
    "n_items": ITEMS,
    "n_layers": LAYERS,
    "training": [sorted(items) for items in training],
    "batches": batches,
    "initial": flat(initial()),
    "cases": [
        case(model, loss, kind, *similarity, *setting)
        for model in ("mf", "lightgcn")
        for loss in LOSSES
        for kind in ("gathered", "shared")
        for similarity in SIMILARITIES
        for setting in OF_MODEL[model]
        if model == "mf" or (loss, kind) in [("bpr", "gathered"), ("ssm", "shared")]
    ],
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")

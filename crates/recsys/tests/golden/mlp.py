"""Writes mlp.json: the multi-layer perceptron after two epochs, trained by PyTorch in double precision.

The network is built of torch.nn modules. Dropout is a product with masks drawn from the stream that streams.py
describes, four units to a number. Embeddings are sparse, as in mf.py, so that an optimiser with state moves a row only
where it is in the batch; the dense parameters take torch's own optimisers.

Run as: python mlp.py  (needs torch)
"""

import json
import pathlib

import torch
from torch.nn import BatchNorm1d, Embedding, Linear

from streams import Stream

torch.set_default_dtype(torch.float64)
USERS, ITEMS, D, LAYERS, BATCH, EPOCHS = 6, 7, 3, [5, 4], 8, 2
state = 1
rows = []
# 38 rows: the last batch has 6; the last user and the last item never occur.
for _ in range(38):
    state = state * 1103515245 + 12345 & 0x7FFFFFFF
    rows.append(((state >> 16) % (USERS - 1), (state >> 20) % (ITEMS - 1), (state >> 13) % 2))


def by_sharing(batch):
    """The order in which a batch is trained, by which its masks are drawn: rows that share their item with another one come
    after those that share nothing, then those that share their user, then those that share both."""
    users, items = ([row[side] for row in batch] for side in (0, 1))
    return sorted(batch, key=lambda row: (users.count(row[0]) > 1, items.count(row[1]) > 1))


rows = [row for start in range(0, len(rows), BATCH) for row in by_sharing(rows[start : start + BATCH])]
users, items, labels = (torch.tensor(column) for column in zip(*rows))


class Net(torch.nn.Module):
    def __init__(self, batch_norm, dropout):
        super().__init__()
        self.users, self.items = Embedding(USERS, D, sparse=True), Embedding(ITEMS, D, sparse=True)
        sizes = [2 * D, *LAYERS]
        self.hidden = torch.nn.ModuleList(Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.norms = torch.nn.ModuleList(BatchNorm1d(b) for b in LAYERS) if batch_norm else None
        self.output = Linear(sizes[-1], 1)
        self.threshold = round(dropout * 65536)
        # Single-precision numbers that look random, so that both sides start from the same ones.
        for number, parameter in enumerate(self.parameters()):
            values = torch.sin(1.7 * torch.arange(parameter.numel()) + number).view_as(parameter)
            gamma = parameter.dim() == 1 and (parameter == 1).all()
            parameter.data = (1 + 0.3 * values if gamma else values).float().double()

    def mask(self, shape, stream):
        count = shape[0] * shape[1]
        draws = [word >> 16 * lane & 0xFFFF for word in (stream.next() for _ in range(-(-count // 4))) for lane in range(4)]
        kept = [65536 / (65536 - self.threshold) if draw >= self.threshold else 0.0 for draw in draws[:count]]
        return torch.tensor(kept).view(shape)

    def forward(self, u, i, stream=None):
        a = torch.cat([self.users(u), self.items(i)], 1)
        for index, layer in enumerate(self.hidden):
            z = layer(a)
            a = torch.relu(self.norms[index](z) if self.norms else z)
            if stream and self.threshold:
                a = a * self.mask(a.shape, stream)
        return self.output(a).squeeze(1)


def loss(name, h, y):
    if name == "bce":
        return torch.nn.functional.binary_cross_entropy_with_logits(h, y)
    return ((torch.sigmoid(h) - y) ** 2).mean()


def optimizers(net, name, rate):
    sparse = [module.weight for module in net.modules() if isinstance(module, Embedding)]
    dense = [p for p in net.parameters() if not any(p is table for table in sparse)]
    if name == "adam":
        return [torch.optim.SparseAdam(sparse, lr=rate), torch.optim.Adam(dense, lr=rate)]
    return [{"sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad}[name](part, lr=rate) for part in (sparse, dense)]


def clip(parameter, bound):
    gradient = parameter.grad
    if gradient.is_sparse:
        gradient = gradient.coalesce()
        values = gradient.values().clamp(-bound, bound)
        clipped = int((gradient.values().abs() > bound).sum())
        parameter.grad = torch.sparse_coo_tensor(gradient.indices(), values, gradient.shape, check_invariants=True)
    else:
        clipped = int((gradient.abs() > bound).sum())
        gradient.clamp_(-bound, bound)
    return clipped


def train(net, name, rate, l2, multiplier, bound, which):
    both, clipped, step = optimizers(net, name, rate), 0, 0
    for _ in range(EPOCHS):
        net.train()
        stream = Stream(0, "dropout", 0)
        for start in range(0, len(rows), BATCH):
            part = slice(start, start + BATCH)
            net.zero_grad()
            loss(which, net(users[part], items[part], stream), labels[part].double()).backward()
            if bound > 0:
                clipped += sum(clip(parameter, bound) for parameter in net.parameters())
            with torch.no_grad():
                for parameter in net.parameters():
                    parameter.mul_(1 - rate * l2 * multiplier)
            step += 1
            if name == "adam":
                both[0].param_groups[0]["eps"] = 1e-8 * (1 - 0.999**step) ** 0.5
            for optimizer in both:
                optimizer.step()
    assert bound == 0 or clipped > 20, (name, bound, clipped)


def flat(values):
    return values.detach().flatten().tolist()


def plain(net):
    def layer(index):
        linear = net.hidden[index]
        found = {"weights": flat(linear.weight), "bias": flat(linear.bias), "batch_norm": None}
        if net.norms:
            norm = net.norms[index]
            values = [norm.weight, norm.bias, norm.running_mean, norm.running_var]
            names = ["gamma", "beta", "running_mean", "running_variance"]
            found["batch_norm"] = dict(zip(names, map(flat, values)))
        return found

    return {
        "dimension": D,
        "user_embeddings": flat(net.users.weight),
        "item_embeddings": flat(net.items.weight),
        "layers": [layer(index) for index in range(len(LAYERS))],
        "output_weights": flat(net.output.weight),
        "output_bias": flat(net.output.bias)[0],
        "dropout": net.threshold / 65536,
    }


KEYS = ["optimizer", "learning_rate", "l2", "l2_multiplier", "clip"]
SETTINGS = [  # batch normalisation, dropout, loss, then KEYS
    (True, 0.0, "bce", "sgd", 0.5, 0.0, 1.0, 0.0),
    (True, 0.2, "bce", "sgd", 0.3, 0.02, 3.0, 0.05),
    (True, 0.5, "mse", "sgd", 0.5, 0.01, 1.0, 0.0),
    (False, 0.0, "bce", "sgd", 0.2, 0.01, 1.0, 0.0),
    (False, 0.2, "mse", "adagrad", 0.05, 0.0, 1.0, 0.0),
    (True, 0.2, "bce", "adagrad", 0.05, 0.05, 1.0, 0.05),
    (True, 0.2, "mse", "adam", 0.02, 0.02, 3.0, 0.0),
    (False, 0.0, "bce", "adam", 0.02, 0.0, 1.0, 0.05),
]


def case(batch_norm, dropout, which, *settings):
    net = Net(batch_norm, dropout)
    initial = plain(net)
    net.eval()
    logits_before = net(users, items).tolist()
    train(net, *settings, which)
    net.eval()
    return {
        "loss": which,
        "hyperparameters": dict(zip(KEYS, settings)),
        "initial": initial,
        "logits_before": logits_before,
        "after": plain(net),
        "logits": net(users, items).tolist(),
    }


if __name__ == "__main__":
    golden = {
        "batch_size": BATCH,
        "users": users.tolist(),
        "items": items.tolist(),
        "labels": labels.tolist(),
        "cases": [case(*setting) for setting in SETTINGS],
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")

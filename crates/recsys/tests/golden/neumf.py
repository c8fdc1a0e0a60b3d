"""Writes neumf.json: NeuMF (He et al. 2017) after two epochs, trained by PyTorch in double precision, and its Gram matrix by
automatic differentiation.

The network is built of torch.nn modules as the paper draws it: one Linear over both branches side by side. Rows, losses,
optimisers and masks of dropout are those of mlp.py.

Run as: python neumf.py  (needs torch)
"""

import json
import pathlib

import torch
from torch.nn import Embedding, Linear

from mlp import BATCH, D, ITEMS, KEYS, LAYERS, USERS, Net, flat, items, labels, train, users

GRAM_ROWS = [0, 1, 2, 5, 8, 11]


class NeuMf(torch.nn.Module):
    mask = Net.mask

    def __init__(self, dropout):
        super().__init__()
        self.p, self.q = Embedding(USERS, D, sparse=True), Embedding(ITEMS, D, sparse=True)
        self.p_mlp, self.q_mlp = Embedding(USERS, D, sparse=True), Embedding(ITEMS, D, sparse=True)
        sizes = [2 * D, *LAYERS]
        self.hidden = torch.nn.ModuleList(Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.output = Linear(D + sizes[-1], 1)
        self.threshold = round(dropout * 65536)
        # Single-precision numbers that look random, so that both sides start from the same ones.
        for number, parameter in enumerate(self.parameters()):
            parameter.data = torch.sin(1.7 * torch.arange(parameter.numel()) + number).view_as(parameter).float().double()

    def forward(self, u, i, stream=None):
        a = torch.cat([self.p_mlp(u), self.q_mlp(i)], 1)
        for layer in self.hidden:
            a = torch.relu(layer(a))
            if stream and self.threshold:
                a = a * self.mask(a.shape, stream)
        return self.output(torch.cat([self.p(u) * self.q(i), a], 1)).squeeze(1)


def gram(net):
    rows = []
    for row in GRAM_ROWS:
        net.zero_grad()
        net(users[row : row + 1], items[row : row + 1]).sum().backward()
        rows.append(torch.cat([p.grad.to_dense().flatten() for p in net.parameters()]))
    jacobian = torch.stack(rows)
    return flat(jacobian @ jacobian.T)


def plain(net):
    of_gmf, of_mlp = net.output.weight.split([D, LAYERS[-1]], 1)
    layers = [{"weights": flat(layer.weight), "bias": flat(layer.bias), "batch_norm": None} for layer in net.hidden]
    gmf, mlp = (
        {
            "dimension": D,
            "user_embeddings": flat(p.weight),
            "item_embeddings": flat(q.weight),
            "output_weights": flat(weights),
        }
        for p, q, weights in [(net.p, net.q, of_gmf), (net.p_mlp, net.q_mlp, of_mlp)]
    )
    mlp |= {"layers": layers, "output_bias": flat(net.output.bias)[0], "dropout": net.threshold / 65536}
    return {"gmf": gmf, "mlp": mlp}


SETTINGS = [  # dropout, loss, then KEYS
    (0.0, "bce", "sgd", 0.2, 0.0, 1.0, 0.0),
    (0.2, "mse", "sgd", 0.3, 0.02, 3.0, 0.05),
    (0.0, "bce", "adagrad", 0.05, 0.02, 1.0, 0.0),
    (0.2, "bce", "adagrad", 0.05, 0.05, 3.0, 0.05),
    (0.5, "mse", "adam", 0.02, 0.02, 3.0, 0.0),
    (0.0, "bce", "adam", 0.02, 0.02, 1.0, 0.05),
]


def case(dropout, which, *settings):
    net = NeuMf(dropout)
    before = {"initial": plain(net), "logits_before": net(users, items).tolist(), "gram_before": gram(net)}
    train(net, *settings, which)
    after = {"after": plain(net), "logits": net(users, items).tolist(), "gram": gram(net)}
    return {"loss": which, "hyperparameters": dict(zip(KEYS, settings)), **before, **after}


if __name__ == "__main__":
    golden = {
        "batch_size": BATCH,
        "users": users.tolist(),
        "items": items.tolist(),
        "labels": labels.tolist(),
        "gram_rows": GRAM_ROWS,
        "cases": [case(*setting) for setting in SETTINGS],
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")

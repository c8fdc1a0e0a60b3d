"""The two recommenders as a practitioner would write them in PyTorch: a peer for speed, and a check of ours from outside.

Reads a folder with *.train.*, *.validation.* and *.test.* (user, item, label 0 or 1, tab separated, one heading line) and
trains with binary cross-entropy under the settings of the `reference` preset: N(0, 1) embeddings, SGD at 0.01, batches of
128, every parameter decayed by 1 - 0.01 * 3e-4 a step.

    python peer.py FOLDER --model mf --epochs 3              seconds an epoch
    python peer.py FOLDER --model mlp --converge --seed 42   test AUC at the best epoch by validation

Needs torch and scikit-learn. One thread unless --threads says otherwise.
"""

import argparse
import copy
import pathlib
import time

import torch
from sklearn.metrics import roc_auc_score
from torch import nn


class Mf(nn.Module):
    def __init__(self, n_users, n_items, d=64):
        super().__init__()
        self.users, self.items = nn.Embedding(n_users, d), nn.Embedding(n_items, d)
        self.user_bias, self.item_bias = nn.Embedding(n_users, 1), nn.Embedding(n_items, 1)
        self.bias = nn.Parameter(torch.tensor(0.1))

    def forward(self, u, i):
        biases = self.user_bias(u).squeeze(1) + self.item_bias(i).squeeze(1) + self.bias
        return (self.users(u) * self.items(i)).sum(1) + biases


class Mlp(nn.Module):
    def __init__(self, n_users, n_items, d=64, layers=(64, 16), dropout=0.2):
        super().__init__()
        self.users, self.items = nn.Embedding(n_users, d), nn.Embedding(n_items, d)
        sizes = [2 * d, *layers]
        hidden = [
            nn.Sequential(nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU(), nn.Dropout(dropout))
            for a, b in zip(sizes, sizes[1:])
        ]
        self.body = nn.Sequential(*hidden, nn.Linear(sizes[-1], 1))

    def forward(self, u, i):
        return self.body(torch.cat([self.users(u), self.items(i)], 1)).squeeze(1)


def read(folder):
    """Users, items and labels of the three parts, with dense indices."""
    users, items, parts = {}, {}, []
    for part in ("train", "validation", "test"):
        (path,) = [path for path in pathlib.Path(folder).iterdir() if part in path.name.split(".")]
        rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
        u = torch.tensor([users.setdefault(row[0], len(users)) for row in rows])
        i = torch.tensor([items.setdefault(row[1], len(items)) for row in rows])
        parts.append((u, i, torch.tensor([float(row[2]) for row in rows])))
    return len(users), len(items), parts


def epoch(model, optimizer, data, batch):
    model.train()
    u, i, y = data
    for rows in torch.randperm(len(y)).split(batch):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(model(u[rows], i[rows]), y[rows]).backward()
        optimizer.step()


def auc(model, data):
    model.eval()
    with torch.no_grad():
        return roc_auc_score(data[2], model(data[0], data[1]))


def converge(model, optimizer, train, validation, test, batch, patience):
    best, best_epoch, kept, number = 0.0, 0, None, 0
    while number < 100 or number - best_epoch < patience:
        number += 1
        epoch(model, optimizer, train, batch)
        value = auc(model, validation)
        if value > best:
            best, best_epoch, kept = value, number, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    print(f"validation AUC {best:.4f} at epoch {best_epoch} of {number}; test AUC {auc(model, test):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--model", choices=["mf", "mlp"], default="mf")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--converge", action="store_true")
    parser.add_argument("--patience", type=int, default=100)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    n_users, n_items, (train, validation, test) = read(args.folder)
    model = {"mf": Mf, "mlp": Mlp}[args.model](n_users, n_items)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, weight_decay=3e-4)
    if args.converge:
        converge(model, optimizer, train, validation, test, 128, args.patience)
        return
    for number in range(1, args.epochs + 1):
        start = time.perf_counter()
        epoch(model, optimizer, train, 128)
        print(f"{args.model} epoch {number}: {1000 * (time.perf_counter() - start):.0f} ms, {args.threads} thread(s)")


if __name__ == "__main__":
    main()

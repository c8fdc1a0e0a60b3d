"""Trains a small matrix factorisation in PyTorch with an exported loss, as a user of it would.

    autolossgen export focal --to pytorch --out focal.py
    python tests/parity/train_mf.py FOLDER focal.py FocalLoss --epochs 60 --rate 3 --l2 1e-5 --seeds 42 43 44
    autolossgen eval --data FOLDER --loss focal --protocol fixed --seed 42 --set training.normalize=false \
        --set training.learning_rate=3 --set training.l2=1e-5 --set stop.max_epochs=60

FOLDER has *.train.*, *.validation.* and *.test.* (user, item, label 0 or 1, tab separated, one heading line). Both train
the model of the `default` preset (d = 64, N(0, 0.01²), SGD, batches of 128, every parameter decayed at every step), choose
the epoch by AUC on validation, and say the test AUC there: equal within what the seed does. Needs torch and scikit-learn.
"""

import argparse
import importlib.util
import pathlib
import statistics

import torch
from sklearn.metrics import roc_auc_score
from torch import nn


class MatrixFactorisation(nn.Module):
    """Logits of users and items: e_u . e_i + b_u + b_i + b."""

    def __init__(self, n_users, n_items, dimension=64, std=0.01):
        super().__init__()
        # The bias is the last column, so that a step touches two tables and not four.
        self.users, self.items = nn.Embedding(n_users, dimension + 1), nn.Embedding(n_items, dimension + 1)
        self.bias = nn.Parameter(torch.tensor(0.0))
        for table in (self.users, self.items):
            nn.init.normal_(table.weight, std=std)

    def forward(self, user, item):
        u, i = self.users(user), self.items(item)
        return (u[:, :-1] * i[:, :-1]).sum(1) + u[:, -1] + i[:, -1] + self.bias


def read(folder):
    """Numbers of users and items, and users, items and labels of the three parts, with dense indices."""
    users, items, parts = {}, {}, []
    for part in ("train", "validation", "test"):
        (path,) = [path for path in pathlib.Path(folder).iterdir() if part in path.name.split(".")]
        rows = [line.split("\t") for line in path.read_text().splitlines()[1:]]
        user = torch.tensor([users.setdefault(row[0], len(users)) for row in rows])
        item = torch.tensor([items.setdefault(row[1], len(items)) for row in rows])
        parts.append((user, item, torch.tensor([float(row[2]) for row in rows])))
    return len(users), len(items), parts


def load(path, name):
    """The class `name` of an exported file."""
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def auc(model, data):
    with torch.no_grad():
        return roc_auc_score(data[2], model(data[0], data[1]))


def train(loss, n_users, n_items, parts, args, seed):
    """Validation and test AUC at the best epoch by validation, and its number."""
    torch.manual_seed(seed)
    model = MatrixFactorisation(n_users, n_items)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.rate, weight_decay=args.l2)
    (user, item, label), validation, test = parts
    best = (0.0, 0.0, 0)
    for epoch in range(1, args.epochs + 1):
        for rows in torch.randperm(len(label)).split(128):
            optimizer.zero_grad()
            loss(model(user[rows], item[rows]), label[rows]).backward()
            optimizer.step()
        value = auc(model, validation)
        if value > best[0]:
            best = (value, auc(model, test), epoch)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("code", help="exported file")
    parser.add_argument("loss", help="name of the loss class in it")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--l2", type=float, default=2e-5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[42])
    args = parser.parse_args()
    torch.set_num_threads(1)
    loss = load(args.code, args.loss)()
    n_users, n_items, parts = read(args.folder)
    tests = []
    for seed in args.seeds:
        validation, test, epoch = train(loss, n_users, n_items, parts, args, seed)
        tests.append(test)
        print(f"seed {seed}: validation AUC {validation:.4f} at epoch {epoch}, test AUC {test:.4f}", flush=True)
    spread = f" ± {statistics.stdev(tests):.4f}" if len(tests) > 1 else ""
    print(f"test AUC {statistics.mean(tests):.4f}{spread}")


if __name__ == "__main__":
    main()

"""The epochs of benches/ranking.rs by PyTorch at one thread: milliseconds an epoch, of nn.Embedding(sparse=True) and SparseAdam.

Run as: python ranking_peer.py  (needs torch), beside `cargo bench --bench ranking`; a time is to be read as a ratio to those of the
same hour. Negatives are drawn without regard to training items, which is less work.
"""

import sys
import time

import torch
from torch.nn.functional import softplus

torch.set_num_threads(1)
D, BATCH = 64, 1024
SHAPES = {"health": (1974, 1200, 34_006), "generated": (13_455, 8360, 182_398)}


def epoch(users, items, tables, optimizer, n, shared, n_items):
    order = torch.randperm(len(users))
    for start in range(0, len(users), BATCH):
        rows = order[start : start + BATCH]
        e_u, e_i = tables[0](users[rows]), tables[1](items[rows])
        positive = (e_u * e_i).sum(1, keepdim=True)
        if shared:
            negative = e_u @ tables[1](torch.randint(n_items, (n,))).T
        else:
            negative = (tables[1](torch.randint(n_items, (len(rows), n))) @ e_u.unsqueeze(2)).squeeze(2)
        optimizer.zero_grad()
        softplus(negative - positive).mean().backward()
        optimizer.step()


def measure(name, n, shared):
    n_users, n_items, n_rows = SHAPES[name]
    tables = [torch.nn.Embedding(n_ids, D, sparse=True) for n_ids in (n_users, n_items)]
    for table in tables:
        torch.nn.init.normal_(table.weight, std=0.1)
    optimizer = torch.optim.SparseAdam([table.weight for table in tables], lr=0.003)
    users, items = torch.randint(n_users, (n_rows,)), torch.randint(n_items, (n_rows,))
    times = []
    for _ in range(4 if name == "health" else 2):
        start = time.perf_counter()
        epoch(users, items, tables, optimizer, n, shared, n_items)
        times.append(time.perf_counter() - start)
    print(f"{name} {'shared' if shared else 'gathered'} {n}: {1e3 * min(times):.1f} ms", flush=True)


for name in sys.argv[1:] or SHAPES:
    measure(name, 64, False)
    measure(name, 1024, True)

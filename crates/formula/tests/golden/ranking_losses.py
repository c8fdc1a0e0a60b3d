"""Writes ranking_losses.json: value and gradients of losses of ranking, computed by PyTorch in double precision.

Named losses are in their textbook form, not in the form of their formula; the other formulas are written once more here,
operator by operator, with the protected logarithm and reciprocal of Table 2 where they are not part of a log-sum-exp.
Scores are multiples of 1/64, so that they are exact in single precision.

Run as: python ranking_losses.py  (needs torch)
"""

import json
import pathlib
import random

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
EPSILON = 1e-6
softplus, relu, sigmoid = F.softplus, torch.relu, torch.sigmoid


def mean(x):
    return x.mean(-1, keepdim=True)


def total(x):
    return x.sum(-1, keepdim=True)


def largest(x):
    """amax, and not max: ties share the derivative."""
    return x.amax(-1, keepdim=True)


def log(x):
    return torch.sign(x) * torch.log(x.abs() + EPSILON)


def reciprocal(x):
    return torch.sign(x) / (x.abs() + EPSILON)


def root(x):
    return torch.sign(x) * torch.sqrt(x.abs())


def log_sum_exp(x):
    return torch.logsumexp(x, -1, keepdim=True)


def log_mean_exp(x):
    return log_sum_exp(x) - torch.log(torch.tensor(float(x.shape[-1])))


def psl(p, n):
    """log of the sum of (tanh(d) + 1)^(1/0.1), less 10 log 2."""
    return torch.log(((torch.tanh(n - p) + 1) ** 10).sum(-1, keepdim=True)) - 10 * torch.log(torch.tensor(2.0))


def gbce(p, n):
    """-log(sigmoid(pos)^beta) - sum of log(1 - sigmoid(neg)), beta = 0.25."""
    return -0.25 * F.logsigmoid(p) - total(F.logsigmoid(-n))


# Of a positive of shape (B, 1) and negatives of shape (B, N): (B, 1), or (B, N), which is averaged.
NAMED = {
    "bpr": lambda p, n: -F.logsigmoid(p - n),
    "bce": lambda p, n: -F.logsigmoid(p) - mean(F.logsigmoid(-n)),
    "mse": lambda p, n: (p - 1) ** 2 + mean(n**2),
    "hinge": lambda p, n: torch.clamp(1 - (p - n), min=0),
    "squared-gap": lambda p, n: (1 - (p - n)) ** 2,
    "ssm": lambda p, n: -F.log_softmax(torch.cat([p, n], -1), -1)[:, :1],
    "bsl": lambda p, n: -torch.log(torch.exp(p) / mean(torch.exp(n)) ** 1.1),
    "psl": psl,
    "ccl": lambda p, n: torch.clamp(1 - p, min=0) + 10 * mean(torch.clamp(n - 0.5, min=0)),
    "gbce": gbce,
}
FORMULAS = {
    "pos": lambda p, n: p,
    "neg": lambda p, n: n,
    "gap": lambda p, n: p - n,
    "1 + 1": lambda p, n: 0 * p + 2,
    "mean(gap)^2": lambda p, n: mean(p - n) ** 2,
    "gap^2 - mean(gap)^2": lambda p, n: (p - n) ** 2 - mean(p - n) ** 2,
    "max(neg) - pos": lambda p, n: largest(n) - p,
    "relu(1 - pos + max(neg))": lambda p, n: relu(1 - p + largest(n)),
    "sum(relu(neg - mean(neg)))": lambda p, n: total(relu(n - mean(n))),
    "max(neg - mean(neg)) * pos": lambda p, n: largest(n - mean(n)) * p,
    "sum(neg) / (1 + pos^2)": lambda p, n: total(n) / (1 + p**2),
    "neg / (2 + pos^2)": lambda p, n: n / (2 + p**2),
    "pos / (2 + neg^2)": lambda p, n: p / (2 + n**2),
    "max(pos, neg)": lambda p, n: torch.maximum(p.expand_as(n), n),
    "min(neg, pos) * neg": lambda p, n: torch.minimum(n, p.expand_as(n)) * n,
    "max(neg, 0.25)": lambda p, n: torch.maximum(n, torch.full_like(n, 0.25)),
    "sigmoid(neg) * exp(-pos)": lambda p, n: sigmoid(n) * torch.exp(-p),
    "tanh(gap) * gap": lambda p, n: torch.tanh(p - n) * (p - n),
    "-log(sigmoid(gap))": lambda p, n: -log(sigmoid(p - n)),
    "log(mean(exp(neg))) - pos": lambda p, n: log_mean_exp(n) - p,
    "log(sum(exp(-gap)))": lambda p, n: log_sum_exp(n - p),
    "log(0.5 + mean(exp(2 * neg)))": lambda p, n: torch.log(0.5 + mean(torch.exp(2 * n))),
    "log(sum(exp(-gap)) + 3)^2": lambda p, n: torch.log(3 + total(torch.exp(n - p))) ** 2,
    "log(exp(gap) + 0.25)": lambda p, n: torch.log(0.25 + torch.exp(p - n)),
    "mean(log(1 + exp(neg)) * log(2 + exp(-pos)))": lambda p, n: mean(softplus(n) * torch.log(2 + torch.exp(-p))),
    "log(mean(exp(mean(gap) - gap)))": lambda p, n: log_mean_exp(mean(p - n) - (p - n)),
    "log(1 + mean(gap^2))": lambda p, n: log(1 + mean((p - n) ** 2)),
    "reciprocal(1 + sum(exp(-gap)))": lambda p, n: reciprocal(1 + total(torch.exp(n - p))),
    "sqrt(1 + gap^2) - gap": lambda p, n: root(1 + (p - n) ** 2) - (p - n),
    "abs(pos - sum(neg) * 0.125)": lambda p, n: (p - total(n) * 0.125).abs(),
    "sum(sigmoid(neg) * relu(1 - gap)) / sum(sigmoid(neg))":
        lambda p, n: total(sigmoid(n) * relu(1 - (p - n))) / total(sigmoid(n)),
    "mean(exp(neg - max(neg))) + eps * pos": lambda p, n: mean(torch.exp(n - largest(n))) + EPSILON * p,
    "identity(neg) * -(-pos) + mean(neg) * mean(neg)": lambda p, n: n * p + mean(n) ** 2,
}


def scores(n_rows, n_negatives):
    draw = random.Random(1000 * n_rows + n_negatives)

    def numbers(count):
        return [draw.randrange(-192, 193) / 64 for _ in range(count)]

    pos, neg = numbers(n_rows), [numbers(n_negatives) for _ in range(n_rows)]
    if n_negatives > 1:
        # The largest two tie, so that they share the derivative of a maximum.
        neg[0][0] = neg[0][1] = 3.125
    return pos, neg


def case(formula, loss, pos, neg):
    p = torch.tensor(pos).unsqueeze(-1).requires_grad_()
    n = torch.tensor(neg, requires_grad=True)
    value = loss(p, n).mean(-1)
    by_pos, by_neg = torch.autograd.grad(value.sum(), [p, n], allow_unused=True)

    def digits(numbers, like):
        numbers = torch.zeros_like(like) if numbers is None else numbers
        return [float(f"{number:.8g}") for number in numbers.flatten().tolist()]

    return {"loss": formula, "value": digits(value, p), "by_pos": digits(by_pos, p), "by_neg": digits(by_neg, n)}


BATCHES = [scores(3, 1), scores(1, 5), scores(2, 17)]
golden = [
    {
        "pos": pos,
        "neg": [score for row in neg for score in row],
        "cases": [case(formula, loss, pos, neg) for formula, loss in (NAMED | FORMULAS).items()],
    }
    for pos, neg in BATCHES
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")

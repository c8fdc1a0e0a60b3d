"""Writes named_losses.json: value and d/dlogit of the named losses, computed by PyTorch in double precision.

Each loss is in its usual textbook form, not in the form of its formula. Labels are 0 and 1, and fractional ones where
the textbook form has a meaning for them. Kinks are left out, but for those where both sides take half of each
derivative (max, min) or where the loss as a whole has none (bce at 0). All inputs are exact in single precision.

Run as: python named_losses.py  (needs torch)
"""

import json
import pathlib

import torch
from torch.nn import functional

torch.set_default_dtype(torch.float64)
LOGITS = [-8, -5, -3, -1.75, -0.75, -0.25, 0, 0.25, 0.75, 1.75, 3, 5, 8]
BINARY, FRACTIONAL = [0, 1], [0, 1, 0.25, 0.5]
PROTECTION, SMOOTHING = [1e-6], [1e-6, 1e-3, 0.1, 1]


def bce(h, y, _):
    return functional.binary_cross_entropy_with_logits(h, y, reduction="none")


def mse(h, y, _):
    return functional.mse_loss(torch.sigmoid(h), y, reduction="none")


def hinge(h, y, _):
    """max(0, 1 - t h) with classes t of -1 and 1."""
    return torch.clamp(1 - torch.where(y == 1, 1.0, -1.0) * h, min=0)


def hinge_reference(h, y, _):
    return torch.where(y == 1, torch.clamp(1 - h, min=0), h)


def focal(h, y, _):
    """-(1 - p_t)^2 log p_t (Lin et al. 2017, without alpha)."""
    sign = torch.where(y == 1, 1.0, -1.0)
    return -((1 - torch.sigmoid(sign * h)) ** 2) * functional.logsigmoid(sign * h)


def maxr(h, y, eps):
    p = torch.sigmoid(h)
    return torch.maximum((p + eps) / (y + eps), (y + eps) / (p + eps))


def sumr(h, y, eps):
    p = torch.sigmoid(h)
    return (p + y + eps) / (p * y + eps)


def logmin(h, y, eps):
    p = torch.sigmoid(h)
    least = torch.minimum(p, y)
    return torch.log((1 + eps) / (least + eps)) * (p + y + least)


def logmin_protected(h, y, eps):
    """The same with the logarithm of Table 2, log(x + eps): at a large eps another loss."""
    p = torch.sigmoid(h)
    least = torch.minimum(p, y)
    return torch.log((1 + eps) / (least + eps) + eps) * (p + y + least)


def case(name, form, loss, label, eps):
    h = torch.tensor(LOGITS, dtype=torch.float64, requires_grad=True)
    value = loss(h, torch.full_like(h, label), eps)
    (slope,) = torch.autograd.grad(value.sum(), h)

    def digits(numbers):
        return [float(f"{number:.10g}") for number in numbers.tolist()]

    return {
        "loss": name, "form": form, "label": label, "epsilon": eps, "value": digits(value), "slope": digits(slope)
    }


LOSSES = [
    ("bce", "textbook", bce, FRACTIONAL, PROTECTION),
    ("mse", "textbook", mse, FRACTIONAL, PROTECTION),
    ("hinge", "textbook", hinge, BINARY, PROTECTION),
    ("hinge-reference", "textbook", hinge_reference, BINARY, PROTECTION),
    ("focal", "textbook", focal, BINARY, PROTECTION),
    ("maxr", "textbook", maxr, FRACTIONAL, SMOOTHING),
    ("sumr", "textbook", sumr, FRACTIONAL, SMOOTHING),
    ("logmin", "textbook", logmin, FRACTIONAL, PROTECTION),
    ("logmin", "protected", logmin_protected, FRACTIONAL, SMOOTHING),
]
golden = {
    "logits": LOGITS,
    "cases": [
        case(name, form, loss, label, eps)
        for name, form, loss, labels, epsilons in LOSSES
        for eps in epsilons
        for label in labels
    ],
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden) + "\n")

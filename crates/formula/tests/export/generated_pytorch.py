"""The loss `generated_loss` for PyTorch, as a function and as a module.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    max(label, pred)^2 / (pred - label) + log(pred - label) * reciprocal(label) + sqrt(exp(logit))

log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
reciprocal(x) stands for sign(x) / (|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
sqrt(x) stands for sign(x) * sqrt(|x|), with derivative 0 at 0.
At a tie of max, min or relu each side takes half of the derivative.
Every result is kept within [-1e6, 1e6], and where that acts the derivative is 0;
what stays there anyway is not clamped.
The loss is multiplied by SCALE, which changes the step of a training and not its minimum.
"""

import torch
from torch import nn

EPSILON = 1e-6
LOW = -1e6
HIGH = 1e6
SCALE = 0.5


def _clamp(x):
    """x within [LOW, HIGH], with derivative 0 beyond both and 1 at them."""
    return torch.where(x < LOW, LOW, torch.where(x > HIGH, HIGH, x))


def _quotient(x, y):
    """x / y within [LOW, HIGH]; where that acts, also at y = 0, the derivative is 0 and never NaN."""
    raw = torch.as_tensor(x / y).detach()
    acts = (raw < LOW) | (raw > HIGH)
    return torch.where(acts, torch.clamp(raw, LOW, HIGH), x / torch.where(acts, 1.0, y))


def _signed_root(x):
    """sign(x) * sqrt(|x|), with derivative 0 at 0."""
    is_zero = x == 0
    root = torch.sqrt(torch.abs(torch.where(is_zero, 1.0, x)))
    return torch.where(is_zero, 0.0, torch.sign(x) * root)


def generated_loss(logit, label, reduction="mean"):
    """The loss of logits, of any shape, and labels in [0, 1], of the same shape.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each.
    """
    label = label.to(logit.dtype)
    pred = torch.sigmoid(logit)
    t1 = pred - label
    t2 = torch.sign(t1) * torch.log(torch.abs(t1) + EPSILON)
    t3 = _clamp(t2 * _clamp(torch.sign(label) / (label + EPSILON)))
    t4 = _signed_root(_clamp(torch.exp(torch.clamp(logit, max=88.0))))
    loss = SCALE * _clamp(_clamp(_quotient(torch.maximum(label, pred) ** 2, t1) + t3) + t4)
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return loss.mean() if reduction == "mean" else loss.sum()


class GeneratedLoss(nn.Module):
    """`generated_loss` as a module; it takes logits: leave out the final sigmoid of the model."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, logit, label):
        return generated_loss(logit, label, self.reduction)

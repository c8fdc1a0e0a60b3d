"""The loss `bce` for PyTorch, as a function and as a module.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    relu(logit) - label * logit + log(1 + exp(-abs(logit)))

log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
At a tie of max, min or relu each side takes half of the derivative.
"""

import torch
from torch import nn

EPSILON = 1e-6


def _relu(x):
    """max(x, 0), with derivative 1/2 at 0."""
    return torch.maximum(x, torch.zeros_like(x))


def bce(logit, label, reduction="mean"):
    """The loss of logits, of any shape, and labels in [0, 1], of the same shape.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each.
    """
    label = label.to(logit.dtype)
    loss = _relu(logit) - label * logit + torch.log(1 + torch.exp(-torch.abs(logit)) + EPSILON)
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return loss.mean() if reduction == "mean" else loss.sum()


class BceLoss(nn.Module):
    """`bce` as a module; it takes logits: leave out the final sigmoid of the model."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, logit, label):
        return bce(logit, label, self.reduction)

"""The loss `maxr` for PyTorch, as a function and as a module.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    max((pred + eps) / (label + eps), (label + eps) / (pred + eps))

eps is EPSILON.
At a tie of max, min or relu each side takes half of the derivative.
"""

import torch
from torch import nn

EPSILON = 1e-6


def maxr(logit, label, reduction="mean"):
    """The loss of logits, of any shape, and labels in [0, 1], of the same shape.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each.
    """
    label = label.to(logit.dtype)
    pred = torch.sigmoid(logit)
    t1 = pred + EPSILON
    t2 = label + EPSILON
    loss = torch.maximum(t1 / t2, t2 / t1)
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return loss.mean() if reduction == "mean" else loss.sum()


class MaxrLoss(nn.Module):
    """`maxr` as a module; it takes logits: leave out the final sigmoid of the model."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, logit, label):
        return maxr(logit, label, self.reduction)

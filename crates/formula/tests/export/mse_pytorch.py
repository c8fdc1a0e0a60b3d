"""The loss `mse` for PyTorch, as a function and as a module.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    (pred - label)^2
"""

import torch
from torch import nn


def mse(logit, label, reduction="mean"):
    """The loss of logits, of any shape, and labels in [0, 1], of the same shape.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each.
    """
    label = label.to(logit.dtype)
    pred = torch.sigmoid(logit)
    loss = (pred - label) ** 2
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return loss.mean() if reduction == "mean" else loss.sum()


class MseLoss(nn.Module):
    """`mse` as a module; it takes logits: leave out the final sigmoid of the model."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, logit, label):
        return mse(logit, label, self.reduction)

"""The loss `mse` for PyTorch, as a function and as a module.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    (pred - label)^2
"""

import torch
from torch import nn


@torch.jit.unused
def _cut(wide, dtype):
    """Cuts a gradient to the largest that `dtype` holds."""
    largest = torch.finfo(dtype).max
    wide.register_hook(lambda gradient: gradient.clamp(-largest, largest))


def _single(x):
    """Half precision as single. The gradient goes back in half precision, cut to the largest that this holds."""
    if x.dtype == torch.float32 or x.dtype == torch.float64:
        return x
    wide = x.float()
    if not torch.jit.is_scripting():
        if wide.requires_grad:
            _cut(wide, x.dtype)
    return wide


def mse(logit, label, reduction: str = "mean"):
    """The loss of logits and labels.

    logit, label: of one shape, whatever it is; another is an error, for (n, 1) and (n,) would make n * n losses.
    Labels lie in [0, 1]. That is not checked, for a check would wait for the accelerator; beyond, the loss
    means nothing.

    The precision is that of the logits, at least single. Single precision is that of the search: rounding included,
    the loss is the one that was found. Double precision rounds less: 1 - pred, say, is not 0 beyond logit 17.
    Half precision is computed in single and gives a loss in single.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each.
    """
    if logit.shape != label.shape:
        raise ValueError(
            f"logit has the shape {list(logit.shape)} and label {list(label.shape)}: one shape is needed, as after "
            "logit.reshape(label.shape)"
        )
    logit = _single(logit)
    label = label.to(logit.dtype)
    pred = torch.sigmoid(logit)
    loss = (pred - label) ** 2
    if reduction == "none":
        return loss
    if reduction != "mean" and reduction != "sum":
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return loss.mean() if reduction == "mean" else loss.sum()


class MseLoss(nn.Module):
    """`mse` as a module, which `torch.jit.script` compiles too.

    It takes logits: leave out the final sigmoid of the model.
    """

    def __init__(self, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, logit, label):
        return mse(logit, label, self.reduction)

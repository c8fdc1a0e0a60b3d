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


def _clamp(x, low: float, high: float):
    """x within [low, high], with derivative 0 beyond both and 1 at them."""
    return torch.where(x < low, low, torch.where(x > high, high, x))


def _quotient(x, y, low: float, high: float):
    """x / y within [low, high]; where that acts, also at y = 0, the derivative is 0 and never NaN."""
    raw = (x / y).detach()
    acts = (raw < low) | (raw > high)
    return torch.where(acts, torch.clamp(raw, low, high), x / torch.where(acts, 1.0, y))


def _signed_root(x):
    """sign(x) * sqrt(|x|), with derivative 0 at 0."""
    is_zero = x == 0
    root = torch.sqrt(torch.abs(torch.where(is_zero, 1.0, x)))
    return torch.where(is_zero, 0.0, torch.sign(x) * root)


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


def generated_loss(logit, label, reduction: str = "mean"):
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
    EPSILON = 1e-6
    LOW = -1e6
    HIGH = 1e6
    SCALE = 0.5
    pred = torch.sigmoid(logit)
    t1 = pred - label
    t2 = _clamp(torch.sign(label) / (label + EPSILON), LOW, HIGH)
    t3 = _clamp(torch.sign(t1) * torch.log(torch.abs(t1) + EPSILON) * t2, LOW, HIGH)
    t4 = _clamp(_quotient(torch.maximum(label, pred) ** 2, t1, LOW, HIGH) + t3, LOW, HIGH)
    t5 = t4 + _signed_root(_clamp(torch.exp(torch.clamp(logit, max=88.0)), LOW, HIGH))
    loss = SCALE * _clamp(t5, LOW, HIGH)
    if reduction == "none":
        return loss
    if reduction != "mean" and reduction != "sum":
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return loss.mean() if reduction == "mean" else loss.sum()


class GeneratedLoss(nn.Module):
    """`generated_loss` as a module, which `torch.jit.script` compiles too.

    It takes logits: leave out the final sigmoid of the model.
    """

    def __init__(self, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, logit, label):
        return generated_loss(logit, label, self.reduction)

"""The loss `maxr` for RecBole, as a mixin for its models.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    max((pred + eps) / (label + eps), (label + eps) / (pred + eps))

eps is EPSILON.
At a tie of max, min or relu each side takes half of the derivative.
"""

import torch
from recbole.model.general_recommender import BPR
from recbole.utils import InputType


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


def maxr(logit, label, reduction: str = "mean"):
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
    pred = torch.sigmoid(logit)
    t1 = pred + EPSILON
    t2 = label + EPSILON
    loss = torch.maximum(t1 / t2, t2 / t1)
    if reduction == "none":
        return loss
    if reduction != "mean" and reduction != "sum":
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return loss.mean() if reduction == "mean" else loss.sum()


class MaxrMixin:
    """Trains a model of RecBole with `maxr`: put it before the model among the base classes.

    A class says in `logit` what the model's logit is.
    """

    input_type = InputType.POINTWISE

    def __init__(self, config, dataset):
        super().__init__(config, dataset)
        self.LABEL = config["LABEL_FIELD"]

    def logit(self, interaction):
        """The score before the sigmoid, of shape (n,)."""
        raise NotImplementedError

    def calculate_loss(self, interaction):
        return maxr(self.logit(interaction), interaction[self.LABEL])


class MaxrBpr(MaxrMixin, BPR):
    """An example: the matrix factorisation of RecBole, trained on labelled rows with `maxr`."""

    def logit(self, interaction):
        user, item = self.forward(interaction[self.USER_ID], interaction[self.ITEM_ID])
        return (user * item).sum(dim=1)

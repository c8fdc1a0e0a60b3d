"""The loss `bce` for RecBole, as a mixin for its models.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    relu(logit) - label * logit + log(1 + exp(-abs(logit)))

log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
At a tie of max, min or relu each side takes half of the derivative.
"""

import torch
from recbole.model.general_recommender import BPR
from recbole.utils import InputType

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


class BceMixin:
    """Trains a model of RecBole with `bce`: put it before the model among the base classes.

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
        return bce(self.logit(interaction), interaction[self.LABEL])


class BceBpr(BceMixin, BPR):
    """An example: the matrix factorisation of RecBole, trained on labelled rows with `bce`."""

    def logit(self, interaction):
        user, item = self.forward(interaction[self.USER_ID], interaction[self.ITEM_ID])
        return (user * item).sum(dim=1)

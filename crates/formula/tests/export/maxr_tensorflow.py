"""The loss `maxr` for Keras 3 (TensorFlow), as a function and as a class.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    max((pred + eps) / (label + eps), (label + eps) / (pred + eps))

eps is EPSILON.
At a tie of max, min or relu each side takes half of the derivative.
"""

import keras
from keras import ops

EPSILON = 1e-6


def _maximum(x, y):
    """The larger one; at a tie each takes half of the derivative."""
    return ops.where(x > y, x, ops.where(y > x, y, 0.5 * x + 0.5 * y))


def maxr(label, logit):
    """The loss of each element, in the order of arguments of Keras: labels in [0, 1], then logits, of one shape.

    For the mean over all elements use the class, or `keras.ops.mean`.
    """
    logit = ops.convert_to_tensor(logit)
    label = ops.cast(label, logit.dtype)
    pred = ops.sigmoid(logit)
    t1 = pred + EPSILON
    t2 = label + EPSILON
    return _maximum(t1 / t2, t2 / t1)


class MaxrLoss(keras.losses.Loss):
    """`maxr` for `model.compile`: the mean over all elements unless `reduction` says otherwise.

    It takes logits: leave out the final sigmoid of the model.
    """

    def call(self, y_true, y_pred):
        return maxr(y_true, y_pred)

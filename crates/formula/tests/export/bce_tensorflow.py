"""The loss `bce` for Keras 3 (TensorFlow), as a function and as a class.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    relu(logit) - label * logit + log(1 + exp(-abs(logit)))

log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
At a tie of max, min or relu each side takes half of the derivative.
"""

import keras
from keras import ops

EPSILON = 1e-6


def _maximum(x, y):
    """The larger one; at a tie each takes half of the derivative."""
    return ops.where(x > y, x, ops.where(y > x, y, 0.5 * x + 0.5 * y))


def bce(label, logit):
    """The loss of each element, in the order of arguments of Keras: labels in [0, 1], then logits, of one shape.

    For the mean over all elements use the class, or `keras.ops.mean`.
    """
    logit = ops.convert_to_tensor(logit)
    label = ops.cast(label, logit.dtype)
    t1 = ops.log(1 + ops.exp(-ops.abs(logit)) + EPSILON)
    return _maximum(logit, 0.0) - label * logit + t1


class BceLoss(keras.losses.Loss):
    """`bce` for `model.compile`: the mean over all elements unless `reduction` says otherwise.

    It takes logits: leave out the final sigmoid of the model.
    """

    def call(self, y_true, y_pred):
        return bce(y_true, y_pred)

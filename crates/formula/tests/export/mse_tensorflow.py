"""The loss `mse` for Keras 3 (TensorFlow), as a function and as a class.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    (pred - label)^2
"""

import keras
from keras import ops


def mse(label, logit):
    """The loss of each element, in the order of arguments of Keras: labels in [0, 1], then logits, of one shape.

    For the mean over all elements use the class, or `keras.ops.mean`.
    """
    logit = ops.convert_to_tensor(logit)
    label = ops.cast(label, logit.dtype)
    pred = ops.sigmoid(logit)
    return (pred - label) ** 2


class MseLoss(keras.losses.Loss):
    """`mse` for `model.compile`: the mean over all elements unless `reduction` says otherwise.

    It takes logits: leave out the final sigmoid of the model.
    """

    def call(self, y_true, y_pred):
        return mse(y_true, y_pred)

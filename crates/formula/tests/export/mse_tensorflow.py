"""The loss `mse` for Keras 3 (TensorFlow), as a function and as a class.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    (pred - label)^2
"""

import keras
from keras import ops


# The largest numbers of half precision.
LARGEST = {"float16": 65504.0, "bfloat16": 3.3895314e38}


@ops.custom_gradient
def _single(x):
    """Half precision as single. The gradient goes back in half precision, cut to the largest that this holds."""

    def cut(*args, upstream=None):
        gradient = args[0] if upstream is None else upstream
        largest = LARGEST[keras.backend.standardize_dtype(x.dtype)]
        return ops.cast(ops.clip(gradient, -largest, largest), x.dtype)

    return ops.cast(x, "float32"), cut


def _differ(shape, other):
    """Whether two shapes differ in what is known of them."""
    known = zip(shape, other)
    return len(shape) != len(other) or any(None not in pair and pair[0] != pair[1] for pair in known)


def mse(label, logit):
    """The loss of each element, in the order of arguments of Keras: labels, then logits.

    For the mean over all elements use the class, or `keras.ops.mean`.

    logit, label: of one shape, whatever it is; another is an error, for (n, 1) and (n,) would make n * n losses.
    Labels lie in [0, 1]. That is not checked, for a check would wait for the accelerator; beyond, the loss
    means nothing.

    The precision is that of the logits, at least single. Single precision is that of the search: rounding included,
    the loss is the one that was found. Double precision rounds less: 1 - pred, say, is not 0 beyond logit 17.
    Half precision is computed in single and gives a loss in single.
    """
    logit, label = ops.convert_to_tensor(logit), ops.convert_to_tensor(label)
    if _differ(logit.shape, label.shape):
        raise ValueError(
            f"logit has the shape {tuple(logit.shape)} and label {tuple(label.shape)}: one shape is needed, as after "
            "logit.reshape(label.shape)"
        )
    if keras.backend.standardize_dtype(logit.dtype) in LARGEST:
        logit = _single(logit)
    elif keras.backend.standardize_dtype(logit.dtype) != "float64":
        logit = ops.cast(logit, "float32")
    label = ops.cast(label, logit.dtype)
    pred = ops.sigmoid(logit)
    return (pred - label) ** 2


class MseLoss(keras.losses.Loss):
    """`mse` for `model.compile`: the mean over all elements unless `reduction` says otherwise.

    It takes logits: leave out the final sigmoid of the model.
    """

    def call(self, y_true, y_pred):
        return mse(y_true, y_pred)

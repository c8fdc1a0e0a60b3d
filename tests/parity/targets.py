"""Runs generated code: for each target, value and derivatives with respect to the logit.

Each function takes the code, the logits (n,), one label and a precision, and returns arrays of shape (n,): the value
(None for boosters), the gradient, and for boosters the Hessian.
"""

import sys
import types

import numpy as np

NAME = "exported"


def load(code):
    module = {"__name__": "exported_module"}
    exec(compile(code, "<exported>", "exec"), module)
    return module


def pytorch_function(loss, logit, label, dtype):
    import torch

    h = torch.tensor(logit.astype(dtype), requires_grad=True)
    y = torch.full_like(h, label).detach()
    value = loss(h, y)
    (gradient,) = torch.autograd.grad(value.sum(), h)
    return value.detach().numpy(), gradient.numpy(), None


def pytorch(code, logit, label, dtype):
    module = load(code)
    # Through the module, whose mean is taken to be that of the function's values.
    loss = module["ExportedLoss"](reduction="none")
    return pytorch_function(loss, logit, label, dtype)


def recbole(code, logit, label, dtype):
    return pytorch_function(lambda h, y: load(code)[NAME](h, y, "none"), logit, label, dtype)


def jax(code, logit, label, dtype):
    import jax

    jax.config.update("jax_enable_x64", True)
    loss = load(code)[NAME]
    h = jax.numpy.asarray(logit.astype(dtype))
    value, back = jax.vjp(lambda h: loss(h, jax.numpy.full_like(h, label), "none"), h)
    return np.asarray(value), np.asarray(back(jax.numpy.ones_like(value))[0]), None


def tensorflow(code, logit, label, dtype):
    import keras
    import tensorflow as tf

    assert keras.backend.backend() == "tensorflow"
    loss = load(code)[NAME]
    h = tf.constant(logit.astype(dtype))
    with tf.GradientTape() as tape:
        tape.watch(h)
        value = loss(tf.fill(h.shape, tf.cast(label, h.dtype)), h)
    gradient = tape.gradient(value, h)
    return value.numpy(), gradient.numpy(), None


def numpy(code, logit, label, dtype):
    value, gradient = load(code)[NAME](logit.astype(dtype), np.full(logit.shape, label))
    return value, gradient, None


class Data:
    """What LightGBM and XGBoost hand to an objective."""

    def __init__(self, label):
        self.label = label

    def get_label(self):
        return self.label


def booster(code, logit, label, dtype):
    data = Data(np.full(logit.shape, label))
    gradient, hessian = load(code)[NAME](logit.astype(dtype), data)
    return None, gradient, hessian


def stand_in_for_recbole():
    """RecBole where it cannot be imported: the two names that generated code takes from it."""
    names = ["recbole", "recbole.model", "recbole.model.general_recommender", "recbole.utils"]
    modules = {name: types.ModuleType(name) for name in names}
    modules["recbole.model.general_recommender"].BPR = type("BPR", (), {})
    modules["recbole.utils"].InputType = types.SimpleNamespace(POINTWISE=1)
    sys.modules.update(modules)


TARGETS = {
    "pytorch": (pytorch, "torch"),
    "jax": (jax, "jax"),
    "tensorflow": (tensorflow, "tensorflow"),
    "numpy": (numpy, "numpy"),
    "lightgbm": (booster, "numpy"),
    "xgboost": (booster, "numpy"),
    "recbole": (recbole, "torch"),
}

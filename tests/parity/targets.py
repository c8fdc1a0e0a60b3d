"""Runs generated code: for each target, value and derivatives with respect to the logit.

Each function takes the code, logits and labels (n,), and a precision (`float64`, `float32`, `float16` or `bfloat16`), and
returns arrays of shape (n,) in double precision: the value (None for boosters), the gradient, and for boosters the Hessian.
"""

import functools
import linecache
import sys
import types

import numpy as np

NAME = "exported"


@functools.lru_cache(maxsize=16)
def load(code):
    name = f"<exported {hash(code)}>"
    # TorchScript asks for the source of what it compiles.
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    module = {"__name__": "exported_module"}
    exec(compile(code, name, "exec"), module)
    return module


def pytorch_function(loss, logit, label, dtype):
    import torch

    h = torch.tensor(logit).to(getattr(torch, dtype)).requires_grad_()
    value = loss(h, torch.tensor(label).to(h.dtype))
    (gradient,) = torch.autograd.grad(value.sum(), h)
    return value.detach().double().numpy(), gradient.double().numpy(), None


def pytorch(code, logit, label, dtype):
    # Through the module, whose mean is taken to be that of the function's values.
    return pytorch_function(load(code)["ExportedLoss"](reduction="none"), logit, label, dtype)


def recbole(code, logit, label, dtype):
    return pytorch_function(lambda h, y: load(code)[NAME](h, y, "none"), logit, label, dtype)


def jax(code, logit, label, dtype):
    import jax

    jax.config.update("jax_enable_x64", True)
    loss = load(code)[NAME]
    h, y = (jax.numpy.asarray(x).astype(dtype) for x in (logit, label))
    value, back = jax.vjp(lambda h: loss(h, y, "none"), h)
    return np.asarray(value, np.float64), np.asarray(back(jax.numpy.ones_like(value))[0], np.float64), None


def tensorflow(code, logit, label, dtype):
    import keras
    import tensorflow as tf

    assert keras.backend.backend() == "tensorflow"
    loss = load(code)[NAME]
    h, y = (tf.cast(tf.constant(x), dtype) for x in (logit, label))
    with tf.GradientTape() as tape:
        tape.watch(h)
        value = loss(y, h)
    gradient = tape.gradient(value, h)
    return tf.cast(value, "float64").numpy(), tf.cast(gradient, "float64").numpy(), None


def numpy(code, logit, label, dtype):
    value, gradient = load(code)[NAME](logit.astype(dtype), label.astype(dtype))
    return value.astype(np.float64), gradient.astype(np.float64), None


class Data:
    """What LightGBM and XGBoost hand to an objective."""

    def __init__(self, label):
        self.label = label

    def get_label(self):
        return self.label


def booster(code, logit, label, dtype):
    gradient, hessian = load(code)[NAME](logit.astype(dtype), Data(label.astype(dtype)))
    return None, gradient, hessian


def stand_in_for_recbole():
    """RecBole where it cannot be imported: the two names that generated code takes from it."""
    names = ["recbole", "recbole.model", "recbole.model.general_recommender", "recbole.utils"]
    modules = {name: types.ModuleType(name) for name in names}
    modules["recbole.model.general_recommender"].BPR = type("BPR", (), {})
    modules["recbole.utils"].InputType = types.SimpleNamespace(POINTWISE=1)
    sys.modules.update(modules)


# The function, and the precisions that the target has.
TARGETS = {
    "pytorch": (pytorch, ("float64", "float32", "float16", "bfloat16")),
    "jax": (jax, ("float64", "float32", "float16", "bfloat16")),
    "tensorflow": (tensorflow, ("float64", "float32", "float16", "bfloat16")),
    "numpy": (numpy, ("float64", "float32", "float16")),
    "lightgbm": (booster, ("float64",)),
    "xgboost": (booster, ("float64",)),
    "recbole": (recbole, ("float64", "float32", "float16", "bfloat16")),
}

"""The loss `mse` for JAX.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    (pred - label)^2
"""

import jax
import jax.numpy as jnp


def mse(logit, label, reduction="mean"):
    """The loss of logits, of any shape, and labels in [0, 1], of the same shape.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each; static under `jax.jit`.
    """
    logit = jnp.asarray(logit)
    label = jnp.asarray(label, dtype=logit.dtype)
    pred = jax.nn.sigmoid(logit)
    loss = (pred - label) ** 2
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return jnp.mean(loss) if reduction == "mean" else jnp.sum(loss)

"""The loss `maxr` for JAX.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    max((pred + eps) / (label + eps), (label + eps) / (pred + eps))

eps is EPSILON.
At a tie of max, min or relu each side takes half of the derivative.
"""

import jax
import jax.numpy as jnp

EPSILON = 1e-6


def maxr(logit, label, reduction="mean"):
    """The loss of logits, of any shape, and labels in [0, 1], of the same shape.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each; static under `jax.jit`.
    """
    logit = jnp.asarray(logit)
    label = jnp.asarray(label, dtype=logit.dtype)
    pred = jax.nn.sigmoid(logit)
    t1 = pred + EPSILON
    t2 = label + EPSILON
    loss = jnp.maximum(t1 / t2, t2 / t1)
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return jnp.mean(loss) if reduction == "mean" else jnp.sum(loss)

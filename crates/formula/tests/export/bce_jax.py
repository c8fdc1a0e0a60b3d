"""The loss `bce` for JAX.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    relu(logit) - label * logit + log(1 + exp(-abs(logit)))

log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
At a tie of max, min or relu each side takes half of the derivative.
"""

import jax
import jax.numpy as jnp

EPSILON = 1e-6


def _abs(x):
    """|x|, with derivative 0 at 0."""
    return jnp.sign(x) * x


def bce(logit, label, reduction="mean"):
    """The loss of logits, of any shape, and labels in [0, 1], of the same shape.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each; static under `jax.jit`.
    """
    logit = jnp.asarray(logit)
    label = jnp.asarray(label, dtype=logit.dtype)
    t1 = jnp.log(1 + jnp.exp(-_abs(logit)) + EPSILON)
    loss = jnp.maximum(logit, 0.0) - label * logit + t1
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return jnp.mean(loss) if reduction == "mean" else jnp.sum(loss)

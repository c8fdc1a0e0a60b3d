"""The loss `generated_loss` for JAX.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    max(label, pred)^2 / (pred - label) + log(pred - label) * reciprocal(label) + sqrt(exp(logit))

log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
reciprocal(x) stands for sign(x) / (|x| + EPSILON), with sign(0) = 0; a sign that is known is left out.
sqrt(x) stands for sign(x) * sqrt(|x|), with derivative 0 at 0.
At a tie of max, min or relu each side takes half of the derivative.
Every result is kept within [-1e6, 1e6], and where that acts the derivative is 0;
what stays there anyway is not clamped.
The loss is multiplied by SCALE, which changes the step of a training and not its minimum.
"""

import jax
import jax.numpy as jnp

EPSILON = 1e-6
LOW = -1e6
HIGH = 1e6
SCALE = 0.5


def _abs(x):
    """|x|, with derivative 0 at 0."""
    return jnp.sign(x) * x


def _clamp(x):
    """x within [LOW, HIGH], with derivative 0 beyond both and 1 at them."""
    return jnp.where(x < LOW, LOW, jnp.where(x > HIGH, HIGH, x))


def _quotient(x, y):
    """x / y within [LOW, HIGH]; where that acts, also at y = 0, the derivative is 0 and never NaN."""
    raw = jax.lax.stop_gradient(x / y)
    acts = (raw < LOW) | (raw > HIGH)
    return jnp.where(acts, jnp.clip(raw, LOW, HIGH), x / jnp.where(acts, 1.0, y))


def _signed_root(x):
    """sign(x) * sqrt(|x|), with derivative 0 at 0."""
    is_zero = x == 0
    root = jnp.sqrt(jnp.abs(jnp.where(is_zero, 1.0, x)))
    return jnp.where(is_zero, 0.0, jnp.sign(x) * root)


def generated_loss(logit, label, reduction="mean"):
    """The loss of logits, of any shape, and labels in [0, 1], of the same shape.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each; static under `jax.jit`.
    """
    logit = jnp.asarray(logit)
    label = jnp.asarray(label, dtype=logit.dtype)
    pred = jax.nn.sigmoid(logit)
    t1 = pred - label
    t2 = _clamp(jnp.sign(label) / (label + EPSILON))
    t3 = _clamp(jnp.sign(t1) * jnp.log(_abs(t1) + EPSILON) * t2)
    t4 = _clamp(_quotient(jnp.maximum(label, pred) ** 2, t1) + t3)
    loss = SCALE * _clamp(t4 + _signed_root(_clamp(jnp.exp(jnp.minimum(logit, 88.0)))))
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return jnp.mean(loss) if reduction == "mean" else jnp.sum(loss)

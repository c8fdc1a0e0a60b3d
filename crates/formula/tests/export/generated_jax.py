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


@jax.custom_vjp
def _single(x):
    """Half precision as single. The gradient goes back in half precision, cut to the largest that this holds."""
    return x.astype(jnp.float32)


def _cut(x, gradient):
    largest = float(jnp.finfo(x.dtype).max)
    return (jnp.clip(gradient, -largest, largest).astype(x.dtype),)


_single.defvjp(lambda x: (_single(x), x), _cut)


def generated_loss(logit, label, reduction="mean"):
    """The loss of logits and labels.

    logit, label: of one shape, whatever it is; another is an error, for (n, 1) and (n,) would make n * n losses.
    Labels lie in [0, 1]. That is not checked, for a check would wait for the accelerator; beyond, the loss
    means nothing.

    The precision is that of the logits, at least single. Single precision is that of the search: rounding included,
    the loss is the one that was found. Double precision rounds less: 1 - pred, say, is not 0 beyond logit 17.
    Half precision is computed in single and gives a loss in single.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each; static under `jax.jit`.
    """
    logit, label = jnp.asarray(logit), jnp.asarray(label)
    if logit.shape != label.shape:
        raise ValueError(
            f"logit has the shape {logit.shape} and label {label.shape}: one shape is needed, as after "
            "logit.reshape(label.shape)"
        )
    if jnp.issubdtype(logit.dtype, jnp.floating) and logit.dtype.itemsize < 4:
        logit = _single(logit)
    logit = logit.astype(jnp.promote_types(logit.dtype, jnp.float32))
    label = label.astype(logit.dtype)
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

"""The loss `mse` for JAX.

Exported by AutoLossGen. The formula, with pred = sigmoid(logit) and a label in [0, 1]:

    (pred - label)^2
"""

import jax
import jax.numpy as jnp


@jax.custom_vjp
def _single(x):
    """Half precision as single. The gradient goes back in half precision, cut to the largest that this holds."""
    return x.astype(jnp.float32)


def _cut(x, gradient):
    largest = float(jnp.finfo(x.dtype).max)
    return (jnp.clip(gradient, -largest, largest).astype(x.dtype),)


_single.defvjp(lambda x: (_single(x), x), _cut)


def mse(logit, label, reduction="mean"):
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
    loss = (pred - label) ** 2
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{reduction}': use mean, sum or none")
    return jnp.mean(loss) if reduction == "mean" else jnp.sum(loss)

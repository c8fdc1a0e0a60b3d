//! JAX: a function, for `jax.grad` and `jax.jit`.

use crate::Loss;

use super::graph::{Function, Operator};
use super::lower::{Mode, lower};
use super::page::{Page, UNCHECKED, arguments, constants, module, shape_error};
use super::print::{Argument, Dialect, body};

pub(super) const PAGE: Page = Page { words: &["jax", "jnp"], code };

/// JAX differentiates a cast by casting the derivative, which overflows where the derivative is above 65504.
const SINGLE: &str = r#"@jax.custom_vjp
def _single(x):
    """Half precision as single. The gradient goes back in half precision, cut to the largest that this holds."""
    return x.astype(jnp.float32)


def _cut(x, gradient):
    largest = float(jnp.finfo(x.dtype).max)
    return (jnp.clip(gradient, -largest, largest).astype(x.dtype),)


_single.defvjp(lambda x: (_single(x), x), _cut)"#;

/// How JAX writes functions.
struct Jax;

// The derivative of `jnp.abs` at 0 is 1.
const ABS: &str = r#"def _abs(x):
    """|x|, with derivative 0 at 0."""
    return jnp.sign(x) * x"#;

const CLAMP: &str = r#"def _clamp(x):
    """x within [LOW, HIGH], with derivative 0 beyond both and 1 at them."""
    return jnp.where(x < LOW, LOW, jnp.where(x > HIGH, HIGH, x))"#;

const SIGNED_ROOT: &str = r#"def _signed_root(x):
    """sign(x) * sqrt(|x|), with derivative 0 at 0."""
    is_zero = x == 0
    root = jnp.sqrt(jnp.abs(jnp.where(is_zero, 1.0, x)))
    return jnp.where(is_zero, 0.0, jnp.sign(x) * root)"#;

const QUOTIENT: &str = r#"def _quotient(x, y):
    """x / y within [LOW, HIGH]; where that acts, also at y = 0, the derivative is 0 and never NaN."""
    raw = jax.lax.stop_gradient(x / y)
    acts = (raw < LOW) | (raw > HIGH)
    return jnp.where(acts, jnp.clip(raw, LOW, HIGH), x / jnp.where(acts, 1.0, y))"#;

impl Dialect for Jax {
    fn function(&self, function: Function, x: &str) -> String {
        match function {
            Function::Abs => format!("_abs({x})"),
            Function::CappedExp => format!("jnp.exp(jnp.minimum({x}, 88.0))"),
            Function::SignedRoot => format!("_signed_root({x})"),
            Function::Sigmoid => format!("jax.nn.sigmoid({x})"),
            // The derivative of `jax.nn.relu` at 0 is 0, and that of `jnp.maximum` 1/2.
            Function::Relu => format!("jnp.maximum({x}, 0.0)"),
            Function::Clamp => format!("_clamp({x})"),
            Function::Step | Function::RootSlope => unreachable!("JAX finds derivatives by itself"),
            _ => function.call("jnp", x),
        }
    }

    fn operator(&self, operator: Operator, x: &Argument, y: &Argument) -> String {
        let name = match operator {
            Operator::Quotient => "_quotient",
            Operator::Max => "jnp.maximum",
            _ => "jnp.minimum",
        };
        format!("{name}({}, {})", x.text, y.text)
    }

    fn function_definition(&self, function: Function) -> Option<&'static str> {
        match function {
            Function::Abs => Some(ABS),
            Function::Clamp => Some(CLAMP),
            Function::SignedRoot => Some(SIGNED_ROOT),
            _ => None,
        }
    }

    fn operator_definition(&self, operator: Operator) -> Option<&'static str> {
        (operator == Operator::Quotient).then_some(QUOTIENT)
    }
}

fn code(loss: &Loss, name: &str) -> String {
    let (graph, root) = lower(loss, Mode::Backward);
    let body = body(&graph, &[root], &Jax);
    let function = format!(
        r#"def {name}(logit, label, reduction="mean"):
    """The loss of logits and labels.

    {arguments}
    Half precision is computed in single and gives a loss in single.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each; static under `jax.jit`.
    """
    logit, label = jnp.asarray(logit), jnp.asarray(label)
    if logit.shape != label.shape:
        {raise}
    if jnp.issubdtype(logit.dtype, jnp.floating) and logit.dtype.itemsize < 4:
        logit = _single(logit)
    logit = logit.astype(jnp.promote_types(logit.dtype, jnp.float32))
    label = label.astype(logit.dtype)
{lines}    loss = {value}
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{{reduction}}': use mean, sum or none")
    return jnp.mean(loss) if reduction == "mean" else jnp.sum(loss)"#,
        arguments = arguments(UNCHECKED),
        raise = shape_error("logit.shape", "label.shape"),
        lines = body.indented("    "),
        value = body.results[0],
    );
    let title = format!("The loss `{name}` for JAX.");
    let head = ["import jax\nimport jax.numpy as jnp", &constants(loss, &body)];
    module(loss, &body, &title, &head, &[SINGLE.to_owned(), function])
}

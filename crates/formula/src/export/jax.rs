//! JAX: a function, for `jax.grad` and `jax.jit`.

use crate::Loss;

use super::graph::{Function, Operator};
use super::lower::{Mode, lower};
use super::page::{Page, module};
use super::print::{Argument, Dialect, body};

pub(super) const PAGE: Page = Page { words: &["jax", "jnp"], code };

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
    """The loss of logits, of any shape, and labels in [0, 1], of the same shape.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each; static under `jax.jit`.
    """
    logit = jnp.asarray(logit)
    label = jnp.asarray(label, dtype=logit.dtype)
{lines}    loss = {value}
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{{reduction}}': use mean, sum or none")
    return jnp.mean(loss) if reduction == "mean" else jnp.sum(loss)"#,
        lines = body.indented("    "),
        value = body.results[0],
    );
    let title = format!("The loss `{name}` for JAX.");
    module(loss, &body, &title, "import jax\nimport jax.numpy as jnp", &[function])
}

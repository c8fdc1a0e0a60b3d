//! PyTorch: a function and an `nn.Module`.

use crate::Loss;

use super::graph::{Function, Operator};
use super::lower::{Mode, lower};
use super::page::{Page, class_name, module};
use super::print::{Argument, Body, Dialect, body};

pub(super) const PAGE: Page = Page { words: &["torch", "nn"], code };

/// How PyTorch writes functions.
struct Torch;

const RELU: &str = r#"def _relu(x):
    """max(x, 0), with derivative 1/2 at 0."""
    return torch.maximum(x, torch.zeros_like(x))"#;

// The derivative of `torch.clamp` at its bounds is 1 in some versions and 0 in others.
const CLAMP: &str = r#"def _clamp(x):
    """x within [LOW, HIGH], with derivative 0 beyond both and 1 at them."""
    return torch.where(x < LOW, LOW, torch.where(x > HIGH, HIGH, x))"#;

const SIGNED_ROOT: &str = r#"def _signed_root(x):
    """sign(x) * sqrt(|x|), with derivative 0 at 0."""
    is_zero = x == 0
    root = torch.sqrt(torch.abs(torch.where(is_zero, 1.0, x)))
    return torch.where(is_zero, 0.0, torch.sign(x) * root)"#;

const QUOTIENT: &str = r#"def _quotient(x, y):
    """x / y within [LOW, HIGH]; where that acts, also at y = 0, the derivative is 0 and never NaN."""
    raw = torch.as_tensor(x / y).detach()
    acts = (raw < LOW) | (raw > HIGH)
    return torch.where(acts, torch.clamp(raw, LOW, HIGH), x / torch.where(acts, 1.0, y))"#;

impl Dialect for Torch {
    fn function(&self, function: Function, x: &str) -> String {
        match function {
            Function::CappedExp => format!("torch.exp(torch.clamp({x}, max=88.0))"),
            Function::SignedRoot => format!("_signed_root({x})"),
            Function::Relu => format!("_relu({x})"),
            Function::Clamp => format!("_clamp({x})"),
            Function::Step | Function::RootSlope => unreachable!("PyTorch finds derivatives by itself"),
            _ => function.call("torch", x),
        }
    }

    fn operator(&self, operator: Operator, x: &Argument, y: &Argument) -> String {
        if operator == Operator::Quotient {
            return format!("_quotient({}, {})", x.text, y.text);
        }
        let tensor = |argument: &Argument| match argument.is_number {
            true => format!("torch.full_like(logit, {})", argument.text),
            false => argument.text.clone(),
        };
        let name = if operator == Operator::Max { "maximum" } else { "minimum" };
        format!("torch.{name}({}, {})", tensor(x), tensor(y))
    }

    fn function_definition(&self, function: Function) -> Option<&'static str> {
        match function {
            Function::Relu => Some(RELU),
            Function::Clamp => Some(CLAMP),
            Function::SignedRoot => Some(SIGNED_ROOT),
            _ => None,
        }
    }

    fn operator_definition(&self, operator: Operator) -> Option<&'static str> {
        (operator == Operator::Quotient).then_some(QUOTIENT)
    }
}

/// The lines of the loss, which [`function`] wraps.
pub(super) fn terms(loss: &Loss) -> Body {
    let (graph, root) = lower(loss, Mode::Backward);
    body(&graph, &[root], &Torch)
}

/// The loss as a function of logit and label.
pub(super) fn function(body: &Body, name: &str) -> String {
    format!(
        r#"def {name}(logit, label, reduction="mean"):
    """The loss of logits, of any shape, and labels in [0, 1], of the same shape.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each.
    """
    label = label.to(logit.dtype)
{lines}    loss = {value}
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction '{{reduction}}': use mean, sum or none")
    return loss.mean() if reduction == "mean" else loss.sum()"#,
        lines = body.indented("    "),
        value = body.results[0],
    )
}

fn code(loss: &Loss, name: &str) -> String {
    let body = terms(loss);
    let class = class_name(name, "Loss");
    let class = format!(
        r#"class {class}(nn.Module):
    """`{name}` as a module; it takes logits: leave out the final sigmoid of the model."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, logit, label):
        return {name}(logit, label, self.reduction)"#
    );
    let title = format!("The loss `{name}` for PyTorch, as a function and as a module.");
    module(loss, &body, &title, "import torch\nfrom torch import nn", &[function(&body, name), class])
}

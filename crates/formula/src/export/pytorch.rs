//! PyTorch: a function and an `nn.Module`.

use crate::Loss;

use super::graph::{Function, Operator};
use super::lower::{Mode, lower};
use super::page::{Page, UNCHECKED, arguments, class_name, constants, module, shape_error};
use super::print::{Argument, Body, Dialect, body};

pub(super) const PAGE: Page = Page { words: &["torch", "nn"], code };

/// How PyTorch writes functions.
struct Torch;

const RELU: &str = r#"def _relu(x):
    """max(x, 0), with derivative 1/2 at 0."""
    return torch.maximum(x, torch.zeros_like(x))"#;

// The derivative of `torch.clamp` at its bounds is 1 in some versions and 0 in others. The bounds are arguments because
// TorchScript compiles no function that reads a number of its module.
const CLAMP: &str = r#"def _clamp(x, low: float, high: float):
    """x within [low, high], with derivative 0 beyond both and 1 at them."""
    return torch.where(x < low, low, torch.where(x > high, high, x))"#;

const SIGNED_ROOT: &str = r#"def _signed_root(x):
    """sign(x) * sqrt(|x|), with derivative 0 at 0."""
    is_zero = x == 0
    root = torch.sqrt(torch.abs(torch.where(is_zero, 1.0, x)))
    return torch.where(is_zero, 0.0, torch.sign(x) * root)"#;

const QUOTIENT: &str = r#"def _quotient(x, y, low: float, high: float):
    """x / y within [low, high]; where that acts, also at y = 0, the derivative is 0 and never NaN."""
    raw = (x / y).detach()
    acts = (raw < low) | (raw > high)
    return torch.where(acts, torch.clamp(raw, low, high), x / torch.where(acts, 1.0, y))"#;

/// PyTorch differentiates a cast by casting the derivative, which overflows where the derivative is above 65504. TorchScript
/// has no hooks, and leaves the gradient as it overflows.
const SINGLE: &str = r#"@torch.jit.unused
def _cut(wide, dtype):
    """Cuts a gradient to the largest that `dtype` holds."""
    largest = torch.finfo(dtype).max
    wide.register_hook(lambda gradient: gradient.clamp(-largest, largest))


def _single(x):
    """Half precision as single. The gradient goes back in half precision, cut to the largest that this holds."""
    if x.dtype == torch.float32 or x.dtype == torch.float64:
        return x
    wide = x.float()
    if not torch.jit.is_scripting():
        if wide.requires_grad:
            _cut(wide, x.dtype)
    return wide"#;

impl Dialect for Torch {
    fn function(&self, function: Function, x: &str) -> String {
        match function {
            Function::CappedExp => format!("torch.exp(torch.clamp({x}, max=88.0))"),
            Function::SignedRoot => format!("_signed_root({x})"),
            Function::Relu => format!("_relu({x})"),
            Function::Clamp => format!("_clamp({x}, LOW, HIGH)"),
            Function::Step | Function::RootSlope => unreachable!("PyTorch finds derivatives by itself"),
            _ => function.call("torch", x),
        }
    }

    fn operator(&self, operator: Operator, x: &Argument, y: &Argument) -> String {
        let tensor = |argument: &Argument| match argument.is_number {
            true => format!("torch.full_like(logit, {})", argument.text),
            false => argument.text.clone(),
        };
        let (x, y) = (tensor(x), tensor(y));
        match operator {
            Operator::Quotient => format!("_quotient({x}, {y}, LOW, HIGH)"),
            Operator::Max => format!("torch.maximum({x}, {y})"),
            _ => format!("torch.minimum({x}, {y})"),
        }
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

/// The loss as a function of logit and label, after the functions that it needs.
pub(super) fn functions(loss: &Loss, body: &Body, name: &str) -> [String; 2] {
    let constants: String = constants(loss, body).lines().map(|line| format!("    {line}\n")).collect();
    let function = format!(
        r#"def {name}(logit, label, reduction: str = "mean"):
    """The loss of logits and labels.

    {arguments}
    Half precision is computed in single and gives a loss in single.

    reduction: "mean" or "sum" over all elements, or "none" for the loss of each.
    """
    if logit.shape != label.shape:
        {raise}
    logit = _single(logit)
    label = label.to(logit.dtype)
{constants}{lines}    loss = {value}
    if reduction == "none":
        return loss
    if reduction != "mean" and reduction != "sum":
        raise ValueError(f"reduction '{{reduction}}': use mean, sum or none")
    return loss.mean() if reduction == "mean" else loss.sum()"#,
        arguments = arguments(UNCHECKED),
        raise = shape_error("list(logit.shape)", "list(label.shape)"),
        lines = body.indented("    "),
        value = body.results[0],
    );
    [SINGLE.to_owned(), function]
}

fn code(loss: &Loss, name: &str) -> String {
    let body = terms(loss);
    let class = class_name(name, "Loss");
    let class = format!(
        r#"class {class}(nn.Module):
    """`{name}` as a module, which `torch.jit.script` compiles too.

    It takes logits: leave out the final sigmoid of the model.
    """

    def __init__(self, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, logit, label):
        return {name}(logit, label, self.reduction)"#
    );
    let title = format!("The loss `{name}` for PyTorch, as a function and as a module.");
    let [single, function] = functions(loss, &body, name);
    module(loss, &body, &title, &["import torch\nfrom torch import nn"], &[single, function, class])
}

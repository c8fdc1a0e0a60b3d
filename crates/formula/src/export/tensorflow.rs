//! TensorFlow: a function and a loss class of Keras 3. Written with `keras.ops`.

use crate::Loss;

use super::graph::{Function, Operator};
use super::lower::{Mode, lower};
use super::page::{Page, UNCHECKED, arguments, class_name, constants, module, shape_error};
use super::print::{Argument, Dialect, body};

pub(super) const PAGE: Page = Page { words: &["keras", "ops"], code };

/// TensorFlow differentiates a cast by casting the derivative, which overflows where the derivative is above 65504.
const SINGLE: &str = r#"# The largest numbers of half precision.
LARGEST = {"float16": 65504.0, "bfloat16": 3.3895314e38}


@ops.custom_gradient
def _single(x):
    """Half precision as single. The gradient goes back in half precision, cut to the largest that this holds."""

    def cut(*args, upstream=None):
        gradient = args[0] if upstream is None else upstream
        largest = LARGEST[keras.backend.standardize_dtype(x.dtype)]
        return ops.cast(ops.clip(gradient, -largest, largest), x.dtype)

    return ops.cast(x, "float32"), cut


def _differ(shape, other):
    """Whether two shapes differ in what is known of them."""
    known = zip(shape, other)
    return len(shape) != len(other) or any(None not in pair and pair[0] != pair[1] for pair in known)"#;

/// How Keras writes functions.
struct Keras;

// At a tie TensorFlow gives one side all of the derivative.
const MAXIMUM: &str = r#"def _maximum(x, y):
    """The larger one; at a tie each takes half of the derivative."""
    return ops.where(x > y, x, ops.where(y > x, y, 0.5 * x + 0.5 * y))"#;

const MINIMUM: &str = r#"def _minimum(x, y):
    """The smaller one; at a tie each takes half of the derivative."""
    return ops.where(x < y, x, ops.where(y < x, y, 0.5 * x + 0.5 * y))"#;

const CLAMP: &str = r#"def _clamp(x):
    """x within [LOW, HIGH], with derivative 0 beyond both and 1 at them."""
    return ops.where(x < LOW, LOW, ops.where(x > HIGH, HIGH, x))"#;

const SIGNED_ROOT: &str = r#"def _signed_root(x):
    """sign(x) * sqrt(|x|), with derivative 0 at 0."""
    is_zero = ops.equal(x, 0.0)
    root = ops.sqrt(ops.abs(ops.where(is_zero, 1.0, x)))
    return ops.where(is_zero, 0.0, ops.sign(x) * root)"#;

const QUOTIENT: &str = r#"def _quotient(x, y):
    """x / y within [LOW, HIGH]; where that acts, also at y = 0, the derivative is 0 and never NaN."""
    raw = ops.stop_gradient(x / y)
    acts = ops.logical_or(raw < LOW, raw > HIGH)
    return ops.where(acts, ops.clip(raw, LOW, HIGH), x / ops.where(acts, 1.0, y))"#;

impl Dialect for Keras {
    fn function(&self, function: Function, x: &str) -> String {
        match function {
            Function::CappedExp => format!("ops.exp(ops.minimum({x}, 88.0))"),
            Function::SignedRoot => format!("_signed_root({x})"),
            Function::Relu => format!("_maximum({x}, 0.0)"),
            Function::Clamp => format!("_clamp({x})"),
            Function::Step | Function::RootSlope => unreachable!("Keras finds derivatives by itself"),
            _ => function.call("ops", x),
        }
    }

    fn operator(&self, operator: Operator, x: &Argument, y: &Argument) -> String {
        let name = match operator {
            Operator::Quotient => "_quotient",
            Operator::Max => "_maximum",
            _ => "_minimum",
        };
        // Keras takes a number for single precision where no array says otherwise.
        let y = if operator == Operator::Quotient && y.is_number {
            format!("ops.full_like(logit, {})", y.text)
        } else {
            y.text.clone()
        };
        format!("{name}({}, {y})", x.text)
    }

    fn function_definition(&self, function: Function) -> Option<&'static str> {
        match function {
            Function::Clamp => Some(CLAMP),
            Function::Relu => Some(MAXIMUM),
            Function::SignedRoot => Some(SIGNED_ROOT),
            _ => None,
        }
    }

    fn operator_definition(&self, operator: Operator) -> Option<&'static str> {
        match operator {
            Operator::Max => Some(MAXIMUM),
            Operator::Min => Some(MINIMUM),
            Operator::Quotient => Some(QUOTIENT),
            _ => None,
        }
    }
}

fn code(loss: &Loss, name: &str) -> String {
    let (graph, root) = lower(loss, Mode::Backward);
    let body = body(&graph, &[root], &Keras);
    let function = format!(
        r#"def {name}(label, logit):
    """The loss of each element, in the order of arguments of Keras: labels, then logits.

    For the mean over all elements use the class, or `keras.ops.mean`.

    {arguments}
    Half precision is computed in single and gives a loss in single.
    """
    logit, label = ops.convert_to_tensor(logit), ops.convert_to_tensor(label)
    if _differ(logit.shape, label.shape):
        {raise}
    if keras.backend.standardize_dtype(logit.dtype) in LARGEST:
        logit = _single(logit)
    elif keras.backend.standardize_dtype(logit.dtype) != "float64":
        logit = ops.cast(logit, "float32")
    label = ops.cast(label, logit.dtype)
{lines}    return {value}"#,
        arguments = arguments(UNCHECKED),
        raise = shape_error("tuple(logit.shape)", "tuple(label.shape)"),
        lines = body.indented("    "),
        value = body.results[0],
    );
    let class = class_name(name, "Loss");
    let class = format!(
        r#"class {class}(keras.losses.Loss):
    """`{name}` for `model.compile`: the mean over all elements unless `reduction` says otherwise.

    It takes logits: leave out the final sigmoid of the model.
    """

    def call(self, y_true, y_pred):
        return {name}(y_true, y_pred)"#
    );
    let title = format!("The loss `{name}` for Keras 3 (TensorFlow), as a function and as a class.");
    let head = ["import keras\nfrom keras import ops", &constants(loss, &body)];
    module(loss, &body, &title, &head, &[SINGLE.to_owned(), function, class])
}

//! Values: a line a step of the program that the evaluator runs. All but NumPy take derivatives by themselves.

use super::super::page::{EXPORTED_BY, class_name};
use super::super::print::{float, written};
use crate::number::bounds;
use crate::ranking::program::{Operation, Program, Source, Step};
use crate::{Binary, RankingLoss, Reducer, Unary};

/// How a framework, or NumPy, writes what its own way of writing differs in; `{x}` and `{y}` are arrays, `{c}` is a number.
pub(super) struct Framework {
    imports: &'static str,
    /// What functions of one array are called in.
    module: &'static str,
    sigmoid: &'static str,
    relu: &'static str,
    maximum: &'static str,
    minimum: &'static str,
    mean: &'static str,
    sum: &'static str,
    max: &'static str,
    log_add: &'static str,
    log_sum_exp: &'static str,
    /// log of the number of negatives of `neg`.
    log_n: &'static str,
    /// A number as an array that `{x}` is compared with.
    full: &'static str,
    definitions: &'static [(&'static str, &'static str)],
    /// Lines that turn arguments into arrays, behind the check of their shapes.
    begins: &'static str,
    ends: &'static str,
}

pub(super) const TORCH: Framework = Framework {
    imports: "import torch\nfrom torch import nn",
    module: "torch",
    sigmoid: "torch.sigmoid({x})",
    relu: "torch.maximum({x}, torch.zeros_like({x}))",
    maximum: "torch.maximum({x}, {y})",
    minimum: "torch.minimum({x}, {y})",
    mean: "torch.mean({x}, dim=1, keepdim=True)",
    sum: "torch.sum({x}, dim=1, keepdim=True)",
    max: "torch.amax({x}, dim=1, keepdim=True)",
    log_add: "torch.logaddexp({x}, torch.full_like({x}, {c}))",
    log_sum_exp: "torch.logsumexp({x}, dim=1, keepdim=True)",
    log_n: "math.log(neg.shape[1])",
    full: "torch.full_like({x}, {c})",
    definitions: &[
        ("_abs(", "def _abs(x):\n    \"\"\"|x|, with derivative 0 at 0.\"\"\"\n    return torch.sign(x) * x"),
        (
            "_clamp(",
            "def _clamp(x):\n    \"\"\"x within [LOW, HIGH], with derivative 0 beyond both.\"\"\"\n    return torch.where(x < LOW, LOW, torch.where(x > HIGH, HIGH, x))",
        ),
        (
            "_signed_root(",
            "def _signed_root(x):\n    \"\"\"sign(x) * sqrt(|x|), with derivative 0 at 0.\"\"\"\n    is_zero = x == 0\n    root = torch.sqrt(torch.abs(torch.where(is_zero, 1.0, x)))\n    return torch.where(is_zero, 0.0, torch.sign(x) * root)",
        ),
    ],
    begins: "    pos = pos[:, None]\n",
    ends: "loss.mean()",
};

pub(super) const JAX: Framework = Framework {
    imports: "import jax\nimport jax.numpy as jnp",
    module: "jnp",
    sigmoid: "jax.nn.sigmoid({x})",
    relu: "jnp.maximum({x}, 0.0)",
    maximum: "jnp.maximum({x}, {y})",
    minimum: "jnp.minimum({x}, {y})",
    mean: "jnp.mean({x}, axis=1, keepdims=True)",
    sum: "jnp.sum({x}, axis=1, keepdims=True)",
    max: "jnp.max({x}, axis=1, keepdims=True)",
    log_add: "jnp.logaddexp({x}, {c})",
    log_sum_exp: "jax.nn.logsumexp({x}, axis=1, keepdims=True)",
    log_n: "math.log(neg.shape[1])",
    full: "{c}",
    definitions: &[
        ("_abs(", "def _abs(x):\n    \"\"\"|x|, with derivative 0 at 0.\"\"\"\n    return jnp.sign(x) * x"),
        (
            "_clamp(",
            "def _clamp(x):\n    \"\"\"x within [LOW, HIGH], with derivative 0 beyond both.\"\"\"\n    return jnp.where(x < LOW, LOW, jnp.where(x > HIGH, HIGH, x))",
        ),
        (
            "_signed_root(",
            "def _signed_root(x):\n    \"\"\"sign(x) * sqrt(|x|), with derivative 0 at 0.\"\"\"\n    is_zero = x == 0\n    root = jnp.sqrt(jnp.abs(jnp.where(is_zero, 1.0, x)))\n    return jnp.where(is_zero, 0.0, jnp.sign(x) * root)",
        ),
    ],
    begins: "    pos, neg = jnp.asarray(pos)[:, None], jnp.asarray(neg)\n",
    ends: "jnp.mean(loss)",
};

pub(super) const TENSORFLOW: Framework = Framework {
    imports: "import tensorflow as tf",
    module: "tf",
    sigmoid: "tf.sigmoid({x})",
    relu: "_maximum({x}, tf.zeros_like({x}))",
    maximum: "_maximum({x}, {y})",
    minimum: "-_maximum(-{x}, -{y})",
    mean: "tf.reduce_mean({x}, axis=1, keepdims=True)",
    sum: "tf.reduce_sum({x}, axis=1, keepdims=True)",
    max: "tf.reduce_max({x}, axis=1, keepdims=True)",
    log_add: "({c} + tf.math.softplus({x} - {c}))",
    log_sum_exp: "tf.reduce_logsumexp({x}, axis=1, keepdims=True)",
    log_n: "math.log(neg.shape[1])",
    full: "tf.fill(tf.shape({x}), tf.cast({c}, {x}.dtype))",
    definitions: &[
        ("_abs(", "def _abs(x):\n    \"\"\"|x|, with derivative 0 at 0.\"\"\"\n    return tf.sign(x) * x"),
        (
            "_maximum(",
            "def _maximum(x, y):\n    \"\"\"The larger one; at a tie each takes half of the derivative.\"\"\"\n    return tf.where(x > y, x, tf.where(y > x, y, 0.5 * x + 0.5 * y))",
        ),
        (
            "_clamp(",
            "def _clamp(x):\n    \"\"\"x within [LOW, HIGH], with derivative 0 beyond both.\"\"\"\n    low, high = tf.cast(LOW, x.dtype), tf.cast(HIGH, x.dtype)\n    return tf.where(x < low, low, tf.where(x > high, high, x))",
        ),
        (
            "_signed_root(",
            "def _signed_root(x):\n    \"\"\"sign(x) * sqrt(|x|), with derivative 0 at 0.\"\"\"\n    is_zero, one = x == 0, tf.ones_like(x)\n    root = tf.sqrt(tf.abs(tf.where(is_zero, one, x)))\n    return tf.where(is_zero, tf.zeros_like(x), tf.sign(x) * root)",
        ),
    ],
    begins: "    pos, neg = tf.convert_to_tensor(pos)[:, None], tf.convert_to_tensor(neg)\n",
    ends: "tf.reduce_mean(loss)",
};

pub(super) const NUMPY: Framework = Framework {
    imports: "import numpy as np",
    module: "np",
    sigmoid: "_sigmoid({x})",
    relu: "np.maximum({x}, 0.0)",
    maximum: "np.maximum({x}, {y})",
    minimum: "np.minimum({x}, {y})",
    mean: "np.mean({x}, axis=1, keepdims=True)",
    sum: "np.sum({x}, axis=1, keepdims=True)",
    max: "np.max({x}, axis=1, keepdims=True)",
    log_add: "np.logaddexp({x}, {c})",
    log_sum_exp: "_log_sum_exp({x})",
    log_n: "math.log(neg.shape[1])",
    full: "{c}",
    definitions: &[
        ("_abs(", "_abs = np.abs"),
        ("_clamp(", "def _clamp(x):\n    \"\"\"x within [LOW, HIGH].\"\"\"\n    return np.clip(x, LOW, HIGH)"),
        (
            "_signed_root(",
            "def _signed_root(x):\n    \"\"\"sign(x) * sqrt(|x|)\"\"\"\n    return np.sign(x) * np.sqrt(np.abs(x))",
        ),
        (
            "_root_slope(",
            "def _root_slope(x):\n    \"\"\"The derivative of sign(x) * sqrt(|x|), and 0 at 0.\"\"\"\n    return np.where(x == 0, 0.0, 0.5 / np.sqrt(np.where(x == 0, 1.0, np.abs(x))))",
        ),
        (
            "_sigmoid(",
            "def _sigmoid(x):\n    \"\"\"1 / (1 + exp(-x)), without overflow.\"\"\"\n    e = np.exp(-np.abs(x))\n    return np.where(x >= 0, 1.0, e) / (1 + e)",
        ),
        (
            "_log_sum_exp(",
            "def _log_sum_exp(x):\n    \"\"\"log(sum(exp(x))) of each row, without overflow.\"\"\"\n    largest = np.max(x, axis=1, keepdims=True)\n    return largest + np.log(np.sum(np.exp(x - largest), axis=1, keepdims=True))",
        ),
        (
            "_of_rows(",
            "def _of_rows(x):\n    \"\"\"The sum over each row.\"\"\"\n    return np.sum(x, axis=1, keepdims=True)",
        ),
    ],
    begins: "    pos, neg = _checked(pos, neg)\n",
    ends: "loss[:, 0]",
};

/// A template with its arguments in place.
fn filled(template: &str, x: &str, y: &str, c: &str) -> String {
    template.replace("{x}", x).replace("{y}", y).replace("{c}", c)
}

pub(super) fn number(value: f32) -> String {
    float(written(value))
}

impl Framework {
    /// The whole file.
    pub(super) fn module(&self, loss: &RankingLoss, name: &str, further: impl IntoIterator<Item = String>) -> String {
        self.module_with(loss, name, self.function(loss, name), further)
    }

    /// The file around a function, with what follows it.
    pub(super) fn module_with(
        &self,
        loss: &RankingLoss,
        name: &str,
        function: String,
        further: impl IntoIterator<Item = String>,
    ) -> String {
        let math = if function.contains("math.log(neg") { "import math\n\n" } else { "" };
        let mut parts = vec![format!("\"\"\"{}\"\"\"\n\n{math}{}", self.description(loss, name), self.imports)];
        parts.extend(constants(loss, &function));
        let needed = self.definitions.iter().filter(|(call, _)| function.contains(call));
        parts.extend(needed.map(|(_, definition)| (*definition).to_owned()));
        parts.push(function);
        parts.extend(further);
        parts.join("\n\n\n") + "\n"
    }

    fn description(&self, loss: &RankingLoss, name: &str) -> String {
        let semantics = if loss.depends_on_epsilon() {
            "\nlog(x) stands for sign(x) * log(|x| + EPSILON), reciprocal(x) for sign(x) / (|x| + EPSILON), with sign(0) = 0; a logarithm of a \
             sum of exponentials is exact.\n"
        } else {
            ""
        };
        format!(
            "The loss `{name}` for ranking.\n\n{EXPORTED_BY} The formula, with pos the score of a positive, neg those of its negatives and gap = \
             pos - neg:\n\n    {}\n{semantics}",
            loss.formula()
        )
    }

    fn function(&self, loss: &RankingLoss, name: &str) -> String {
        let lines = indented(&self.lines(loss.program()));
        let scale = scale_of(loss);
        format!(
            r#"def {name}(pos, neg):
    """The mean loss of the rows.

    pos: scores of the positives, shape (B,). neg: scores of the negatives of each, shape (B, N), with N of at least 1.
    """
{SHAPES}{begins}{lines}    return {scale}{ends}"#,
            begins = self.begins,
            ends = self.ends,
        )
    }

    /// One line a step; the last defines `loss`, shape (B, 1).
    pub(super) fn lines(&self, program: &Program) -> Vec<String> {
        let steps = program.steps.iter().enumerate();
        let mut lines = Vec::new();
        for (index, step) in steps {
            let value = self.step(step, index, program, &mut lines);
            let value = if step.clamp { format!("_clamp({value})") } else { value };
            lines.push(format!("{} = {value}", variable(Source::Step(index), program)));
        }
        if !matches!(program.root, Source::Step(_)) {
            lines.push(format!("loss = {}", variable(program.root, program)));
        }
        lines
    }

    /// The value of a step, behind the lines that it needs.
    fn step(&self, step: &Step, index: usize, program: &Program, lines: &mut Vec<String>) -> String {
        let text = |source: Source| variable(source, program);
        match step.operation {
            Operation::Unary(operator, x) => self.unary(operator, &text(x)),
            Operation::Binary(operator, x, y) => self.binary(operator, [x, y], program),
            Operation::Reduce(reducer, x) => {
                let template = match reducer {
                    Reducer::Mean => self.mean,
                    Reducer::Sum => self.sum,
                    Reducer::Max => self.max,
                };
                filled(template, &text(x), "", "")
            }
            Operation::Softplus { x, sign, log_constant } => {
                filled(self.log_add, &signed(&text(x), sign), "", &number(log_constant))
            }
            Operation::LogSumExp { x, sign, log_constant, is_mean } => {
                let sum = filled(self.log_sum_exp, &signed(&text(x), sign), "", "");
                let sum = if is_mean { format!("{sum} - {}", self.log_n) } else { sum };
                if log_constant == f32::NEG_INFINITY {
                    return sum;
                }
                let name = format!("s{}", index + 1);
                lines.push(format!("{name} = {sum}"));
                filled(self.log_add, &name, "", &number(log_constant))
            }
        }
    }

    fn unary(&self, operator: Unary, x: &str) -> String {
        let module = self.module;
        match operator {
            Unary::Neg => format!("-{x}"),
            Unary::Identity => x.to_owned(),
            Unary::Log if module == "tf" => format!("tf.sign({x}) * tf.math.log(_abs({x}) + EPSILON)"),
            Unary::Log => format!("{module}.sign({x}) * {module}.log(_abs({x}) + EPSILON)"),
            Unary::Square => format!("{x} * {x}"),
            Unary::Reciprocal => format!("{module}.sign({x}) / (_abs({x}) + EPSILON)"),
            Unary::Abs => format!("_abs({x})"),
            Unary::Sqrt => format!("_signed_root({x})"),
            Unary::Exp => format!("{module}.exp({x})"),
            Unary::Sigmoid => filled(self.sigmoid, x, "", ""),
            Unary::Tanh => format!("{module}.tanh({x})"),
            Unary::Relu => filled(self.relu, x, "", ""),
        }
    }

    fn binary(&self, operator: Binary, operands: [Source; 2], program: &Program) -> String {
        let [x, y] = operands.map(|operand| variable(operand, program));
        match operator {
            Binary::Max | Binary::Min => {
                // A number is compared as an array of the shape of the other operand.
                let array = |own: Source, other: &str, text: &str| match own {
                    Source::Number(value) => filled(self.full, other, "", &number(value)),
                    _ => text.to_owned(),
                };
                let (first, second) = (array(operands[0], &y, &x), array(operands[1], &x, &y));
                filled(if operator == Binary::Max { self.maximum } else { self.minimum }, &first, &second, "")
            }
            _ => format!("{x} {} {y}", operator.symbol()),
        }
    }
}

/// Refuses scores of other shapes.
pub(super) const SHAPES: &str = r#"    if len(pos.shape) != 1 or len(neg.shape) != 2 or pos.shape[0] != neg.shape[0]:
        raise ValueError(f"pos has the shape {tuple(pos.shape)} and neg {tuple(neg.shape)}: (B,) and (B, N) are needed")
"#;

pub(super) fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("    {line}\n")).collect()
}

/// The factor of a loss that is scaled.
pub(super) fn scale_of(loss: &RankingLoss) -> &'static str {
    if loss.scale() == 1.0 { "" } else { "SCALE * " }
}

/// How a value is called. The root is `loss`.
pub(super) fn variable(source: Source, program: &Program) -> String {
    match source {
        Source::Pos => "pos".to_owned(),
        Source::Neg => "neg".to_owned(),
        Source::Number(value) if value < 0.0 => format!("({})", number(value)),
        Source::Number(value) => number(value),
        Source::Step(_) if source == program.root => "loss".to_owned(),
        Source::Step(index) => format!("t{}", index + 1),
    }
}

pub(super) fn signed(text: &str, sign: f32) -> String {
    if sign < 0.0 { format!("-{text}") } else { text.to_owned() }
}

/// The constants that a function needs.
fn constants(loss: &RankingLoss, function: &str) -> Option<String> {
    let mut lines = Vec::new();
    let mut constant = |name: &str, value: f32| {
        if function.contains(name) || (name != "EPSILON" && name != "SCALE" && function.contains("_clamp(")) {
            lines.push(format!("{name} = {}", number(value)));
        }
    };
    constant("EPSILON", loss.semantics().epsilon);
    if let Some((low, high)) = bounds(loss.semantics().clamp) {
        constant("LOW", low);
        constant("HIGH", high);
    }
    constant("SCALE", loss.scale());
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The class of PyTorch.
pub(super) fn class(name: &str) -> String {
    let class = class_name(name, "Loss");
    format!(
        r#"class {class}(nn.Module):
    """`{name}` as a module."""

    def forward(self, pos, neg):
        return {name}(pos, neg)"#
    )
}

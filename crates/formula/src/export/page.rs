//! What the pages of all targets have in common: where the code comes from, names, constants.

use crate::{Binary, Clamp, Loss, Node, SIMPLIFIED_UP_TO_LOGIT, SIMPLIFIED_WITHIN, Unary};

use super::error::ExportError;
use super::graph::{Function, Operator, Term};
use super::print::{Body, float, literal, written};

/// The sentence that stands near the beginning of every exported file.
pub const EXPORTED_BY: &str = "Exported by AutoLossGen.";

/// How a target writes a loss.
pub(super) struct Page {
    /// Words that the code uses and no name of a loss may be
    pub words: &'static [&'static str],
    /// The code of a loss under a name
    pub code: fn(&Loss, &str) -> String,
}

/// Words of Python, and those that the code of every target uses for something else.
const TAKEN: &str = "False None True and as assert async await break case class continue def del elif else except finally for \
    from global if import in is lambda match nonlocal not or pass raise return try while with yield super \
    type logit label pred slope reduction value EPSILON LIMIT LOW HIGH SCALE LARGEST ValueError float getattr list max str tuple zip any len ABC loss wide gradient hessian";

/// `words` are those of all targets: a name that one can use can be used for each.
///
/// # Errors
/// A name that is no identifier in Python, or one that is taken.
pub(super) fn check_name<'a>(name: &str, words: impl Iterator<Item = &'a &'a str>) -> Result<(), ExportError> {
    let is_identifier = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_taken = TAKEN.split(' ').chain(words.copied()).any(|taken| taken == name);
    if is_identifier && !is_taken { Ok(()) } else { Err(ExportError::Name(name.to_owned())) }
}

/// The name of a class: `max_ratio` gives `MaxRatioLoss`, with `ending` Loss.
pub(super) fn class_name(name: &str, ending: &str) -> String {
    let capitalised = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
    };
    let class: String = name.split('_').map(capitalised).collect();
    if class.ends_with(ending) && class != name { class } else { class + ending }
}

/// Where the loss comes from and what it means, as the lines of a docstring.
pub(super) fn description(loss: &Loss, body: &Body) -> String {
    let mut lines = vec![
        format!("{EXPORTED_BY} The formula, with pred = sigmoid(logit) and a label in [0, 1]:"),
        String::new(),
        format!("    {}", loss.formula()),
        String::new(),
    ];
    if let Some(original) = loss.original() {
        let within = literal(SIMPLIFIED_WITHIN);
        lines.push(format!(
            "It is simplified: under these terms, for |logit| <= {SIMPLIFIED_UP_TO_LOGIT}, its value and gradient are, to within {within}, those of\n"
        ));
        lines.push(format!("    {original}\n"));
    }
    lines.extend(semantics(loss, body));
    lines.join("\n").trim_end().to_owned() + "\n"
}

fn semantics(loss: &Loss, body: &Body) -> Vec<String> {
    let has = |wanted: fn(&Node) -> bool| loss.formula().nodes().iter().any(wanted);
    let mut said = Vec::new();
    if has(|node| matches!(node, Node::Eps)) {
        said.push("eps is EPSILON.".to_owned());
    }
    if has(|node| matches!(node, Node::Unary(Unary::Log, _))) {
        said.push(
            "log(x) stands for sign(x) * log(|x| + EPSILON), with sign(0) = 0; a sign that is known is left out."
                .to_owned(),
        );
    }
    if has(|node| matches!(node, Node::Unary(Unary::Reciprocal, _))) {
        said.push(
            "reciprocal(x) stands for sign(x) / (|x| + EPSILON), with sign(0) = 0; a sign that is known is left out."
                .to_owned(),
        );
    }
    if has(|node| matches!(node, Node::Unary(Unary::Sqrt, _))) {
        said.push("sqrt(x) stands for sign(x) * sqrt(|x|), with derivative 0 at 0.".to_owned());
    }
    if has(|node| matches!(node, Node::Binary(Binary::Max | Binary::Min, ..) | Node::Unary(Unary::Relu, _))) {
        said.push("At a tie of max, min or relu each side takes half of the derivative.".to_owned());
    }
    said.extend(of_clamp(loss, body));
    if loss.scale() != 1.0 {
        said.push(
            "The loss is multiplied by SCALE, which changes the step of a training and not its minimum.".to_owned(),
        );
    }
    said
}

fn of_clamp(loss: &Loss, body: &Body) -> Option<String> {
    let (low, high) = match loss.semantics().clamp {
        Clamp::None => return None,
        Clamp::Signed(limit) => (-limit, limit),
        Clamp::Positive(low, high) => (low, high),
    };
    let interval = format!("[{}, {}]", literal(written(low)), literal(written(high)));
    Some(if has_clamp(body) {
        format!(
            "Every result is kept within {interval}, and where that acts the derivative is 0;\nwhat stays there anyway is not \
             clamped."
        )
    } else {
        format!("Every result stays within {interval} by itself, so that no clamp is needed.")
    })
}

fn has_clamp(body: &Body) -> bool {
    let is_clamp = |term| {
        matches!(term, Term::Function(Function::Clamp, _) | Term::Operator(Operator::Quotient | Operator::Within, ..))
    };
    body.needs(is_clamp)
}

/// A module: a docstring, imports and constants, then definitions.
pub(super) fn module(loss: &Loss, body: &Body, title: &str, head: &[&str], definitions: &[String]) -> String {
    let docstring = format!("\"\"\"{title}\n\n{}\"\"\"", description(loss, body));
    let head = [docstring.as_str()].iter().chain(head).copied().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let head = head.join("\n\n");
    let needed = body.definitions.iter().map(|definition| (*definition).to_owned());
    let parts = [head].into_iter().chain(needed).chain(definitions.iter().cloned());
    parts.map(|part| part.trim_end().to_owned()).collect::<Vec<_>>().join("\n\n\n") + "\n"
}

/// Of a label outside [0, 1] in a framework that computes on accelerators.
pub(super) const UNCHECKED: &str = "That is not checked, for a check would wait for the accelerator; beyond, the loss
    means nothing.";

/// What every target says of its arguments and its precision. `where_checked` says what becomes of a label outside [0, 1].
pub(super) fn arguments(where_checked: &str) -> String {
    format!(
        r#"logit, label: of one shape, whatever it is; another is an error, for (n, 1) and (n,) would make n * n losses.
    Labels lie in [0, 1]. {where_checked}

    The precision is that of the logits, at least single. Single precision is that of the search: rounding included,
    the loss is the one that was found. Double precision rounds less: 1 - pred, say, is not 0 beyond logit 17."#
    )
}

/// The error of shapes that differ; both shapes as expressions of Python.
pub(super) fn shape_error(logit: &str, label: &str) -> String {
    format!(
        r#"raise ValueError(
            f"logit has the shape {{{logit}}} and label {{{label}}}: one shape is needed, as after "
            "logit.reshape(label.shape)"
        )"#
    )
}

/// The constants that the body needs.
pub(super) fn constants(loss: &Loss, body: &Body) -> String {
    let mut lines = Vec::new();
    let mut constant = |name: &str, value: f32| lines.push(format!("{name} = {}", float(written(value))));
    if body.needs(|term| term == Term::Epsilon) {
        constant("EPSILON", loss.semantics().epsilon);
    }
    match loss.semantics().clamp {
        Clamp::Signed(limit) if has_clamp(body) => {
            constant("LOW", -limit);
            constant("HIGH", limit);
        }
        Clamp::Positive(low, high) if has_clamp(body) => {
            constant("LOW", low);
            constant("HIGH", high);
        }
        _ => {}
    }
    if loss.scale() != 1.0 {
        constant("SCALE", loss.scale());
    }
    lines.join("\n")
}

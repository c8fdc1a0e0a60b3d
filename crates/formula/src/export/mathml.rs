//! MathML: the formula as a browser typesets it, as it is written and not as it is evaluated.

use super::typeset::{self, Function, Notation, Symbol};
use crate::{Formula, Loss, RankingLoss, Reducer};

/// The formula of a loss as a block of MathML, which browsers typeset by themselves; times the loss's scale unless that is
/// 1. It shows the formula and not how it is evaluated: neither the protection of log and reciprocal nor the clamp.
///
/// ```
/// use autolossgen_formula::{Semantics, mathml, resolve};
/// let loss = resolve("mse")?.compile(Semantics::unclamped(1e-6))?;
/// assert!(mathml(&loss).starts_with("<math display=\"block\"") && mathml(&loss).contains("<msup>"));
/// # Ok::<(), autolossgen_formula::FormulaError>(())
/// ```
pub fn mathml(loss: &Loss) -> String {
    block(loss.formula(), loss.scale())
}

/// The same of a loss of ranking, with s⁺ the score of a positive and s⁻ⱼ those of its N negatives.
pub fn ranking_mathml(loss: &RankingLoss) -> String {
    block(loss.formula(), loss.scale())
}

fn block(formula: &Formula, scale: f32) -> String {
    format!("<math display=\"block\"><mrow>{}</mrow></math>", typeset::scaled(&MathMl, formula, scale))
}

struct MathMl;

/// Several parts where one is due.
fn row(parts: &str) -> String {
    format!("<mrow>{parts}</mrow>")
}

fn operator(sign: &str) -> String {
    format!("<mo>{sign}</mo>")
}

/// Two parts with a sign between.
fn infix(x: &str, sign: &str, y: &str) -> String {
    format!("{x}{}{y}", operator(sign))
}

/// A part between fences, which grow with what is higher than a letter alone: at their smallest size browsers leave gaps
/// beside a fence that may grow.
fn fenced(open: &str, x: &str, close: &str) -> String {
    let is_high = x.contains("<mfrac>") || x.contains("<msqrt>");
    let fence = |form: &str, sign: &str| format!("<mo form=\"{form}\" stretchy=\"{is_high}\">{sign}</mo>");
    row(&format!("{}{x}{}", fence("prefix", open), fence("postfix", close)))
}

impl Notation for MathMl {
    fn symbol(&self, leaf: Symbol) -> String {
        let text = match leaf {
            Symbol::Prediction => "<mover accent=\"true\"><mi>y</mi><mo stretchy=\"false\">^</mo></mover>",
            Symbol::Label => "<mi>y</mi>",
            Symbol::Logit => "<mi>h</mi>",
            Symbol::Epsilon => "<mi>ε</mi>",
            Symbol::Positive => "<msup><mi>s</mi><mo>+</mo></msup>",
            Symbol::Negative => "<msubsup><mi>s</mi><mi>j</mi><mo>−</mo></msubsup>",
        };
        text.to_owned()
    }

    fn digits(&self, digits: &str) -> String {
        format!("<mn>{digits}</mn>")
    }

    fn power_of_ten(&self, exponent: &str) -> String {
        let exponent = match exponent.strip_prefix('-') {
            Some(digits) => self.negated(&self.digits(digits)),
            None => self.digits(exponent),
        };
        format!("<msup><mn>10</mn>{}</msup>", row(&exponent))
    }

    fn parenthesised(&self, x: &str) -> String {
        fenced("(", x, ")")
    }

    fn negated(&self, x: &str) -> String {
        format!("<mo form=\"prefix\">−</mo>{x}")
    }

    fn squared(&self, x: &str) -> String {
        format!("<msup>{}<mn>2</mn></msup>", row(x))
    }

    fn inverse(&self, x: &str) -> String {
        format!("<msup>{}<mn>−1</mn></msup>", row(x))
    }

    fn exponential(&self, x: &str) -> String {
        format!("<msup><mi>e</mi>{}</msup>", row(x))
    }

    fn absolute(&self, x: &str) -> String {
        fenced("|", x, "|")
    }

    fn root(&self, x: &str) -> String {
        format!("<msqrt>{x}</msqrt>")
    }

    fn fraction(&self, x: &str, y: &str) -> String {
        format!("<mfrac>{}{}</mfrac>", row(x), row(y))
    }

    fn sum(&self, x: &str, y: &str) -> String {
        infix(x, "+", y)
    }

    fn difference(&self, x: &str, y: &str) -> String {
        infix(x, "−", y)
    }

    fn product(&self, x: &str, y: &str, is_dotted: bool) -> String {
        if is_dotted { infix(x, "·", y) } else { format!("{x}<mspace width=\"0.17em\"></mspace>{y}") }
    }

    fn applied(&self, function: Function, argument: &str, is_parenthesised: bool) -> String {
        let name = match function {
            Function::Sigma => "σ",
            Function::Named(name) => name,
        };
        let space = if is_parenthesised { "" } else { "<mspace width=\"0.17em\"></mspace>" };
        format!("<mi>{name}</mi>{space}{argument}")
    }

    fn list(&self, x: &str, y: &str) -> String {
        infix(x, ",", y)
    }

    fn reduced(&self, reducer: Reducer, x: &str) -> String {
        let sum = "<munderover><mo>∑</mo><mrow><mi>j</mi><mo>=</mo><mn>1</mn></mrow><mi>N</mi></munderover>";
        match reducer {
            Reducer::Mean => format!("{}{sum}{x}", self.fraction("<mn>1</mn>", "<mi>N</mi>")),
            Reducer::Sum => format!("{sum}{x}"),
            Reducer::Max => format!("<munder><mi>max</mi><mi>j</mi></munder>{x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NAMED_LOSSES, Semantics, resolve};

    fn typeset(formula: &str) -> String {
        mathml(&resolve(formula).unwrap().compile(Semantics::unclamped(1e-6)).unwrap())
    }

    /// The text that is left without marks: what a screen reader has at least.
    fn spoken(formula: &str) -> String {
        let (mut text, mut inside) = (String::new(), false);
        for c in typeset(formula).chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => text.push(c),
                _ => {}
            }
        }
        text
    }

    #[test]
    fn parentheses_are_those_of_latex() {
        for (formula, expected) in [
            ("(pred - label)^2", "(y^−y)2"),
            ("-label * log(pred)", "−ylogy^"),
            ("log(pred) * label", "log(y^)y"),
            ("log(pred)^2", "(logy^)2"),
            ("pred - (label - 1)", "y^−(y−1)"),
            ("pred + -label", "y^+(−y)"),
            ("pred * 2 * 1e-6", "y^·2·10−6"),
            ("label - -pred * label", "y−(−y^y)"),
            ("max(pred, label) - relu(logit)", "max(y^,y)−max(0,h)"),
            ("sigmoid(logit) + tanh(1.5e7)", "σ(h)+tanh(1.5·107)"),
        ] {
            assert_eq!(spoken(formula), expected, "{formula}");
        }
    }

    #[test]
    fn a_fraction_a_power_and_a_root_have_their_marks() {
        let y = "<mrow><mi>y</mi></mrow>";
        assert!(
            typeset("pred / label").contains(&format!("</mover></mrow>{y}</mfrac>")),
            "{}",
            typeset("pred / label")
        );
        assert!(typeset("label^2 + pred").contains(&format!("<msup>{y}<mn>2</mn></msup><mo>+</mo>")));
        assert!(typeset("exp(label) * pred").contains(&format!("<msup><mi>e</mi>{y}</msup>")));
        assert!(typeset("sqrt(pred)").contains("<msqrt><mover"));
        assert!(typeset("abs(pred)").contains("stretchy=\"false\">|</mo><mover"));
        assert!(typeset("abs(1 / pred)").contains("stretchy=\"true\">|</mo><mfrac>"));
    }

    #[test]
    fn a_scale_stands_before_a_sum_in_parentheses() {
        let loss = resolve("pred - label").unwrap().compile(Semantics::unclamped(1e-6)).unwrap().scaled(0.5);
        assert!(
            mathml(&loss).contains("<mn>0.5</mn><mo>·</mo><mrow><mo form=\"prefix\" stretchy=\"false\">(</mo>"),
            "{}",
            mathml(&loss)
        );
    }

    #[test]
    fn marks_are_closed_in_order() {
        for named in NAMED_LOSSES {
            let (text, mut open) = (typeset(named.name), Vec::new());
            for mark in text.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
                match mark.strip_prefix('/') {
                    Some(name) => assert_eq!(open.pop(), Some(name), "{}: {text}", named.name),
                    None => open.push(mark.split(' ').next().unwrap()),
                }
            }
            assert!(open.is_empty(), "{}", named.name);
        }
    }
}

//! A formula as people write it: which parts need parentheses, and which sign stands between factors. How a part looks is
//! the business of a [`Notation`].

use crate::{Binary, Choice, Formula, Node, Reducer, Unary};

const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const POWER: u8 = 3;
const ATOM: u8 = 4;

/// Marks of a language that typesets formulas. Arguments are finished parts in that language.
pub(super) trait Notation {
    /// ŷ, y, h or ε
    fn symbol(&self, leaf: Symbol) -> String;
    /// The digits of a number that is not negative
    fn digits(&self, digits: &str) -> String;
    /// 10 to a whole power
    fn power_of_ten(&self, exponent: &str) -> String;
    /// (x)
    fn parenthesised(&self, x: &str) -> String;
    /// −x
    fn negated(&self, x: &str) -> String;
    /// x²
    fn squared(&self, x: &str) -> String;
    /// x to the power of −1
    fn inverse(&self, x: &str) -> String;
    /// e to the power of x
    fn exponential(&self, x: &str) -> String;
    /// |x|
    fn absolute(&self, x: &str) -> String;
    /// √x
    fn root(&self, x: &str) -> String;
    /// x over y
    fn fraction(&self, x: &str, y: &str) -> String;
    /// x + y
    fn sum(&self, x: &str, y: &str) -> String;
    /// x − y
    fn difference(&self, x: &str, y: &str) -> String;
    /// x·y, with a dot or only a space between
    fn product(&self, x: &str, y: &str, is_dotted: bool) -> String;
    /// A function and its argument, which brings its parentheses where it has some
    fn applied(&self, function: Function, argument: &str, is_parenthesised: bool) -> String;
    /// Arguments separated by a comma
    fn list(&self, x: &str, y: &str) -> String;
    /// The mean, sum or maximum of x over the negatives
    fn reduced(&self, reducer: Reducer, x: &str) -> String;
}

/// A leaf with a letter.
#[derive(Clone, Copy)]
pub(super) enum Symbol {
    Prediction,
    Label,
    Logit,
    Epsilon,
    /// The score of a positive
    Positive,
    /// The score of one of its negatives
    Negative,
}

/// A function as people write it.
#[derive(Clone, Copy)]
pub(super) enum Function {
    /// σ
    Sigma,
    /// A name of several letters, as log
    Named(&'static str),
}

/// A part, how tightly it binds, and whether it begins with a digit.
struct Part {
    text: String,
    binding: u8,
    is_numeric: bool,
}

impl Part {
    fn new((text, binding): (String, u8)) -> Self {
        Self { text, binding, is_numeric: false }
    }
}

/// A formula, times a scale unless that is 1; one number a negative at the root is averaged.
pub(super) fn scaled(notation: &dyn Notation, formula: &Formula, scale: f32) -> String {
    let nodes = formula.nodes();
    let (typesetter, root) = (Typesetter { notation, nodes }, formula.root());
    let whole = |needed: u8| {
        if is_of_each_negative(nodes) {
            typesetter.reduced(Reducer::Mean, root, true).text
        } else {
            typesetter.write(root, needed, true).text
        }
    };
    if scale == 1.0 { whole(0) } else { notation.product(&number(notation, scale), &whole(PRODUCT), true) }
}

/// Whether the root is one number a negative.
fn is_of_each_negative(nodes: &[Node]) -> bool {
    let mut found: Vec<bool> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let of_operand = || node.operands().into_iter().flatten().any(|operand| found[operand]);
        found.push(match node {
            Node::Neg | Node::Gap => true,
            Node::Reduce(..) => false,
            _ => of_operand(),
        });
    }
    found.last() == Some(&true)
}

/// A number, with a power of ten where people write one.
pub(super) fn number(notation: &dyn Notation, value: f32) -> String {
    let unsigned = unsigned(notation, value.abs());
    if value.is_sign_negative() && value != 0.0 { notation.negated(&unsigned) } else { unsigned }
}

fn unsigned(notation: &dyn Notation, value: f32) -> String {
    if is_plain(value) {
        return notation.digits(&value.to_string());
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').expect("the form asked for has an exponent");
    let power = notation.power_of_ten(exponent);
    if digits == "1" { power } else { notation.product(&notation.digits(digits), &power, true) }
}

/// Whether a number is written without a power of ten.
fn is_plain(value: f32) -> bool {
    value == 0.0 || (1e-3..1e6).contains(&value.abs())
}

struct Typesetter<'a> {
    notation: &'a dyn Notation,
    nodes: &'a [Node],
}

impl Typesetter<'_> {
    /// A node in a place that needs at least the binding `needed`. Only at the `tail` of a product may a function go
    /// without parentheses around its argument: what follows would seem to belong to it.
    fn write(&self, index: usize, needed: u8, tail: bool) -> Part {
        let part = self.compose(index, needed < POWER && tail);
        if part.binding >= needed {
            return part;
        }
        Part::new((self.notation.parenthesised(&self.compose(index, true).text), ATOM))
    }

    fn compose(&self, index: usize, tail: bool) -> Part {
        let symbol = |leaf| Part::new((self.notation.symbol(leaf), ATOM));
        match self.nodes[index] {
            Node::Pred => symbol(Symbol::Prediction),
            Node::Label => symbol(Symbol::Label),
            Node::Logit => symbol(Symbol::Logit),
            Node::Eps => symbol(Symbol::Epsilon),
            Node::Constant(value) => self.constant(value),
            Node::Unary(operator, x) => self.unary(operator, x, tail),
            Node::Binary(operator, x, y) => self.binary(operator, x, y, tail),
            // Both have a superscript of their own.
            Node::Pos => Part::new((self.notation.symbol(Symbol::Positive), POWER)),
            Node::Neg => Part::new((self.notation.symbol(Symbol::Negative), POWER)),
            Node::Gap => {
                let [positive, negative] = [Symbol::Positive, Symbol::Negative].map(|leaf| self.notation.symbol(leaf));
                Part::new((self.notation.difference(&positive, &negative), SUM))
            }
            Node::Reduce(reducer, x) => self.reduced(reducer, x, tail),
        }
    }

    /// What follows a sum would seem to belong to it, so that a sum is a factor at the end of a product alone.
    fn reduced(&self, reducer: Reducer, x: usize, tail: bool) -> Part {
        let text = self.notation.reduced(reducer, &self.write(x, PRODUCT, true).text);
        Part::new((text, if tail { PRODUCT } else { SUM }))
    }

    fn constant(&self, value: f32) -> Part {
        let is_negative = value.is_sign_negative() && value != 0.0;
        let binding = match (is_negative, is_plain(value)) {
            (true, _) => SUM,
            (false, false) => PRODUCT,
            (false, true) => ATOM,
        };
        Part { text: number(self.notation, value), binding, is_numeric: !is_negative }
    }

    fn unary(&self, operator: Unary, x: usize, tail: bool) -> Part {
        let notation = self.notation;
        let inside = || self.write(x, 0, true).text;
        let call = |function| notation.applied(function, &notation.parenthesised(&inside()), true);
        Part::new(match operator {
            Unary::Identity => return self.compose(x, tail),
            Unary::Neg => (notation.negated(&self.write(x, PRODUCT, tail).text), SUM),
            Unary::Square => {
                let base = self.write(x, ATOM, false);
                return Part { text: notation.squared(&base.text), binding: POWER, is_numeric: base.is_numeric };
            }
            // Not a fraction: that is the division of a formula, which nothing protects.
            Unary::Reciprocal => {
                let base = self.write(x, ATOM, false);
                return Part { text: notation.inverse(&base.text), binding: POWER, is_numeric: base.is_numeric };
            }
            Unary::Exp => (notation.exponential(&inside()), POWER),
            Unary::Abs => (notation.absolute(&inside()), ATOM),
            Unary::Sqrt => (notation.root(&inside()), ATOM),
            Unary::Sigmoid => (call(Function::Sigma), POWER),
            Unary::Relu => {
                let arguments = notation.list(&notation.digits("0"), &inside());
                (notation.applied(Function::Named("max"), &notation.parenthesised(&arguments), true), POWER)
            }
            Unary::Log | Unary::Tanh => self.function(Function::Named(operator.name()), x, tail),
        })
    }

    fn function(&self, function: Function, x: usize, tail: bool) -> (String, u8) {
        let (notation, argument) = (self.notation, self.write(x, 0, true).text);
        let is_symbol =
            matches!(self.nodes[x], Node::Pred | Node::Label | Node::Logit | Node::Eps | Node::Pos | Node::Neg);
        if is_symbol && tail {
            return (notation.applied(function, &argument, false), PRODUCT);
        }
        (notation.applied(function, &notation.parenthesised(&argument), true), POWER)
    }

    fn binary(&self, operator: Binary, x: usize, y: usize, tail: bool) -> Part {
        let notation = self.notation;
        let terms = || (self.write(x, SUM, true), self.write(y, PRODUCT, tail));
        let whole = || (self.write(x, 0, true).text, self.write(y, 0, true).text);
        let call = |function| {
            let (x, y) = whole();
            Part::new((notation.applied(function, &notation.parenthesised(&notation.list(&x, &y)), true), POWER))
        };
        let joined = |join: &dyn Fn(&str, &str) -> String| {
            let (x, y) = terms();
            Part { text: join(&x.text, &y.text), binding: SUM, is_numeric: x.is_numeric }
        };
        match operator {
            Binary::Add => joined(&|x, y| notation.sum(x, y)),
            Binary::Sub => joined(&|x, y| notation.difference(x, y)),
            Binary::Mul => self.product(x, y, tail),
            Binary::Div => {
                let (x, y) = whole();
                Part::new((notation.fraction(&x, &y), POWER))
            }
            Binary::Max | Binary::Min => call(Function::Named(operator.symbol())),
        }
    }

    /// A thin space between the factors, a dot where two numbers would run together. The minus of the first factor is that
    /// of the product.
    fn product(&self, x: usize, y: usize, tail: bool) -> Part {
        let is_negative = match self.nodes[x] {
            Node::Unary(Unary::Neg, _) => true,
            Node::Constant(value) => value < 0.0,
            _ => false,
        };
        let binding = if is_negative { SUM } else { PRODUCT };
        let (left, right) = (self.write(x, binding, false), self.write(y, PRODUCT, tail));
        let text = self.notation.product(&left.text, &right.text, right.is_numeric);
        Part { text, binding, is_numeric: left.is_numeric }
    }
}

//! Terms as lines of Python: small expressions inline, what is used twice or gets long as a variable.

use super::graph::{Function, Graph, Operator, Term};

/// How tightly an expression binds in Python; higher binds tighter.
const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const NEGATION: u8 = 3;
const POWER: u8 = 4;
const ATOM: u8 = 5;

/// Characters of an expression that stays on its line.
const LONGEST: usize = 84;
/// An expression that is this short is repeated and gets no variable.
const SHORTEST: usize = 10;

/// How a framework writes functions, and what it lacks.
pub(super) trait Dialect {
    /// A call of `function` with the text of its argument.
    fn function(&self, function: Function, x: &str) -> String;
    /// A call of max, min, quotient or within; a number is written with a decimal point.
    fn operator(&self, operator: Operator, x: &Argument, y: &Argument) -> String;
    /// Definitions that a call of `function` relies on.
    fn function_definition(&self, _function: Function) -> Option<&'static str> {
        None
    }
    /// Definitions that a call of `operator` relies on.
    fn operator_definition(&self, _operator: Operator) -> Option<&'static str> {
        None
    }
}

/// The argument of a call.
pub(super) struct Argument {
    pub text: String,
    /// Whether it is a number and no array.
    pub is_number: bool,
}

/// Lines that define variables, and the expressions of the roots after them.
pub(super) struct Body {
    pub lines: Vec<String>,
    pub results: Vec<String>,
    /// Definitions that the lines rely on, each once.
    pub definitions: Vec<&'static str>,
    needed: Vec<Term>,
}

#[derive(Clone, Debug)]
struct Code {
    text: String,
    binding: u8,
}

struct Printer<'a> {
    graph: &'a Graph,
    dialect: &'a dyn Dialect,
    uses: Vec<usize>,
    varies: Vec<bool>,
    codes: Vec<Option<Code>>,
    lines: Vec<String>,
    n_variables: usize,
}

impl Body {
    /// Whether the roots need a term for which `wanted` holds.
    pub fn needs(&self, wanted: impl Fn(Term) -> bool) -> bool {
        self.needed.iter().any(|&term| wanted(term))
    }

    /// The lines, each behind `indent`.
    pub fn indented(&self, indent: &str) -> String {
        self.lines.iter().map(|line| format!("{indent}{line}\n")).collect()
    }
}

/// Prints the terms that `roots` need.
pub(super) fn body(graph: &Graph, roots: &[usize], dialect: &dyn Dialect) -> Body {
    let needed = graph.needed(roots);
    let of_needed = || (0..needed.len()).filter(|&index| needed[index]);
    let mut uses = vec![0; needed.len()];
    for operand in of_needed().flat_map(|index| graph.terms()[index].operands()).flatten().chain(roots.iter().copied())
    {
        uses[operand] += 1;
    }
    let (varies, codes) = (varying(graph.terms()), vec![None; needed.len()]);
    let mut printer = Printer { graph, dialect, uses, varies, codes, lines: Vec::new(), n_variables: 0 };
    for index in of_needed() {
        printer.print(index);
    }
    let results = roots.iter().map(|&root| printer.code(root).text.clone()).collect();
    let needed: Vec<Term> = of_needed().map(|index| graph.terms()[index]).collect();
    Body { lines: printer.lines, results, definitions: definitions(&needed, dialect), needed }
}

fn definitions(terms: &[Term], dialect: &dyn Dialect) -> Vec<&'static str> {
    let mut definitions = Vec::new();
    for &term in terms {
        let definition = match term {
            Term::Pred | Term::PredSlope => dialect.function_definition(Function::Sigmoid),
            Term::Function(function, _) => dialect.function_definition(function),
            Term::Operator(operator, ..) => dialect.operator_definition(operator),
            _ => None,
        };
        definitions.extend(definition.filter(|definition| !definitions.contains(definition)));
    }
    definitions.sort_unstable();
    definitions
}

/// The number that the shortest text of one in single precision stands for: 0.1, and not what is nearest to it.
pub(super) fn written(value: f32) -> f64 {
    value.to_string().parse().expect("a number in decimals is one in double precision")
}

/// A number as Python reads it.
pub(super) fn literal(value: f64) -> String {
    let size = value.abs();
    let is_plain = size == 0.0 || (1e-3..1e6).contains(&size);
    if is_plain { value.to_string() } else { format!("{value:e}") }
}

/// The same, and never an integer.
pub(super) fn float(value: f64) -> String {
    let text = literal(value);
    if text.contains(['.', 'e']) { text } else { text + ".0" }
}

impl Printer<'_> {
    fn code(&self, index: usize) -> &Code {
        self.codes[index].as_ref().expect("operands are printed before what uses them")
    }

    fn print(&mut self, index: usize) {
        let mut code = self.compose(index);
        while code.text.chars().count() > LONGEST {
            let Some(longest) = self.longest_operand(index) else { break };
            self.name(longest);
            code = self.compose(index);
        }
        let is_repeated = self.uses[index] > 1 && code.text.chars().count() >= SHORTEST;
        self.codes[index] = Some(code);
        match self.graph.terms()[index] {
            Term::Pred => self.assign(index, "pred".to_owned()),
            Term::PredSlope => self.assign(index, "slope".to_owned()),
            _ if is_repeated => self.name(index),
            _ => {}
        }
    }

    /// The operand whose text is longest and not a variable's.
    fn longest_operand(&self, index: usize) -> Option<usize> {
        let operands = self.graph.terms()[index].operands().into_iter().flatten();
        operands.filter(|&x| self.code(x).text.len() > SHORTEST).max_by_key(|&x| self.code(x).text.len())
    }

    fn name(&mut self, index: usize) {
        self.n_variables += 1;
        self.assign(index, format!("t{}", self.n_variables));
    }

    fn assign(&mut self, index: usize, variable: String) {
        self.lines.push(format!("{variable} = {}", self.code(index).text));
        self.codes[index] = Some(Code { text: variable, binding: ATOM });
    }

    fn compose(&self, index: usize) -> Code {
        let atom = |text: String| Code { text, binding: ATOM };
        match self.graph.terms()[index] {
            Term::Logit => atom("logit".to_owned()),
            Term::Label => atom("label".to_owned()),
            Term::Epsilon => atom("EPSILON".to_owned()),
            Term::Scale => atom("SCALE".to_owned()),
            Term::Number(value) if value.is_sign_negative() => Code { text: literal(value), binding: NEGATION },
            Term::Number(value) => atom(literal(value)),
            Term::Pred => atom(self.dialect.function(Function::Sigmoid, "logit")),
            Term::PredSlope => {
                let opposite = self.dialect.function(Function::Sigmoid, "-logit");
                Code { text: format!("pred * {opposite}"), binding: PRODUCT }
            }
            Term::Neg(x) => Code { text: format!("-{}", self.at_least(x, NEGATION)), binding: NEGATION },
            Term::Square(x) => Code { text: format!("{} ** 2", self.at_least(x, ATOM)), binding: POWER },
            Term::Function(function, x) => atom(self.dialect.function(function, &self.argument(x).text)),
            Term::Operator(operator, x, y) => self.operator(operator, x, y),
        }
    }

    fn operator(&self, operator: Operator, x: usize, y: usize) -> Code {
        let (symbol, binding) = match operator {
            Operator::Add => ("+", SUM),
            Operator::Sub => ("-", SUM),
            Operator::Mul => ("*", PRODUCT),
            Operator::Div => ("/", PRODUCT),
            call => {
                let text = self.dialect.operator(call, &self.argument(x), &self.argument(y));
                return Code { text, binding: ATOM };
            }
        };
        // A sum or product to the right is put in parentheses too: the order of the additions is the evaluator's.
        let text = format!("{} {symbol} {}", self.at_least(x, binding), self.at_least(y, binding + 1));
        Code { text, binding }
    }

    fn at_least(&self, index: usize, needed: u8) -> String {
        let code = self.code(index);
        if code.binding < needed { format!("({})", code.text) } else { code.text.clone() }
    }

    fn argument(&self, index: usize) -> Argument {
        match self.graph.terms()[index] {
            Term::Number(value) => Argument { text: float(value), is_number: true },
            _ => Argument { text: self.code(index).text.clone(), is_number: !self.varies[index] },
        }
    }
}

/// Which terms depend on the logit or the label.
fn varying(terms: &[Term]) -> Vec<bool> {
    let mut varies: Vec<bool> = Vec::with_capacity(terms.len());
    for term in terms {
        let is_variable = matches!(term, Term::Logit | Term::Label | Term::Pred | Term::PredSlope);
        varies.push(is_variable || term.operands().into_iter().flatten().any(|operand| varies[operand]));
    }
    varies
}

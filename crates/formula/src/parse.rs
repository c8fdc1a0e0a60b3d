//! Infix text to formula: recursive descent, one function a level of binding.

use std::str::FromStr;

use autolossgen_settings::nearest;

use crate::scope_check::ScopeCheck;
use crate::{Binary, Choice, Formula, FormulaError, Node, Reducer, Unary};

impl FromStr for Formula {
    type Err = FormulaError;

    /// Parses infix text: `+ - * /`, `^2`, functions, `pred label logit` or `pos neg gap`, `eps` and numbers. `max` of one
    /// argument is a reducer over the negatives, of two the operator.
    fn from_str(text: &str) -> Result<Self, FormulaError> {
        if text.len() > Formula::MAX_TEXT {
            return Err(FormulaError::TextTooLong(text.len()));
        }
        let mut parser = Parser { text, position: 0, depth: 0, nodes: Vec::new(), scope: ScopeCheck::default() };
        parser.sum()?;
        parser.skip_space();
        match parser.peek() {
            None => Formula::new(parser.nodes),
            Some(found) => Err(parser.error(format!("expected an operator or the end, found '{found}'"))),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    /// Byte offset of the next character.
    position: usize,
    depth: usize,
    nodes: Vec<Node>,
    scope: ScopeCheck,
}

type Parsed = Result<usize, FormulaError>;

impl<'a> Parser<'a> {
    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        loop {
            let operator = match self.next_symbol(&['+', '-']) {
                Some('+') => Binary::Add,
                Some(_) => Binary::Sub,
                None => return Ok(left),
            };
            let right = self.product()?;
            left = self.push(Node::Binary(operator, left, right))?;
        }
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.negation()?;
        loop {
            let operator = match self.next_symbol(&['*', '/']) {
                Some('*') => Binary::Mul,
                Some(_) => Binary::Div,
                None => return Ok(left),
            };
            let right = self.negation()?;
            left = self.push(Node::Binary(operator, left, right))?;
        }
    }

    fn negation(&mut self) -> Parsed {
        self.skip_space();
        if self.next_symbol(&['-']).is_none() {
            return self.power();
        }
        if self.peek().is_some_and(|c| c.is_ascii_digit() || c == '.') {
            let value = self.number()?;
            return self.negative_number(value);
        }
        self.enter()?;
        let operand = self.negation()?;
        self.depth -= 1;
        self.push(Node::Unary(Unary::Neg, operand))
    }

    /// −value behind its minus: a negative constant, unless a power binds first, as in −2² = −(2²).
    fn negative_number(&mut self, value: f32) -> Parsed {
        self.skip_space();
        if self.peek() != Some('^') {
            return self.push(Node::Constant(-value));
        }
        let constant = self.push(Node::Constant(value))?;
        let power = self.powers(constant)?;
        self.push(Node::Unary(Unary::Neg, power))
    }

    fn power(&mut self) -> Parsed {
        let base = self.atom()?;
        self.powers(base)
    }

    /// Any number of `^2` behind `base`.
    fn powers(&mut self, mut base: usize) -> Parsed {
        while self.next_symbol(&['^']).is_some() {
            self.skip_space();
            let at = self.position;
            if !self.peek().is_some_and(|c| c.is_ascii_digit()) || self.number()? != 2.0 {
                self.position = at;
                return Err(self.error("only the power 2 is known: write x^2".into()));
            }
            base = self.push(Node::Unary(Unary::Square, base))?;
        }
        Ok(base)
    }

    fn atom(&mut self) -> Parsed {
        self.skip_space();
        match self.peek() {
            None => Err(self.error("expected a value, found the end".into())),
            Some('(') => {
                self.position += 1;
                let inner = self.nested()?;
                self.expect(')')?;
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() || c == '.' => {
                let value = self.number()?;
                self.push(Node::Constant(value))
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.name(),
            Some(c) => Err(self.error(format!("expected a value, found '{c}'"))),
        }
    }

    fn name(&mut self) -> Parsed {
        let start = self.position;
        let rest = &self.text[start..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..length];
        self.position += length;
        match (Node::leaf(name), Call::of(name)) {
            // `neg` is a leaf, and `neg(x)` is −x.
            (Some(leaf), None) => self.push_from(start, leaf),
            (Some(leaf), Some(_)) if !self.is_called() => self.push_from(start, leaf),
            (_, Some(call)) => self.call(call, name, start),
            (None, None) => {
                self.position = start;
                Err(self.error(unknown(name)))
            }
        }
    }

    /// Whether a parenthesis opens next.
    fn is_called(&self) -> bool {
        self.text[self.position..].trim_start().starts_with('(')
    }
    fn call(&mut self, call: Call, name: &str, start: usize) -> Parsed {
        let at = self.position;
        let operands = self.arguments()?;
        let node = match (operands.as_slice(), call) {
            (&[x], Call { unary: Some(operator), .. }) => Node::Unary(operator, x),
            (&[x], Call { reducer: Some(reducer), .. }) => Node::Reduce(reducer, x),
            (&[x, y], Call { binary: Some(operator), .. }) => Node::Binary(operator, x, y),
            (others, call) => {
                self.position = at;
                return Err(self.error(format!("{name} takes {}, found {}", call.takes(), others.len())));
            }
        };
        self.push_from(start, node)
    }

    fn arguments(&mut self) -> Result<Vec<usize>, FormulaError> {
        self.expect('(')?;
        let mut operands = vec![self.nested()?];
        while self.next_symbol(&[',']).is_some() {
            operands.push(self.nested()?);
        }
        self.expect(')')?;
        Ok(operands)
    }

    fn nested(&mut self) -> Parsed {
        self.enter()?;
        let inner = self.sum()?;
        self.depth -= 1;
        Ok(inner)
    }

    fn enter(&mut self) -> Result<(), FormulaError> {
        self.depth += 1;
        if self.depth > Formula::MAX_DEPTH {
            return Err(self.error(format!("nested too deep: at most {} levels are allowed", Formula::MAX_DEPTH)));
        }
        Ok(())
    }

    fn number(&mut self) -> Result<f32, FormulaError> {
        let rest = &self.text[self.position..];
        let mut length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        length += exponent_length(&rest[length..]);
        match rest[..length].parse::<f32>() {
            Ok(value) if value.is_finite() => {
                self.position += length;
                Ok(value)
            }
            _ => Err(self.error(format!("'{}' is not a finite number", &rest[..length]))),
        }
    }

    fn push(&mut self, node: Node) -> Parsed {
        if self.nodes.len() == Formula::MAX_NODES {
            return Err(self.error(format!("too long: at most {} nodes are allowed", Formula::MAX_NODES)));
        }
        self.scope.push(node).map_err(|error| self.error(error.to_string()))?;
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    /// As `push`, with errors that point at `start`.
    fn push_from(&mut self, start: usize, node: Node) -> Parsed {
        let end = std::mem::replace(&mut self.position, start);
        let pushed = self.push(node)?;
        self.position = end;
        Ok(pushed)
    }

    fn expect(&mut self, wanted: char) -> Result<(), FormulaError> {
        if self.next_symbol(&[wanted]).is_some() {
            return Ok(());
        }
        let found = self.peek().map_or("the end".to_owned(), |c| format!("'{c}'"));
        Err(self.error(format!("expected '{wanted}', found {found}")))
    }

    fn next_symbol(&mut self, symbols: &[char]) -> Option<char> {
        self.skip_space();
        let symbol = self.peek().filter(|c| symbols.contains(c))?;
        self.position += symbol.len_utf8();
        Some(symbol)
    }

    fn skip_space(&mut self) {
        while let Some(c) = self.peek().filter(|c| c.is_whitespace()) {
            self.position += c.len_utf8();
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.position..].chars().next()
    }

    fn error(&self, message: String) -> FormulaError {
        let column = self.text[..self.position].chars().count() + 1;
        FormulaError::Syntax { text: self.text.replace(['\n', '\t'], " "), column, message }
    }
}

/// Bytes of an exponent such as `e-6` at the start of `rest`; 0 where there is none.
fn exponent_length(rest: &str) -> usize {
    let Some(digits) = rest.strip_prefix(['e', 'E']) else { return 0 };
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let n_digits = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
    if n_digits == 0 { 0 } else { rest.len() - unsigned.len() + n_digits }
}

/// What the name of a function stands for, by the number of arguments.
#[derive(Clone, Copy)]
struct Call {
    unary: Option<Unary>,
    reducer: Option<Reducer>,
    binary: Option<Binary>,
}

impl Call {
    fn of(name: &str) -> Option<Self> {
        let (unary, reducer) = (Unary::parse(name).ok(), Reducer::parse(name).ok());
        let binary = functions().find(|operator| operator.symbol() == name);
        let is_known = unary.is_some() || reducer.is_some() || binary.is_some();
        is_known.then_some(Self { unary, reducer, binary })
    }

    fn takes(self) -> &'static str {
        match (self.unary.is_some() || self.reducer.is_some(), self.binary.is_some()) {
            (true, true) => "1 or 2 arguments",
            (true, false) => "1 argument",
            (false, _) => "2 arguments",
        }
    }
}

/// The operators of two arguments that text writes as functions.
fn functions() -> impl Iterator<Item = Binary> {
    Binary::ALL.iter().copied().filter(|operator| operator.is_function())
}

fn unknown(name: &str) -> String {
    let leaves = Node::LEAVES.iter().map(|(word, _)| *word);
    let known = leaves.chain(functions().map(Binary::symbol)).chain(Unary::names()).chain(Reducer::names());
    match nearest(name, known) {
        Some(near) => format!("'{name}' is not known; did you mean '{near}'?"),
        None => format!(
            "'{name}' is not known: use pred, label, logit, eps, a number or a function, or for ranking pos, neg and gap"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        text.parse::<Formula>().unwrap_err().to_string()
    }

    #[test]
    fn text_round_trips() {
        for text in [
            "(pred - label)^2",
            "max((pred + eps) / (label + eps), (label + eps) / (pred + eps))",
            "-pred^2",
            "(-pred)^2",
            "(-2)^2 + -3",
            "-2^2",
            "-(2)",
            "pred - (label - 1)",
            "reciprocal(pred * (label + 0.5))",
            "1e-6 + pred",
        ] {
            let formula: Formula = text.parse().unwrap();
            let again: Formula = formula.to_string().parse().unwrap();
            assert_eq!(formula.canonical(), again.canonical(), "{text} printed as {formula}");
        }
    }

    /// What is printed of a sum is nested to the other side when its commutative operands are sorted.
    #[test]
    fn the_deepest_formula_round_trips_in_canonical_form() {
        for text in ["pred+".repeat(64) + "1", "-log(1-".repeat(21) + "pred" + &")".repeat(21), "-".repeat(64) + "pred"]
        {
            let canonical = text.parse::<Formula>().unwrap().canonical();
            assert_eq!(canonical.to_string().parse::<Formula>().unwrap().canonical(), canonical);
        }
    }

    #[test]
    fn a_power_binds_before_a_minus() {
        let canonical = |text: &str| text.parse::<Formula>().unwrap().canonical();
        assert_eq!(canonical("-2^2"), canonical("-(2^2)"));
        assert_ne!(canonical("-2 ^2"), canonical("(-2)^2"));
        assert_eq!(canonical("neg (neg) + neg(pos) * neg"), canonical("-neg + -pos * neg"));
        assert_eq!(canonical("pred^2^2"), canonical("square(square(pred))"));
    }

    #[test]
    fn errors_point_at_the_place() {
        assert_eq!(message("pred + * 2"), "expected a value, found '*', at column 8:\n  pred + * 2\n         ^");
        assert!(message("lag(pred)").starts_with("'lag' is not known; did you mean 'log'?, at column 1"));
        assert!(message("min(pred)").starts_with("min takes 2 arguments, found 1, at column 4"));
        assert!(message("max(pred, 1, 2)").starts_with("max takes 1 or 2 arguments, found 3, at column 4"));
        assert!(message("pred^3").starts_with("only the power 2 is known"));
        assert!(message("(pred").starts_with("expected ')', found the end, at column 6"));
        assert!(message("").starts_with("expected a value, found the end"));
        assert!(message(&"(".repeat(100_000)).starts_with("nested too deep"));
        assert!(message(&"-".repeat(100_000)).starts_with("nested too deep"));
        assert!(message(&"pred+".repeat(1000)).starts_with("too long"));
        let (long, deep) = (" ".repeat(Formula::MAX_TEXT), "pred+".repeat(65));
        assert_eq!(message(&format!("{long}1")), "a formula of 1048577 bytes is too long: at most 1048576 are allowed");
        assert_eq!(message(&format!("{deep}1")), "a formula of 65 levels is too deep: at most 64 are allowed");
        assert!(message("1e99").starts_with("'1e99' is not a finite number"));
    }
}

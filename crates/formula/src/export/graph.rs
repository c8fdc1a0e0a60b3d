//! What generated code computes: a graph of elementary terms, each there once, children first.
//!
//! Finer than [`Node`](crate::Node): the protection of a log is spelt out, a clamp is a term, and so is a derivative.

use std::collections::HashMap;

/// A function of one term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Abs,
    Sign,
    Exp,
    /// e^min(x, 88), which is finite in single precision
    CappedExp,
    Log,
    /// √x of what is positive
    Sqrt,
    /// sign(x)·√|x|, with derivative 0 at 0
    SignedRoot,
    /// The derivative of that: ½/√|x|, and 0 at 0
    RootSlope,
    Sigmoid,
    Tanh,
    Relu,
    /// 0, ½ or 1: the derivative of max(x, 0)
    Step,
    Clamp,
}

impl Function {
    /// What array libraries call the function; `None` for one that they lack, which each dialect spells out.
    fn name(self) -> Option<&'static str> {
        match self {
            Function::Abs => Some("abs"),
            Function::Sign => Some("sign"),
            Function::Exp => Some("exp"),
            Function::Log => Some("log"),
            Function::Sqrt => Some("sqrt"),
            Function::Sigmoid => Some("sigmoid"),
            Function::Tanh => Some("tanh"),
            Function::CappedExp | Function::SignedRoot | Function::RootSlope => None,
            Function::Relu | Function::Step | Function::Clamp => None,
        }
    }

    /// A call of the function as `library` has it.
    ///
    /// # Panics
    /// For a function that libraries lack.
    pub fn call(self, library: &str, x: &str) -> String {
        let name = self.name().expect("a dialect spells out what libraries lack");
        format!("{library}.{name}({x})")
    }
}

/// A function of two terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Max,
    Min,
    /// x / y, clamped, with derivative 0 where the clamp acts although y may be 0 there
    Quotient,
    /// y where x is within the clamp, otherwise 0: the derivative of a clamp
    Within,
}

/// A term; operands are indices of earlier ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Term {
    Logit,
    Label,
    Pred,
    /// σ'(h)
    PredSlope,
    Epsilon,
    Scale,
    /// As code reads it, in double precision
    Number(f64),
    Neg(usize),
    Square(usize),
    Function(Function, usize),
    Operator(Operator, usize, usize),
}

/// The terms so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    terms: Vec<Term>,
    places: HashMap<(u8, usize, usize), usize>,
}

impl Term {
    /// Equal for equal terms alone; numbers by their bits, which a hash can take.
    fn key(self) -> (u8, usize, usize) {
        match self {
            Term::Logit => (0, 0, 0),
            Term::Label => (1, 0, 0),
            Term::Pred => (2, 0, 0),
            Term::PredSlope => (3, 0, 0),
            Term::Epsilon => (4, 0, 0),
            Term::Scale => (5, 0, 0),
            Term::Number(value) => (6, value.to_bits() as usize, 0),
            Term::Neg(x) => (7, x, 0),
            Term::Square(x) => (8, x, 0),
            Term::Function(function, x) => (32 + function as u8, x, 0),
            Term::Operator(operator, x, y) => (64 + operator as u8, x, y),
        }
    }

    pub fn operands(self) -> [Option<usize>; 2] {
        match self {
            Term::Neg(x) | Term::Square(x) | Term::Function(_, x) => [Some(x), None],
            Term::Operator(_, x, y) => [Some(x), Some(y)],
            _ => [None, None],
        }
    }
}

impl Graph {
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// A term as it is, unless it is there already.
    pub fn share(&mut self, term: Term) -> usize {
        *self.places.entry(term.key()).or_insert_with(|| {
            self.terms.push(term);
            self.terms.len() - 1
        })
    }

    pub fn number(&mut self, value: f64) -> usize {
        self.share(Term::Number(value))
    }

    fn is_number(&self, x: usize, value: f64) -> bool {
        self.terms[x] == Term::Number(value)
    }

    pub fn function(&mut self, function: Function, x: usize) -> usize {
        match (function, self.terms[x]) {
            (Function::Sigmoid, Term::Logit) => self.share(Term::Pred),
            (Function::Abs, Term::Neg(inner)) => self.function(function, inner),
            _ => self.share(Term::Function(function, x)),
        }
    }

    pub fn operator(&mut self, operator: Operator, x: usize, y: usize) -> usize {
        match operator {
            Operator::Add => self.add(x, y),
            Operator::Sub => self.sub(x, y),
            Operator::Mul => self.mul(x, y),
            Operator::Div => self.div(x, y),
            other => self.share(Term::Operator(other, x, y)),
        }
    }

    pub fn neg(&mut self, x: usize) -> usize {
        match self.terms[x] {
            Term::Neg(inner) => inner,
            Term::Number(value) => self.number(-value),
            _ => self.share(Term::Neg(x)),
        }
    }

    pub fn square(&mut self, x: usize) -> usize {
        match self.terms[x] {
            Term::Neg(inner) => self.square(inner),
            _ => self.share(Term::Square(x)),
        }
    }

    pub fn add(&mut self, x: usize, y: usize) -> usize {
        match (self.terms[x], self.terms[y]) {
            (_, Term::Neg(y)) => self.sub(x, y),
            (Term::Neg(x), _) => self.sub(y, x),
            _ => self.share(Term::Operator(Operator::Add, x, y)),
        }
    }

    pub fn sub(&mut self, x: usize, y: usize) -> usize {
        match self.terms[y] {
            Term::Neg(y) => self.add(x, y),
            _ => self.share(Term::Operator(Operator::Sub, x, y)),
        }
    }

    pub fn mul(&mut self, x: usize, y: usize) -> usize {
        match (self.terms[x], self.terms[y]) {
            (Term::Number(1.0), _) => y,
            (_, Term::Number(1.0)) => x,
            (Term::Number(-1.0), _) => self.neg(y),
            (_, Term::Number(-1.0)) => self.neg(x),
            (Term::Number(a), Term::Number(b)) if ((a * b) as f32).is_normal() => self.number(a * b),
            (Term::Neg(x), _) => self.negated(|graph| graph.mul(x, y)),
            (_, Term::Neg(y)) => self.negated(|graph| graph.mul(x, y)),
            (_, Term::Number(_)) => self.mul(y, x),
            _ if x == y => self.square(x),
            _ => self.share(Term::Operator(Operator::Mul, x, y)),
        }
    }

    pub fn div(&mut self, x: usize, y: usize) -> usize {
        match (self.terms[x], self.terms[y]) {
            _ if self.is_number(y, 1.0) => x,
            (Term::Neg(x), _) => self.negated(|graph| graph.div(x, y)),
            _ => self.share(Term::Operator(Operator::Div, x, y)),
        }
    }

    fn negated(&mut self, positive: impl FnOnce(&mut Self) -> usize) -> usize {
        let positive = positive(self);
        self.neg(positive)
    }

    /// Which terms `roots` need.
    pub fn needed(&self, roots: &[usize]) -> Vec<bool> {
        let mut needed = vec![false; self.terms.len()];
        roots.iter().for_each(|&root| needed[root] = true);
        for index in (0..self.terms.len()).rev() {
            if needed[index] {
                self.terms[index].operands().into_iter().flatten().for_each(|operand| needed[operand] = true);
            }
        }
        needed
    }
}

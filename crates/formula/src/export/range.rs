//! Bounds of every node of a program, so that code protects and clamps only where a protection or a clamp can act.

use crate::{Binary, Clamp, Node, Semantics, Unary};

/// Relative width by which bounds are held to be wider than computed: rounding in single precision, several times over.
const ROUNDING: f64 = 1e-5;

/// The values that a node can take for 0 < ŷ < 1, 0 ≤ y ≤ 1 and every finite logit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub low: f64,
    pub high: f64,
    /// Whether exactly 0 can occur; what can underflow can.
    pub zero: bool,
}

/// A node before and after the clamp.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub raw: Range,
    pub clamped: Range,
}

impl Bounds {
    /// Whether the clamp can change the value.
    pub fn is_clamped(&self) -> bool {
        self.raw != self.clamped
    }
}

impl Range {
    const EVERYTHING: Range = Range { low: f64::NEG_INFINITY, high: f64::INFINITY, zero: true };

    /// Zero can occur wherever the bounds leave room for it.
    fn new(low: f64, high: f64) -> Self {
        if low.is_nan() || high.is_nan() {
            return Self::EVERYTHING;
        }
        Self { low, high, zero: low <= 0.0 && high >= 0.0 }
    }

    fn never_zero(self) -> Self {
        Self { zero: false, ..self }
    }

    /// Positive, never 0.
    pub fn is_positive(self) -> bool {
        self.low >= 0.0 && !self.zero
    }

    /// The smallest range that holds all of `values`.
    fn around(values: &[f64]) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if values.iter().any(|value| value.is_nan()) { Self::EVERYTHING } else { Self::new(low, high) }
    }

    fn increasing(self, f: impl Fn(f64) -> f64) -> Self {
        Self::new(f(self.low), f(self.high))
    }

    /// Of an odd function that is monotone on each side of 0 and jumps there, to 0 at 0.
    fn odd(self, f: impl Fn(f64) -> f64) -> Self {
        let mut values = Vec::with_capacity(5);
        if self.high > 0.0 || self.is_positive() {
            values.extend([f(self.low.max(0.0)), f(self.high)]);
        }
        if self.low < 0.0 {
            values.extend([-f((-self.high).max(0.0)), -f(-self.low)]);
        }
        if self.zero {
            values.push(0.0);
        }
        Self::around(&values)
    }

    fn times(self, other: Range) -> Self {
        // An infinite bound stands for numbers that are large but finite.
        let product = |x: f64, y: f64| if x == 0.0 || y == 0.0 { 0.0 } else { x * y };
        let mut values = [0.0; 4];
        for (index, value) in values.iter_mut().enumerate() {
            let x = if index & 1 == 0 { self.low } else { self.high };
            *value = product(x, if index & 2 == 0 { other.low } else { other.high });
        }
        Self::around(&values)
    }

    fn plus(self, other: Range) -> Self {
        let sum = Self::new(self.low + other.low, self.high + other.high);
        if sum.low >= 0.0 && self.low >= 0.0 && other.low >= 0.0 && !(self.zero && other.zero) {
            sum.never_zero()
        } else {
            sum
        }
    }

    fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low, zero: self.zero }
    }

    fn over(self, other: Range) -> Self {
        let inverse = match other {
            Range { low, high, .. } if low >= 0.0 => Range::new(1.0 / high, 1.0 / low.abs()),
            Range { low, high, .. } if high <= 0.0 => Range::new(-1.0 / high.abs(), 1.0 / low),
            _ => Range::EVERYTHING,
        };
        self.times(inverse)
    }
}

/// Bounds of every node of a program; the clamp leaves leaves alone.
pub(super) fn bounds(program: &[Node], semantics: Semantics) -> Vec<Bounds> {
    let mut bounds: Vec<Bounds> = Vec::with_capacity(program.len());
    for &node in program {
        let of = |index: usize| bounds[index].clamped;
        let raw = match node {
            Node::Pred => Range::new(0.0, 1.0).never_zero(),
            Node::Label => Range::new(0.0, 1.0),
            Node::Logit => Range::EVERYTHING,
            Node::Eps => constant(semantics.epsilon),
            Node::Constant(value) => constant(value),
            Node::Unary(operator, x) => unary(operator, of(x), f64::from(semantics.epsilon)),
            Node::Binary(operator, x, y) => binary(operator, of(x), of(y)),
        };
        let is_leaf = !matches!(node, Node::Unary(..) | Node::Binary(..));
        bounds.push(Bounds { raw, clamped: if is_leaf { raw } else { clamped(raw, semantics.clamp) } });
    }
    bounds
}

fn constant(value: f32) -> Range {
    Range::new(f64::from(value), f64::from(value))
}

fn unary(operator: Unary, x: Range, epsilon: f64) -> Range {
    match operator {
        Unary::Neg => x.negated(),
        Unary::Identity => x,
        Unary::Log => x.odd(|x| (x + epsilon).ln()),
        Unary::Reciprocal => x.odd(|x| 1.0 / (x + epsilon)),
        Unary::Square => magnitude(x).increasing(|x| x * x),
        Unary::Abs => Range { zero: x.zero, ..magnitude(x) },
        Unary::Sqrt => Range { zero: x.zero, ..x.increasing(|x| x.signum() * x.abs().sqrt()) },
        Unary::Exp => x.increasing(|x| x.clamp(-87.0, 88.0).exp()).never_zero(),
        Unary::Sigmoid => x.increasing(|x| 1.0 / (1.0 + (-x).exp())).never_zero(),
        Unary::Tanh => x.increasing(f64::tanh),
        Unary::Relu => x.increasing(|x| x.max(0.0)),
    }
}

fn magnitude(x: Range) -> Range {
    let (low, high) = (x.low.abs(), x.high.abs());
    Range::new(if x.low < 0.0 && x.high > 0.0 { 0.0 } else { low.min(high) }, low.max(high))
}

fn binary(operator: Binary, x: Range, y: Range) -> Range {
    match operator {
        Binary::Add => x.plus(y),
        Binary::Sub => x.plus(y.negated()),
        Binary::Mul => x.times(y),
        Binary::Div => x.over(y),
        Binary::Max => {
            let is_positive = x.is_positive() || y.is_positive();
            let larger = Range::new(x.low.max(y.low), x.high.max(y.high));
            if is_positive { larger.never_zero() } else { larger }
        }
        Binary::Min => {
            let smaller = Range::new(x.low.min(y.low), x.high.min(y.high));
            if x.is_positive() && y.is_positive() { smaller.never_zero() } else { smaller }
        }
    }
}

/// Unchanged where the clamp cannot act, rounding included.
fn clamped(raw: Range, clamp: Clamp) -> Range {
    let (low, high) = match clamp {
        Clamp::None => return raw,
        Clamp::Signed(limit) => (f64::from(-limit), f64::from(limit)),
        Clamp::Positive(low, high) => (f64::from(low), f64::from(high)),
    };
    let slack = |x: f64| ROUNDING * x.abs();
    if raw.low - slack(raw.low) >= low && raw.high + slack(raw.high) <= high {
        return raw;
    }
    let zero = raw.zero && low <= 0.0;
    Range { low: raw.low.clamp(low, high), high: raw.high.clamp(low, high), zero }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Formula;

    fn root(text: &str, clamp: Clamp) -> Bounds {
        let program = text.parse::<Formula>().unwrap();
        *bounds(program.nodes(), Semantics { epsilon: 1e-6, clamp }).last().unwrap()
    }

    fn raw(text: &str) -> (f64, f64, bool) {
        let Range { low, high, zero } = root(text, Clamp::None).raw;
        (low, high, zero)
    }

    #[test]
    fn bounds_are_those_of_the_operators() {
        assert_eq!(raw("(pred - label)^2"), (0.0, 1.0, true));
        assert_eq!(raw("pred + label"), (0.0, 2.0, false));
        assert_eq!(raw("1 - pred"), (0.0, 1.0, true));
        assert_eq!(raw("pred * logit"), (f64::NEG_INFINITY, f64::INFINITY, true));
        assert_eq!(raw("tanh(logit)"), (-1.0, 1.0, true));
        assert_eq!(raw("1 / (2 + label)"), (1.0 / 3.0, 0.5, false));
        assert_eq!(raw("-1 / label"), (f64::NEG_INFINITY, -1.0, false));
        let (low, high, zero) = raw("log(pred)");
        assert!(low < -13.8 && high < 1e-5 && zero);
        let (low, high, zero) = raw("reciprocal(label - 1)");
        assert!(low < -0.99e6 && high == 0.0 && zero);
    }

    #[test]
    fn a_clamp_is_seen_only_where_it_can_act() {
        for (text, acts) in [("pred * label", false), ("logit^2", true), ("1 / pred", true), ("1 / (pred + 1)", false)]
        {
            assert_eq!(root(text, Clamp::Signed(1e6)).is_clamped(), acts, "{text}");
        }
        assert!(root("pred * label", Clamp::Positive(1e-6, 1e6)).is_clamped());
        assert!(!root("pred + 1", Clamp::Positive(1e-6, 1e6)).is_clamped());
    }
}

//! A loss at one place, in double-double arithmetic: what the formula means, where single precision says what trains.

use crate::double_double::DoubleDouble;
use crate::number::{bounds, within};
use crate::operator::{BinaryLoop, UnaryLoop};
use crate::scope_check::NOT_POINTWISE;
use crate::{Binary, Loss, Node};

/// Halvings after which a place is known to the last bit.
const HALVINGS: usize = 60;

/// A divisor that is this small beside its neighbours is on the way to 0.
const VANISHED: f64 = 1e-9;

/// Value and derivative of a loss at one logit and label.
#[derive(Clone, Copy, Debug)]
pub struct Precise {
    value: DoubleDouble,
    slope: DoubleDouble,
}

impl Precise {
    /// L
    pub fn value(&self) -> f64 {
        self.value.to_f64()
    }

    /// dL/dlogit, with the scale of the loss
    pub fn slope(&self) -> f64 {
        self.slope.to_f64()
    }

    /// Whether both are finite.
    pub fn is_finite(&self) -> bool {
        self.value.is_finite() && self.slope.is_finite()
    }

    /// The difference of both values, to 50 bits of its own however large a constant both have.
    pub fn above(&self, other: &Precise) -> f64 {
        (self.value - other.value).to_f64()
    }
}

/// Value and derivative of a node.
type Dual = (DoubleDouble, DoubleDouble);

impl Loss {
    /// Value and derivative at a logit and a label as real numbers: the same operators, ε, clamp and constants as in
    /// [`evaluate`](Self::evaluate), in arithmetic in which 1 − ŷ keeps its digits as ŷ goes to 1. The saturation of exp at −87 and 88 is
    /// part of the operator and stays.
    ///
    /// ```
    /// use autolossgen_formula::{Formula, Semantics};
    /// let loss = "-log(1 - pred)".parse::<Formula>()?.compile(Semantics::unclamped(1e-30))?;
    /// assert!((loss.precise(40.0, 0.0).value() - 40.0).abs() < 1e-6);
    /// # Ok::<(), autolossgen_formula::FormulaError>(())
    /// ```
    pub fn precise(&self, logit: f64, label: f64) -> Precise {
        let (value, slope) = *self.duals(logit, label).last().expect("a formula has a root");
        Precise { value, slope: slope * DoubleDouble::from(f64::from(self.scale())) }
    }

    /// The values of all nodes of the program at a label and logit 0: of those that do not depend on the logit, the only ones.
    pub(crate) fn values_of_label(&self, label: f64) -> Vec<f64> {
        self.duals(0.0, label).iter().map(|(value, _)| value.to_f64()).collect()
    }

    /// The logit, between two neighbours of `logits` (ascending) or on one, at which a divisor goes through 0 or touches it: there
    /// the loss is not finite, however far from it the neighbours are. `None` where none is found.
    pub fn pole(&self, logits: &[f64], label: f64) -> Option<f64> {
        let is_quotient = |node: &&Node| matches!(node, Node::Binary(Binary::Div, ..));
        let divisors = self.program().iter().filter(is_quotient).filter_map(|node| node.operands()[1]);
        let divisors: Vec<usize> = divisors.collect();
        if divisors.is_empty() {
            return None;
        }
        let along: Vec<Vec<Dual>> = logits.iter().map(|&logit| self.duals(logit, label)).collect();
        let of_divisor = |divisor: usize| {
            (1..logits.len()).find_map(|index| {
                let ends = [index - 1, index].map(|index| (logits[index], along[index][divisor]));
                self.zero(divisor, ends, label)
            })
        };
        divisors.into_iter().find_map(of_divisor)
    }

    /// Where a node is 0 between two places.
    fn zero(&self, node: usize, [low, high]: [(f64, Dual); 2], label: f64) -> Option<f64> {
        let zero = DoubleDouble::from(0.0);
        let (from, to) = (low.1, high.1);
        // Of opposite signs, or both nearer to 0 towards the other.
        let crosses = (from.0 < zero) != (to.0 < zero);
        let towards = |dual: Dual| if dual.0 < zero { -dual.1 } else { dual.1 };
        let dips = towards(from) < zero && towards(to) > zero;
        if !(crosses || dips) {
            return None;
        }
        let is_left = |dual: Dual| if crosses { (dual.0 < zero) == (from.0 < zero) } else { towards(dual) < zero };
        let (mut left, mut right) = (low.0, high.0);
        for _ in 0..HALVINGS {
            let middle = left + (right - left) / 2.0;
            *(if is_left(self.duals(middle, label)[node]) { &mut left } else { &mut right }) = middle;
        }
        let size = |dual: Dual| dual.0.abs().to_f64();
        let ends = [right, left].map(|logit| (size(self.duals(logit, label)[node]), logit));
        let (smallest, place) = if ends[1].0 < ends[0].0 { ends[1] } else { ends[0] };
        (smallest <= VANISHED * size(from).max(size(to))).then_some(place)
    }

    /// Value and derivative of every node of the program.
    fn duals(&self, logit: f64, label: f64) -> Vec<Dual> {
        let (semantics, zero) = (self.semantics(), DoubleDouble::from(0.0));
        let logit = DoubleDouble::from(logit);
        let epsilon = DoubleDouble::from(f64::from(semantics.epsilon));
        let clamp = bounds(semantics.clamp);
        let mut duals: Vec<Dual> = Vec::with_capacity(self.program().len());
        for &node in self.program() {
            let mut dual = (zero, zero);
            match node {
                Node::Pred => dual = logit.sigmoid(),
                Node::Logit => dual = (logit, DoubleDouble::from(1.0)),
                Node::Label => dual.0 = DoubleDouble::from(label),
                Node::Eps => dual.0 = epsilon,
                Node::Constant(value) => dual.0 = DoubleDouble::from(f64::from(value)),
                Node::Unary(operator, x) => operator.evaluate(false, epsilon, One { x: duals[x], out: &mut dual }),
                Node::Binary(operator, x, y) => operator.evaluate(Two { x: duals[x], y: duals[y], out: &mut dual }),
                Node::Pos | Node::Neg | Node::Gap | Node::Reduce(..) => unreachable!("{NOT_POINTWISE}"),
            }
            let clamp = clamp.filter(|_| node.is_operator());
            duals.push(clamp.map_or(dual, |bounds| within(bounds, dual.0, dual.1)));
        }
        duals
    }
}

/// A function of one argument, once.
struct One<'a> {
    x: Dual,
    out: &'a mut Dual,
}

impl UnaryLoop<DoubleDouble> for One<'_> {
    fn run(self, f: impl Fn(DoubleDouble) -> Dual) {
        let (value, derivative) = f(self.x.0);
        *self.out = (value, derivative * self.x.1);
    }
}

/// A function of two arguments, once.
struct Two<'a> {
    x: Dual,
    y: Dual,
    out: &'a mut Dual,
}

impl BinaryLoop<DoubleDouble> for Two<'_> {
    fn run(self, f: impl Fn(DoubleDouble, DoubleDouble) -> (DoubleDouble, DoubleDouble, DoubleDouble)) {
        let (value, by_x, by_y) = f(self.x.0, self.y.0);
        *self.out = (value, by_x * self.x.1 + by_y * self.y.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Formula, Semantics};

    fn loss(text: &str, epsilon: f32) -> Loss {
        text.parse::<Formula>().unwrap().compile(Semantics::unclamped(epsilon)).unwrap()
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} for {expected}");
    }

    #[test]
    fn spellings_of_one_loss_agree_where_single_precision_has_lost_it() {
        let spellings = [
            "-(label * log(pred) + (1 - label) * log(1 - pred))",
            "-log(1 - abs(label - pred))",
            "-log(label * pred + (1 - label) * (-pred + 1))",
            "-log(sigmoid((2 * label - 1) * logit))",
        ];
        for text in spellings {
            let loss = loss(text, 1e-37);
            for (logit, label) in [(30.0, 0.0), (30.0, 1.0), (-70.0, 1.0), (70.0, 0.0), (0.3, 0.0), (-5.0, 0.0)] {
                let away: f64 = if label == 1.0 { -logit } else { logit };
                let found = loss.precise(logit, label);
                let expected = away.max(0.0) + (-away.abs()).exp().ln_1p();
                assert!((found.value() - expected).abs() < 1e-6 * expected, "{text}: {found:?} for {expected}");
                let slope = 1.0 / (1.0 + (-away).exp()) * if label == 1.0 { -1.0 } else { 1.0 };
                assert!((found.slope() - slope).abs() < 1e-6 * slope.abs(), "{text}: {found:?} for {slope}");
            }
        }
    }

    #[test]
    fn semantics_and_scale_are_those_of_the_loss() {
        near(loss("log(1 - pred)", 1e-3).precise(30.0, 0.0).value(), (1e-3_f32 as f64 + (-30.0_f64).exp()).ln());
        near(loss("logit * 2", 1e-6).scaled(0.25).precise(3.0, 0.0).slope(), 0.5);
        let clamped = "logit * 2"
            .parse::<Formula>()
            .unwrap()
            .compile(Semantics { clamp: crate::Clamp::Signed(5.0), ..Semantics::default() });
        let found = clamped.unwrap().precise(3.0, 0.0);
        assert_eq!((found.value(), found.slope()), (5.0, 0.0));
        let loss = loss("pred + 1e30", 1e-6);
        near(loss.precise(1.0, 0.0).above(&loss.precise(0.0, 0.0)), 1.0 / (1.0 + (-1.0_f64).exp()) - 0.5);
    }

    #[test]
    fn poles_between_places_are_found_and_steep_places_are_none() {
        let logits: Vec<f64> = (-40..=40).map(f64::from).collect();
        let pole = |text: &str| loss(text, 1e-6).pole(&logits, 0.0);
        let crossed = pole("(0.25 + logit) / (pred - logit)").unwrap();
        near(1.0 / (1.0 + (-crossed).exp()), crossed);
        near(pole("1 / (logit - 0.37)^2").unwrap(), f64::from(0.37_f32));
        assert_eq!(pole("pred / logit"), Some(0.0));
        for text in
            ["1 / (pred + eps)", "reciprocal(pred - 0.37)", "1 / (abs(logit - 0.37) + eps)", "pred / log(pred - 0.37)"]
        {
            assert_eq!(pole(text), None, "{text}");
        }
    }
}

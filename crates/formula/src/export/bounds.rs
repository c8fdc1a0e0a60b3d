//! Bounds of every node of a program, so that code protects and clamps only where a protection or a clamp can act.

use crate::range::Range;
use crate::{Clamp, Node, Semantics};

/// Relative width by which bounds are held to be wider than computed: rounding in single precision, several times over.
const ROUNDING: f64 = 1e-5;

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

/// Bounds of every node of a program; the clamp leaves leaves alone.
pub(super) fn bounds(program: &[Node], semantics: Semantics) -> Vec<Bounds> {
    let mut bounds: Vec<Bounds> = Vec::with_capacity(program.len());
    for &node in program {
        let raw = node.range(|index| bounds[index].clamped, semantics.epsilon);
        bounds.push(Bounds { raw, clamped: if node.is_operator() { clamped(raw, semantics.clamp) } else { raw } });
    }
    bounds
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

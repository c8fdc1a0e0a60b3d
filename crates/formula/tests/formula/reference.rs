//! What the documentation says a formula means, written a second time: in double precision, value only.
//!
//! The derivative is taken from central differences. How far single precision may be from the result is measured
//! instead of guessed: the same formula is evaluated with small disturbances of every intermediate result, several
//! times; what comes out tells how sensitive it is. A kink or a jump nearby shows in the same way.

use autolossgen_formula::{Binary, Clamp, Node, Semantics, Unary};

/// Disturbance of a result: 16 roundings of single precision, above the error of exp, ln and sigmoid (3e-7).
const NOISE: f64 = 9.5e-7;
/// Disturbed evaluations of a case.
const N_NOISY: u64 = 12;
/// What is as small as this is nothing: terms that cancel leave it behind even where a clamp makes the exact result 0.
const NOTHING: f64 = 1e-12;
/// Step of the central difference; its truncation error is compared at half of it.
const STEP: f64 = 1e-3;
/// Magnitudes of intermediate results at which single precision, squares included, is far from its ends.
const RANGE: (f64, f64) = (1e-25, 1e12);

/// A formula in the given semantics at one label.
#[derive(Clone, Copy)]
pub struct Reference<'a> {
    pub nodes: &'a [Node],
    pub semantics: Semantics,
    pub label: f64,
}

/// A number and how far single precision may be from it.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    pub exact: f64,
    pub allowed: f64,
}

impl Estimate {
    /// Whether a comparison with it means something: it is known to one part in a thousand, or known to be nothing.
    pub fn is_sharp(self) -> bool {
        self.allowed <= 1e-3 * self.exact.abs() || self.allowed <= 1e-9
    }

    pub fn admits(self, ours: f32) -> bool {
        (f64::from(ours) - self.exact).abs() <= self.allowed
    }
}

impl Reference<'_> {
    /// Value of every node.
    pub fn values(self, logit: f64) -> Vec<f64> {
        self.disturbed(logit, 0, None)
    }

    /// Value of the root.
    pub fn value(self, logit: f64) -> f64 {
        *self.values(logit).last().unwrap()
    }

    /// Value and derivative with respect to the logit; nothing where single precision must differ.
    pub fn estimates(self, logit: f64) -> Option<(Estimate, Estimate)> {
        if !self.is_within_range(logit) || self.jumps(logit) {
            return None;
        }
        let value = estimate(self.streams(logit).iter().map(|values| values[values.len() - 1]), 0.0);
        let slopes = (0..=N_NOISY).map(|noise| self.slope(logit, noise, STEP));
        let truncation = (self.slope(logit, 0, STEP) - self.slope(logit, 0, STEP / 2.0)).abs();
        // A rounding of double precision does to the values what a disturbance does, so much smaller.
        let rounding = value.allowed * f64::EPSILON / NOISE / STEP;
        Some((value, estimate(slopes, truncation + rounding)))
    }

    /// Whether no result overflows or underflows in single precision.
    fn is_within_range(self, logit: f64) -> bool {
        self.values(logit).iter().all(|x| *x == 0.0 || (RANGE.0..RANGE.1).contains(&x.abs()))
    }

    /// Whether an operation that jumps at 0 has an operand that single precision may well make 0, or a quotient a divisor
    /// of 0, whose sign nothing documents.
    pub fn jumps(self, logit: f64) -> bool {
        let values = self.streams(logit);
        let is_uncertain = |x: usize| values.iter().any(|v| (v[x] - values[0][x]).abs() > 0.1 * values[0][x].abs());
        self.nodes.iter().any(|node| match *node {
            Node::Unary(Unary::Log | Unary::Reciprocal, x) => is_uncertain(x),
            Node::Binary(Binary::Div, _, y) => values[0][y] == 0.0 || is_uncertain(y),
            _ => false,
        })
    }

    /// Central difference, with the disturbances of stream `noise`.
    pub fn slope(self, logit: f64, noise: u64, step: f64) -> f64 {
        let centre = self.disturbed(logit, noise, None);
        let at = |logit| *self.disturbed(logit, noise, Some(&centre)).last().unwrap();
        (at(logit + step) - at(logit - step)) / (2.0 * step)
    }

    /// Values undisturbed, then with each stream of disturbances.
    fn streams(self, logit: f64) -> Vec<Vec<f64>> {
        (0..=N_NOISY).map(|noise| self.disturbed(logit, noise, None)).collect()
    }

    /// Values with the disturbances of stream `noise`; stream 0 has none. With the values at the `centre` of a
    /// difference, the slope of every operand is disturbed too, and not its value at the centre.
    fn disturbed(self, logit: f64, noise: u64, centre: Option<&[f64]>) -> Vec<f64> {
        let mut values: Vec<f64> = Vec::with_capacity(self.nodes.len());
        for (index, &node) in self.nodes.iter().enumerate() {
            let amount = |part: u64| disturbance(noise, 4 * index as u64 + part);
            let operand = |x: usize, part| match centre {
                Some(centre) => values[x] + amount(part) * (values[x] - centre[x]),
                None => values[x],
            };
            let value = match node {
                Node::Pred => sigmoid(logit) * (1.0 + amount(0)),
                Node::Label => self.label,
                Node::Logit => logit,
                Node::Eps => f64::from(self.semantics.epsilon),
                Node::Constant(value) => f64::from(value),
                Node::Unary(operator, x) => self.clamped(self.unary(operator, operand(x, 1), [amount(0), amount(3)])),
                Node::Binary(operator, x, y) => {
                    self.clamped(binary(operator, operand(x, 1), operand(y, 2)) * (1.0 + amount(0)))
                }
                Node::Pos | Node::Neg | Node::Gap | Node::Reduce(..) => unreachable!("the formula is pointwise"),
            };
            values.push(value);
        }
        values
    }

    fn unary(self, operator: Unary, x: f64, noise: [f64; 2]) -> f64 {
        let epsilon = f64::from(self.semantics.epsilon);
        let exact = match operator {
            Unary::Neg => return -x,
            Unary::Identity => return x,
            Unary::Abs => return x.abs(),
            Unary::Relu => return if x.is_nan() { x } else { x.max(0.0) },
            Unary::Log => sign(x) * (x.abs() + epsilon).ln(),
            Unary::Square => x * x,
            Unary::Reciprocal => sign(x) / (x.abs() + epsilon),
            Unary::Sqrt => sign(x) * x.abs().sqrt(),
            Unary::Exp => exp(x),
            Unary::Sigmoid => sigmoid(x),
            Unary::Tanh => x.tanh(),
        };
        // The error of a logarithm near 1 and of tanh near 0 is an absolute one.
        let is_absolute = x != 0.0 && matches!(operator, Unary::Log | Unary::Tanh);
        exact * (1.0 + noise[0]) + if is_absolute { noise[1] } else { 0.0 }
    }

    fn clamped(self, x: f64) -> f64 {
        let (low, high) = match self.semantics.clamp {
            Clamp::None => return x,
            Clamp::Signed(limit) => (-f64::from(limit), f64::from(limit)),
            Clamp::Positive(low, high) => (f64::from(low), f64::from(high)),
        };
        x.clamp(low, high)
    }
}

fn binary(operator: Binary, x: f64, y: f64) -> f64 {
    match operator {
        Binary::Add => x + y,
        Binary::Sub => x - y,
        Binary::Mul => x * y,
        Binary::Div => x / y,
        Binary::Max | Binary::Min if x.is_nan() || y.is_nan() => f64::NAN,
        // At a tie of 0 and −0 neither order of the operands may win.
        Binary::Max | Binary::Min if x == y => 0.5 * x + 0.5 * y,
        Binary::Max => x.max(y),
        Binary::Min => x.min(y),
    }
}

/// −1, 0 or 1; NaN for NaN.
fn sign(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() { x } else { x.signum() }
}

/// Saturates as documented, so that it is never 0 or ∞.
fn exp(x: f64) -> f64 {
    x.clamp(-87.0, 88.0).exp()
}

fn sigmoid(x: f64) -> f64 {
    let small = exp(-x.abs());
    if x >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) }
}

/// The first result, which is undisturbed; allowed is four times what the disturbances do, and what is known to be wrong.
fn estimate(mut results: impl Iterator<Item = f64>, wrong: f64) -> Estimate {
    let exact = results.next().unwrap();
    let spread = results.map(|result| (result - exact).abs()).fold(0.0, f64::max);
    Estimate { exact, allowed: 4.0 * (spread + wrong) + 1e-6 * exact.abs() + NOTHING }
}

/// Half to three halves of `NOISE` with a random sign: an integer hash (SplitMix64) of stream and place. Streams come in
/// pairs of opposite signs, so that a kink is seen whatever side of it we are on.
fn disturbance(stream: u64, place: u64) -> f64 {
    if stream == 0 {
        return 0.0;
    }
    let mut z = ((stream.div_ceil(2)) << 32 | place).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    let size = NOISE * (0.5 + (z >> 11) as f64 / (1_u64 << 53) as f64);
    if (z ^ stream) & 1 == 0 { size } else { -size }
}

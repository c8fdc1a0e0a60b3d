//! Decisions: attention over the variables, the softmax of c·tanh, and back through both.

use autolossgen_recsys::elementary::ln;

use super::elementary::{exp, tanh};
use super::vectorise::vectorised;

/// The variables that episodes attend to; vectors of shape (variables, n, H).
#[derive(Clone, Copy)]
pub(super) struct Attention<'a> {
    /// The episode of each row.
    pub(super) episodes: &'a [usize],
    /// Variables there are.
    pub(super) count: usize,
    /// Episodes.
    pub(super) n: usize,
    /// v, shape (H,).
    pub(super) v: &'a [f64],
}

impl Attention<'_> {
    /// Where the vector of a variable of an episode begins.
    #[inline(always)]
    fn at(&self, variable: usize, episode: usize) -> usize {
        (variable * self.n + episode) * self.v.len()
    }
}

vectorised! {
    /// attended ← tanh(K a_j + Q h), shape (rows, count, H); scores ← v·attended, shape (rows, count).
    pub(super) fn attend(
        attended: &mut [f64], scores: &mut [f64], keys: &[f64], queries: &[f64], attention: &Attention<'_>,
    ) {
        let h = attention.v.len();
        let mut vectors = attended.chunks_exact_mut(h).zip(scores);
        for (&episode, query) in attention.episodes.iter().zip(queries.chunks_exact(h)) {
            for (variable, (attended, score)) in (0..attention.count).zip(&mut vectors) {
                let key = &keys[attention.at(variable, episode)..][..h];
                for k in 0..h {
                    attended[k] = tanh(key[k] + query[k]);
                }
                *score = dot(attention.v, attended);
            }
        }
    }
}

vectorised! {
    /// Back through [`attend`], from the scores to v, keys and queries.
    pub(super) fn attend_backward(
        gradient: &mut AttentionGradient<'_>, scores: &[f64], attended: &[f64], attention: &Attention<'_>,
    ) {
        let h = attention.v.len();
        let mut vectors = attended.chunks_exact(h).zip(scores);
        for (&episode, query) in attention.episodes.iter().zip(gradient.queries.chunks_exact_mut(h)) {
            for (variable, (attended, &score)) in (0..attention.count).zip(&mut vectors) {
                let key = &mut gradient.keys[attention.at(variable, episode)..][..h];
                for k in 0..h {
                    let inner = score * attention.v[k] * (1.0 - attended[k] * attended[k]);
                    gradient.v[k] += score * attended[k];
                    key[k] += inner;
                    query[k] += inner;
                }
            }
        }
    }
}

/// What [`attend_backward`] adds to.
pub(super) struct AttentionGradient<'a> {
    pub(super) v: &'a mut [f64],
    pub(super) keys: &'a mut [f64],
    pub(super) queries: &'a mut [f64],
}

/// x · y in eight partial sums, so that it vectorises; the order is fixed.
#[inline(always)]
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<8>(), y.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (x, y) in x.iter().zip(y) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}

/// Probabilities in proportion to e^(c t), 0 for what is `taken`.
pub(super) struct Softmax<'a> {
    pub(super) probabilities: &'a mut [f64],
    /// t
    squashed: &'a [f64],
    /// c
    constant: f64,
    largest: f64,
    total: f64,
}

impl<'a> Softmax<'a> {
    pub(super) fn new(probabilities: &'a mut [f64], squashed: &'a [f64], constant: f64, taken: Option<usize>) -> Self {
        let allowed = squashed.iter().enumerate().filter(|(j, _)| Some(*j) != taken);
        // What is largest is taken off, so that no constant overflows.
        let largest = allowed.map(|(_, t)| *t).fold(f64::NEG_INFINITY, f64::max);
        exp_all(probabilities, squashed, constant, largest);
        if let Some(taken) = taken {
            probabilities[taken] = 0.0;
        }
        let total: f64 = probabilities.iter().sum();
        probabilities.iter_mut().for_each(|p| *p /= total);
        Self { probabilities, squashed, constant, largest, total }
    }

    /// ln p
    pub(super) fn log_prob(&self, choice: usize) -> f64 {
        self.constant * (self.squashed[choice] - self.largest) - ln(self.total)
    }

    /// −Σ p ln p
    pub(super) fn entropy(&self) -> f64 {
        let terms = self.probabilities.iter().zip(self.squashed).map(|(p, t)| p * self.constant * (t - self.largest));
        ln(self.total) - terms.sum::<f64>()
    }
}

vectorised! {
    fn exp_all(out: &mut [f64], squashed: &[f64], constant: f64, largest: f64) {
        out.iter_mut().zip(squashed).for_each(|(out, t)| *out = exp(constant * (t - largest)));
    }
}

/// d log p_chosen / d raw_j = c·(1 − t_j²)·(1{j chosen} − p_j), t the tanh of the raw logits, times `weight`. What is not
/// allowed has probability 0 and is not chosen: its gradient is 0.
pub(super) fn log_prob_backward(raw: &mut [f64], probabilities: &[f64], squashed: &[f64], chosen: usize, weight: f64) {
    for (j, raw) in raw.iter_mut().enumerate() {
        let one = if j == chosen { 1.0 } else { 0.0 };
        *raw = weight * (1.0 - squashed[j] * squashed[j]) * (one - probabilities[j]);
    }
}

//! Logits, labels and ε on which functions are compared.

use super::Grammar;
use super::arithmetic::{self, Point};
use crate::{Binary, Clamp, Node, Unary};

/// Logits of the coarse probe. They are irrational to each other, so that no two functions cross on several.
const COARSE: [f64; 9] = [-7.38905, -4.43656, -2.71926, -1.31776, -0.38196, 0.57821, 1.61903, 3.14251, 6.28431];

/// Number of logits of the fine probe, from −17 to 17.
const N_FINE: usize = 25;
/// Number of ε of the coarse probe, at most: the ends of the grid and what lies between.
const N_COARSE_EPSILONS: usize = 3;

/// A point of a probe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The logit.
    pub logit: f64,
    /// The label.
    pub label: f64,
    /// ε.
    pub epsilon: f64,
}

/// A grid of ε, labels and logits, in this order, the logit the innermost.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    logits: Vec<f64>,
    labels: Vec<f64>,
    epsilons: Vec<f64>,
    clamp: Clamp,
}

impl Probe {
    pub(super) fn coarse(grammar: &Grammar) -> Self {
        let n = grammar.epsilons.len();
        let epsilons = if n > N_COARSE_EPSILONS {
            (0..N_COARSE_EPSILONS).map(|at| grammar.epsilons[at * (n - 1) / (N_COARSE_EPSILONS - 1)]).collect()
        } else {
            grammar.epsilons.clone()
        };
        Self::of(COARSE.to_vec(), &epsilons, grammar)
    }

    pub(super) fn fine(grammar: &Grammar) -> Self {
        // Denser about 0, where losses bend; and no logit of the coarse probe, nor 0, where the kinks of many lie.
        let logit = |at: usize| {
            let x = (at as f64 + 0.437) / N_FINE as f64 * 2.0 - 1.0;
            17.0 * x * (0.2 + 0.8 * x * x)
        };
        Self::of((0..N_FINE).map(logit).collect(), &grammar.epsilons, grammar)
    }

    fn of(logits: Vec<f64>, epsilons: &[f32], grammar: &Grammar) -> Self {
        let wide = |of: &[f32]| of.iter().map(|&x| f64::from(x)).collect();
        Self { logits, labels: wide(&grammar.labels), epsilons: wide(epsilons), clamp: grammar.clamp }
    }

    /// Every point, in order.
    pub(super) fn places(&self) -> Vec<Place> {
        let mut places = Vec::with_capacity(self.len());
        for &epsilon in &self.epsilons {
            for &label in &self.labels {
                places.extend(self.logits.iter().map(|&logit| Place { logit, label, epsilon }));
            }
        }
        places
    }

    /// Number of points.
    pub(super) fn len(&self) -> usize {
        self.n_of_epsilon() * self.epsilons.len()
    }

    /// Number of points under one ε; those of one follow each other.
    pub(super) fn n_of_epsilon(&self) -> usize {
        self.logits.len() * self.labels.len()
    }

    pub(super) fn leaf(&self, leaf: Node, out: &mut [Point]) {
        let mut out = out.iter_mut();
        for &epsilon in &self.epsilons {
            for &label in &self.labels {
                for &logit in &self.logits {
                    *out.next().expect("a place for every point") = arithmetic::leaf(leaf, logit, label, epsilon);
                }
            }
        }
    }

    pub(super) fn unary(&self, operator: Unary, x: &[Point], out: &mut [Point]) {
        let n = self.n_of_epsilon();
        for ((x, out), &epsilon) in x.chunks(n).zip(out.chunks_mut(n)).zip(&self.epsilons) {
            arithmetic::unary(operator, epsilon, self.clamp, x, out);
        }
    }

    pub(super) fn binary(&self, operator: Binary, x: &[Point], y: &[Point], out: &mut [Point]) {
        arithmetic::binary(operator, self.clamp, x, y, out);
    }
}

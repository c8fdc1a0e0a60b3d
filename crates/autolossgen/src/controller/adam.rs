//! Gradient ascent by Adam.

use super::vectorise::vectorised;
use crate::state::ForeignState;

/// Adam with β = (0.9, 0.999) and 1e-8 (Kingma and Ba 2015).
#[derive(Clone, Debug)]
pub(super) struct Adam {
    learning_rate: f64,
    steps: i32,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Adam {
    pub(super) fn new(learning_rate: f64, n: usize) -> Self {
        Self { learning_rate, steps: 0, first: vec![0.0; n], second: vec![0.0; n] }
    }

    /// Steps taken, and the moments.
    pub(super) fn state(&self) -> (i32, [Vec<f64>; 2]) {
        (self.steps, [self.first.clone(), self.second.clone()])
    }

    /// Takes up the state of one for as many parameters.
    pub(super) fn restore(&mut self, steps: i32, moments: [Vec<f64>; 2]) -> Result<(), ForeignState> {
        let fits = |moment: &Vec<f64>| moment.len() == self.first.len() && moment.iter().all(|value| value.is_finite());
        // Mean squares are not negative, and no training takes as many steps.
        let is_square = moments[1].iter().all(|&value| value >= 0.0);
        if !(0..i32::MAX / 2).contains(&steps) || !moments.iter().all(fits) || !is_square {
            return Err(ForeignState);
        }
        self.steps = steps;
        [self.first, self.second] = moments;
        Ok(())
    }

    pub(super) fn ascend(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        self.steps += 1;
        let corrections = [1.0 - 0.9_f64.powi(self.steps), 1.0 - 0.999_f64.powi(self.steps)];
        ascend(parameters, gradient, &mut self.first, &mut self.second, self.learning_rate, corrections);
    }
}

vectorised! {
    fn ascend(
        parameters: &mut [f64],
        gradient: &[f64],
        first: &mut [f64],
        second: &mut [f64],
        learning_rate: f64,
        corrections: [f64; 2],
    ) {
        let moments = first.iter_mut().zip(second);
        for ((parameter, &g), (first, second)) in parameters.iter_mut().zip(gradient).zip(moments) {
            *first = 0.9 * *first + 0.1 * g;
            *second = 0.999 * *second + 0.001 * g * g;
            let step = (*first / corrections[0]) / ((*second / corrections[1]).sqrt() + 1e-8);
            *parameter += learning_rate * step;
        }
    }
}

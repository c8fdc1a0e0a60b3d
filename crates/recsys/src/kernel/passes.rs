//! Memory that a multi-layer perceptron needs for a batch.

/// Memory of the passes over a batch; reused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passes {
    /// Rows [e_u, e_i], shape (n, 2d).
    pub(crate) input: Vec<f32>,
    /// What each hidden layer keeps for the way back.
    pub(crate) layers: Vec<Kept>,
    /// Gradient with respect to the output of a layer, and to its input.
    pub(crate) slopes: [Vec<f32>; 2],
    /// Gradient of the dense parameters.
    pub(crate) gradient: Vec<f32>,
    /// Sums over a batch, by column.
    pub(crate) columns: Columns,
}

/// What a layer keeps of a batch for the way back, each of shape (n, k_out).
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// (z − mean) / √(variance + ε); z without batch normalisation.
    pub(crate) normal: Vec<f32>,
    /// Dropout's factor where the unit is active, else 0.
    pub(crate) gate: Vec<f32>,
    /// What the next layer sees.
    pub(crate) out: Vec<f32>,
    /// 1 / √(variance + ε), shape (k_out,).
    pub(crate) inverse_deviation: Vec<f32>,
}

/// Sums over a batch and other values by column, each of shape (k_out,).
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    pub(crate) first: Vec<f32>,
    pub(crate) second: Vec<f32>,
    pub(crate) third: Vec<f32>,
}

impl Columns {
    /// Sums of zero.
    pub(crate) fn clear(&mut self, n: usize) -> (&mut [f32], &mut [f32]) {
        for sums in [&mut self.first, &mut self.second] {
            sums.clear();
            sums.resize(n, 0.0);
        }
        (&mut self.first, &mut self.second)
    }
}

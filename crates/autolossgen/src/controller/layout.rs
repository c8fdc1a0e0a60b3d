//! Sizes of the policy, and where its parameters lie.

use std::ops::Range;

use super::Space;
use super::space::N_INPUTS;

/// Sizes.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) space: Space,
    pub(super) layers: usize,
    pub(super) hidden: usize,
    pub(super) tanh_constant: f64,
}

/// Where the parameters of a cell lie.
#[derive(Clone, Debug)]
pub(super) struct CellLayout {
    /// W_x, shape (4H, H).
    pub(super) input: Range<usize>,
    /// W_h, shape (4H, H).
    pub(super) recurrent: Range<usize>,
    /// Shape (4H,).
    pub(super) bias: Range<usize>,
}

/// Where each parameter lies in the one vector θ.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// What the LSTM reads beside variables: the input of the first step and the embeddings of the operators, shape
    /// (1 + n, H).
    pub(super) known: Range<usize>,
    /// Vectors of ŷ, y and 1, shape (3, H).
    pub(super) inputs: Range<usize>,
    /// W of the operators' logits, shape (n, H).
    pub(super) head: Range<usize>,
    /// K of the attention, shape (H, H).
    pub(super) key: Range<usize>,
    /// Q of the attention, shape (H, H).
    pub(super) query: Range<usize>,
    /// v of the attention, shape (H,).
    pub(super) attention: Range<usize>,
    pub(super) cells: Vec<CellLayout>,
    pub(super) len: usize,
}

impl Layout {
    pub(super) fn new(shape: &Shape) -> Self {
        let (h, n, mut end) = (shape.hidden, shape.space.operators.len(), 0);
        let mut next = |len: usize| {
            end += len;
            end - len..end
        };
        let (known, inputs, head) = (next((1 + n) * h), next(N_INPUTS * h), next(n * h));
        let (key, query, attention) = (next(h * h), next(h * h), next(h));
        let mut cell = |_| CellLayout { input: next(4 * h * h), recurrent: next(4 * h * h), bias: next(4 * h) };
        let cells = (0..shape.layers).map(&mut cell).collect();
        Self { known, inputs, head, key, query, attention, cells, len: end }
    }
}

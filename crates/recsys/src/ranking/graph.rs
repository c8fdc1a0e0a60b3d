//! The graph of users and items: an edge for each positive pair.

use super::positives::Positives;
use crate::kernel::aligned::Aligned;
use crate::kernel::instruction_set::InstructionSet;
use crate::kernel::simd::Simd;
use crate::kernel::stride::{Stride, with_stride};
use crate::kernel::vector::{vectors, vectors_mut};
use crate::kernel::vectorised::{Vectorised, vectorised};

/// Vectors of a row that the registers hold at a time.
const HELD: usize = 4;
/// How many neighbours ahead a row is asked for.
const AHEAD: usize = 8;

/// Â, the adjacency of users and items, each edge divided by √(degree of the user · degree of the item): of each user its items, and of
/// each item its users.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    users: Edges,
    items: Edges,
}

/// The weighted neighbours of each node of one side, as compressed rows.
#[derive(Clone, Debug)]
struct Edges {
    /// Shape (n_nodes + 1,).
    starts: Vec<usize>,
    neighbours: Vec<u32>,
    weights: Vec<f32>,
}

impl Edges {
    fn new(of: &Positives, n_neighbours_of: &[u32]) -> Self {
        let mut edges = Self { starts: vec![0], neighbours: Vec::new(), weights: Vec::new() };
        for node in 0..of.n_users() as u32 {
            let neighbours = of.of_user(node);
            let degree = |neighbour: u32| f64::from(n_neighbours_of[neighbour as usize]) * neighbours.len() as f64;
            edges.weights.extend(neighbours.iter().map(|&neighbour| (1.0 / degree(neighbour).sqrt()) as f32));
            edges.neighbours.extend_from_slice(neighbours);
            edges.starts.push(edges.neighbours.len());
        }
        edges
    }
}

impl Graph {
    pub(super) fn new(train: &Positives) -> Self {
        let by_item = train.transposed();
        Self { users: Edges::new(train, &train.item_counts()), items: Edges::new(&by_item, &by_item.item_counts()) }
    }

    /// The mean of x, Âx, …, Âᴷx for the rows x of users and items, in `to`. Â is symmetric, and so is this map: it takes gradients
    /// back as it takes embeddings forth. K is at least 1; the values of `to` and `spare` before are any.
    pub(super) fn mean_of_layers(
        &self,
        set: InstructionSet,
        n_layers: usize,
        stride: usize,
        from: [&[f32]; 2],
        to: [&mut Aligned; 2],
        spare: [&mut Aligned; 2],
    ) {
        let (mut to, mut spare) = (to, spare);
        for layer in 1..=n_layers {
            // By Horner's rule: x + Â(x + Â(x + …)).
            let [users, items] = if layer == 1 { from } else { spare.each_ref().map(|rows| &rows[..]) };
            let factor = if layer == n_layers { 1.0 / (n_layers + 1) as f32 } else { 1.0 };
            let [to_users, to_items] = &mut to;
            let sides = [(&self.users, from[0], items, to_users), (&self.items, from[1], users, to_items)];
            for (edges, beside, neighbours, to) in sides {
                with_stride!(stride, |stride| {
                    vectorised(set, Layer { edges, beside, neighbours, factor, to, stride });
                });
            }
            if layer < n_layers {
                to.iter_mut().zip(&mut spare).for_each(|(to, spare)| std::mem::swap(*to, *spare));
            }
        }
    }
}

/// to ← factor·(beside + Â·neighbours), for the nodes of one side.
struct Layer<'a, D> {
    edges: &'a Edges,
    beside: &'a [f32],
    neighbours: &'a [f32],
    factor: f32,
    to: &'a mut [f32],
    stride: D,
}

impl<D: Stride> Vectorised for Layer<'_, D> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { edges, beside, neighbours, factor, to, stride } = self;
        let stride = stride.floats();
        let rows = to.chunks_exact_mut(stride).zip(beside.chunks_exact(stride));
        for ((to, beside), ends) in rows.zip(edges.starts.windows(2)) {
            let (to, beside) = (vectors_mut(to), vectors(beside));
            let whole = to.len() - to.len() % HELD;
            for first in (0..whole).step_by(HELD) {
                stretch::<S, HELD>(simd, edges, neighbours, stride, [ends[0], ends[1]], first, beside, factor, to);
            }
            for first in whole..to.len() {
                stretch::<S, 1>(simd, edges, neighbours, stride, [ends[0], ends[1]], first, beside, factor, to);
            }
        }
    }
}

/// The vectors of a row from `first` on.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn stretch<S: Simd, const N: usize>(
    simd: S,
    edges: &Edges,
    rows: &[f32],
    stride: usize,
    [start, end]: [usize; 2],
    first: usize,
    beside: &[[f32; 16]],
    factor: f32,
    to: &mut [[f32; 16]],
) {
    let mut sums: [S::Vector; N] = std::array::from_fn(|held| simd.load(&beside[first + held]));
    for edge in start..end {
        if let Some(&ahead) = edges.neighbours.get(edge + AHEAD) {
            let at = rows.as_ptr().wrapping_add(ahead as usize * stride + first * 16);
            (0..N).for_each(|held| simd.prefetch(at.wrapping_add(held * 16)));
        }
        let row = vectors(&rows[edges.neighbours[edge] as usize * stride..][..stride]);
        for held in 0..N {
            sums[held] = sums[held] + simd.load(&row[first + held]) * edges.weights[edge];
        }
    }
    for held in 0..N {
        simd.store(sums[held] * factor, &mut to[first + held]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Users a and b, items x, y and z; a has x and y, b has y; nobody has z.
    #[test]
    fn two_layers_by_hand() {
        let graph = Graph::new(&Positives::new(2, 3, &[0, 0, 1], &[0, 1, 1]));
        let row = |value: f32| {
            let mut row = [0.0; 16];
            row[0] = value;
            row
        };
        let (users, items) = ([row(1.0), row(2.0)].concat(), [row(3.0), row(4.0), row(5.0)].concat());
        let zeros = |n: usize| Aligned::zeros(16 * n);
        let (mut to, mut spare) = ([zeros(2), zeros(3)], [zeros(2), zeros(3)]);
        let [of_users, of_items] = &mut to;
        let [users_spare, items_spare] = &mut spare;
        let from = [&users[..], &items[..]];
        graph.mean_of_layers(InstructionSet::best(), 2, 16, from, [of_users, of_items], [users_spare, items_spare]);
        // Degrees: a 2, b 1; x 1, y 2.
        let (ax, ay, by) = (1.0 / 2.0_f32.sqrt(), 0.5, 1.0 / 2.0_f32.sqrt());
        let first = ([ax * 3.0 + ay * 4.0, by * 4.0], [ax * 1.0, ay * 1.0 + by * 2.0, 0.0]);
        let second = (
            [ax * first.1[0] + ay * first.1[1], by * first.1[1]],
            [ax * first.0[0], ay * first.0[0] + by * first.0[1], 0.0],
        );
        let mean = |zeroth: f32, first: f32, second: f32| (zeroth + first + second) / 3.0;
        let expected = [
            mean(1.0, first.0[0], second.0[0]),
            mean(2.0, first.0[1], second.0[1]),
            mean(3.0, first.1[0], second.1[0]),
            mean(4.0, first.1[1], second.1[1]),
            5.0 / 3.0,
        ];
        let found: Vec<f32> = to.iter().flat_map(|rows| rows.chunks_exact(16).map(|row| row[0])).collect();
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6), "{found:?}");
    }
}

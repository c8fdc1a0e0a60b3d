//! What no epoch of matrix factorisation for ranking can do without.

use autolossgen_recsys::random::{normal, stream};
use autolossgen_recsys::ranking::{RankingBatch, RankingEpoch, Sampler, TrainingItems};

use crate::shape::DIMENSION;

/// One row of a table, on its own cache lines.
#[derive(Clone)]
#[repr(align(64))]
struct Row([f32; DIMENSION]);

/// Visits between the request of a row and its use.
const AHEAD: usize = 8;

/// Two tables, and the rows that an epoch visits: a user, and the positive and the negatives that it is held against.
pub struct Visits {
    users: Vec<Row>,
    items: Vec<Row>,
    of_users: Vec<u32>,
    /// As many for each user.
    of_items: Vec<u32>,
}

impl Visits {
    /// Tables of these sizes, to be visited as the first epoch says.
    pub fn new(n_users: usize, n_items: usize, sampler: &Sampler) -> Self {
        let mut rng = stream(42, "tables", 0);
        let mut table =
            |n: usize| (0..n).map(|_| Row(std::array::from_fn(|_| 0.1 * normal(&mut rng) as f32))).collect::<Vec<_>>();
        let (users, items) = (table(n_users), table(n_items));
        let (epoch, mut batch) = (RankingEpoch::new(sampler, 1), RankingBatch::default());
        let (mut of_users, mut of_items) = (Vec::new(), Vec::new());
        for number in 0..epoch.n_batches() {
            epoch.batch(number, &mut batch);
            of_users.extend_from_slice(batch.users());
            for (&item, negatives) in batch.items().iter().zip(batch.negatives().chunks_exact(batch.n_negatives())) {
                of_items.push(item);
                of_items.extend_from_slice(negatives);
            }
        }
        Self { users, items, of_users, of_items }
    }

    /// The visits of one epoch, to be called again and again, by vectors of eight; `None` where the processor has not AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    pub fn visitor(mut self) -> Option<Box<dyn FnMut() -> f32>> {
        let available = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        // SAFETY: the processor has just said that it has AVX2 and FMA.
        available.then_some(Box::new(move || unsafe { self.visit() }))
    }

    /// As above: elsewhere there is no floor yet.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn visitor(self) -> Option<Box<dyn FnMut() -> f32>> {
        None
    }

    /// For each pair of rows its dot product, the item's row written back at once, and the user's after all of its items.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn visit(&mut self) -> f32 {
        use std::arch::x86_64::*;
        let n = self.of_items.len() / self.of_users.len();
        let (mut total, last) = (0.0, self.of_items.len() - 1);
        for (row, &user) in self.of_users.iter().enumerate() {
            let user = self.users[user as usize].0.as_mut_ptr();
            // SAFETY: each row is eight vectors of eight floats, on cache lines.
            unsafe {
                let mut of_user: [__m256; 8] = std::array::from_fn(|lane| _mm256_load_ps(user.add(8 * lane)));
                for at in row * n..row * n + n {
                    let ahead = self.items[self.of_items[last.min(at + AHEAD)] as usize].0.as_ptr();
                    (0..4).for_each(|line| _mm_prefetch::<_MM_HINT_T0>(ahead.add(16 * line).cast()));
                    let item = self.items[self.of_items[at] as usize].0.as_mut_ptr();
                    let mut sums = [_mm256_setzero_ps(); 2];
                    for lane in 0..8 {
                        let of_user = _mm256_load_ps(user.add(8 * lane));
                        sums[lane % 2] = _mm256_fmadd_ps(of_user, _mm256_load_ps(item.add(8 * lane)), sums[lane % 2]);
                    }
                    let g = sum_of_eight(_mm256_add_ps(sums[0], sums[1]));
                    let factor = _mm256_set1_ps(g);
                    for lane in 0..8 {
                        let of_item = _mm256_load_ps(item.add(8 * lane));
                        of_user[lane] = _mm256_fmadd_ps(factor, of_item, of_user[lane]);
                        let user = _mm256_load_ps(user.add(8 * lane));
                        _mm256_store_ps(item.add(8 * lane), _mm256_fmadd_ps(factor, user, of_item));
                    }
                    total += g;
                }
                (0..8).for_each(|lane| _mm256_store_ps(user.add(8 * lane), of_user[lane]));
            }
        }
        total
    }
}

/// Sum of eight lanes, made so small that no row grows without end.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sum_of_eight(eight: std::arch::x86_64::__m256) -> f32 {
    use std::arch::x86_64::*;
    let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    1e-9 * _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}

/// The sparse products of users and items with the edges of their graph, and nothing else.
pub struct Layers {
    /// Of each user its items with their weights, of each item its users.
    edges: [Vec<Vec<(u32, f32)>>; 2],
    tables: [[Vec<Row>; 2]; 2],
}

impl Layers {
    /// Of the edges of this training.
    pub fn new(n_items: usize, training: TrainingItems<'_>) -> Self {
        let mut edges = [vec![Vec::new(); training.n_users()], vec![Vec::new(); n_items]];
        for user in 0..training.n_users() {
            for &item in training.of(user) {
                edges[0][user].push((item, 0.1));
                edges[1][item as usize].push((user as u32, 0.1));
            }
        }
        let table = || [training.n_users(), n_items].map(|n| vec![Row([0.1; DIMENSION]); n]);
        Self { tables: [table(), table()], edges }
    }

    /// As many products of both sides; `None` where the processor has not AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    pub fn multiplier(mut self, n_products: usize) -> Option<Box<dyn FnMut()>> {
        let available = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        // SAFETY: the processor has just said that it has AVX2 and FMA.
        available.then_some(Box::new(move || (0..n_products).for_each(|_| unsafe { self.multiply() })))
    }

    /// As above: elsewhere there is no floor yet.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn multiplier(self, _: usize) -> Option<Box<dyn FnMut()>> {
        None
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn multiply(&mut self) {
        use std::arch::x86_64::*;
        let [from, to] = &mut self.tables;
        for side in 0..2 {
            for (edges, to) in self.edges[side].iter().zip(&mut to[side]) {
                let mut sums = [_mm256_setzero_ps(); 8];
                for &(end, weight) in edges {
                    let (row, weight) = (from[1 - side][end as usize].0.as_ptr(), _mm256_set1_ps(weight));
                    for lane in 0..8 {
                        // SAFETY: each row is eight vectors of eight floats, on cache lines.
                        let x = unsafe { _mm256_load_ps(row.add(8 * lane)) };
                        sums[lane] = _mm256_fmadd_ps(x, weight, sums[lane]);
                    }
                }
                // SAFETY: as above.
                (0..8).for_each(|lane| unsafe { _mm256_store_ps(to.0.as_mut_ptr().add(8 * lane), sums[lane]) });
            }
        }
        std::hint::black_box(&self.tables);
    }
}

/// The three matrix products of a batch that shares its negatives, and nothing else.
pub struct Products {
    n_rows: usize,
    n: usize,
    users: Vec<f32>,
    items: Vec<f32>,
    scores: Vec<f32>,
    slopes: [Vec<f32>; 2],
}

impl Products {
    pub fn new(n_rows: usize, n: usize) -> Self {
        let mut rng = stream(42, "matrices", 0);
        let mut matrix = |n: usize| (0..n * DIMENSION).map(|_| 0.1 * normal(&mut rng) as f32).collect::<Vec<f32>>();
        let (users, items) = (matrix(n_rows), matrix(n));
        Self { n_rows, n, slopes: [users.clone(), items.clone()], users, items, scores: vec![0.0; n_rows * n] }
    }

    pub fn epoch(&mut self, n_batches: usize) {
        let Self { n_rows, n, users, items, scores, slopes: [of_users, of_items] } = self;
        for _ in 0..n_batches {
            gemm(scores, (users, DIMENSION, false), (items, DIMENSION, true), [*n_rows, DIMENSION, *n]);
            gemm(of_users, (scores, *n, false), (items, DIMENSION, false), [*n_rows, *n, DIMENSION]);
            gemm(of_items, (scores, *n, true), (users, DIMENSION, false), [*n, *n_rows, DIMENSION]);
        }
    }
}

/// out ← left · right; each with the width of its rows as stored and whether it is taken transposed; [m, k, n].
fn gemm(out: &mut [f32], left: (&[f32], usize, bool), right: (&[f32], usize, bool), [m, k, n]: [usize; 3]) {
    let strides = |(_, width, transposed): (&[f32], usize, bool)| {
        if transposed { (width as isize, 1) } else { (1, width as isize) }
    };
    let ((left_column, left_row), (right_column, right_row)) = (strides(left), strides(right));
    assert!(out.len() == m * n && left.0.len() == m * k && right.0.len() == k * n);
    // SAFETY: the shapes were just compared with the slices.
    unsafe {
        // outᵀ = rightᵀ · leftᵀ, for the kernels prefer results stored by column.
        gemm_f32::gemm::f32::get_gemm_fn()(
            n,
            m,
            k,
            out.as_mut_ptr(),
            n as isize,
            1,
            false,
            right.0.as_ptr(),
            right_row,
            right_column,
            left.0.as_ptr(),
            left_row,
            left_column,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm_common::Parallelism::None,
        );
    }
}

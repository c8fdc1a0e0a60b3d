//! What no epoch of matrix factorisation can do without.

use autolossgen_recsys::Interactions;
use autolossgen_recsys::random::{normal, stream};

use crate::shape::DIMENSION;

/// One row of a table, on its own cache lines.
#[derive(Clone)]
#[repr(align(64))]
struct Row([f32; DIMENSION]);

/// Visits between the request of a row and its use. Which rows come is known, so that waiting for memory is no part of the
/// floor; 16 was the fastest of 0, 2, 8, 16 and 32 at the shapes of both data sets.
const AHEAD: usize = 16;

/// Two tables, and the rows of each that an epoch visits.
pub struct Tables {
    users: Vec<Row>,
    items: Vec<Row>,
    visits: Vec<(u32, u32)>,
}

impl Tables {
    /// Tables of these sizes, to be visited as `rows` say and in their order.
    pub fn new(n_users: usize, n_items: usize, rows: &Interactions) -> Self {
        let mut rng = stream(42, "tables", 0);
        let mut table =
            |n: usize| (0..n).map(|_| Row(std::array::from_fn(|_| 0.1 * normal(&mut rng) as f32))).collect::<Vec<_>>();
        let (users, items) = (table(n_users), table(n_items));
        Self { users, items, visits: rows.users().iter().copied().zip(rows.items().iter().copied()).collect() }
    }

    /// The visits of one epoch, to be called again and again; `None` where the processor has not AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    pub fn visitor(mut self) -> Option<impl FnMut() -> f32> {
        let available = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        // SAFETY: the processor has just said that it has AVX2 and FMA.
        available.then_some(move || unsafe { self.visit() })
    }

    /// As above: elsewhere there is no floor yet.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn visitor(self) -> Option<impl FnMut() -> f32> {
        None::<fn() -> f32>
    }

    /// For each pair of rows its dot product, and both rows written back.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn visit(&mut self) -> f32 {
        use std::arch::x86_64::*;
        let load = |row: &[f32; DIMENSION], lane: usize| {
            let (lanes, _) = row[lane..].split_first_chunk::<8>().expect("eight floats a vector");
            // SAFETY: the eight floats are valid, and the load asks for no alignment.
            unsafe { _mm256_loadu_ps(lanes.as_ptr()) }
        };
        let store = |row: &mut [f32; DIMENSION], lane: usize, vector: __m256| {
            let (lanes, _) = row[lane..].split_first_chunk_mut::<8>().expect("eight floats a vector");
            // SAFETY: as above.
            unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), vector) }
        };
        let mut total = 0.0;
        for (visit, &(user, item)) in self.visits.iter().enumerate() {
            if let Some(&(user, item)) = self.visits.get(visit + AHEAD) {
                prefetch(&self.users[user as usize]);
                prefetch(&self.items[item as usize]);
            }
            let (user, item) = (&mut self.users[user as usize].0, &mut self.items[item as usize].0);
            let mut sums = [_mm256_setzero_ps(); 2];
            for lane in (0..DIMENSION).step_by(8) {
                sums[lane / 8 % 2] = _mm256_fmadd_ps(load(user, lane), load(item, lane), sums[lane / 8 % 2]);
            }
            let sum = _mm256_add_ps(sums[0], sums[1]);
            let four = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps::<1>(sum));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            let g = 1e-9 * _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
            let factor = _mm256_set1_ps(g);
            for lane in (0..DIMENSION).step_by(8) {
                let (of_user, of_item) = (load(user, lane), load(item, lane));
                store(user, lane, _mm256_fmadd_ps(factor, of_item, of_user));
                store(item, lane, _mm256_fmadd_ps(factor, of_user, of_item));
            }
            total += g;
        }
        total
    }
}

/// Asks for the cache lines of a row.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn prefetch(row: &Row) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    for line in row.0.chunks(16) {
        // SAFETY: a prefetch reads nothing, and every x86-64 processor has it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

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

    /// The visits of one epoch, to be called again and again, with the widest vectors that the processor has; `None` where it
    /// has not AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    pub fn visitor(mut self) -> Option<Box<dyn FnMut() -> f32>> {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
            // SAFETY: the processor has just said that it has AVX-512 F and DQ.
            return Some(Box::new(move || unsafe { self.visit_by_sixteen() }));
        }
        let available = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        // SAFETY: the processor has just said that it has AVX2 and FMA.
        available.then_some(Box::new(move || unsafe { self.visit_by_eight() }))
    }

    /// As above: elsewhere there is no floor yet.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn visitor(self) -> Option<Box<dyn FnMut() -> f32>> {
        None
    }

    /// For each pair of rows its dot product, and both rows written back.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn visit_by_sixteen(&mut self) -> f32 {
        use std::arch::x86_64::*;
        let mut total = 0.0;
        for visit in 0..self.visits.len() {
            let (user, item) = self.next(visit);
            // SAFETY: each row is four vectors of sixteen floats, on cache lines.
            unsafe {
                let of_user: [__m512; 4] = std::array::from_fn(|lane| _mm512_load_ps(user.add(16 * lane)));
                let of_item: [__m512; 4] = std::array::from_fn(|lane| _mm512_load_ps(item.add(16 * lane)));
                let halves: [__m512; 2] = std::array::from_fn(|lane| {
                    let first = _mm512_mul_ps(of_user[lane], of_item[lane]);
                    _mm512_fmadd_ps(of_user[lane + 2], of_item[lane + 2], first)
                });
                let sum = _mm512_add_ps(halves[0], halves[1]);
                let g = sum_of_eight(_mm256_add_ps(_mm512_castps512_ps256(sum), _mm512_extractf32x8_ps::<1>(sum)));
                let factor = _mm512_set1_ps(g);
                for lane in 0..4 {
                    _mm512_store_ps(user.add(16 * lane), _mm512_fmadd_ps(factor, of_item[lane], of_user[lane]));
                    _mm512_store_ps(item.add(16 * lane), _mm512_fmadd_ps(factor, of_user[lane], of_item[lane]));
                }
                total += g;
            }
        }
        total
    }

    /// As above.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn visit_by_eight(&mut self) -> f32 {
        use std::arch::x86_64::*;
        let mut total = 0.0;
        for visit in 0..self.visits.len() {
            let (user, item) = self.next(visit);
            // SAFETY: each row is eight vectors of eight floats, on cache lines.
            unsafe {
                let mut sums = [_mm256_setzero_ps(); 2];
                for lane in 0..8 {
                    let (of_user, of_item) = (_mm256_load_ps(user.add(8 * lane)), _mm256_load_ps(item.add(8 * lane)));
                    sums[lane % 2] = _mm256_fmadd_ps(of_user, of_item, sums[lane % 2]);
                }
                let g = sum_of_eight(_mm256_add_ps(sums[0], sums[1]));
                let factor = _mm256_set1_ps(g);
                for lane in 0..8 {
                    let (of_user, of_item) = (_mm256_load_ps(user.add(8 * lane)), _mm256_load_ps(item.add(8 * lane)));
                    _mm256_store_ps(user.add(8 * lane), _mm256_fmadd_ps(factor, of_item, of_user));
                    _mm256_store_ps(item.add(8 * lane), _mm256_fmadd_ps(factor, of_user, of_item));
                }
                total += g;
            }
        }
        total
    }

    /// The two rows of a visit, while those of a later one are asked for.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn next(&mut self, visit: usize) -> (*mut f32, *mut f32) {
        if let Some(&(user, item)) = self.visits.get(visit + AHEAD) {
            prefetch(&self.users[user as usize]);
            prefetch(&self.items[item as usize]);
        }
        let (user, item) = self.visits[visit];
        (self.users[user as usize].0.as_mut_ptr(), self.items[item as usize].0.as_mut_ptr())
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

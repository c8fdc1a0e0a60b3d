//! Losses of ranking over a batch of 1,024 rows of 64 negatives: value and both gradients, in time a negative. `by_hand` is the same
//! arithmetic for one loss alone, in one loop a row, over the crate's own exp and ln.
//!
//! `portable`, `avx2` and `avx512` are as in `evaluate`.

use std::hint::black_box;

use autolossgen_formula::{RankingLoss, RankingWorkspace, Scope, Semantics, resolve_for};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

// The crate has these functions for itself.
#[allow(dead_code, unused_imports)]
#[path = "../src/math.rs"]
mod math;

const N_ROWS: usize = 1024;
const N_NEGATIVES: usize = 64;

struct Batch {
    pos: Vec<f32>,
    neg: Vec<f32>,
    grad_pos: Vec<f32>,
    grad_neg: Vec<f32>,
    workspace: RankingWorkspace,
}

impl Batch {
    /// Scores from −4 to 4.
    fn new() -> Self {
        let score = |index: usize| ((index * 7919) % 1009) as f32 / 126.0 - 4.0;
        Self {
            pos: (0..N_ROWS).map(score).collect(),
            neg: (0..N_ROWS * N_NEGATIVES).map(|index| score(index + 13)).collect(),
            grad_pos: vec![0.0; N_ROWS],
            grad_neg: vec![0.0; N_ROWS * N_NEGATIVES],
            workspace: RankingWorkspace::default(),
        }
    }

    #[inline(always)]
    fn evaluate(&mut self, way: &Way) -> f32 {
        let Self { pos, neg, grad_pos, grad_neg, workspace } = self;
        match way {
            Way::Formula(loss) => loss.value_and_grad(black_box(pos), neg, grad_pos, grad_neg, workspace).mean,
            Way::Bpr => by_rows::<false>(black_box(pos), neg, grad_pos, grad_neg),
            Way::Ssm => by_rows::<true>(black_box(pos), neg, grad_pos, grad_neg),
        }
    }
}

/// How a loss is computed.
enum Way {
    Formula(RankingLoss),
    Bpr,
    Ssm,
}

/// The mean loss over all rows, of ssm or bpr. No function comes as an argument: it would not be compiled for the vectors of the
/// caller.
#[inline(always)]
fn by_rows<const IS_SSM: bool>(pos: &[f32], neg: &[f32], grad_pos: &mut [f32], grad_neg: &mut [f32]) -> f32 {
    let mut sum = 0.0_f64;
    let (neg, _) = neg.as_chunks();
    let (grad_neg, _) = grad_neg.as_chunks_mut();
    for (((&pos, neg), grad_pos), grad_neg) in pos.iter().zip(neg).zip(grad_pos).zip(grad_neg) {
        let (loss, by_pos) = if IS_SSM { ssm(pos, neg, grad_neg) } else { bpr(pos, neg, grad_neg) };
        *grad_pos = by_pos;
        sum += f64::from(loss);
    }
    (sum / pos.len() as f64) as f32
}

const LANES: usize = 16;

#[inline(always)]
fn sum(lanes: &[f32; LANES]) -> f32 {
    lanes.iter().sum()
}

#[inline(always)]
fn bpr(pos: f32, neg: &[f32; N_NEGATIVES], by_neg: &mut [f32; N_NEGATIVES]) -> (f32, f32) {
    let (mut loss, mut by_pos) = ([0.0; LANES], [0.0; LANES]);
    let (neg, by_neg) = (neg.as_chunks::<LANES>().0, by_neg.as_chunks_mut::<LANES>().0);
    for (neg, by_neg) in neg.iter().zip(by_neg) {
        for lane in 0..LANES {
            let x = neg[lane] - pos;
            let small = math::exp(-x.abs());
            let inverse = 1.0 / (1.0 + small);
            let slope = if x > 0.0 { inverse } else { small * inverse } * (1.0 / N_NEGATIVES as f32);
            loss[lane] += if x > 0.0 { x } else { 0.0 } + math::ln(1.0 + small);
            by_pos[lane] += slope;
            by_neg[lane] = slope;
        }
    }
    (sum(&loss) / N_NEGATIVES as f32, -sum(&by_pos))
}

#[inline(always)]
fn ssm(pos: f32, neg: &[f32; N_NEGATIVES], by_neg: &mut [f32; N_NEGATIVES]) -> (f32, f32) {
    let mut largest = [pos; LANES];
    for neg in neg.as_chunks::<LANES>().0 {
        for lane in 0..LANES {
            largest[lane] = if neg[lane] > largest[lane] { neg[lane] } else { largest[lane] };
        }
    }
    let largest = largest.into_iter().fold(pos, |x, y| if y > x { y } else { x });
    let mut total = [0.0; LANES];
    for (neg, by_neg) in neg.as_chunks::<LANES>().0.iter().zip(by_neg.as_chunks_mut::<LANES>().0) {
        for lane in 0..LANES {
            by_neg[lane] = math::exp(neg[lane] - largest);
            total[lane] += by_neg[lane];
        }
    }
    let negatives = sum(&total);
    let all = negatives + math::exp(pos - largest);
    for by_neg in by_neg {
        *by_neg /= all;
    }
    (largest - pos + math::ln(all), -negatives / all)
}

/// A way to compute it: its name, and the call.
type Path = (&'static str, fn(&mut Batch, &Way) -> f32);

fn portable(batch: &mut Batch, way: &Way) -> f32 {
    batch.evaluate(way)
}

#[cfg(target_arch = "x86_64")]
fn paths() -> Vec<Path> {
    #[target_feature(enable = "avx2")]
    fn avx2(batch: &mut Batch, way: &Way) -> f32 {
        batch.evaluate(way)
    }
    #[target_feature(enable = "avx512f,avx512vl,avx512dq")]
    fn avx512(batch: &mut Batch, way: &Way) -> f32 {
        batch.evaluate(way)
    }
    let mut paths: Vec<Path> = vec![("portable", portable)];
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it has these instructions.
        paths.push(("avx2", |batch, way| unsafe { avx2(batch, way) }));
    }
    if is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
    {
        // SAFETY: as above.
        paths.push(("avx512", |batch, way| unsafe { avx512(batch, way) }));
    }
    paths
}

#[cfg(not(target_arch = "x86_64"))]
fn paths() -> Vec<Path> {
    vec![("portable", portable)]
}

fn formula(name: &str, semantics: Semantics) -> Way {
    let formula = resolve_for(Scope::Ranking, name).expect("a named loss");
    Way::Formula(formula.compile_ranking(semantics).expect("sound semantics"))
}

fn ranking(criterion: &mut Criterion) {
    let plain = Semantics::unclamped(1e-6);
    let ways = [
        ("bpr/formula", formula("bpr", plain)),
        ("bpr/by_hand", Way::Bpr),
        ("ssm/formula", formula("ssm", plain)),
        ("ssm/by_hand", Way::Ssm),
        ("bpr/clamped_formula", formula("bpr", Semantics::default())),
        ("psl/formula", formula("psl", plain)),
    ];
    let mut batch = Batch::new();
    let mut group = criterion.benchmark_group("ranking");
    group.throughput(Throughput::Elements((N_ROWS * N_NEGATIVES) as u64));
    for (name, way) in &ways {
        for (path, call) in paths() {
            group.bench_function(format!("{name}/{path}"), |bencher| bencher.iter(|| call(&mut batch, way)));
        }
    }
}

criterion_group!(benches, ranking);
criterion_main!(benches);
